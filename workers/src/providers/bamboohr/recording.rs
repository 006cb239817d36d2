//! The frames of a recording, with what the provider sent as their bytes: a full read is `read`,
//! `lists` (where they may be read), any number of `report` pieces and `end`. One person is a single
//! `employee` frame.

use rollcall_domain::field::Field;
use rollcall_domain::plan::Employee;
use rollcall_domain::unit::Kind;
use serde::{Deserialize, Serialize};

use super::fields;
use super::lists::Lists;
use super::report::Report;
use super::row::Row;
use crate::providers::frames::{Frames, Part, garbled};
use crate::providers::{Outage, ProviderError, ReadSummary, Replay, frames};

/// So much is parsed at once: pages come out one by one, however large the pieces going in.
const PIECE: usize = 128 * 1024;

/// The line before a frame's bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "snake_case")]
pub(super) enum Head {
    /// A full read begins.
    Read { second_count: Option<u64> },
    /// The answer of `/meta/lists`.
    Lists { bytes: usize },
    /// The next piece of the report.
    Report { bytes: usize },
    /// The report is whole.
    End,
    /// One employee, and the keys of the units named there.
    Employee { units: Vec<(Kind, String, String)>, bytes: usize },
}

impl frames::Head for Head {
    fn bytes(&self) -> usize {
        match self {
            Head::Read { .. } | Head::End => 0,
            Head::Lists { bytes } | Head::Report { bytes } | Head::Employee { bytes, .. } => *bytes,
        }
    }
}

/// Reads recordings again: the same code as the first time, which goes through here too.
pub fn parse_recorded<C: AsRef<[u8]>>(
    chunks: impl IntoIterator<Item = C>,
    mut page: impl FnMut(Vec<Employee>),
) -> Result<ReadSummary, ProviderError> {
    let mut player = Player::new();
    let mut pages = Vec::new();
    for chunk in chunks {
        for piece in chunk.as_ref().chunks(PIECE) {
            player.push(piece, &mut pages)?;
            pages.drain(..).for_each(&mut page);
        }
    }
    let summary = player.finish(&mut pages)?;
    pages.drain(..).for_each(&mut page);
    Ok(summary)
}

/// Takes a recording in pieces of any size and gives out pages of employees.
#[derive(Debug)]
pub struct Player {
    frames: Frames<Head>,
    heard: Heard,
}

/// What was understood so far.
#[derive(Debug, Default)]
struct Heard {
    /// The bytes of a frame that are needed in one piece.
    kept: Vec<u8>,
    lists: Lists,
    /// Of the full read that is going on.
    report: Option<Report>,
    singles: Vec<Employee>,
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

    /// Takes the next bytes and adds the pages that are full with them. Pieces should be small
    /// where memory matters: a megabyte holds about two pages.
    pub fn push(
        &mut self,
        piece: &[u8],
        pages: &mut Vec<Vec<Employee>>,
    ) -> Result<(), ProviderError> {
        let Player { frames, heard } = self;
        frames.push(piece, |part| match part {
            Part::Begin(head) => heard.begin(head, pages),
            Part::Bytes(head, bytes) => heard.bytes(head, bytes, pages),
            Part::End(head) => heard.whole(head, pages),
        })
    }

    /// The last page, and what the reads were worth; an error if one is not whole.
    pub fn finish(self, pages: &mut Vec<Vec<Employee>>) -> Result<ReadSummary, ProviderError> {
        let mut heard = self.heard;
        if !self.frames.is_between() || heard.report.is_some() {
            return Err(ProviderError::Unavailable(Outage::Truncated));
        }
        if !heard.singles.is_empty() {
            pages.push(std::mem::take(&mut heard.singles));
        }
        Ok(heard.summary)
    }
}

