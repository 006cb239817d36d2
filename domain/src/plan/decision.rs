//! What a plan decides of one person or one unit.

use serde::{Deserialize, Serialize};

use super::{RosterRow, Rules};
use crate::actor::{self, MatchedBy};
use crate::decider::whole;
use crate::field::Field;
use crate::run::NoteReason;
use crate::unit;
use crate::vocabulary::Source;

/// What happens to one person, and why. Its events are appended as they are, at `expected`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub actor: String,
    pub subject: String,
    /// `None` where nothing was read: the person is absent.
    pub source_id: Option<String>,
    pub expected: Expected,
    /// How the person was found; `None` where nobody was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matched_by: Option<MatchedBy>,
    /// How it is counted.
    pub action: Action,
    /// The id derived from the source id that the person is given; its stream says so in the same
    /// append.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims: Option<String>,
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitDecision {
    pub unit: String,
    pub expected: Expected,
    pub action: UnitAction,
    /// The id derived from the source key that the unit is given, likewise.
    pub claims: Option<String>,
    pub events: Vec<unit::Event>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitAction {
    Create,
    Rename,
    /// It gets the source's key, being of the same name.
    Adopt,
    /// The source lists it no longer.
    Retire,
    /// The source lists it again.
    Restore,
    Unchanged,
}

impl UnitDecision {
    /// The stream that says what has the claim, likewise.
    pub fn link(&self, scenario: &str) -> Option<(&str, unit::Event)> {
        let claim = self.claims.as_deref()?;
        let (unit, scenario) = (claim.to_owned(), scenario.to_owned());
        Some((claim, unit::Event::LinkedTo { unit, scenario, to: self.unit.clone() }))
    }
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
            matched_by: known.and(source_id).map(|_| MatchedBy::SourceId),
            action: Action::Unchanged,
            claims: None,
            events: vec![],
            notes: vec![],
        }
    }

    pub(super) fn note(&mut self, reason: NoteReason, fields: Vec<Field>) {
        self.notes.push(Note { reason, fields, with: vec![] });
    }

    /// How many events it comes to, notes included.
    pub fn size(&self) -> usize {
        self.events.len() + self.notes.len() + usize::from(self.claims.is_some())
    }

    /// Whether it takes somebody out of departments for not being in sync, which is no sign that the
    /// source shows departments wrongly.
    pub(super) fn leaves_departments(&self) -> bool {
        let is_unsynced = |event: &actor::Event| matches!(event, actor::Event::Unsynced { .. });
        self.events.iter().any(is_unsynced)
            || self.notes.iter().any(|note| note.reason == NoteReason::DepartmentClosed)
    }

    pub(super) fn replaces_an_id(&self) -> bool {
        self.former_source().is_some()
    }

    /// Whether somebody of another source becomes this one's because of their e-mail address alone.
    pub(super) fn takes_over(&self) -> bool {
        let is_other = |(new, old)| new != old;
        self.matched_by == Some(MatchedBy::Email) && self.former_source().is_some_and(is_other)
    }

    /// Where somebody comes from who gets another source id, and where they came from before.
    fn former_source(&self) -> Option<(&Source, &Source)> {
        self.events.iter().find_map(|event| match event {
            actor::Event::Identified { source, old, .. } => Some((source, old.as_ref()?)),
            actor::Event::Created { .. }
            | actor::Event::FieldsChanged { .. }
            | actor::Event::Deactivated { .. }
            | actor::Event::Reactivated { .. }
            | actor::Event::Unsynced { .. }
            | actor::Event::Resynced { .. }
            | actor::Event::PutOnHold { .. }
            | actor::Event::Released { .. }
            | actor::Event::LinkedTo { .. } => None,
        })
    }

    /// Nothing happens to the person after all, for this reason.
    #[must_use]
    pub fn left_out(mut self, reason: NoteReason) -> Decision {
        self.says_nothing();
        self.skipped(reason)
    }

    /// Leaves the person out.
    pub fn says_nothing(&mut self) {
        self.events.clear();
        self.notes.clear();
        self.claims = None;
        self.action = Action::Skip;
    }

    /// Nothing is done because of these actors.
    pub(super) fn conflicting(mut self, reason: NoteReason, with: Vec<String>) -> Decision {
        self.action = Action::Skip;
        self.notes.push(Note { reason, fields: vec![], with });
        self
    }

    /// The stream that says who has the claim: its kind of event, written with `NoStream`.
    pub fn link(&self, scenario: &str) -> Option<(&str, actor::Event)> {
        let claim = self.claims.as_deref()?;
        let (actor, scenario) = (claim.to_owned(), scenario.to_owned());
        Some((claim, actor::Event::LinkedTo { actor, scenario, to: self.actor.clone() }))
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
