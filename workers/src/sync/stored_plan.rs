//! Going on with a plan that was written down: made again from what was told then, on the roster as
//! it is now. What comes out the same is applied; nobody is planned behind a person's back.

use std::collections::HashSet;

use rollcall_commands::{Loaded, PlanHeader, RunEnd, RunWrite, StepsReader};
use rollcall_domain::ids::id_bytes;
use rollcall_domain::plan::{Batch, Part, Step, Unseen};
use rollcall_domain::run::{self, Failure, NoteReason, Run, StoredPlan};
use rollcall_domain::vocabulary::FailureCode;
use rollcall_projections::actors::{self, ManagerMap};

use super::apply::Ending;
use super::execution::Execution;
use super::guard::Planned;
use super::plan::TargetPlan;
use super::reading::Observations;
use super::spill::{Steps, StepsWriter};
use super::{Engine, Halt};

/// So many people whom others changed are named one by one.
const NAMED: usize = 200;

/// The plan of one target as it is now, beside what it was.
struct PlannedAgain {
    plan: TargetPlan,
    header: PlanHeader,
    /// What was planned before and would come out the same.
    same: Steps,
    /// What would not, as it was planned before.
    moved: Vec<Step>,
}

impl Engine {
    /// Applies what was approved, or what was previewed. If anything it touches has moved, an approved
    /// plan is put before a person again, and a previewed one fails with the names.
    pub(super) async fn apply_stored(
        &self,
        execution: &Execution,
        run: &mut Loaded<Run>,
    ) -> Result<(), Halt> {
        let known = run.state.known.as_ref().ok_or(Halt::Broken("it has no state"))?;
        let (approval, resumes) = (known.approval.clone(), known.batches > 0);
        let held = known.held.as_ref().map(|held| &held.plan);
        let plan =
            held.or(known.spec.plan.as_deref()).ok_or(Halt::Broken("it has no plan"))?.clone();
        let subjects = approval.as_ref().and_then(|approval| approval.subjects.clone());
        let subjects = subjects.map(HashSet::from_iter);
        self.roster_is_current(execution).await?;
        let mut again = Vec::with_capacity(plan.targets.len());
        for target in &plan.targets {
            let one = self.plan_again(execution, &target.blob, subjects.as_ref(), resumes).await?;
            again.push(one);
        }
        let ending = Ending {
            uncounted: plan.uncounted,
            coverage: plan.coverage.clone(),
            ..Ending::default()
        };
        let moved: usize = again.iter().map(PlannedAgain::moved).sum();
        if moved > 0 && !resumes {
            let plans = again.iter_mut();
            return match approval {
                Some(_) => {
                    let plans = again.into_iter().map(|one| one.plan).collect();
                    let planned = Planned { plans, ending, everybody: None };
                    self.hold(execution, run, planned, changed_since(moved)).await
                }
                None => self.refuse(execution, run, plans, changed_since(moved)).await,
            };
        }
        let plans = again.into_iter().map(PlannedAgain::same).collect();
        let planned = Planned { plans, ending, everybody: None };
        if approval.is_none()
            && !resumes
            && let Some(failure) = self.brake(execution, &planned).await?
        {
            return self.hold(execution, run, planned, failure).await;
        }
        self.apply(execution, run, planned.plans, planned.ending).await
    }

    /// What of a plan would come out differently now: of each target, and by name where that is few.
    pub(super) async fn moved_since(
        &self,
        execution: &Execution,
        plan: &StoredPlan,
    ) -> Result<(usize, Vec<(String, Step)>), Halt> {
        self.roster_is_current(execution).await?;
        let (mut count, mut named) = (0, Vec::new());
        for target in &plan.targets {
            let again = self.plan_again(execution, &target.blob, None, false).await?;
            count += again.moved();
            let scenario = again.header.scenario;
            named.extend(again.moved.into_iter().map(|step| (scenario.clone(), step)));
        }
        Ok((count, named))
    }

