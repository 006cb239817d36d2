//! The push contract: a company posts everybody it has. Here is what a body has to be like, what is
//! wrong with one, and the people that are read from it. docs/push.md tells senders the same.

mod beyond;
mod check;
mod departments;
mod document;
mod ignored;
mod person;
mod reader;
mod split;
#[cfg(test)]
mod tests;
mod text;
mod violation;

pub use check::validate;
pub use departments::{LEVELS, MOST_DEPARTMENTS, path_key};
pub use ignored::Ignored;
pub use person::{FIELDS, property};
pub use reader::{Malformed, Reader, Summary, Warnings};
pub use violation::{Flaw, Refused, Violation, Violations};

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::field::Field;
use crate::plan::Absence;

/// What a body has to be like, for whoever wants to check it before sending. The same text is what
/// [`validate`] checks.
pub const SCHEMA: &str = include_str!("schema.json");

/// More people than this are refused.
pub const MOST_USERS: u64 = 50_000;

/// More different departments in one body than this are refused.
pub const MOST_PATHS: usize = 10_000;

/// What being absent from a snapshot means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncType {
    /// Whoever is not sent is not synced any more, and stays active.
    #[default]
    Normal,
    /// Whoever is not sent is deactivated.
    OneToOne,
}

impl SyncType {
    pub const ALL: [SyncType; 2] = [SyncType::Normal, SyncType::OneToOne];

    pub fn as_str(self) -> &'static str {
        match self {
            SyncType::Normal => "normal",
            SyncType::OneToOne => "one_to_one",
        }
    }

    pub fn parse(text: &str) -> Option<SyncType> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }

    pub fn absence(self) -> Absence {
        match self {
            SyncType::Normal => Absence::Unsync,
            SyncType::OneToOne => Absence::Deactivate,
        }
    }
}

/// How a body is laid out; its content type says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One object with a list of users.
    Json,
    /// A user on each line.
    Ndjson,
}

impl Form {
    /// By the content type, whatever its parameters; `None` for one that is not taken.
    pub fn of(content_type: &str) -> Option<Form> {
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        match essence.to_ascii_lowercase().as_str() {
            "application/json" => Some(Form::Json),
            "application/x-ndjson" => Some(Form::Ndjson),
            _ => None,
        }
    }

    pub fn content_type(self) -> &'static str {
        match self {
            Form::Json => "application/json",
            Form::Ndjson => "application/x-ndjson",
        }
    }
}

/// What is taken over of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taking {
    /// Of [`FIELDS`]; others are never told.
    pub fields: BTreeSet<Field>,
    pub ignored: Ignored,
}

impl Default for Taking {
    /// Everything of everybody.
    fn default() -> Self {
        Taking { fields: FIELDS.into(), ignored: Ignored::default() }
    }
}
