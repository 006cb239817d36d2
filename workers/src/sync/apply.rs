//! Applying plans: batches of events, each with one event on the run's own stream that fences off
//! whoever lost the run, and marks where a resumed run goes on. The last one ends the run.

use std::collections::HashSet;

use rollcall_commands::{CommandError, Loaded, RunEnd, RunWrite, load};
use rollcall_domain::Decider;
use rollcall_domain::actor::Actor;
use rollcall_domain::plan::{Action, Batch, Planner, RosterRow};
use rollcall_domain::run::{self, Coverage, Failure, Run};
use rollcall_domain::unit::Unit;
use rollcall_domain::vocabulary::Counts;
use rollcall_store::{AppendError, Moved, NewBlob};

use super::execution::Execution;
use super::plan::{RosterManagers, TargetPlan};
use super::{Engine, Halt};

/// Events of one batch, about.
const BATCH_EVENTS: usize = 500;
/// How often a batch is planned anew because somebody changed the same people.
const CONFLICTS: u32 = 5;

/// What comes with a run's end.
#[derive(Default)]
pub(super) struct Ending {
    /// What no batch carries; `fetched` in it is the whole run's.
    pub(super) uncounted: Counts,
    /// Of a read of everybody.
    pub(super) coverage: Option<Coverage>,
    /// What was wrong with deliveries, if something was.
    pub(super) unread: Option<Failure>,
    /// Deliveries that the run does not answer.
    pub(super) left_over: Vec<String>,
    /// What the provider answered, if it is only recorded now and anything changed because of it.
    pub(super) fetched: Option<Fetched>,
}

/// What the provider answered, for the run's history.
pub(super) struct Fetched {
    pub(super) command: run::Command,
    pub(super) blobs: Vec<NewBlob>,
    /// Blobs that were written ahead.
    pub(super) attach: Vec<String>,
}

/// A batch, and what it is planned anew with where somebody moved.
type Planned<'a> = (Batch, Option<&'a Planner<RosterManagers>>);

impl Engine {
    /// Applies the plans of all targets, one after the other, and ends the run. What they were
    /// spilled to goes then; what a crash leaves of it is swept.
    pub(super) async fn apply(
        &self,
        execution: &Execution,
        run: &mut Loaded<Run>,
        plans: Vec<TargetPlan>,
        mut ending: Ending,
    ) -> Result<(), Halt> {
        let tenant = &execution.tenant;
        let spilled: Vec<String> = plans.iter().filter_map(TargetPlan::spilled).collect();
        let mut planners = Vec::with_capacity(plans.len());
        let mut parts = Vec::with_capacity(plans.len());
        for plan in plans {
            ending.uncounted += plan.uncounted;
            let first =
                Batch { scenario: plan.scenario().to_owned(), units: plan.units, steps: vec![] };
            parts.push((first, plan.steps.into_pages()));
            planners.push(plan.planner);
        }
        // Each waits until it is known whether it is the last.
        let mut last: Planned<'_> = (Batch::default(), None);
        for ((first, mut pages), planner) in parts.into_iter().zip(&planners) {
            let scenario = first.scenario.clone();
            let mut events = first.events();
            let before = std::mem::replace(&mut last, (first, Some(planner)));
            self.apply_batch(execution, run, before, &mut ending).await?;
            while let Some(page) = pages.next(&self.store, tenant).await? {
                for step in page {
                    if events >= BATCH_EVENTS {
                        events = 0;
                        let next = Batch { scenario: scenario.clone(), ..Batch::default() };
                        let full = std::mem::replace(&mut last, (next, Some(planner)));
                        self.apply_batch(execution, run, full, &mut ending).await?;
                    }
                    events += step.decision.events.len() + step.decision.notes.len();
                    last.0.steps.push(step);
                }
            }
        }
        self.finish(execution, run, last, ending).await?;
        for blob in spilled {
            self.forget(execution, blob).await?;
        }
        Ok(())
    }

    /// Applies a batch that is not the last.
    async fn apply_batch(
        &self,
        execution: &Execution,
        run: &mut Loaded<Run>,
        (batch, planner): Planned<'_>,
        ending: &mut Ending,
    ) -> Result<(), Halt> {
        if batch.events() == 0 {
            return Ok(());
        }
        let mut write = RunWrite { batch: Some(batch), ..RunWrite::default() };
        let mut conflicts = 0;
        while conflicts < CONFLICTS {
            fail::fail_point!("apply.before_batch");
            if self.written(execution, run, &mut write, planner, &mut conflicts).await? {
                fail::fail_point!("apply.after_batch");
                ending.uncounted += uncounted(&write);
                return Ok(());
            }
        }
        Err(Halt::Broken("others keep changing the same people"))
    }

