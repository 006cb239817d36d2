//! What can be taken back of what a run did to one person.

use super::history::{InSync, Touch, Traces};
use super::{Fate, History, Part, Row, Terms, Why};
use crate::actor::{Cause, Event, KnownActor};
use crate::field::{Changes, Field, Value};
use crate::plan::{Action, Decision, Expected, Managers, Note};

/// What happens to one person, and what becomes of each part that the run changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undone {
    pub decision: Decision,
    pub rows: Vec<Row>,
}

/// `None` where there is nothing to say.
pub(super) fn undo(history: &History, terms: &Terms, managers: &dyn Managers) -> Option<Undone> {
    let is_done = terms.by.as_ref().is_some_and(|by| history.is_touched_by(by));
    if is_done || !history.is_touched_by(&terms.run) {
        return None;
    }
    let (known, traces) = history.traces(&terms.run)?;
    if known.scenario != terms.scenario {
        return None;
    }
    let mut undoing = Undoing { known: &known, terms, events: vec![], rows: vec![] };
    if known.erased {
        undoing.row(Part::Person, None, None, Fate::Impossible(Why::Erased));
    } else if traces.created {
        undoing.creation(&traces);
        undoing.hold(traces.hold.as_ref());
    } else {
        undoing.fields(&traces, managers);
        undoing.active(traces.active.as_ref());
        undoing.synced(traces.synced.as_ref());
        undoing.source_id(&traces);
        undoing.hold(traces.hold.as_ref());
    }
    let rows = std::mem::take(&mut undoing.rows);
    let events = std::mem::take(&mut undoing.events);
    if rows.is_empty() && events.is_empty() {
        return None;
    }
    let decision = decision(&known, history.version, events, &rows);
    Some(Undone { decision, rows })
}

struct Undoing<'a> {
    known: &'a KnownActor,
    terms: &'a Terms,
    events: Vec<Event>,
    rows: Vec<Row>,
}

impl Undoing<'_> {
    fn row(&mut self, part: Part, now: Option<Value>, before: Option<Value>, fate: Fate) {
        self.rows.push(Row { part, now, before, fate });
    }

    fn ids(&self) -> (String, String) {
        (self.known.actor.clone(), self.known.scenario.clone())
    }

    /// Whoever the run made is deactivated, unless somebody has put their hand to them since.
    fn creation(&mut self, traces: &Traces) {
        let Some(touch) = &traces.active else { return };
        for (field, by) in &traces.edited {
            let (field, now) = (Part::Field(*field), self.known.fields.get(field).cloned());
            self.row(field, now, None, Fate::Kept(Why::ChangedSince(by.clone())));
        }
        let fate = match traces.by_hand.as_ref().or(touch.since.as_ref()) {
            Some(by) => Fate::Kept(Why::ChangedSince(by.clone())),
            None => {
                let ((actor, scenario), cause) = (self.ids(), Cause::Undone);
                self.events.push(Event::Deactivated { actor, scenario, cause });
                Fate::Reversed
            }
        };
        self.row(Part::Person, flag(self.known.active), flag(false), fate);
    }

    fn fields(&mut self, traces: &Traces, managers: &dyn Managers) {
        let mut changes = Changes::new();
        for (field, touch) in &traces.fields {
            let (now, before) = (self.known.fields.get(field).cloned(), touch.before.clone());
            let manager = before.as_ref().filter(|_| *field == Field::Manager);
            let fate = match &touch.since {
                Some(by) => Fate::Kept(Why::ChangedSince(by.clone())),
                None if now == before => continue,
                None if manager
                    .and_then(Value::text)
                    .is_some_and(|manager| managers.closes_cycle(&self.known.actor, manager)) =>
                {
                    Fate::Kept(Why::ManagerCycle)
                }
                None => {
                    changes.insert(*field, (now.clone(), before.clone()));
                    Fate::Reversed
                }
            };
            self.row(Part::Field(*field), now, before, fate);
        }
        let (actor, scenario) = self.ids();
        self.events.extend(Event::fields_changed(actor, scenario, changes));
    }

    fn active(&mut self, touch: Option<&Touch<bool>>) {
        let Some(touch) = touch else { return };
        let fate = match &touch.since {
            Some(by) => Fate::Kept(Why::ChangedSince(by.clone())),
            None if touch.before == self.known.active => return,
            None => {
                let (actor, scenario) = self.ids();
                self.events.push(match touch.before {
                    true => Event::Reactivated { actor, scenario },
                    false => Event::Deactivated { actor, scenario, cause: Cause::Undone },
                });
                Fate::Reversed
            }
        };
        self.row(Part::Active, flag(self.known.active), flag(touch.before), fate);
    }

    fn synced(&mut self, touch: Option<&Touch<InSync>>) {
        let Some(touch) = touch else { return };
        let (synced, by_hand) = touch.before;
        let fate = match &touch.since {
            Some(by) => Fate::Kept(Why::ChangedSince(by.clone())),
            None if touch.before == (self.known.synced, self.known.out_of_sync_by_hand) => return,
            None => {
                let (actor, scenario) = self.ids();
                self.events.push(match synced {
                    true => Event::Resynced { actor, scenario },
                    false => Event::Unsynced { actor, scenario, by_hand },
                });
                Fate::Reversed
            }
        };
        self.row(Part::Synced, flag(self.known.synced), flag(synced), fate);
    }

    /// What the run learned of a source id stays known.
    fn source_id(&mut self, traces: &Traces) {
        let id = self.known.source_id.clone().map(Value::Text);
        if traces.linked {
            self.row(Part::SourceId, id.clone(), None, Fate::Impossible(Why::StaysLinked));
        }
        if traces.deleted && self.known.source_deleted {
            self.row(Part::SourceId, id, None, Fate::Impossible(Why::StaysDeleted));
        }
    }

    /// Whoever an undo touches is left alone by runs until released; an undo of an undo takes back
    /// what that did to the hold.
    fn hold(&mut self, touch: Option<&Touch<Option<String>>>) {
        let reverses = self.rows.iter().any(|row| row.fate == Fate::Reversed);
        let before = match touch {
            _ if self.terms.holds && reverses => Some(self.terms.run.clone()),
            Some(Touch { before, since: None }) if !self.terms.holds => before.clone(),
            Some(_) | None => return,
        };
        if before == self.known.on_hold {
            return;
        }
        let (actor, scenario) = self.ids();
        self.events.push(match before.clone() {
            Some(run) => Event::PutOnHold { actor, scenario, run },
            None => Event::Released { actor, scenario },
        });
        if !self.terms.holds {
            let now = self.known.on_hold.clone().map(Value::Text);
            self.row(Part::OnHold, now, before.map(Value::Text), Fate::Reversed);
        }
    }
}

