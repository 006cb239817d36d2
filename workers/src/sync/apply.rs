//! Applying plans: batches of events, each with one event on the run's own stream that fences off
//! whoever lost the run, and marks where a resumed run goes on. The last one ends the run.

use std::collections::HashSet;

use rollcall_commands::{CommandError, Loaded, RunEnd, RunWrite};
use rollcall_domain::Decider;
use rollcall_domain::actor::Actor;
use rollcall_domain::plan::{Batch, UnitDecision};
use rollcall_domain::run::{self, Coverage, Failure, NoteReason, Run, TargetEnd};
use rollcall_domain::unit::Unit;
use rollcall_domain::vocabulary::{Counts, FailureCode};
use rollcall_store::{AppendError, Moved, NewBlob};

use super::anew::Anew;
use super::execution::Course;
use super::plan::TargetPlan;
use super::spill::Steps;
use super::{Engine, Halt};

/// Events of one batch, about.
const BATCH_EVENTS: usize = 500;
/// How often a batch is planned anew because somebody changed the same people.
const CONFLICTS: u32 = 5;

/// What comes with a run's end.
#[derive(Default)]
pub(super) struct Ending {
    /// What no batch and no target carries; `fetched` in it is the whole run's.
    pub(super) uncounted: Counts,
    /// Of a read of everybody.
    pub(super) coverage: Option<Coverage>,
    /// What was wrong with deliveries, if something was.
    pub(super) unread: Option<Failure>,
    /// Deliveries that the run does not answer.
    pub(super) left_over: Vec<String>,
    /// Those of them that name somebody of whom the provider said nothing, though it answered.
    pub(super) untold: Vec<String>,
    /// What is noted of people whose deliveries are given up with this run.
    pub(super) given_up: Vec<run::Command>,
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

/// What is applied to one target, wherever it comes from.
pub(super) struct ToApply {
    pub(super) planner: Anew,
    pub(super) units: Vec<UnitDecision>,
    pub(super) steps: Steps,
    /// People of whom there is nothing to write.
    pub(super) uncounted: Counts,
}

impl From<TargetPlan> for ToApply {
    fn from(plan: TargetPlan) -> Self {
        let TargetPlan { planner, units, steps, uncounted, .. } = plan;
        ToApply { planner: Anew::Observed(Box::new(planner)), units, steps, uncounted }
    }
}

/// A target that is being applied.
struct Applying {
    planner: Anew,
    /// What no batch carries, and why it went no further.
    end: TargetEnd,
}

impl Engine {
    /// Applies the plans of all targets, one after the other, and ends the run. A target that can't
    /// be applied does not keep the others from it. What the plans were spilled to goes then; what a
    /// crash leaves of it is swept.
    pub(super) async fn apply(
        &self,
        course: &Course,
        run: &mut Loaded<Run>,
        plans: Vec<impl Into<ToApply>>,
        ending: Ending,
    ) -> Result<(), Halt> {
        let plans: Vec<ToApply> = plans.into_iter().map(Into::into).collect();
        let spilled: Vec<String> = plans.iter().filter_map(|plan| plan.steps.spilled()).collect();
        course.teller.applies(plans.iter().map(|plan| plan.steps.len() as u64).sum());
        let last = plans.len().saturating_sub(1);
        let mut ends = Vec::with_capacity(plans.len());
        let mut waiting = None;
        for (number, plan) in plans.into_iter().enumerate() {
            let ToApply { planner, units, steps, uncounted } = plan;
            let scenario = planner.scenario().to_owned();
            let end = TargetEnd { scenario: scenario.clone(), counts: uncounted, failure: None };
            let mut target = Applying { planner, end };
            let first = Batch { scenario, units, steps: vec![] };
            let applied = self.apply_target(course, run, &mut target, first, steps).await;
            match applied {
                // Of the last target it goes along with the run's end.
                Ok(rest) if number == last => waiting = Some(rest),
                Ok(rest) => {
                    if let Err(halt) = self.apply_batch(course, run, &mut target, rest).await {
                        target.fails(halt)?;
                    }
                }
                Err(halt) => target.fails(halt)?,
            }
            ends.push(target);
            fail::fail_point!("apply.after_target");
        }
        self.finish(course, run, ends, waiting, ending).await?;
        for blob in spilled {
            self.forget(course, blob).await?;
        }
        Ok(())
    }

