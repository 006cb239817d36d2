//! What a run would do, without one: the same read and the same plan, and no event.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rollcall_commands::{Loaded, OpenConnection, load};
use rollcall_domain::plan::Step;
use rollcall_domain::run::{Failure, Run, StoredPlan};
use rollcall_domain::vocabulary::RunKind;
use rollcall_store::Cause;

use super::execution::{Course, Execution};
use super::guard::Planned;
use super::plan::TargetPlan;
use super::teller::Teller;
use super::{Engine, Halt, PRINCIPAL};
use crate::providers::Named;

/// In the place of a run's id.
const NO_RUN: &str = "preview";

/// What a preview is about.
pub(crate) struct Previewed {
    pub(crate) kind: RunKind,
    pub(crate) receipts: Vec<String>,
    pub(crate) changed_since: Option<DateTime<Utc>>,
    /// Those to re-read, by source id, beside whom the receipts name.
    pub(crate) identities: Vec<String>,
    /// `None`: what the connection's targets mean now.
    pub(crate) scenarios: Option<Vec<String>>,
}

/// What it would do.
pub(crate) struct Preview {
    pub(crate) plan: StoredPlan,
    /// Why it would be held, if it would.
    pub(crate) held: Option<Failure>,
    pub(crate) warnings: Vec<String>,
}

impl Engine {
    /// Reads and plans. Only the log
    /// stays as it is: the plan lies in blobs that are swept after an hour unless an event names them.
    pub(crate) async fn preview(
        &self,
        tenant: &Arc<str>,
        connection: OpenConnection,
        what: &Previewed,
    ) -> Result<Preview, Halt> {
        let execution = self.without_a_run(tenant, connection, what).await?;
        let nothing = Loaded::<Run>::default();
        let planned = match what.kind {
            RunKind::Webhook => {
                let mut named = self.everybody_named(&execution).await?;
                let people: BTreeMap<String, bool> =
                    what.identities.iter().map(|id| (id.clone(), false)).collect();
                named.extend(Named { people, unreadable: 0 });
                self.plan_named(&execution, &nothing, &named).await?
            }
            RunKind::ManualSync | RunKind::Reconcile | RunKind::Push => {
                self.plan_everyone(&execution, &nothing).await?
            }
            RunKind::Undo => {
                return Err(Halt::Broken("it has a preview of its own"));
            }
        };
        let held = self.brake(&execution, &planned).await?;
        let Planned { plans, ending, everybody } = planned;
        let plan = self.write_down(&execution, &plans, &ending).await?;
        let warnings = everybody.as_ref().map_or(vec![], |read| read.summary.warnings.clone());
        let recording = everybody.filter(|read| !read.is_posted).map(|read| read.blob);
        for blob in plans.iter().filter_map(TargetPlan::spilled).chain(recording) {
            self.forget(&execution, blob).await?;
        }
        Ok(Preview { plan, held, warnings })
    }

    /// Whether a plan is for scenarios alone to which the connection's changes apply.
    pub(crate) async fn applies_to(
        &self,
        tenant: &str,
        connection: &OpenConnection,
        plan: &StoredPlan,
    ) -> Result<bool, Halt> {
        let meant = self.scenarios(tenant, &connection.targets).await?;
        Ok(plan.targets.iter().all(|target| meant.contains(&target.scenario)))
    }

    /// How many parts of a plan would come out differently now, and whom they are about.
    pub(crate) async fn moved(
        &self,
        tenant: &Arc<str>,
        connection: OpenConnection,
        kind: RunKind,
        plan: &StoredPlan,
    ) -> Result<(usize, Vec<(String, Step)>), Halt> {
        let scenarios = plan.targets.iter().map(|target| target.scenario.clone()).collect();
        let what = Previewed {
            kind,
            receipts: vec![],
            changed_since: None,
            identities: vec![],
            scenarios: Some(scenarios),
        };
        let execution = self.without_a_run(tenant, connection, &what).await?;
        self.moved_since(&execution, plan).await
    }

    async fn without_a_run(
        &self,
        tenant: &Arc<str>,
        connection: OpenConnection,
        what: &Previewed,
    ) -> Result<Execution, Halt> {
        let scenarios = match &what.scenarios {
            Some(scenarios) => scenarios.clone(),
            None => self.scenarios(tenant, &connection.targets).await?,
        };
        let course = Course {
            tenant: tenant.clone(),
            run: NO_RUN.to_owned(),
            kind: what.kind,
            receipts: what.receipts.clone(),
            changed_since: what.changed_since,
            scenarios,
            exact: false,
            reaches_others: match what.kind {
                RunKind::ManualSync | RunKind::Reconcile | RunKind::Push => true,
                RunKind::Webhook | RunKind::Undo => false,
            },
            cause: Cause::by(PRINCIPAL).correlation(NO_RUN.to_owned()),
            teller: Teller::default(),
        };
        self.execution_of(connection, course, 0).await
    }

    /// What a run applied to, and the deliveries it answered to.
    pub(crate) async fn previewed_again(
        &self,
        tenant: &str,
        run: &str,
    ) -> Result<Option<Previewed>, Halt> {
        let parent: Loaded<Run> = load(&self.store, tenant, run).await?;
        let Some(known) = parent.state.known else { return Ok(None) };
        let identities = match known.spec.kind {
            RunKind::Webhook => self.named_before(tenant, run).await?,
            RunKind::ManualSync | RunKind::Reconcile | RunKind::Push | RunKind::Undo => vec![],
        };
        Ok(Some(Previewed {
            kind: known.spec.kind,
            receipts: known.spec.receipts,
            changed_since: known.spec.changed_since,
            identities,
            scenarios: known.scope.map(|scope| scope.scenarios),
        }))
    }
}