fn flag(flag: bool) -> Option<Value> {
    Some(Value::Text(flag.to_string()))
}

fn decision(known: &KnownActor, version: u64, events: Vec<Event>, rows: &[Row]) -> Decision {
    Decision {
        actor: known.actor.clone(),
        subject: known.subject.clone(),
        source_id: known.source_id.clone(),
        expected: Expected::Exact(version),
        matched_by: None,
        action: action(&events, rows),
        claims: None,
        events,
        notes: notes(rows),
    }
}

/// What weighs most of all that happens.
fn action(events: &[Event], rows: &[Row]) -> Action {
    let of = |event: &Event| match event {
        Event::Deactivated { .. } => Some(Action::Deactivate),
        Event::Reactivated { .. } => Some(Action::Reactivate),
        Event::Unsynced { .. } => Some(Action::Unsync),
        Event::Created { .. }
        | Event::FieldsChanged { .. }
        | Event::Resynced { .. }
        | Event::PutOnHold { .. }
        | Event::Released { .. }
        | Event::Identified { .. }
        | Event::LinkedTo { .. } => None,
    };
    match events.iter().find_map(of) {
        Some(action) => action,
        None if !events.is_empty() => Action::Update,
        None if !rows.is_empty() => Action::Skip,
        None => Action::Unchanged,
    }
}

/// One note for each reason, with the fields it is about.
fn notes(rows: &[Row]) -> Vec<Note> {
    let mut notes: Vec<Note> = vec![];
    for row in rows {
        let Some(reason) = row.fate.why().map(Why::reason) else { continue };
        let field = match row.part {
            Part::Field(field) => Some(field),
            Part::Person | Part::Active | Part::Synced | Part::OnHold | Part::SourceId => None,
        };
        match notes.iter_mut().find(|note| note.reason == reason) {
            Some(note) => note.fields.extend(field),
            None => notes.push(Note { reason, fields: Vec::from_iter(field), with: vec![] }),
        }
    }
    notes
}