    /// Makes the plan of one target again, and compares. `resumes`: some of it was applied already,
    /// so that only what comes out differently is left out.
    async fn plan_again(
        &self,
        execution: &Execution,
        blob: &str,
        subjects: Option<&HashSet<String>>,
        resumes: bool,
    ) -> Result<PlannedAgain, Halt> {
        let (store, tenant) = (&self.store, &execution.tenant);
        let (header, mut before) = StepsReader::of_plan(store, tenant, blob).await?;
        let db = self.projections.db();
        let managers = actors::managers_of(db, tenant, &header.scenario).await?;
        let approved = match subjects {
            Some(subjects) => Some(self.approved(execution, blob, subjects, &managers).await?),
            None => None,
        };
        let mut rules = execution.rules(&header.scenario);
        rules.today = header.today;
        rules.expected_fields.clone_from(&header.expected_fields);
        let unseen = match &header.unseen {
            None => Unseen::Unknown,
            Some(claims) => Unseen::Known(claims.iter().filter_map(|id| id_bytes(id)).collect()),
        };
        let managers = Box::new(managers);
        let observed = Observations { written: Some(blob), ..Observations::default() };
        let options = header.options.clone().into();
        let plan = self.plan(execution, rules, unseen, managers, &observed, &options).await?;
        let mut now = plan.steps.pages();
        let mut waiting = Vec::new().into_iter().peekable();
        let mut same = StepsWriter::new(execution.share(self.memory.planned));
        let mut moved = Vec::new();
        while let Some(page) = before.next(store, tenant).await? {
            for step in page {
                if waiting.peek().is_none()
                    && let Some(page) = now.next(store, tenant).await?
                {
                    waiting = page.into_iter().peekable();
                }
                let again = waiting.next_if(|now: &Step| now.observation == step.observation);
                let step = match again {
                    Some(again) if again.decision == step.decision => match &approved {
                        Some(some) if !some.contains(&step.decision.actor) => {
                            left_out(step, NoteReason::NotApproved)
                        }
                        Some(_) | None => step,
                    },
                    None if resumes => continue,
                    Some(_) | None => {
                        let step = left_out(step, NoteReason::Moved);
                        moved.push(step.clone());
                        step
                    }
                };
                same.push(store, tenant, self.clock.now(), step).await?;
            }
        }
        let same = same.finish(store, tenant).await?;
        Ok(PlannedAgain { plan, header, same, moved })
    }

    /// The actors whose part was approved, and can be done without the rest.
    async fn approved(
        &self,
        execution: &Execution,
        blob: &str,
        subjects: &HashSet<String>,
        managers: &ManagerMap,
    ) -> Result<HashSet<String>, Halt> {
        let (store, tenant) = (&self.store, &execution.tenant);
        let (_, mut steps) = StepsReader::of_plan(store, tenant, blob).await?;
        let (mut approved, mut part) = (HashSet::new(), Part::default());
        while let Some(page) = steps.next(store, tenant).await? {
            for Step { decision, .. } in page {
                if subjects.contains(&decision.subject) {
                    part.add(&decision);
                    approved.insert(decision.actor);
                }
            }
        }
        let above_themselves = part.above_themselves(managers);
        approved.retain(|actor| !above_themselves.contains(actor));
        Ok(approved)
    }

    /// Fails because others changed what it was to apply; they are named on the run.
    async fn refuse(
        &self,
        execution: &Execution,
        run: &mut Loaded<Run>,
        again: impl Iterator<Item = &mut PlannedAgain>,
        failure: Failure,
    ) -> Result<(), Halt> {
        for one in again {
            let steps: Vec<Step> = one.moved.drain(..).take(NAMED).collect();
            let batch = Batch { scenario: one.header.scenario.clone(), steps, ..Batch::default() };
            let write = RunWrite { batch: Some(batch), ..RunWrite::default() };
            self.runs.write(&self.store, &execution.tenant, run, &write, &execution.cause).await?;
        }
        let end =
            RunEnd { command: run::Command::Fail { failure }, left_over: vec![], unread: vec![] };
        let write = RunWrite { end: Some(end), ..RunWrite::default() };
        Ok(self.runs.write(&self.store, &execution.tenant, run, &write, &execution.cause).await?)
    }
}

impl PlannedAgain {
    fn moved(&self) -> usize {
        self.moved.len() + usize::from(self.plan.units != self.header.units)
    }

    /// What a person has seen and approved of it.
    fn same(self) -> TargetPlan {
        TargetPlan { steps: self.same, uncounted: self.header.uncounted, ..self.plan }
    }
}

fn left_out(step: Step, reason: NoteReason) -> Step {
    Step { decision: step.decision.left_out(reason), ..step }
}

fn changed_since(people: usize) -> Failure {
    let (code, n) = (FailureCode::PlanMoved, people);
    let summary = format!(
        "{n} of the people and departments in it changed since this plan was made; nothing was \
         applied: look at it again"
    );
    Failure { code, summary }
}
