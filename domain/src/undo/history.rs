//! What a person's stream tells of one run: what it changed, what that was before, and who has changed
//! it since.

use std::collections::BTreeMap;

use crate::actor::{Actor, Cause, Event, KnownActor, Personal};
use crate::decider::Decider;
use crate::field::{Changes, Field, Value};

/// Everything that has happened to a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// Of their stream.
    pub version: u64,
    pub events: Vec<Past>,
}

/// One event, and who wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    pub event: Event,
    pub principal: String,
    /// The run it belongs to; `None` for what was done by hand.
    pub run: Option<String>,
}

/// Who changed something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    pub principal: String,
    pub run: Option<String>,
}

/// A part that the run changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Touch<T> {
    pub(super) before: T,
    /// Who changed it last, if that was not the run.
    pub(super) since: Option<By>,
}

/// Whether a person is in sync, and out of it by hand.
pub(super) type InSync = (bool, bool);

/// All that the run did to one person.
#[derive(Debug, Default)]
pub(super) struct Traces {
    pub(super) created: bool,
    /// Who changed somebody whom the run made by hand, last and field by field.
    pub(super) by_hand: Option<By>,
    pub(super) edited: BTreeMap<Field, By>,
    pub(super) fields: BTreeMap<Field, Touch<Option<Value>>>,
    pub(super) active: Option<Touch<bool>>,
    pub(super) synced: Option<Touch<InSync>>,
    pub(super) hold: Option<Touch<Option<String>>>,
    /// It gave them a source id.
    pub(super) linked: bool,
    /// It learned that the source deleted the record.
    pub(super) deleted: bool,
}

impl History {
    pub(super) fn is_touched_by(&self, run: &str) -> bool {
        self.events.iter().any(|past| past.run.as_deref() == Some(run))
    }

    /// The person as they are now, and what the run did to them; `None` for a stream that is nobody.
    pub(super) fn traces(&self, run: &str) -> Option<(KnownActor, Traces)> {
        let (mut state, mut traces) = (Actor::default(), Traces::default());
        for past in &self.events {
            match &state.known {
                None => traces.begin(past, run),
                Some(known) => traces.add(known, past, run),
            }
            state = state.evolve(&past.event);
        }
        Some((state.known?, traces))
    }
}

impl Traces {
    fn begin(&mut self, past: &Past, run: &str) {
        let Event::Created { active, .. } = &past.event else { return };
        if past.run.as_deref() == Some(run) {
            self.created = true;
            self.active = active.then_some(Touch { before: false, since: None });
        }
    }

    /// `known` is the person before the event.
    fn add(&mut self, known: &KnownActor, past: &Past, run: &str) {
        let ours = past.run.as_deref() == Some(run);
        let by = By { principal: past.principal.clone(), run: past.run.clone() };
        let by = (!ours).then_some(by);
        match &past.event {
            Event::Created { .. } | Event::LinkedTo { .. } => {}
            Event::FieldsChanged { changes, personal, .. } => {
                self.change(changes, by.as_ref());
                if let Some(Personal::Changes(changes)) = personal {
                    self.change(changes, by.as_ref());
                }
            }
            Event::Deactivated { cause, .. } => {
                let is_news = *cause == Cause::SourceDeleted && !known.source_deleted;
                self.deleted |= ours && is_news;
                if known.active {
                    self.edit(None, by.as_ref());
                    touch(&mut self.active, known.active, by);
                }
            }
            Event::Reactivated { .. } => {
                self.edit(None, by.as_ref());
                touch(&mut self.active, known.active, by);
            }
            Event::Unsynced { .. } | Event::Resynced { .. } => {
                self.edit(None, by.as_ref());
                touch(&mut self.synced, (known.synced, known.out_of_sync_by_hand), by);
            }
            Event::PutOnHold { .. } | Event::Released { .. } => {
                touch(&mut self.hold, known.on_hold.clone(), by);
            }
            Event::Identified { .. } if ours => self.linked = true,
            // They are in sync by that.
            Event::Identified { .. } => {
                touch(&mut self.synced, (known.synced, known.out_of_sync_by_hand), by);
            }
        }
    }

    fn change(&mut self, changes: &Changes, by: Option<&By>) {
        for (field, (old, _)) in changes {
            self.edit(Some(*field), by);
            let mut slot = self.fields.remove(field);
            touch(&mut slot, old.clone(), by.cloned());
            self.fields.extend(slot.map(|slot| (*field, slot)));
        }
    }

    /// Somebody changed a person whom the run made.
    fn edit(&mut self, field: Option<Field>, by: Option<&By>) {
        if let Some(by) = by.filter(|by| self.created && by.run.is_none()) {
            self.by_hand = Some(by.clone());
            self.edited.extend(field.map(|field| (field, by.clone())));
        }
    }
}

/// A change by the run, or by somebody else after it.
fn touch<T>(slot: &mut Option<Touch<T>>, before: T, by: Option<By>) {
    match (by, slot.as_mut()) {
        (None, Some(Touch { since: None, .. })) | (Some(_), None) => {}
        (None, _) => *slot = Some(Touch { before, since: None }),
        (Some(by), Some(touch)) => touch.since = Some(by),
    }
}
