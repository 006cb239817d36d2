//! How a difference is told.

use chrono::{DateTime, Utc};
use rollcall_domain::diff::{Change, ChangedIn};
use serde::Serialize;
use serde_json::Value as Json;
use utoipa::ToSchema;

/// A person or unit that is not the same on both sides.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Difference)]
pub(crate) struct Entry {
    /// `person`, `department`, `division` or `location`.
    pub(crate) kind: String,
    /// `added` (only here), `removed` (only there) or `changed`.
    pub(crate) change: &'static str,
    /// Then nothing else is told.
    pub(crate) erased: bool,
    pub(crate) here: Option<One>,
    pub(crate) there: Option<One>,
    /// What reads differently; of somebody who is on one side only, all there is.
    pub(crate) fields: Vec<FieldDiff>,
}

impl Entry {
    pub(crate) fn in_conflict(&self) -> bool {
        self.fields.iter().any(|field| field.conflict)
    }
}

/// Who or what it is on one side.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DifferingSide)]
pub(crate) struct One {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    /// What made it there; `null` for somebody who was erased.
    pub(crate) created: Option<Cause>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DifferingField)]
pub(crate) struct FieldDiff {
    pub(crate) field: &'static str,
    pub(crate) here: Option<Told>,
    pub(crate) there: Option<Told>,
    /// What both sides began with; missing without a common origin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) base: Option<Json>,
    /// Where it is no longer as both sides began: `here`, `there` or `both`.
    pub(crate) changed_in: Option<&'static str>,
    /// Changed in both, and differently.
    pub(crate) conflict: bool,
}

/// A value, and what it comes from.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DifferingValue)]
pub(crate) struct Told {
    pub(crate) value: Json,
    pub(crate) cause: Option<Cause>,
}

/// The event that caused something, and who or what caused the event.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = DifferingCause)]
pub(crate) struct Cause {
    pub(crate) event_id: String,
    pub(crate) r#type: String,
    pub(crate) position: String,
    pub(crate) recorded_at: DateTime<Utc>,
    pub(crate) run: Option<String>,
    pub(crate) principal: String,
}

pub(super) fn word(change: &Change) -> &'static str {
    match change {
        Change::Added => "added",
        Change::Removed => "removed",
        Change::Changed(_) => "changed",
    }
}

impl FieldDiff {
    /// Without a word on where it was changed.
    pub(super) fn new(field: &'static str, here: Option<Told>, there: Option<Told>) -> Self {
        FieldDiff { field, here, there, base: None, changed_in: None, conflict: false }
    }

    pub(super) fn since(mut self, base: Option<Json>, changed_in: Option<ChangedIn>) -> Self {
        self.base = base;
        self.changed_in = changed_in.map(ChangedIn::as_str);
        self.conflict = changed_in.is_some_and(ChangedIn::is_conflict);
        self
    }
}
