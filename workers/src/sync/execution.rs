//! One execution of the engine: what a run works on, from its turn to its end.

use std::ops::Deref;
use std::sync::Arc;

use chrono::{DateTime, Local, NaiveDate, Utc};
use rollcall_commands::{Loaded, OpenConnection, load};
use rollcall_domain::connection::Targets;
use rollcall_domain::ids::Deriver;
use rollcall_domain::plan::Rules;
use rollcall_domain::run::{Run, Scope};
use rollcall_domain::vocabulary::RunKind;
use rollcall_projections::scenarios;
use rollcall_store::{Cause, Store};

use super::teller::Teller;
use super::{Engine, Halt, PRINCIPAL, ROSTER_DEADLINE};
use crate::providers::Provider;

/// What every run goes by, also one that asks no provider.
pub(super) struct Course {
    pub(super) tenant: Arc<str>,
    pub(super) run: String,
    pub(super) kind: RunKind,
    pub(super) receipts: Vec<String>,
    /// It is also about whoever changed at the source since then.
    pub(super) changed_since: Option<DateTime<Utc>>,
    /// Those it applies to, one after the other.
    pub(super) scenarios: Vec<String>,
    /// Whether it applies what a person has seen, and nothing else: who moves meanwhile is left out.
    pub(super) exact: bool,
    /// Whether an e-mail address may lead to another source's people; what was planned before goes by
    /// what it was planned with.
    pub(super) reaches_others: bool,
    pub(super) cause: Cause,
    pub(super) teller: Teller,
}

/// The course of a run that reads from a source.
pub(super) struct Execution {
    course: Course,
    pub(super) connection: OpenConnection,
    pub(super) provider: Arc<dyn Provider>,
    /// The company's.
    pub(super) today: NaiveDate,
    /// How often it was tried before.
    pub(super) attempts: u32,
}

impl Course {
    /// That of a run that has started.
    pub(super) fn of(store: &Store, tenant: &Arc<str>, run: &Loaded<Run>) -> Result<Course, Halt> {
        let known = run.state.known.as_ref().ok_or(Halt::Broken("it has no state"))?;
        let scope = known.scope.as_ref().ok_or(Halt::Broken("it has not started"))?;
        let receipts = known.spec.receipts.clone();
        let mut cause = Cause::by(PRINCIPAL).correlation(known.run.clone());
        cause.causation = Some(receipts.first().unwrap_or(&known.run).clone());
        Ok(Course {
            tenant: tenant.clone(),
            run: known.run.clone(),
            kind: known.spec.kind,
            receipts,
            changed_since: known.spec.changed_since,
            scenarios: scope.scenarios.clone(),
            exact: known.held.is_some() || known.spec.plan.is_some(),
            // Somebody asked for it. Nobody waits for a night or a delivery to be looked at.
            reaches_others: known.spec.kind == RunKind::ManualSync,
            cause,
            teller: Teller::of(store, tenant, &known.run),
        })
    }

    /// What each of its targets gets of a limit.
    pub(super) fn share(&self, limit: usize) -> usize {
        limit / self.scenarios.len().max(1)
    }
}

impl Deref for Execution {
    type Target = Course;
    fn deref(&self) -> &Course {
        &self.course
    }
}

impl Execution {
    /// The rules of one of its scenarios.
    pub(super) fn rules(&self, scenario: &str) -> Rules {
        let deriver = Deriver::new(&self.connection.derivation_key);
        let source = self.connection.settings.source();
        let closes_departments = source.provider.closes_departments();
        let mut rules = Rules::new(scenario, source, deriver, self.today, self.provider.fields());
        rules.closes_departments = closes_departments;
        rules.reaches_others = self.reaches_others;
        self.provider.set_rules(&mut rules);
        rules
    }

    /// The subject of a person of its source.
    pub(super) fn subjects<'a>(
        &self,
        source_ids: impl IntoIterator<Item = &'a str>,
    ) -> Vec<String> {
        let deriver = Deriver::new(&self.connection.derivation_key);
        let source = self.connection.settings.source();
        source_ids.into_iter().map(|id| deriver.subject(&source, id)).collect()
    }
}

impl Engine {
    /// What a run that has started works on.
    pub(super) async fn execution(
        &self,
        tenant: &Arc<str>,
        connection: OpenConnection,
        run: &Loaded<Run>,
        attempts: u32,
    ) -> Result<Execution, Halt> {
        self.execution_of(connection, Course::of(&self.store, tenant, run)?, attempts).await
    }

    pub(super) async fn execution_of(
        &self,
        connection: OpenConnection,
        course: Course,
        attempts: u32,
    ) -> Result<Execution, Halt> {
        let secret = self.store.vault_get(&course.tenant, &connection.credentials).await?;
        let secret = secret.ok_or(Halt::Broken("its credentials are gone; save them again"))?;
        let provider = self.providers.open(&connection.settings, secret)?;
        let now = self.clock.now();
        let today = match connection.settings.zone() {
            Some(zone) => now.with_timezone(&zone).date_naive(),
            None => now.with_timezone(&Local).date_naive(),
        };
        Ok(Execution { course, connection, provider, today, attempts })
    }

    /// Where a run applies: a plan that was written down where it was made for, what runs again or
    /// takes back where that run did, else `targets` say so.
    pub(super) async fn scope(
        &self,
        tenant: &str,
        run: &Loaded<Run>,
        targets: &Targets,
    ) -> Result<Scope, Halt> {
        let known = run.state.known.as_ref();
        if let Some(scope) = known.and_then(|known| known.scope.clone()) {
            return Ok(scope);
        }
        if let Some(plan) = known.and_then(|known| known.spec.plan.as_ref()) {
            let scenarios = plan.targets.iter().map(|target| target.scenario.clone()).collect();
            return Ok(Scope { targets: targets.clone(), scenarios });
        }
        let parent =
            known.and_then(|known| known.spec.rerun_of.as_ref().or(known.spec.undoes.as_ref()));
        if let Some(parent) = parent {
            let parent: Loaded<Run> = load(&self.store, tenant, parent).await?;
            if let Some(scope) = parent.state.known.and_then(|known| known.scope) {
                return Ok(scope);
            }
        }
        let scenarios = self.scenarios(tenant, targets).await?;
        Ok(Scope { targets: targets.clone(), scenarios })
    }

    /// The scenarios that targets mean at this moment: those which changes may apply to, the live
    /// baseline first.
    pub(super) async fn scenarios(
        &self,
        tenant: &str,
        targets: &Targets,
    ) -> Result<Vec<String>, Halt> {
        self.projections.wait_for_head(tenant, &["scenarios"], ROSTER_DEADLINE).await?;
        let rows = scenarios::writable(self.projections.db(), tenant).await?;
        let chosen = rows.iter().filter(|row| match row.kind.as_str() {
            "live_baseline" => targets.live_baseline,
            "scenario" => targets.scenarios.contains(&row.scenario),
            _ => false,
        });
        Ok(chosen.map(|row| row.scenario.clone()).collect())
    }
}
