//! Plans that are written down: held for a person, previewed, and gone on with later.

use chrono::TimeDelta;
use rollcall_commands::{Loaded, PlanHeader, RunEnd, RunWrite, StepsBlob};
use rollcall_domain::ids::id_text;
use rollcall_domain::plan::Unseen;
use rollcall_domain::run::{self, Failure, Held, PlannedTarget, Run, StoredPlan};

use super::apply::Ending;
use super::execution::Execution;
use super::guard::Planned;
use super::plan::TargetPlan;
use super::{Engine, Halt};
use crate::work::Done;

/// Longer than any plan is held; what no event names is swept after an hour.
const KEPT_FOR: TimeDelta = TimeDelta::days(30);

impl Engine {
    /// Puts a plan before a person: nothing of it is applied, and the lane goes on.
    pub(super) async fn hold(
        &self,
        execution: &Execution,
        run: &mut Loaded<Run>,
        planned: Planned,
        failure: Failure,
    ) -> Result<(), Halt> {
        let Planned { plans, ending, everybody } = planned;
        let replaced = run.state.known.as_ref().and_then(|known| known.held.as_ref());
        let replaced = replaced.map_or(vec![], |held| held.plan.blobs());
        let plan = self.write_down(execution, &plans, &ending).await?;
        fail::fail_point!("hold.before_held");
        let attach = plan.blobs();
        let command = run::Command::Hold { plan, failure };
        let Ending { left_over, untold: unread, given_up: commands, .. } = ending;
        let end = Some(RunEnd { command, left_over, unread });
        let write = RunWrite { commands, attach, end, ..RunWrite::default() };
        self.runs.write(&self.store, &execution.tenant, run, &write, &execution.cause).await?;
        if !replaced.is_empty() {
            self.store.unpin(&execution.tenant, &replaced).await?;
        }
        for spilled in plans.iter().filter_map(TargetPlan::spilled) {
            self.forget(execution, spilled).await?;
        }
        match everybody {
            // The plan holds what was told of everybody who differs.
            Some(everybody) => self.forget_recording(execution, run, everybody).await,
            None => Ok(()),
        }
    }

    /// Puts an approved plan before a person again, as it was: its connection is paused meanwhile.
    pub(super) async fn hold_again(
        &self,
        tenant: &str,
        run: &mut Loaded<Run>,
    ) -> Result<Done, Halt> {
        let held = run.state.known.as_ref().and_then(|known| known.held.clone());
        let Held { plan, failure } = held.ok_or(Halt::Broken("it has no plan"))?;
        let command = run::Command::Hold { plan, failure };
        let end = Some(RunEnd { command, left_over: vec![], unread: vec![] });
        let write = RunWrite { end, ..RunWrite::default() };
        let cause = self.cause(run);
        self.runs.write(&self.store, tenant, run, &write, &cause).await?;
        Ok(Done::Yes)
    }

    /// Writes the plan of every target into a blob.
    pub(super) async fn write_down(
        &self,
        execution: &Execution,
        plans: &[TargetPlan],
        ending: &Ending,
    ) -> Result<StoredPlan, Halt> {
        let mut targets = Vec::with_capacity(plans.len());
        for plan in plans {
            targets.push(self.write_target_down(execution, plan).await?);
        }
        Ok(StoredPlan::of(targets, ending.coverage.clone(), ending.uncounted))
    }

    async fn write_target_down(
        &self,
        execution: &Execution,
        plan: &TargetPlan,
    ) -> Result<PlannedTarget, Halt> {
        let (store, tenant) = (&self.store, &execution.tenant);
        let rules = &plan.planner.rules;
        let unseen = match plan.planner.unseen() {
            Unseen::Unknown => None,
            Unseen::Known(claims) => {
                let mut claims: Vec<String> = claims.iter().map(|claim| id_text(*claim)).collect();
                claims.sort_unstable();
                Some(claims)
            }
        };
        let header = PlanHeader {
            scenario: rules.scenario.clone(),
            today: rules.today,
            reaches_others: rules.reaches_others,
            expected_fields: rules.expected_fields.clone(),
            unseen,
            options: plan.options.to_vec(),
            units: plan.units.clone(),
            uncounted: plan.uncounted,
            steps: plan.steps.len() as u64,
        };
        let mut blob = StepsBlob::begin(store, tenant, self.clock.now() + KEPT_FOR).await?;
        blob.header(&header).await?;
        let mut pages = plan.steps.pages();
        while let Some(page) = pages.next(store, tenant).await? {
            blob.push(page).await?;
        }
        let (blob, _) = blob.finish(store, tenant).await?;
        Ok(PlannedTarget {
            scenario: header.scenario,
            blob,
            hash: plan.outline.hash(),
            counts: plan.outline.counts,
        })
    }
}
