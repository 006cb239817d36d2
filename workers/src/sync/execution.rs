//! One execution of the engine: what a run works on, from its turn to its end.

use std::sync::Arc;

use chrono::{Local, NaiveDate};
use rollcall_commands::{Loaded, OpenConnection};
use rollcall_domain::connection::Targets;
use rollcall_domain::ids::Deriver;
use rollcall_domain::plan::Rules;
use rollcall_domain::run::Run;
use rollcall_domain::vocabulary::RunKind;
use rollcall_projections::scenarios;
use rollcall_store::Cause;

use super::teller::Teller;
use super::{Engine, Halt, PRINCIPAL, ROSTER_DEADLINE};
use crate::providers::Provider;

pub(super) struct Execution {
    pub(super) tenant: Arc<str>,
    pub(super) connection: OpenConnection,
    pub(super) provider: Arc<dyn Provider>,
    pub(super) run: String,
    pub(super) kind: RunKind,
    pub(super) receipts: Vec<String>,
    /// Those it applies to, one after the other.
    pub(super) scenarios: Vec<String>,
    pub(super) cause: Cause,
    /// The company's.
    pub(super) today: NaiveDate,
    /// How often it was tried before.
    pub(super) attempts: u32,
    /// Whether it applies what a person has seen, and nothing else: who moves meanwhile is left out.
    pub(super) exact: bool,
    pub(super) teller: Teller,
}

impl Execution {
    /// The rules of one of its scenarios.
    pub(super) fn rules(&self, scenario: &str) -> Rules {
        let deriver = Deriver::new(&self.connection.derivation_key);
        let source = self.connection.settings.source();
        Rules::new(scenario, source, deriver, self.today, self.provider.fields())
    }

    /// What each of its targets gets of a limit.
    pub(super) fn share(&self, limit: usize) -> usize {
        limit / self.scenarios.len().max(1)
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

/// What is to be done on a connection.
pub(super) struct Work {
    pub(super) run: String,
    pub(super) kind: RunKind,
    pub(super) receipts: Vec<String>,
    pub(super) scenarios: Vec<String>,
    pub(super) attempts: u32,
    pub(super) exact: bool,
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
        let known = run.state.known.as_ref().ok_or(Halt::Broken("it has no state"))?;
        let scope = known.scope.as_ref().ok_or(Halt::Broken("it has not started"))?;
        let work = Work {
            run: known.run.clone(),
            kind: known.spec.kind,
            receipts: known.spec.receipts.clone(),
            scenarios: scope.scenarios.clone(),
            attempts,
            exact: known.held.is_some() || known.spec.plan.is_some(),
        };
        let teller = Teller::of(&self.store, tenant, &work.run);
        Ok(Execution { teller, ..self.execution_of(tenant, connection, work).await? })
    }

    pub(super) async fn execution_of(
        &self,
        tenant: &Arc<str>,
        connection: OpenConnection,
        work: Work,
    ) -> Result<Execution, Halt> {
        let Work { run, kind, receipts, scenarios, attempts, exact } = work;
        let secret = self.store.vault_get(tenant, &connection.credentials).await?;
        let secret = secret.ok_or(Halt::Broken("its credentials are gone; save them again"))?;
        let provider = self.providers.open(&connection.settings, secret)?;
        let mut cause = Cause::by(PRINCIPAL).correlation(run.clone());
        cause.causation = Some(receipts.first().unwrap_or(&run).clone());
        let now = self.clock.now();
        let today = match connection.settings.zone() {
            Some(zone) => now.with_timezone(&zone).date_naive(),
            None => now.with_timezone(&Local).date_naive(),
        };
        Ok(Execution {
            tenant: tenant.clone(),
            connection,
            provider,
            run,
            kind,
            receipts,
            scenarios,
            cause,
            today,
            attempts,
            exact,
            teller: Teller::default(),
        })
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
