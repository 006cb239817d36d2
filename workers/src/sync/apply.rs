//! Applying a plan: batches of events, each with one event on the run's own stream that fences off
//! whoever lost the run, and marks where a resumed run goes on.

use std::collections::HashSet;

use rollcall_commands::{Along, Ending, LaneError, Loaded, load, written};
use rollcall_domain::Decider;
use rollcall_domain::actor::{self, Actor};
use rollcall_domain::connection::Connection;
use rollcall_domain::plan::{
    Action, Decision, Employee, Expected as Planned, Known, Managers, Rules, UnitDecision,
    plan_absent, plan_duplicate, plan_not_found, plan_not_visible, plan_person, plan_unreadable,
};
use rollcall_domain::run::{self, Failure, NoteReason, NotedPerson, Run};
use rollcall_domain::unit::Unit;
use rollcall_domain::vocabulary::Counts;
use rollcall_store::{Append, AppendError, Expected, Moved, NewBlob, NewEvent};

use super::counting::{count, is_listed};
use super::turn::fenced;
use super::{BATCH_EVENTS, Engine, Halt, Job};

/// How often a batch is planned anew because somebody changed the same people.
const CONFLICTS: u32 = 5;

/// What a run was told about one person.
#[derive(Debug, Clone)]
pub(super) enum Told {
    Employee(Employee),
    /// Missing from a complete read.
    Absent,
    NotFound {
        source_id: String,
        deleted: bool,
    },
    NotVisible {
        source_id: String,
    },
    /// The provider's record of them can't be read.
    Unreadable {
        source_id: String,
    },
    /// The id came before in the same read.
    Duplicate {
        source_id: String,
    },
}

/// One person's part of a plan.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) told: Told,
    pub(super) decision: Decision,
}

/// What happens to a person, given what is known of them.
pub(super) fn decide(
    told: &Told,
    known: Option<&Known>,
    managers: &dyn Managers,
    rules: &Rules,
) -> Option<Decision> {
    Some(match told {
        Told::Employee(employee) => plan_person(employee, known, managers, rules),
        Told::Absent => plan_absent(known?, rules, true),
        Told::NotFound { source_id, deleted } => plan_not_found(source_id, known, *deleted, rules),
        Told::NotVisible { source_id } => plan_not_visible(source_id, known, rules),
        Told::Unreadable { source_id } => plan_unreadable(source_id, known, rules),
        Told::Duplicate { source_id } => plan_duplicate(source_id, known, rules),
    })
}

/// A run while it applies its plan.
pub(super) struct Applying<'a> {
    pub(super) job: &'a Job,
    pub(super) run: Loaded<Run>,
    /// All counts so far, those of batches of an earlier attempt included.
    pub(super) counts: Counts,
}

/// The rules and managers a batch is planned anew with.
pub(super) struct Scene<'a> {
    pub(super) rules: &'a Rules<'a>,
    pub(super) managers: &'a (dyn Managers + Sync),
}

/// What is written in one append, beside the run's own events.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) units: Vec<UnitDecision>,
    pub(super) items: Vec<Item>,
}

impl Batch {
    pub(super) fn events(&self) -> usize {
        let people = self.items.iter().map(|i| i.decision.events.len() + i.decision.notes.len());
        self.units.iter().map(|unit| unit.events.len()).sum::<usize>() + people.sum::<usize>()
    }
    pub(super) fn is_full(&self) -> bool {
        self.events() >= BATCH_EVENTS
    }
    /// Whether anything but the run itself would change.
    pub(super) fn changes_anything(&self) -> bool {
        self.units.iter().any(|unit| !unit.events.is_empty())
            || self.items.iter().any(|item| !item.decision.events.is_empty())
    }
    fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for item in &self.items {
            count(&mut counts, &item.decision);
        }
        counts
    }
}