    /// Applies the last batch and ends the run, in one append.
    async fn finish(
        &self,
        execution: &Execution,
        run: &mut Loaded<Run>,
        (batch, planner): Planned<'_>,
        ending: Ending,
    ) -> Result<(), Halt> {
        let mut write = RunWrite { batch: Some(batch), ..RunWrite::default() };
        let mut conflicts = 0;
        while conflicts < CONFLICTS {
            let applied = run.state.known.as_ref().is_some_and(|known| known.batches > 0);
            let changes = applied || write.batch.as_ref().is_some_and(Batch::changes_anything);
            let fetched = ending.fetched.as_ref().filter(|_| changes);
            write.commands = fetched.map(|fetched| fetched.command.clone()).into_iter().collect();
            write.blobs = fetched.map_or_else(Vec::new, |fetched| fetched.blobs.clone());
            write.attach = fetched.map_or_else(Vec::new, |fetched| fetched.attach.clone());
            let mut counts = ending.uncounted;
            counts += uncounted(&write);
            let command = run::Command::Finish {
                uncounted: counts,
                targets: vec![],
                coverage: ending.coverage.clone(),
                unread: ending.unread.clone(),
            };
            write.end = Some(RunEnd { command, left_over: ending.left_over.clone() });
            fail::fail_point!("apply.before_finish");
            if self.written(execution, run, &mut write, planner, &mut conflicts).await? {
                fail::fail_point!("apply.after_finish");
                return Ok(());
            }
        }
        Err(Halt::Broken("others keep changing the same people"))
    }

    /// Writes once. `false` if somebody else was faster: their people are then planned anew. So it is
    /// if somebody was erased meanwhile, who is left out; that comes to an end by itself.
    async fn written(
        &self,
        execution: &Execution,
        run: &mut Loaded<Run>,
        write: &mut RunWrite,
        planner: Option<&Planner<RosterManagers>>,
        conflicts: &mut u32,
    ) -> Result<bool, Halt> {
        let (store, tenant) = (&self.store, &execution.tenant);
        let batch = |write: &mut RunWrite| write.batch.take().unwrap_or_default();
        match self.runs.write(store, tenant, run, write, &execution.cause).await {
            Ok(()) => Ok(true),
            Err(CommandError::Moved(moved)) => {
                *conflicts += 1;
                let mut batch = batch(write);
                self.plan_anew(execution, planner, &mut batch, &moved).await?;
                write.batch = Some(batch);
                Ok(false)
            }
            Err(CommandError::Append(AppendError::Erased { subject })) => {
                let mut batch = batch(write);
                drop_erased(&mut batch, &subject)?;
                write.batch = Some(batch);
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Records what was fetched, so that a resumed run reads it instead of asking again.
    pub(super) async fn record_fetched(
        &self,
        execution: &Execution,
        run: &mut Loaded<Run>,
        fetched: Fetched,
    ) -> Result<(), Halt> {
        let Fetched { command, blobs, attach } = fetched;
        let write = RunWrite { commands: vec![command], blobs, attach, ..RunWrite::default() };
        let tenant = &execution.tenant;
        Ok(self.runs.write(&self.store, tenant, run, &write, &execution.cause).await?)
    }

    /// Re-reads the streams that moved and plans those people again. If the run's own stream moved,
    /// somebody else has the run.
    async fn plan_anew(
        &self,
        execution: &Execution,
        planner: Option<&Planner<RosterManagers>>,
        batch: &mut Batch,
        moved: &[Moved],
    ) -> Result<(), Halt> {
        let run = Run::stream(&execution.run);
        let moved: HashSet<&str> = moved.iter().map(|one| one.stream.as_str()).collect();
        let Some(planner) = planner.filter(|_| !moved.contains(run.as_str())) else {
            return Err(Halt::Fenced);
        };
        for step in &mut batch.steps {
            let actor = step.decision.actor.clone();
            if !moved.contains(Actor::stream(&actor).as_str()) {
                continue;
            }
            let loaded: Loaded<Actor> = load(&self.store, &execution.tenant, &actor).await?;
            let known = RosterRow::from_actor(&loaded.state, loaded.version);
            if let Some(decision) = planner.decide(&step.observation, known.as_ref()) {
                step.decision = decision;
            }
        }
        for unit in &mut batch.units {
            if moved.contains(Unit::stream(&unit.unit).as_str()) {
                // Made or renamed by somebody else meanwhile; the next complete read sees to the rest.
                unit.events.clear();
            }
        }
        Ok(())
    }
}

/// The counts of a batch that changes nothing: no event of its own carries them.
fn uncounted(write: &RunWrite) -> Counts {
    let quiet = write.batch.as_ref().filter(|batch| !batch.changes_anything());
    quiet.map(Batch::counts).unwrap_or_default()
}

/// Whoever was erased meanwhile is left out; each of them once.
fn drop_erased(batch: &mut Batch, subject: &str) -> Result<(), Halt> {
    let mut found = false;
    for step in batch.steps.iter_mut().filter(|step| step.decision.subject == subject) {
        found |= step.says_anything();
        step.decision.events.clear();
        step.decision.notes.clear();
        step.decision.action = Action::Skip;
    }
    if found { Ok(()) } else { Err(Halt::Broken("somebody erased is still in its batch")) }
}
