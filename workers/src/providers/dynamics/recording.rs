//! The frames of a recording: a full read is `read` with the rules it goes by, any number of `page`s
//! of each set as the environment sent them, `done` behind each set or `missing` in place of it, and
//! `end`. One person is a single `employee`, as we understood them.

use std::collections::BTreeSet;

use rollcall_domain::field::Field;
use rollcall_domain::plan::Employee;
use serde::{Deserialize, Serialize};

use super::book::Rules;
use super::reading::Reading;
use super::sets::Set;
use crate::providers::frames::{Frames, Part, garbled};
use crate::providers::{Outage, PAGE, ProviderError, ReadSummary, Replay, frames};

/// The line before a frame's bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "snake_case")]
pub(super) enum Head {
    Read {
        rules: Rules,
    },
    /// One answer.
    Page {
        set: Set,
        bytes: usize,
    },
    /// A set is whole, but for columns that may not be read.
    Done {
        set: Set,
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        without: BTreeSet<String>,
    },
    /// A set may not be read, or is not there.
    Missing {
        set: Set,
    },
    End,
    Employee {
        bytes: usize,
    },
}

impl frames::Head for Head {
    fn bytes(&self) -> usize {
        match self {
            Head::Read { .. } | Head::Done { .. } | Head::Missing { .. } | Head::End => 0,
            Head::Page { bytes, .. } | Head::Employee { bytes } => *bytes,
        }
    }
}

/// Takes a recording in pieces of any size and gives out pages of employees.
pub struct Player {
    frames: Frames<Head>,
    heard: Heard,
}

#[derive(Default)]
struct Heard {
    /// The full read that is going on.
    reading: Option<Reading>,
    /// The bytes of a frame that are needed in one piece.
    kept: Vec<u8>,
    people: Vec<Employee>,
    summary: ReadSummary,
}

impl Default for Player {
    fn default() -> Self {
        Player::new()
    }
}

impl Player {
    pub fn new() -> Self {
        Player { frames: Frames::new(), heard: Heard::default() }
    }

    /// The full read that is going on.
    pub(super) fn reading(&mut self) -> Result<&mut Reading, ProviderError> {
        self.heard.reading.as_mut().ok_or_else(garbled)
    }
}

impl Heard {
    fn begin(&mut self, head: &Head, pages: &mut Vec<Vec<Employee>>) -> Result<(), ProviderError> {
        match head {
            Head::Read { rules } => {
                self.reading = Some(Reading::new(rules.clone()));
                Ok(())
            }
            Head::Page { set, .. } => self.reading()?.begin_page(*set),
            Head::Done { set, without } => {
                self.reading()?.done_in_full(*set, without)?;
                self.hand_over(pages, 1);
                Ok(())
            }
            Head::Missing { set } => self.reading()?.missing(*set),
            Head::End => self.end(),
            Head::Employee { .. } => Ok(()),
        }
    }

    fn bytes(
        &mut self,
        head: &Head,
        now: &[u8],
        pages: &mut Vec<Vec<Employee>>,
    ) -> Result<(), ProviderError> {
        match head {
            Head::Page { .. } => {
                let reading = self.reading.as_mut().ok_or_else(garbled)?;
                reading.push(now, &mut self.people)?;
                self.hand_over(pages, PAGE);
            }
            Head::Employee { .. } => self.kept.extend_from_slice(now),
            Head::Read { .. } | Head::Done { .. } | Head::Missing { .. } | Head::End => {
                return Err(garbled());
            }
        }
        Ok(())
    }

    fn whole(&mut self, head: &Head, pages: &mut Vec<Vec<Employee>>) -> Result<(), ProviderError> {
        match head {
            Head::Page { .. } => self.reading()?.end_page(),
            Head::Employee { .. } => {
                let kept = std::mem::take(&mut self.kept);
                let employee: Employee = serde_json::from_slice(&kept).map_err(|_| garbled())?;
                self.summary.employees += 1;
                self.summary.damaged += u64::from(!employee.unreadable.is_empty());
                self.people.push(employee);
                self.hand_over(pages, PAGE);
                Ok(())
            }
            Head::Read { .. } | Head::Done { .. } | Head::Missing { .. } | Head::End => Ok(()),
        }
    }

    fn reading(&mut self) -> Result<&mut Reading, ProviderError> {
        self.reading.as_mut().ok_or_else(garbled)
    }

    /// Gives out full pages, and what is left if that is enough.
    fn hand_over(&mut self, pages: &mut Vec<Vec<Employee>>, enough: usize) {
        while self.people.len() >= PAGE {
            let rest = self.people.split_off(PAGE);
            pages.push(std::mem::replace(&mut self.people, rest));
        }
        if !self.people.is_empty() && self.people.len() >= enough {
            pages.push(std::mem::take(&mut self.people));
        }
    }

    fn end(&mut self) -> Result<(), ProviderError> {
        let ended = self.reading.take().ok_or_else(garbled)?.end()?;
        let (employees, damaged) = (self.summary.employees, self.summary.damaged);
        self.summary = ReadSummary {
            employees: employees + ended.employees,
            damaged: damaged + ended.damaged,
            ..ended
        };
        Ok(())
    }
}

impl Replay for Player {
    fn push(&mut self, bytes: &[u8], pages: &mut Vec<Vec<Employee>>) -> Result<(), ProviderError> {
        let Player { frames, heard } = self;
        frames.push(bytes, |part| match part {
            Part::Begin(head) => heard.begin(head, pages),
            Part::Bytes(head, bytes) => heard.bytes(head, bytes, pages),
            Part::End(head) => heard.whole(head, pages),
        })
    }

    fn finish(
        self: Box<Self>,
        pages: &mut Vec<Vec<Employee>>,
    ) -> Result<ReadSummary, ProviderError> {
        let Player { frames, mut heard } = *self;
        if !frames.is_between() || heard.reading.is_some() {
            return Err(ProviderError::Unavailable(Outage::Truncated));
        }
        heard.hand_over(pages, 1);
        Ok(heard.summary)
    }
}

/// What a summary says cannot be told, without saying it twice.
pub(super) fn also(omitted: &mut Vec<Field>, fields: impl IntoIterator<Item = Field>) {
    for field in fields {
        if !omitted.contains(&field) {
            omitted.push(field);
        }
    }
}
