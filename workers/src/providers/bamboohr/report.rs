//! A report's answer, taken in pieces and given out as pages of employees.

use rollcall_domain::plan::Employee;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::lists::{Lists, id_text};
use super::row::Row;
use super::splitter::{Splitter, Unsplit};
use crate::providers::{Flaw, Outage, PAGE, ProviderError};

pub(super) const WHAT: &str = "the employee report";

/// What is left of a report once its employees are handed over.
#[derive(Debug, Default)]
pub(super) struct Ended {
    /// Ids of the fields it says it has.
    pub(super) fields: Vec<String>,
    pub(super) employees: u64,
    pub(super) unreadable: u64,
}

/// Reads one report.
#[derive(Debug)]
pub(super) struct Report {
    splitter: Splitter,
    page: Vec<Employee>,
    employees: u64,
    unreadable: u64,
}

#[derive(Deserialize)]
struct Envelope {
    fields: Vec<FieldHead>,
    /// Its content was taken out.
    #[serde(rename = "employees")]
    _employees: Vec<IgnoredAny>,
}

#[derive(Deserialize)]
struct FieldHead {
    id: Value,
}

impl Report {
    pub(super) fn new() -> Self {
        Report { splitter: Splitter::new(), page: Vec::new(), employees: 0, unreadable: 0 }
    }

    /// Takes the next piece; adds the pages that are full with it.
    pub(super) fn push(
        &mut self,
        piece: &[u8],
        lists: &Lists,
        pages: &mut Vec<Vec<Employee>>,
    ) -> Result<(), ProviderError> {
        let Report { splitter, page, employees, unreadable } = self;
        splitter.push(piece, |record| -> Result<(), ProviderError> {
            match read(record, lists)? {
                None => *unreadable += 1,
                Some(employee) => {
                    *employees += 1;
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
        })
    }

    /// The last page, and what the report says of itself; an error if it is not whole.
    pub(super) fn finish(self, pages: &mut Vec<Vec<Employee>>) -> Result<Ended, ProviderError> {
        let envelope = self.splitter.finish()?;
        let envelope: Envelope = super::client::read_json(WHAT, &envelope)?;
        if !self.page.is_empty() {
            pages.push(self.page);
        }
        Ok(Ended {
            fields: envelope.fields.iter().filter_map(|field| id_text(&field.id)).collect(),
            employees: self.employees,
            unreadable: self.unreadable,
        })
    }
}

/// `None` for a record of another shape or without an id: one such does not spoil the rest.
fn read(record: &[u8], lists: &Lists) -> Result<Option<Employee>, ProviderError> {
    match serde_json::from_slice::<Row<'_>>(record) {
        Ok(row) => Ok(row.employee(lists)),
        Err(error) if error.is_data() => Ok(None),
        Err(_) => Err(malformed(Flaw::NotJson)),
    }
}

fn malformed(flaw: Flaw) -> ProviderError {
    ProviderError::Malformed { what: WHAT, flaw }
}

impl From<Unsplit> for ProviderError {
    fn from(unsplit: Unsplit) -> Self {
        match unsplit {
            Unsplit::Truncated => ProviderError::Unavailable(Outage::Truncated),
            Unsplit::WebPage => malformed(Flaw::WebPage),
            Unsplit::NotJson => malformed(Flaw::NotJson),
            Unsplit::TooLarge => malformed(Flaw::TooLarge),
        }
    }
}