impl Applying<'_> {
    /// The run's events of a batch: the fence, and what is noted of people.
    fn run_events(&self, batch: &Batch, more: &[run::Event]) -> Result<Vec<NewEvent>, Halt> {
        let mut state = self.run.state.clone();
        let mut events = Vec::new();
        for event in more {
            state = state.evolve(event);
            events.extend(written(std::slice::from_ref(event), None));
        }
        let number = state.known.as_ref().map_or(1, |known| known.batches + 1);
        if batch.changes_anything() {
            let command = run::Command::ApplyBatch { batch: number, counts: batch.counts() };
            events.extend(written(&state.decide(command)?, None));
        }
        for item in &batch.items {
            for note in &item.decision.notes {
                if is_listed(self.job.kind, note.reason) {
                    events.extend(self.noted(item, note));
                }
            }
        }
        Ok(events)
    }

    fn noted(&self, item: &Item, note: &rollcall_domain::plan::Note) -> Vec<NewEvent> {
        let subject = item.decision.subject.clone();
        let erased = note.reason == NoteReason::Erased;
        let person = item.decision.source_id.clone().filter(|_| !erased);
        let event = run::Event::Noted {
            reason: note.reason,
            scenario: self.job.scenarios.first().cloned().unwrap_or_default(),
            subject: subject.clone(),
            fields: note.fields.iter().map(|field| field.as_str().to_owned()).collect(),
            person: person.map(|source_id| NotedPerson { source_id, email: None }),
        };
        written(&[event], Some(&subject))
    }
}

/// The streams of a batch.
fn streams(batch: &Batch) -> Vec<(String, Expected, Vec<NewEvent>)> {
    let mut streams = Vec::with_capacity(batch.items.len() + batch.units.len());
    for unit in batch.units.iter().filter(|unit| !unit.events.is_empty()) {
        let events = written(&unit.events, None);
        streams.push((Unit::stream(&unit.unit), expected(unit.expected), events));
    }
    for item in batch.items.iter().filter(|item| !item.decision.events.is_empty()) {
        let decision = &item.decision;
        let events = written::<actor::Event>(&decision.events, Some(&decision.subject));
        streams.push((Actor::stream(&decision.actor), expected(decision.expected), events));
    }
    streams
}

fn expected(planned: Planned) -> Expected {
    match planned {
        Planned::NoStream => Expected::NoStream,
        Planned::Exact(version) => Expected::Exact(version),
    }
}

impl Engine {
    /// Applies a batch that is not the last.
    pub(super) async fn apply(
        &self,
        applying: &mut Applying<'_>,
        scene: &Scene<'_>,
        mut batch: Batch,
    ) -> Result<(), Halt> {
        let job = applying.job;
        let run_stream = Run::stream(&job.run);
        let mut conflicts = 0;
        while conflicts < CONFLICTS {
            let events = applying.run_events(&batch, &[])?;
            if events.is_empty() {
                applying.counts += batch.counts();
                return Ok(());
            }
            let mut append = Append::new(job.tenant.clone(), job.cause.clone()).stream(
                run_stream.clone(),
                applying.run.expected(),
                events,
            );
            let on_condition = self.still_connected(job).await?;
            for (stream, expected, events) in streams(&batch).into_iter().chain([on_condition]) {
                append = append.stream(stream, expected, events);
            }
            fail::fail_point!("apply.before_batch");
            match self.store.append(append).await {
                Ok(_) => {
                    fail::fail_point!("apply.after_batch");
                    applying.counts += batch.counts();
                    applying.run = load(&self.store, &job.tenant, &job.run).await?;
                    return Ok(());
                }
                Err(AppendError::Conflict(moved)) => {
                    conflicts += 1;
                    self.plan_anew(job, scene, &mut batch, &moved, &run_stream).await?;
                }
                Err(AppendError::Erased { subject }) => drop_erased(&mut batch, &subject)?,
                Err(error) => return Err(error.into()),
            }
        }
        Err(Halt::Broken("others keep changing the same people"))
    }

