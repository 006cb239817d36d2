//! Between planning and applying: whether a plan may be applied without a person having seen it.

use std::time::Duration;

use rollcall_commands::Loaded;
use rollcall_domain::plan::{Outline, Standings, brake};
use rollcall_domain::run::{Failure, Run};
use rollcall_projections::actors;

use super::apply::Ending;
use super::execution::Execution;
use super::plan::TargetPlan;
use super::reading::Everybody;
use super::{Engine, Halt, ROSTER_DEADLINE};

/// What a run would do, complete before anything of it is done.
pub(super) struct Planned {
    pub(super) plans: Vec<TargetPlan>,
    pub(super) ending: Ending,
    /// Where everybody was recorded, if everybody was read.
    pub(super) everybody: Option<Everybody>,
}

impl Engine {
    /// Applies what was planned, or puts it before a person.
    pub(super) async fn carry_out(
        &self,
        execution: &Execution,
        run: &mut Loaded<Run>,
        planned: Planned,
    ) -> Result<(), Halt> {
        if let Some(failure) = self.brake(execution, &planned).await? {
            return self.hold(execution, run, planned, failure).await;
        }
        let Planned { plans, ending, everybody } = planned;
        let Some(everybody) = everybody else {
            return self.apply(execution, run, plans, ending).await;
        };
        if plans.iter().any(TargetPlan::changes_anything) {
            self.keep_recording(execution, run, &everybody).await?;
            return self.apply(execution, run, plans, ending).await;
        }
        self.apply(execution, run, plans, ending).await?;
        self.forget_recording(execution, run, everybody).await
    }

    /// Why nothing of it may be applied before a person has seen it: what one target says of a read
    /// is reason enough for all of them.
    pub(super) async fn brake(
        &self,
        execution: &Execution,
        planned: &Planned,
    ) -> Result<Option<Failure>, Halt> {
        let read = planned.everybody.as_ref().map(|everybody| everybody.summary.employees);
        let written = planned.ending.coverage.as_ref().map(|coverage| coverage.visible);
        let visible = read.or(written);
        for plan in &planned.plans {
            if !is_worth_a_look(&plan.outline, visible) {
                continue;
            }
            let scenario = &plan.planner.rules.scenario;
            let before = self.standings(execution, scenario).await?;
            let limits = &execution.connection.settings.brake;
            if let Some(mut failure) = brake(&plan.outline, &before, visible, limits) {
                if planned.plans.len() > 1 {
                    failure.summary = format!("in scenario {scenario}, {}", failure.summary);
                }
                return Ok(Some(failure));
            }
        }
        Ok(None)
    }

    async fn standings(&self, execution: &Execution, scenario: &str) -> Result<Standings, Halt> {
        let names = ["runs", "identities", "actors"];
        let patience: Duration = ROSTER_DEADLINE;
        self.projections.wait_for_head(&execution.tenant, &names, patience).await?;
        let (db, source) = (self.projections.db(), execution.connection.settings.source());
        let now = self.clock.now();
        Ok(actors::standings(db, &execution.tenant, scenario, &source, now).await?)
    }
}

/// Most plans neither bring or take anybody nor change what is watched: nothing is counted for them.
fn is_worth_a_look(outline: &Outline, visible: Option<u64>) -> bool {
    visible == Some(0)
        || outline.counts.created > 0
        || outline.counts.deactivated > 0
        || outline.replaced > 0
        || !outline.changed.is_empty()
}