    /// Applies a target but for its last batch, which it answers. One that may not be written is
    /// said to be closed, whether or not anything would change.
    async fn apply_target(
        &self,
        course: &Course,
        run: &mut Loaded<Run>,
        target: &mut Applying,
        first: Batch,
        steps: Steps,
    ) -> Result<Batch, Halt> {
        self.runs.writable(&self.store, &course.tenant, &first.scenario).await?;
        let (mut events, mut batch) = (first.events(), first);
        let mut pages = steps.into_pages();
        while let Some(page) = pages.next(&self.store, &course.tenant).await? {
            for step in page {
                if events >= BATCH_EVENTS {
                    events = 0;
                    let next = Batch { scenario: batch.scenario.clone(), ..Batch::default() };
                    let full = std::mem::replace(&mut batch, next);
                    self.apply_batch(course, run, target, full).await?;
                }
                events += step.decision.size();
                batch.steps.push(step);
            }
        }
        Ok(batch)
    }

    /// Applies a batch without an end of the run.
    async fn apply_batch(
        &self,
        course: &Course,
        run: &mut Loaded<Run>,
        target: &mut Applying,
        batch: Batch,
    ) -> Result<(), Halt> {
        if batch.events() == 0 {
            return Ok(());
        }
        let mut write = RunWrite { batch: Some(batch), ..RunWrite::default() };
        let mut conflicts = 0;
        while conflicts < CONFLICTS {
            fail::fail_point!("apply.before_batch");
            let planner = Some(&target.planner);
            if self.written(course, run, &mut write, planner, &mut conflicts).await? {
                fail::fail_point!("apply.after_batch");
                target.end.counts += uncounted(&write);
                course.teller.has_applied(write.batch.map_or(0, |batch| batch.steps.len()));
                return Ok(());
            }
        }
        Err(Halt::Contended)
    }

    /// Applies the last batch of the last target and ends the run, in one append.
    async fn finish(
        &self,
        course: &Course,
        run: &mut Loaded<Run>,
        mut targets: Vec<Applying>,
        batch: Option<Batch>,
        ending: Ending,
    ) -> Result<(), Halt> {
        let mut write = RunWrite { batch, ..RunWrite::default() };
        let mut conflicts = 0;
        loop {
            self.end_with(run, &mut write, &targets, &ending, course);
            let planner = targets.last().map(|target| &target.planner);
            fail::fail_point!("apply.before_finish");
            let written = self.written(course, run, &mut write, planner, &mut conflicts).await;
            let halt = match written {
                Ok(true) => {
                    fail::fail_point!("apply.after_finish");
                    return Ok(());
                }
                Ok(false) if conflicts < CONFLICTS => continue,
                Ok(false) => Halt::Contended,
                Err(halt) => halt,
            };
            // Without its last batch it ends all the same.
            match targets.last_mut().filter(|_| write.batch.is_some()) {
                Some(target) => target.fails(halt)?,
                None => return Err(halt),
            }
            write.batch = None;
        }
    }

    /// Says how the run ends, if this is written as it is.
    fn end_with(
        &self,
        run: &Loaded<Run>,
        write: &mut RunWrite,
        targets: &[Applying],
        ending: &Ending,
        course: &Course,
    ) {
        let applied = run.state.known.as_ref().is_some_and(|known| known.batches > 0);
        let changes = applied || write.batch.as_ref().is_some_and(Batch::changes_anything);
        let fetched = ending.fetched.as_ref().filter(|_| changes);
        write.commands = fetched.map(|fetched| fetched.command.clone()).into_iter().collect();
        write.commands.extend(ending.given_up.iter().cloned());
        write.blobs = fetched.map_or_else(Vec::new, |fetched| fetched.blobs.clone());
        write.attach = fetched.map_or_else(Vec::new, |fetched| fetched.attach.clone());
        let mut ends: Vec<TargetEnd> = targets.iter().map(|target| target.end.clone()).collect();
        if let Some(last) = ends.last_mut() {
            last.counts += uncounted(write);
        }
        // What was told of people in a target that was not applied is told again.
        let again = |end: &TargetEnd| {
            end.failure.as_ref().is_some_and(|why| why.code != FailureCode::TargetClosed)
        };
        let left_over = match ends.iter().any(again) {
            true => course.receipts.clone(),
            false => ending.left_over.clone(),
        };
        let command = run::Command::Finish {
            uncounted: ending.uncounted,
            targets: ends,
            coverage: ending.coverage.clone(),
            unread: ending.unread.clone(),
        };
        write.end = Some(RunEnd { command, left_over, unread: ending.untold.clone() });
    }

