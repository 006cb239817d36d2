//! A report's answer, taken in pieces and given out as pages of employees.

use rollcall_domain::json;
use rollcall_domain::plan::{Employee, Status};

use super::lists::{Lists, id_text};
use super::row::Row;
use crate::providers::calls::{misshapen, read_tree};
use crate::providers::splitter::{Splitter, Unsplit};
use crate::providers::{PAGE, ProviderError};

pub(super) const WHAT: &str = "the employee report";

/// What is left of a report once its employees are handed over.
#[derive(Debug, Default)]
pub(super) struct Ended {
    /// Ids of the fields it says it has.
    pub(super) fields: Vec<String>,
    pub(super) employees: u64,
    pub(super) unreadable: u64,
    pub(super) damaged: u64,
    /// Whether anybody's status says something.
    pub(super) statuses: bool,
}

/// Reads one report.
#[derive(Debug)]
pub(super) struct Report {
    splitter: Splitter,
    page: Vec<Employee>,
    /// What is known of it so far.
    ended: Ended,
}

impl Report {
    pub(super) fn new() -> Self {
        Report { splitter: Splitter::of("employees"), page: Vec::new(), ended: Ended::default() }
    }

    /// Takes the next piece; adds the pages that are full with it.
    pub(super) fn push(
        &mut self,
        piece: &[u8],
        lists: &Lists,
        pages: &mut Vec<Vec<Employee>>,
    ) -> Result<(), ProviderError> {
        let Report { splitter, page, ended } = self;
        let split = splitter.push(piece, |record| -> Result<(), Unsplit> {
            // One of another shape or without an id does not spoil the rest.
            match Row::read(record).and_then(|row| row.employee(lists)) {
                None => ended.unreadable += 1,
                Some(employee) => {
                    ended.employees += 1;
                    ended.damaged += u64::from(!employee.unreadable.is_empty());
                    ended.statuses |= employee.status != Status::Unknown;
                    if page.is_empty() {
                        page.reserve_exact(PAGE);
                    }
                    page.push(employee);
                }
            }
            if page.len() == PAGE {
                pages.push(std::mem::take(page));
            }
            Ok(())
        });
        split.map_err(|unsplit| unsplit.error(WHAT))
    }

    /// The last page, and what the report says of itself; an error if it is not whole.
    pub(super) fn finish(self, pages: &mut Vec<Vec<Employee>>) -> Result<Ended, ProviderError> {
        let envelope = self.splitter.finish().map_err(|unsplit| unsplit.error(WHAT))?;
        let envelope = read_tree(WHAT, &envelope)?;
        if json::elements(&envelope["employees"]).is_none() {
            return Err(misshapen(WHAT));
        }
        if !self.page.is_empty() {
            pages.push(self.page);
        }
        let fields = json::elements(&envelope["fields"]).unwrap_or_default();
        let fields = fields.into_iter().filter_map(|field| id_text(&field["id"])).collect();
        Ok(Ended { fields, ..self.ended })
    }
}
