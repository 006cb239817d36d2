//! What the books of the company hold: workers, positions, who holds them and what is above them.

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// From when until when something is so; both ends belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    pub from: DateTime<Utc>,
    /// Without it for good.
    pub to: Option<DateTime<Utc>>,
}

/// Somebody in the books, past and future ones too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Worker {
    pub(super) id: u64,
    pub(super) first_name: String,
    pub(super) middle_name: String,
    /// `van der`.
    pub(super) last_name_prefix: String,
    pub(super) last_name: String,
    pub(super) known_as: String,
    pub(super) email: String,
    /// The e-mail is not to be shown.
    pub(super) email_is_private: bool,
    pub(super) phone: String,
    /// Of the user that is linked to the worker.
    pub(super) identity_email: String,
    /// In Entra; empty where no user is linked.
    pub(super) object_id: String,
    /// The title of the worker themself, apart from that of a position.
    pub(super) title: String,
    pub(super) location: Option<u64>,
    pub(super) original_hire_date: Option<NaiveDate>,
    pub(super) employments: Vec<Employment>,
    /// Every position they ever held or will hold.
    pub(super) positions: BTreeSet<u64>,
    pub(super) modified: DateTime<Utc>,
    /// The version of the books at the last change.
    pub(super) version: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Employment {
    pub(super) id: u64,
    pub(super) legal_entity: String,
    pub(super) kind: EmploymentKind,
    pub(super) start: DateTime<Utc>,
    /// They no longer work there from then on.
    pub(super) end: Option<DateTime<Utc>>,
}

/// Whether somebody is employed or works on a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum EmploymentKind {
    Employee,
    Contractor,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Position {
    pub(super) id: u64,
    pub(super) description: String,
    pub(super) job: String,
    pub(super) title: String,
    /// By operating unit number.
    pub(super) department: Option<u64>,
    pub(super) full_time_equivalent: f64,
    pub(super) activation: DateTime<Utc>,
    /// Who holds it, oldest first.
    pub(super) held: Vec<Assignment>,
    /// What is above it, oldest first.
    pub(super) above: Vec<Link>,
    pub(super) modified: DateTime<Utc>,
    pub(super) version: u64,
}

/// A worker holds a position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Assignment {
    pub(super) worker: u64,
    pub(super) span: Span,
    pub(super) primary: bool,
}

/// A position is below another, in the hierarchy of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) hierarchy: String,
    pub(super) parent: u64,
    pub(super) span: Span,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Department {
    /// Its operating unit number.
    pub(super) id: u64,
    pub(super) name: String,
    /// The worker at its head.
    pub(super) manager: Option<u64>,
    pub(super) version: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Job {
    pub(super) id: String,
    pub(super) description: String,
    pub(super) title: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LegalEntity {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) country: String,
}

/// What F&O says of a worker as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// Not there yet.
    Pending,
    Employed,
    Terminated,
}

impl Span {
    /// From the beginning of a day for good.
    pub fn since(day: NaiveDate) -> Span {
        Span { from: midnight(day), to: None }
    }

    /// The days between two, both included.
    pub fn between(first: NaiveDate, last: NaiveDate) -> Span {
        Span { from: midnight(first), to: Some(last_second(last)) }
    }

    pub(super) fn holds(&self, now: DateTime<Utc>) -> bool {
        self.from <= now && self.to.is_none_or(|to| now <= to)
    }
}

impl Worker {
    pub(super) fn named(id: u64, first: &str, last: &str, at: DateTime<Utc>) -> Worker {
        let none = String::new;
        Worker {
            id,
            first_name: first.to_owned(),
            middle_name: none(),
            last_name_prefix: none(),
            last_name: last.to_owned(),
            known_as: none(),
            email: none(),
            email_is_private: false,
            phone: none(),
            identity_email: none(),
            object_id: none(),
            title: none(),
            location: None,
            original_hire_date: None,
            employments: vec![],
            positions: BTreeSet::new(),
            modified: at,
            version: 0,
        }
    }

    /// The last name with what stands before it.
    pub(super) fn full_last_name(&self) -> String {
        joined(&[&self.last_name_prefix, &self.last_name])
    }

    pub(super) fn name(&self) -> String {
        joined(&[&self.first_name, &self.middle_name, &self.last_name_prefix, &self.last_name])
    }

    /// The employments that are active, the one that began first at the front.
    pub(super) fn active(&self, now: DateTime<Utc>) -> Vec<&Employment> {
        let active = |one: &&Employment| one.is_active(now);
        let mut active: Vec<&Employment> = self.employments.iter().filter(active).collect();
        active.sort_by_key(|one| (one.start, one.id));
        active
    }

    pub(super) fn status(&self, now: DateTime<Utc>) -> Status {
        if self.employments.iter().any(|one| one.is_active(now)) {
            return Status::Employed;
        }
        match self.employments.iter().any(|one| one.start > now) {
            true => Status::Pending,
            false => Status::Terminated,
        }
    }
}

impl Employment {
    pub(super) fn is_active(&self, now: DateTime<Utc>) -> bool {
        self.start <= now && self.end.is_none_or(|end| now < end)
    }
}

impl EmploymentKind {
    pub fn as_str(self) -> &'static str {
        match self {
            EmploymentKind::Employee => "Employee",
            EmploymentKind::Contractor => "Contractor",
        }
    }
}

impl Status {
    /// The text F&O shows.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Pending => "Pending",
            Status::Employed => "Employed",
            Status::Terminated => "Terminated",
        }
    }
}

impl Position {
    pub(super) fn new(id: u64, job: &str, at: DateTime<Utc>) -> Position {
        Position {
            id,
            description: String::new(),
            job: job.to_owned(),
            title: String::new(),
            department: None,
            full_time_equivalent: 1.0,
            activation: at,
            held: vec![],
            above: vec![],
            modified: at,
            version: 0,
        }
    }

    /// The assignments that hold now: the primary one first, else the oldest.
    pub(super) fn holders(&self, now: DateTime<Utc>) -> Vec<&Assignment> {
        let mut held: Vec<&Assignment> =
            self.held.iter().filter(|one| one.span.holds(now)).collect();
        held.sort_by_key(|one| (!one.primary, one.span.from, one.worker));
        held
    }

    /// What is above it now.
    pub(super) fn parent(&self, hierarchy: &str, now: DateTime<Utc>) -> Option<u64> {
        let mut above = self.above.iter();
        let holds = |link: &&Link| link.hierarchy == hierarchy && link.span.holds(now);
        above.find(holds).map(|link| link.parent)
    }
}

pub(super) fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(chrono::NaiveTime::MIN).and_utc()
}

pub(super) fn last_second(day: NaiveDate) -> DateTime<Utc> {
    midnight(day + Days::new(1)) - TimeDelta::seconds(1)
}

fn joined(parts: &[&str]) -> String {
    let parts = parts.iter().copied().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(" ")
}