    /// Writes once. `false` if somebody else was faster: their people are then planned anew. So it is
    /// if somebody was erased meanwhile, who is left out; that comes to an end by itself.
    async fn written(
        &self,
        course: &Course,
        run: &mut Loaded<Run>,
        write: &mut RunWrite,
        planner: Option<&Anew>,
        conflicts: &mut u32,
    ) -> Result<bool, Halt> {
        let (store, tenant) = (&self.store, &course.tenant);
        let batch = |write: &mut RunWrite| write.batch.take().unwrap_or_default();
        match self.runs.write(store, tenant, run, write, &course.cause).await {
            Ok(()) => Ok(true),
            Err(CommandError::Moved(moved)) => {
                *conflicts += 1;
                let mut batch = batch(write);
                self.plan_anew(course, planner, &mut batch, &moved).await?;
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
        course: &Course,
        run: &mut Loaded<Run>,
        fetched: Fetched,
    ) -> Result<(), Halt> {
        let Fetched { command, blobs, attach } = fetched;
        let write = RunWrite { commands: vec![command], blobs, attach, ..RunWrite::default() };
        let tenant = &course.tenant;
        Ok(self.runs.write(&self.store, tenant, run, &write, &course.cause).await?)
    }

    /// Re-reads the streams that moved and plans those people again. If the run's own stream moved,
    /// somebody else has the run.
    async fn plan_anew(
        &self,
        course: &Course,
        planner: Option<&Anew>,
        batch: &mut Batch,
        moved: &[Moved],
    ) -> Result<(), Halt> {
        let run = Run::stream(&course.run);
        let moved: HashSet<&str> = moved.iter().map(|one| one.stream.as_str()).collect();
        let Some(planner) = planner.filter(|_| !moved.contains(run.as_str())) else {
            return Err(Halt::Fenced);
        };
        let has_moved = |stream: String| moved.contains(stream.as_str());
        for step in &mut batch.steps {
            let decision = &step.decision;
            let claim = decision.claims.as_ref();
            if !has_moved(Actor::stream(&decision.actor))
                && !claim.is_some_and(|claim| has_moved(Actor::stream(claim)))
            {
                continue;
            }
            if course.exact {
                step.decision = step.decision.clone().left_out(NoteReason::Moved);
                continue;
            }
            match planner.decide(self, course, step).await? {
                Some(decision) => step.decision = decision,
                None => step.decision.says_nothing(),
            }
        }
        for unit in &mut batch.units {
            match &unit.claims {
                // People are planned into it.
                Some(claim)
                    if has_moved(Unit::stream(&unit.unit)) || has_moved(Unit::stream(claim)) =>
                {
                    return Err(Halt::Contended);
                }
                // Made or renamed by somebody else meanwhile; the next complete read sees to the rest.
                None if has_moved(Unit::stream(&unit.unit)) => unit.events.clear(),
                Some(_) | None => {}
            }
        }
        Ok(())
    }
}

impl Applying {
    /// Goes no further, if that is no reason for the whole run to halt.
    fn fails(&mut self, halt: Halt) -> Result<(), Halt> {
        let (code, why) = match halt {
            Halt::TargetClosed(refusal) => (FailureCode::TargetClosed, refusal.to_string()),
            Halt::Contended => (
                FailureCode::Contended,
                "others kept changing the same people; sync again".to_owned(),
            ),
            Halt::Provider(_)
            | Halt::Fenced
            | Halt::Disconnected
            | Halt::Command(_)
            | Halt::Wait(_)
            | Halt::Read(_)
            | Halt::Broken(_) => return Err(halt),
        };
        let summary = format!("scenario {} was not brought in step: {why}", self.end.scenario);
        self.end.failure = Some(Failure { code, summary });
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
        step.decision.says_nothing();
    }
    if found { Ok(()) } else { Err(Halt::Broken("somebody erased is still in its batch")) }
}
