//! What an undo says of each part of a person.

use super::By;
use crate::field::{Field, Value};
use crate::run::NoteReason;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// As a whole: the run made them, or they were erased.
    Person,
    Field(Field),
    Active,
    Synced,
    OnHold,
    SourceId,
}

impl Part {
    pub fn as_str(self) -> &'static str {
        match self {
            Part::Person => "person",
            Part::Field(field) => field.as_str(),
            Part::Active => "active",
            Part::Synced => "synced",
            Part::OnHold => "on_hold",
            Part::SourceId => "source_hris_id",
        }
    }
}

/// What becomes of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    Reversed,
    Kept(Why),
    /// No undo can ever take it back.
    Impossible(Why),
}

impl Fate {
    pub fn as_str(&self) -> &'static str {
        match self {
            Fate::Reversed => "reversed",
            Fate::Kept(_) => "kept",
            Fate::Impossible(_) => "impossible",
        }
    }

    pub fn why(&self) -> Option<&Why> {
        match self {
            Fate::Reversed => None,
            Fate::Kept(why) | Fate::Impossible(why) => Some(why),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    ChangedSince(By),
    /// The manager they had reports to them by now.
    ManagerCycle,
    Erased,
    /// The source id is theirs for good.
    StaysLinked,
    /// The source deleted the record: whatever becomes of the person, that id never matches again.
    StaysDeleted,
}

impl Why {
    /// How the run notes it.
    pub fn reason(&self) -> NoteReason {
        match self {
            Why::ChangedSince(_) => NoteReason::ChangedSince,
            Why::ManagerCycle => NoteReason::ManagerCycle,
            Why::Erased => NoteReason::Erased,
            Why::StaysLinked => NoteReason::StaysLinked,
            Why::StaysDeleted => NoteReason::StaysDeleted,
        }
    }

    pub fn by(&self) -> Option<&By> {
        match self {
            Why::ChangedSince(by) => Some(by),
            Why::ManagerCycle | Why::Erased | Why::StaysLinked | Why::StaysDeleted => None,
        }
    }
}

/// One part of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub part: Part,
    pub now: Option<Value>,
    /// What it was before the run, and is again if it is reversed.
    pub before: Option<Value>,
    pub fate: Fate,
}