impl Heard {
    fn begin(&mut self, head: &Head, pages: &mut Vec<Vec<Employee>>) -> Result<(), ProviderError> {
        match head {
            Head::Read { second_count } => {
                self.report = Some(Report::new());
                self.lists = Lists::default();
                self.summary.second_count = *second_count;
                Ok(())
            }
            Head::End => self.end(pages),
            Head::Lists { .. } | Head::Report { .. } | Head::Employee { .. } => Ok(()),
        }
    }

    fn bytes(
        &mut self,
        head: &Head,
        now: &[u8],
        pages: &mut Vec<Vec<Employee>>,
    ) -> Result<(), ProviderError> {
        match head {
            Head::Report { .. } => {
                let report = self.report.as_mut().ok_or_else(garbled)?;
                report.push(now, &self.lists, pages)?;
            }
            Head::Lists { .. } | Head::Employee { .. } => self.kept.extend_from_slice(now),
            Head::Read { .. } | Head::End => return Err(garbled()),
        }
        Ok(())
    }

    fn whole(&mut self, head: &Head, pages: &mut Vec<Vec<Employee>>) -> Result<(), ProviderError> {
        let kept = std::mem::take(&mut self.kept);
        match head {
            Head::Lists { .. } => {
                self.lists = Lists::parse(&kept);
                self.summary.option_ids = !self.lists.came.is_empty();
                Ok(())
            }
            Head::Employee { units, .. } => {
                self.single(&kept, &Lists::of_keys(units.iter().cloned()), pages)
            }
            Head::Report { .. } | Head::Read { .. } | Head::End => Ok(()),
        }
    }

    fn single(
        &mut self,
        body: &[u8],
        lists: &Lists,
        pages: &mut Vec<Vec<Employee>>,
    ) -> Result<(), ProviderError> {
        let employee = Row::read(body).and_then(|row| row.employee(lists)).ok_or_else(garbled)?;
        self.summary.damaged += u64::from(!employee.unreadable.is_empty());
        self.singles.push(employee);
        self.summary.employees += 1;
        if self.singles.len() == crate::providers::PAGE {
            pages.push(std::mem::take(&mut self.singles));
        }
        Ok(())
    }

    /// Units can't be told from their names alone.
    fn without_lists(&mut self) {
        let summary = &mut self.summary;
        for kind in Kind::ALL.into_iter().filter(|kind| !self.lists.came.contains(kind)) {
            let field = match kind {
                Kind::Department => Field::Departments,
                Kind::Division => Field::Division,
                Kind::Location => Field::Location,
            };
            if !summary.omitted.contains(&field) {
                summary.omitted.push(field);
                summary.missing.push(kind.as_str().to_owned());
            }
        }
    }

    /// A full read is over: was it complete (product.md §8.0)?
    fn end(&mut self, pages: &mut Vec<Vec<Employee>>) -> Result<(), ProviderError> {
        let ended = self.report.take().ok_or_else(garbled)?.finish(pages)?;
        let came = |alias: &str| ended.fields.iter().any(|field| field == alias);
        let (mut missing, omitted) = fields::missing(came);
        // A field that is shown of nobody is as good as hidden.
        if ended.employees > 0 && !ended.statuses && came("status") {
            missing.insert(0, "status".to_owned());
        }
        let enough = self.summary.second_count.is_none_or(|count| ended.employees >= count);
        let all_read = ended.unreadable == 0 && ended.damaged == 0;
        self.summary.complete = missing.is_empty() && enough && all_read;
        self.summary.employees += ended.employees;
        self.summary.unreadable += ended.unreadable;
        self.summary.damaged += ended.damaged;
        (self.summary.missing, self.summary.omitted) = (missing, omitted);
        self.without_lists();
        Ok(())
    }
}

impl Replay for Player {
    fn push(&mut self, bytes: &[u8], pages: &mut Vec<Vec<Employee>>) -> Result<(), ProviderError> {
        Player::push(self, bytes, pages)
    }
    fn finish(
        self: Box<Self>,
        pages: &mut Vec<Vec<Employee>>,
    ) -> Result<ReadSummary, ProviderError> {
        Player::finish(*self, pages)
    }
}
