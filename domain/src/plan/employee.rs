//! What a source says of one employee, in one vocabulary for all providers.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::field::{Field, Seen, normalised};
use crate::unit;

/// One employee as read. `seen` names others by the source's own ids: `Manager` holds the manager's
/// source id, `Departments`, `Division` and `Location` hold source keys (see `UnitOption`). A field
/// that is missing from `seen` was omitted and keeps its value; `None` is explicitly empty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Employee {
    pub source_id: String,
    pub status: Status,
    /// First day at work.
    pub starts_on: Option<NaiveDate>,
    /// Last day at work.
    pub ends_on: Option<NaiveDate>,
    pub seen: Seen,
    /// Fields that came and can't be read. They keep their values as omitted ones do, but the record
    /// is damaged: nobody new is made of it.
    pub unreadable: Vec<Field>,
}

/// The status as the source words it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Active,
    /// Inactive or terminated.
    Inactive,
    /// Not there yet, whatever the dates say.
    Pending,
    /// The record was deleted.
    Deleted,
    /// Empty, omitted, or a word we do not know. Nothing is taken over from such a record.
    Unknown,
    /// On the connection's list of those to whom nothing happens, whatever the source says.
    Ignored,
}

/// What the status means today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Also one who leaves on a later day.
    Active,
    Inactive,
    /// Starts on a later day.
    NotStarted,
    Deleted,
    Unknown,
    Ignored,
}

impl Employee {
    /// Dates win over a word we know: sources show future leavers as inactive and future starters as
    /// either (reference/bamboohr.md §3.5). Whoever has left and starts again later has left.
    pub fn standing(&self, today: NaiveDate) -> Standing {
        let starts_later = self.starts_on.is_some_and(|day| day > today);
        let ends_later = self.ends_on.is_some_and(|day| day > today);
        let has_ended = self.ends_on.is_some_and(|day| day <= today);
        match self.status {
            Status::Deleted => Standing::Deleted,
            Status::Pending => Standing::NotStarted,
            Status::Inactive if starts_later && has_ended => Standing::Inactive,
            Status::Active | Status::Inactive if starts_later => Standing::NotStarted,
            Status::Active => Standing::Active,
            Status::Inactive if ends_later => Standing::Active,
            Status::Inactive => Standing::Inactive,
            Status::Unknown => Standing::Unknown,
            Status::Ignored => Standing::Ignored,
        }
    }
}

/// A department, division or location as the source lists it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UnitOption {
    pub kind: unit::Kind,
    /// The stable option id; `name_key(name)` where the source has none.
    pub source_key: String,
    pub name: String,
    /// The source key of what it is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
}

/// The source key of a unit that is known by name only.
pub fn name_key(name: &str) -> String {
    format!("name:{}", normalised(name).to_lowercase())
}
