//! What a plan decides of one person or one unit.

use serde::{Deserialize, Serialize};

use super::{RosterRow, Rules};
use crate::actor;
use crate::decider::whole;
use crate::field::Field;
use crate::run::NoteReason;
use crate::unit;

/// What happens to one person, and why. Its events are appended as they are, at `expected`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub actor: String,
    pub subject: String,
    /// `None` where nothing was read: the person is absent.
    pub source_id: Option<String>,
    pub expected: Expected,
    /// How it is counted.
    pub action: Action,
    #[serde(with = "whole")]
    pub events: Vec<actor::Event>,
    pub notes: Vec<Note>,
}

/// The version of the stream that a decision rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expected {
    NoStream,
    Exact(u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Create,
    /// Fields, being in sync again, or that the id never matches again.
    Update,
    Deactivate,
    /// And update.
    Reactivate,
    Unsync,
    Unchanged,
    Skip,
}

impl Action {
    pub fn as_str(self) -> &'static str {
        match self {
            Action::Create => "create",
            Action::Update => "update",
            Action::Deactivate => "deactivate",
            Action::Reactivate => "reactivate",
            Action::Unsync => "unsync",
            Action::Unchanged => "unchanged",
            Action::Skip => "skip",
        }
    }
}

/// Why somebody was not brought in line, or only in part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    pub reason: NoteReason,
    /// Where the reason is about fields.
    pub fields: Vec<Field>,
    /// Other actors, where the reason is about them.
    pub with: Vec<String>,
}

/// What happens to one department, division or location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitDecision {
    pub unit: String,
    pub expected: Expected,
    pub action: UnitAction,
    pub events: Vec<unit::Event>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnitAction {
    Create,
    Rename,
    Unchanged,
}

impl Decision {
    /// Nothing happens to this person, so far.
    pub(super) fn of(
        source_id: Option<&str>,
        known: Option<&RosterRow>,
        rules: &Rules,
    ) -> Decision {
        let derived = |known: Option<String>, derive: &dyn Fn(&str) -> String| {
            known.unwrap_or_else(|| derive(source_id.unwrap_or_default()))
        };
        Decision {
            actor: derived(known.map(|k| k.actor.clone()), &|id| rules.actor_id(id)),
            subject: derived(known.map(|k| k.subject.clone()), &|id| rules.subject_id(id)),
            source_id: source_id.map(str::to_owned),
            expected: known.map_or(Expected::NoStream, |k| Expected::Exact(k.version)),
            action: Action::Unchanged,
            events: vec![],
            notes: vec![],
        }
    }

    pub(super) fn note(&mut self, reason: NoteReason, fields: Vec<Field>) {
        self.notes.push(Note { reason, fields, with: vec![] });
    }

    pub(super) fn skipped(mut self, reason: NoteReason) -> Decision {
        self.action = Action::Skip;
        self.note(reason, vec![]);
        self
    }

    pub(super) fn doing(mut self, action: Action, event: actor::Event) -> Decision {
        self.action = action;
        self.events.push(event);
        self
    }
}
