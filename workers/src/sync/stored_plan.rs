//! Going on with a plan that was written down: made again from what was told then, on the roster as
//! it is now. What comes out the same is applied; nobody is planned behind a person's back.

use std::collections::HashSet;

use rollcall_commands::{Loaded, PlanHeader, RunEnd, RunWrite, StepsReader};
use rollcall_domain::ids::id_bytes;
use rollcall_domain::plan::{Batch, Part, Step, UnitOption, Unseen, units_as_known};
use rollcall_domain::run::{self, Failure, NoteReason, Run, StoredPlan};
use rollcall_domain::vocabulary::FailureCode;
use rollcall_projections::actors;

use super::apply::Ending;
use super::execution::Execution;
use super::guard::Planned;
use super::plan::TargetPlan;
use super::reading::Observations;
use super::spill::{Steps, StepsWriter};
use super::{Engine, Halt};

/// People who are looked up together.
const PAGE: usize = 500;
/// So many people whom others changed are named one by one.
const NAMED: usize = 200;

/// The plan of one target as it is now, beside what it was.
struct PlannedAgain {
    blob: String,
    plan: TargetPlan,
    header: PlanHeader,
    compared: Compared,
}

/// A plan as it was, beside what it would be now.
struct Compared {
    /// What would come out the same.
    same: Steps,
    /// What would not, as it was planned before.
    moved: Vec<Step>,
    /// The actors of these: then, and now.
    actors: Vec<(String, String)>,
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
                    let mut plans = Vec::with_capacity(again.len());
                    for one in again {
                        plans.push(self.anew(execution, one).await?);
                    }
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
            named.extend(again.compared.moved.into_iter().map(|step| (scenario.clone(), step)));
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
        let (header, before) = StepsReader::of_plan(&self.store, &execution.tenant, blob).await?;
        let approved = match subjects {
            Some(subjects) => {
                Some(self.approved(execution, &header.scenario, blob, subjects).await?)
            }
            None => None,
        };
        let observed = Observations { written: Some(blob), ..Observations::default() };
        let plan = self.planned_of(execution, &header, &observed, header.options.clone()).await?;
        let compared =
            self.compared(execution, before, &plan.steps, approved.as_ref(), resumes).await?;
        Ok(PlannedAgain { blob: blob.to_owned(), plan, header, compared })
    }

    /// A plan of what was told when another was made, on the roster as it is.
    async fn planned_of(
        &self,
        execution: &Execution,
        header: &PlanHeader,
        observed: &Observations<'_>,
        options: Vec<UnitOption>,
    ) -> Result<TargetPlan, Halt> {
        let mut rules = execution.rules(&header.scenario);
        rules.today = header.today;
        rules.reaches_others = header.reaches_others;
        rules.expected_fields.clone_from(&header.expected_fields);
        let unseen = match &header.unseen {
            None => Unseen::Unknown,
            Some(claims) => Unseen::Known(claims.iter().filter_map(|id| id_bytes(id)).collect()),
        };
        let (db, tenant) = (self.projections.db(), &execution.tenant);
        let managers = Box::new(actors::managers_of(db, tenant, &header.scenario).await?);
        self.plan(execution, rules, unseen, managers, observed, &options.into()).await
    }

    async fn compared(
        &self,
        execution: &Execution,
        mut before: StepsReader,
        now: &Steps,
        approved: Option<&HashSet<String>>,
        resumes: bool,
    ) -> Result<Compared, Halt> {
        let (store, tenant) = (&self.store, &execution.tenant);
        let mut now = now.pages();
        let mut waiting = Vec::new().into_iter().peekable();
        let mut same = StepsWriter::new(execution.share(self.memory.planned));
        let (mut moved, mut actors) = (Vec::new(), Vec::new());
        while let Some(page) = before.next(store, tenant).await? {
            for step in page {
                if waiting.peek().is_none()
                    && let Some(page) = now.next(store, tenant).await?
                {
                    waiting = page.into_iter().peekable();
                }
                let again = waiting.next_if(|now: &Step| now.observation == step.observation);
                let step = match again {
                    Some(again) if again.decision == step.decision => match approved {
                        Some(some) if !some.contains(&step.decision.actor) => {
                            left_out(step, NoteReason::NotApproved)
                        }
                        Some(_) | None => step,
                    },
                    again if resumes && is_done(&step, again.as_ref()) => continue,
                    again => {
                        let now = again.map_or_else(
                            || step.decision.actor.clone(),
                            |again| again.decision.actor,
                        );
                        actors.push((step.decision.actor.clone(), now));
                        let step = left_out(step, NoteReason::Moved);
                        moved.push(step.clone());
                        step
                    }
                };
                same.push(store, tenant, self.clock.now(), step).await?;
            }
        }
        let same = same.finish(store, tenant).await?;
        Ok(Compared { same, moved, actors })
    }

    /// What waits for a person instead. Whom a newer run changed is left out, and so is what it did to
    /// units: it was told later than this plan.
    async fn anew(&self, execution: &Execution, again: PlannedAgain) -> Result<TargetPlan, Halt> {
        let PlannedAgain { blob, plan, header, compared } = again;
        let newer = self.changed_by_newer_runs(execution, &header.scenario, &compared).await?;
        let units_moved = plan.units != header.units;
        if newer.is_empty() && !units_moved {
            return Ok(plan);
        }
        let options = match units_moved {
            true => {
                let known = self.known_units(execution, &header.scenario).await?;
                units_as_known(&header.options, &known, &execution.rules(&header.scenario))
            }
            false => header.options.clone(),
        };
        let (written, without) = (Some(blob.as_str()), Some(&newer));
        let observed = Observations { written, without, ..Observations::default() };
        self.planned_of(execution, &header, &observed, options).await
    }

    /// Of those who moved, the actors whom a run changed last that was asked for after this one.
    async fn changed_by_newer_runs(
        &self,
        execution: &Execution,
        scenario: &str,
        compared: &Compared,
    ) -> Result<HashSet<String>, Halt> {
        let mut newer = HashSet::new();
        for page in compared.actors.chunks(PAGE) {
            let now: Vec<String> = page.iter().map(|(_, now)| now.clone()).collect();
            let db = self.projections.db();
            let rows = actors::by_ids(db, &execution.tenant, scenario, &now).await?;
            let is_newer = |id: &String| {
                let row = rows.iter().find(|row| row.actor == *id);
                row.and_then(|row| row.run.as_ref()).is_some_and(|run| *run > execution.run)
            };
            newer
                .extend(page.iter().filter(|(_, now)| is_newer(now)).map(|(then, _)| then.clone()));
        }
        Ok(newer)
    }

    /// The actors whose part was approved, and can be done without the rest.
    async fn approved(
        &self,
        execution: &Execution,
        scenario: &str,
        blob: &str,
        subjects: &HashSet<String>,
    ) -> Result<HashSet<String>, Halt> {
        let (store, tenant) = (&self.store, &execution.tenant);
        let managers = actors::managers_of(self.projections.db(), tenant, scenario).await?;
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
        let above_themselves = part.above_themselves(&managers);
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
            let steps: Vec<Step> = one.compared.moved.drain(..).take(NAMED).collect();
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
        self.compared.moved.len() + usize::from(self.plan.units != self.header.units)
    }

    /// What a person has seen and approved of it.
    fn same(self) -> TargetPlan {
        TargetPlan { steps: self.compared.same, uncounted: self.header.uncounted, ..self.plan }
    }
}

/// Whether a run that goes on has written the person's part already.
fn is_done(before: &Step, now: Option<&Step>) -> bool {
    let had_to_change = !before.decision.events.is_empty();
    now.is_none_or(|now| had_to_change && now.decision.events.is_empty())
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
