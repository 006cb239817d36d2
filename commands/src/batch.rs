//! What a plan does to people and units, as the streams of one append, and what the run notes of it.

use rollcall_domain::Decider;
use rollcall_domain::actor::{self, Actor};
use rollcall_domain::field::Field;
use rollcall_domain::plan::{Batch, Expected as Planned, Note, Step, is_listed};
use rollcall_domain::run::{Command, NoteReason, NotedPerson, Run};
use rollcall_domain::unit::Unit;
use rollcall_store::{Expected, NewEvent, StreamAppend};

use crate::error::CommandError;
use crate::unit_of_work::{Loaded, UnitOfWork, written};

/// Adds a batch. Its number on the run's stream is the fence against whoever lost the run.
pub(crate) fn add(
    unit: &mut UnitOfWork,
    id: &str,
    run: &mut Loaded<Run>,
    batch: &Batch,
) -> Result<(), CommandError> {
    let Some(known) = run.state.known.as_ref() else { return Ok(()) };
    let (kind, number) = (known.spec.kind, known.batches + 1);
    if batch.changes_anything() {
        let (scenario, counts) = (batch.scenario.clone(), batch.counts());
        unit.decide(id, run, Command::ApplyBatch { batch: number, scenario, counts })?;
    }
    for step in &batch.steps {
        for note in step.decision.notes.iter().filter(|note| is_listed(kind, note.reason)) {
            let command = noted(&batch.scenario, step, note);
            unit.decide_about(id, run, command, Some(&step.decision.subject))?;
        }
    }
    unit.extend(streams(batch));
    Ok(())
}

fn noted(scenario: &str, step: &Step, note: &Note) -> Command {
    let erased = note.reason == NoteReason::Erased;
    let person = step.decision.source_id.clone().filter(|_| !erased);
    let is_there = step.decision.expected != Planned::NoStream;
    Command::Note {
        reason: note.reason,
        scenario: scenario.to_owned(),
        subject: step.decision.subject.clone(),
        actor: is_there.then(|| step.decision.actor.clone()),
        fields: note.fields.iter().map(|field| field.as_str().to_owned()).collect(),
        with: note.with.clone(),
        matched_by: step.decision.matched_by,
        person: person.map(|source_id| NotedPerson { source_id, email: email(step) }),
    }
}

/// Whom it is about, in words: nobody knows source ids by heart.
fn email(step: &Step) -> Option<String> {
    let said = step.observation.employee()?.seen.get(&Field::Email)?.as_ref()?;
    said.text().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn streams(batch: &Batch) -> impl Iterator<Item = StreamAppend> {
    let unit_links = batch.units.iter().filter_map(|unit| unit.link(&batch.scenario));
    let unit_links =
        unit_links.map(|(claim, event)| claimed(Unit::stream(claim), written(&[event], None)));
    let links = batch.steps.iter().filter_map(|step| step.decision.link(&batch.scenario));
    let links = links.map(|(claim, event)| claimed(Actor::stream(claim), written(&[event], None)));
    let units = batch.units.iter().filter(|unit| !unit.events.is_empty()).map(|unit| {
        let (stream, expected) = (Unit::stream(&unit.unit), expected(unit.expected));
        StreamAppend { stream, expected, events: written(&unit.events, None) }
    });
    let decisions = batch.steps.iter().map(|step| &step.decision);
    let people = decisions.filter(|decision| !decision.events.is_empty()).map(|decision| {
        let events = written::<actor::Event>(&decision.events, Some(&decision.subject));
        let (stream, expected) = (Actor::stream(&decision.actor), expected(decision.expected));
        StreamAppend { stream, expected, events }
    });
    units.chain(people).chain(unit_links).chain(links)
}

/// Who is linked and who is created under the same source id can't both win.
fn claimed(stream: String, events: Vec<NewEvent>) -> StreamAppend {
    StreamAppend { stream, expected: Expected::NoStream, events }
}

fn expected(planned: Planned) -> Expected {
    match planned {
        Planned::NoStream => Expected::NoStream,
        Planned::Exact(version) => Expected::Exact(version),
    }
}