    /// Applies the last batch and ends the run, in one append.
    pub(super) async fn finish(
        &self,
        applying: Applying<'_>,
        scene: &Scene<'_>,
        mut batch: Batch,
        last: Last,
    ) -> Result<(), Halt> {
        let job = applying.job;
        let run_stream = Run::stream(&job.run);
        let mut conflicts = 0;
        while conflicts < CONFLICTS {
            let mut along = Along { streams: streams(&batch), ..Along::default() };
            along.streams.push(self.still_connected(job).await?);
            let mut more = Vec::new();
            if let Some(fetched) = last.fetched.clone().filter(|_| batch.changes_anything()) {
                more = applying.run.state.decide(fetched.command)?;
                along.blobs = fetched.blobs;
                along.attach = fetched.attach;
            }
            let mut counts = applying.counts;
            counts += batch.counts();
            let mut events = applying.run_events(&batch, &more)?;
            let end = if counts.errors > 0 {
                run::Event::Partial { counts, failure: last.failure.clone() }
            } else {
                run::Event::Succeeded { counts }
            };
            events.extend(written(&[end], None));
            let ending = Ending { events, left_over: last.left_over.clone(), along };
            fail::fail_point!("apply.before_finish");
            let connection = &job.connection.id;
            let end = self.lanes.end(
                &self.store,
                &job.tenant,
                connection,
                &applying.run,
                ending,
                &job.cause,
            );
            match end.await {
                Ok(()) => {
                    fail::fail_point!("apply.after_finish");
                    return Ok(());
                }
                Err(LaneError::Append(AppendError::Conflict(moved))) => {
                    conflicts += 1;
                    self.plan_anew(job, scene, &mut batch, &moved, &run_stream).await?;
                }
                Err(LaneError::Append(AppendError::Erased { subject })) => {
                    drop_erased(&mut batch, &subject)?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(Halt::Broken("others keep changing the same people"))
    }

    /// The connection as it is now, without an event: disconnecting it stops everything.
    async fn still_connected(&self, job: &Job) -> Result<(String, Expected, Vec<NewEvent>), Halt> {
        let id = &job.connection.id;
        let expected = self.gates.connected(&self.store, &job.tenant, id).await?;
        Ok((Connection::stream(id), expected.ok_or(Halt::Disconnected)?, vec![]))
    }

    /// Records what was fetched, so that a resumed run reads it instead of asking again.
    pub(super) async fn record_fetched(
        &self,
        applying: &mut Applying<'_>,
        command: run::Command,
        attach: Vec<String>,
    ) -> Result<(), Halt> {
        let job = applying.job;
        let events = applying.run.state.decide(command)?;
        let mut append = Append::new(job.tenant.clone(), job.cause.clone()).stream(
            Run::stream(&job.run),
            applying.run.expected(),
            written(&events, None),
        );
        append.attach = attach;
        fenced(self.store.append(append).await)?;
        applying.run = load(&self.store, &job.tenant, &job.run).await?;
        Ok(())
    }

    /// Re-reads the streams that moved and plans those people again. If the run's own stream moved,
    /// somebody else has the run.
    async fn plan_anew(
        &self,
        job: &Job,
        scene: &Scene<'_>,
        batch: &mut Batch,
        moved: &[Moved],
        run_stream: &str,
    ) -> Result<(), Halt> {
        if moved.iter().any(|one| one.stream == run_stream) {
            return Err(Halt::Fenced);
        }
        let moved: HashSet<&str> = moved.iter().map(|one| one.stream.as_str()).collect();
        for item in &mut batch.items {
            let actor = item.decision.actor.clone();
            if !moved.contains(Actor::stream(&actor).as_str()) {
                continue;
            }
            let loaded: Loaded<Actor> = load(&self.store, &job.tenant, &actor).await?;
            let known = Known::from_actor(&loaded.state, loaded.version);
            if let Some(decision) = decide(&item.told, known.as_ref(), scene.managers, scene.rules)
            {
                item.decision = decision;
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

/// Whoever was erased meanwhile is left out; each of them once.
fn drop_erased(batch: &mut Batch, subject: &str) -> Result<(), Halt> {
    let mut found = false;
    for item in batch.items.iter_mut().filter(|item| item.decision.subject == subject) {
        found |= !(item.decision.events.is_empty() && item.decision.notes.is_empty());
        item.decision.events.clear();
        item.decision.notes.clear();
        item.decision.action = Action::Skip;
    }
    if found { Ok(()) } else { Err(Halt::Broken("somebody erased is still in its batch")) }
}

/// What comes with a run's end.
pub(super) struct Last {
    /// Recorded now, if it was not before.
    pub(super) fetched: Option<Fetched>,
    /// Deliveries that the run does not answer.
    pub(super) left_over: Vec<String>,
    /// What was wrong with deliveries, if something was.
    pub(super) failure: Option<Failure>,
}

/// What the provider answered, for the run's history.
#[derive(Clone)]
pub(super) struct Fetched {
    pub(super) command: run::Command,
    pub(super) blobs: Vec<NewBlob>,
    /// Blobs that were written ahead.
    pub(super) attach: Vec<String>,
}
