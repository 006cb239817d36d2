//! What both surfaces are made of: sets of rows with columns.

use chrono::{DateTime, Utc};

use super::books::{Assignment, Department, Employment, Job, LegalEntity, Link, Position, Worker};
use super::cell::{Cell, Kind};
use super::company::Company;

/// One look at the company: everything is as of one moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look<'a> {
    pub(super) company: &'a Company,
    pub(super) now: DateTime<Utc>,
}

/// One row of a set.
#[derive(Debug, Clone, Copy)]
pub(super) enum Row<'a> {
    Worker(&'a Worker),
    /// The worker's number is somebody else's too; this is them.
    Namesake(&'a Worker),
    Employment(&'a Worker, &'a Employment),
    Position(&'a Position),
    Assignment(&'a Position, &'a Assignment),
    Link(&'a Position, &'a Link),
    Department(&'a Department),
    Job(&'a Job),
    Title(&'a str),
    LegalEntity(&'a LegalEntity),
    /// A hierarchy type, by name.
    Hierarchy(&'a str),
}

/// Rows of one kind, in the order of their keys.
pub(super) struct Set {
    pub(super) name: &'static str,
    /// What one row is called.
    pub(super) entity: &'static str,
    pub(super) key: &'static [&'static str],
    /// Other columns a row can be found by alone.
    pub(super) alternate: Option<&'static str>,
    pub(super) columns: &'static [(&'static str, Kind)],
    /// The column that names the legal entity, where rows have one.
    pub(super) company: Option<&'static str>,
    pub(super) rows: for<'a> fn(&Look<'a>) -> Vec<Row<'a>>,
    pub(super) cell: for<'a> fn(&Look<'a>, Row<'a>, &str) -> Cell<'a>,
    /// Number and version of a row, for its tag.
    pub(super) tag: fn(Row<'_>) -> (u64, u64),
}

impl Set {
    pub(super) fn kind(&self, column: &str) -> Option<Kind> {
        self.columns.iter().find(|(name, _)| *name == column).map(|(_, kind)| *kind)
    }
}

/// Record number and version of a row.
pub(super) fn tag(row: Row<'_>) -> (u64, u64) {
    match row {
        Row::Worker(worker) => (1_000_000 + worker.id, worker.version),
        Row::Namesake(worker) => (9_000_000 + worker.id, worker.version),
        Row::Employment(worker, one) => (2_000_000 + one.id, worker.version),
        Row::Position(position) => (3_000_000 + position.id, position.version),
        Row::Assignment(position, one) => {
            (4_000_000 + position.id * 8 + one.worker % 8, position.version)
        }
        Row::Link(position, link) => {
            (5_000_000 + position.id * 8 + link.parent % 8, position.version)
        }
        Row::Department(department) => (6_000_000 + department.id, department.version),
        Row::LegalEntity(_) | Row::Job(_) | Row::Title(_) | Row::Hierarchy(_) => (7_000_000, 1),
    }
}
