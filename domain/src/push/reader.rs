//! Reading people from a stored body, in pieces and pages: what is stored was checked, and may be
//! larger than one wants in memory at once.

use super::Taking;
use super::departments::Departments;
use super::person::employee;
use super::split::Splitter;
use super::text::is_like_an_address;
use crate::plan::{Employee, UnitOption};

/// People per page.
const PAGE: usize = 1_000;
/// So many ids are named of those that are warned of.
const NAMED: usize = 10;

/// Reads a body in either form; which one, its content says.
#[derive(Debug)]
pub struct Reader {
    taking: Taking,
    splitter: Splitter,
    departments: Departments,
    page: Vec<Employee>,
    summary: Summary,
}

/// What was read, beside the people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    pub users: u64,
    /// Of how many something can't be read. They are handed over, and noted of each person.
    pub damaged: u64,
    /// Every department that somebody is in, and those it is in, whatever the order of users.
    pub options: Vec<UnitOption>,
    pub warnings: Warnings,
}

/// What may turn out otherwise than it was meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Warnings {
    /// Users whose id looks like an e-mail address: with another address they would be new people.
    pub address_ids: u64,
    /// The first of those ids.
    pub examples: Vec<String>,
}

/// It is not what was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored body is not as it was when it was accepted")]
pub struct Malformed;

impl Reader {
    pub fn new(taking: Taking) -> Self {
        Reader {
            taking,
            splitter: Splitter::new(),
            departments: Departments::default(),
            page: Vec::new(),
            summary: Summary::default(),
        }
    }

    /// Takes the next bytes, in pieces of any size, and adds the pages that are full with them.
    pub fn push(&mut self, piece: &[u8], pages: &mut Vec<Vec<Employee>>) -> Result<(), Malformed> {
        let Reader { taking, splitter, departments, page, summary } = self;
        splitter.push(piece, &mut |user| {
            let user: serde_json::Value = serde_json::from_slice(user).map_err(|_| Malformed)?;
            let employee = employee(&user, taking, departments).ok_or(Malformed)?;
            summary.take(&employee);
            page.push(employee);
            if page.len() == PAGE {
                pages.push(std::mem::replace(page, Vec::with_capacity(PAGE)));
            }
            Ok(())
        })
    }

    /// Adds the last page.
    pub fn finish(self, pages: &mut Vec<Vec<Employee>>) -> Result<Summary, Malformed> {
        self.splitter.finish()?;
        if !self.page.is_empty() {
            pages.push(self.page);
        }
        Ok(Summary { options: self.departments.options(), ..self.summary })
    }
}

impl Summary {
    fn take(&mut self, employee: &Employee) {
        self.users += 1;
        self.damaged += u64::from(!employee.unreadable.is_empty());
        if is_like_an_address(&employee.source_id) {
            self.warnings.address_ids += 1;
            if self.warnings.examples.len() < NAMED {
                self.warnings.examples.push(employee.source_id.clone());
            }
        }
    }
}
