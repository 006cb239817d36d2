//! A worker, and what the other sets say of them, as one of our employees: the same rules for both
//! surfaces (A2.2).

use std::cmp::Reverse;
use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, Utc};
use rollcall_domain::connection::{Surface, Vacancy};
use rollcall_domain::field::{Field, Value};
use rollcall_domain::plan::{Employee, Status, name_key};

use super::book::{Assignment, Book, Employment, Id};
use super::moment::{Moment, day};
use super::row::Row;
use super::sets::{Col, Set};
use crate::providers::cell::Cell;
use crate::providers::said::Said;

/// What becomes of a worker's record.
#[derive(Debug)]
pub(super) enum Person {
    Employee(Employee),
    /// None of their employments is in a legal entity that counts.
    OutOfScope,
    /// Without a number.
    Nobody,
}

/// What the employments say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Term {
    status: Status,
    first_day: Option<NaiveDate>,
    last_day: Option<NaiveDate>,
    kind: Option<Id>,
}

impl Book {
    pub(super) fn person(&self, row: &Row<'_>) -> Person {
        let Some(number) = row.number() else { return Person::Nobody };
        let worker = self.texts.known(row.text(Col::Key).unwrap_or_default());
        let employments = self.employments.get(&worker).map_or(&[][..], Vec::as_slice);
        if employments.is_empty() && !self.rules.legal_entities.is_empty() {
            return Person::OutOfScope;
        }
        let mut said = Said::default();
        names(row, &mut said);
        contacts(row, &mut said);
        said.seen.insert(Field::EmployeeNumber, Some(Value::from(number)));
        if self.rules.surface == Surface::FinanceOperations {
            let office = row.cell(Col::Office);
            said.of(Field::Location, office, |name| Some(Value::Text(name_key(name))));
        }
        // Some of them are not all of them.
        let employments = if self.has(Set::Employments) { employments } else { &[] };
        let term = self.term(row, employments, &mut said);
        self.by_position(row, worker, term.status, &mut said);
        Person::Employee(Employee {
            source_id: number.to_owned(),
            status: term.status,
            starts_on: term.first_day,
            ends_on: term.last_day,
            seen: said.seen,
            unreadable: said.unreadable,
        })
    }

    /// Whether somebody is there, since when and until when. Dates win over a word that we know.
    fn term(&self, row: &Row<'_>, employments: &[Employment], said: &mut Said) -> Term {
        let word = word(row.text(Col::Status));
        let mut term = match self.term_of(employments) {
            Some(term) => term,
            None => Term {
                status: Status::Unknown,
                first_day: Moment::of(row.cell(Col::FirstHired)).at().map(|at| self.day(at)),
                last_day: None,
                kind: None,
            },
        };
        if word == Status::Unknown || employments.is_empty() {
            term.status = word;
        }
        if self.has(Set::Employments) {
            let text = |day: NaiveDate| Value::Text(day.to_string());
            said.seen.insert(Field::HireDate, term.first_day.map(text));
            said.seen.insert(Field::TerminationDate, term.last_day.map(text));
            let kind = term.kind.and_then(|kind| self.texts.text(kind));
            said.seen.insert(Field::EmploymentType, kind.map(Value::from));
        }
        term
    }

    /// Of those that are active the first day and the last one, unless one is open; else the next
    /// one's, or the last one's.
    fn term_of(&self, employments: &[Employment]) -> Option<Term> {
        let now = self.rules.now;
        let today = day_of(now, self);
        let first_day = |one: &Employment| one.start.map(|start| self.day(start));
        let began = |one: &&Employment| first_day(one).is_none_or(|day| day <= today);
        let ended = |one: &Employment| one.end.is_some_and(|end| end <= now);
        let active = || employments.iter().filter(|one| began(one) && !ended(one));
        let last_day = |one: &Employment| one.end.map(|end| self.day(end));
        if let Some(first) = active().min_by_key(|one| one.start) {
            let open = active().any(|one| one.end.is_none());
            let end = active().filter_map(last_day).max().filter(|_| !open);
            return Some(Term {
                status: Status::Active,
                first_day: first_day(first),
                last_day: end,
                kind: Some(first.kind),
            });
        }
        let next = employments.iter().filter(|one| !began(one)).min_by_key(|one| one.start);
        let last = employments.iter().filter(began).max_by_key(|one| (one.end, one.start));
        let (status, one) = match (next, last) {
            (Some(next), None) => (Status::Pending, next),
            // Whoever has left and comes back later has left.
            (_, Some(last)) => (Status::Inactive, last),
            (None, None) => return None,
        };
        let first = next.unwrap_or(one);
        Some(Term { status, first_day: first_day(first), last_day: last_day(one), kind: None })
    }

    /// Title, department and manager follow from the position.
    fn by_position(&self, row: &Row<'_>, worker: Id, status: Status, said: &mut Said) {
        if !self.knows_positions() {
            return;
        }
        let place = self.primary(worker);
        // Their position begins with them: it is not known yet.
        if place.is_none() && status == Status::Pending {
            return;
        }
        let position = place.and_then(|place| self.positions.get(&place.position));
        if position.is_some() || place.is_none() {
            self.title_of(row, place, said);
            let department = position.map_or(0, |position| position.department);
            let department = match self.departments.get(&department) {
                // One that is not listed says nothing.
                None if department != 0 => None,
                None => Some(None),
                Some(number) => Some(self.texts.text(*number)),
            };
            if let Some(number) = department.filter(|_| self.has(Set::Departments)) {
                let list = number.map(|number| Value::List(vec![number.to_owned()]));
                said.seen.insert(Field::Departments, list);
            }
        }
        if self.knows_the_line() {
            self.manager_of(row, worker, place, said);
        }
    }

    /// The one that is marked, else the oldest, else the lowest.
    pub(super) fn primary(&self, worker: Id) -> Option<Assignment> {
        let places = self.by_worker.get(&worker)?;
        let rank = |place: &Assignment| (!place.primary, place.since, self.number_of(*place));
        places.iter().copied().min_by_key(rank)
    }

    /// What people know the position by.
    fn number_of(&self, place: Assignment) -> Option<&str> {
        let position = self.positions.get(&place.position);
        self.texts.text(position.map_or(place.position, |position| position.number))
    }

    /// The position's title, else its description, its job's, else the worker's own. What comes
    /// earlier and is not known must not be replaced by what comes later.
    fn title_of(&self, row: &Row<'_>, place: Option<Assignment>, said: &mut Said) {
        let position = place.and_then(|place| self.positions.get(&place.position));
        if let Some(position) = position {
            let has_titles = match self.rules.surface {
                Surface::FinanceOperations => true,
                Surface::Dataverse => self.has(Set::Titles),
            };
            let title = match self.title(position.title) {
                Some(title) => Some(title),
                None if position.title != 0 && !has_titles => return,
                None => self.texts.text(position.description),
            };
            let title = match title {
                Some(title) => Some(title),
                None if position.job != 0 && !self.has(Set::Jobs) => return,
                None => self.job(position.job),
            };
            if let Some(title) = title {
                said.seen.insert(Field::JobTitle, Some(Value::from(title)));
                return;
            }
        }
        said.of(Field::JobTitle, row.cell(Col::OwnTitle), |title| Some(Value::from(title)));
    }

    /// Whoever is in the next position above that somebody else is in, else whom the worker names.
    fn manager_of(&self, row: &Row<'_>, worker: Id, place: Option<Assignment>, said: &mut Said) {
        let above = place.and_then(|place| self.above_in_line(worker, place.position));
        let named = || Some(self.texts.known(row.text(Col::Manager)?)).filter(|id| *id != worker);
        match above.or_else(named) {
            None => _ = said.seen.insert(Field::Manager, None),
            Some(manager) => {
                if let Some(number) = self.personnel_number(manager) {
                    said.seen.insert(Field::Manager, Some(Value::from(number)));
                }
            }
        }
    }

    /// Climbs past positions that are vacant or the worker's own, and never in a circle.
    pub(super) fn above_in_line(&self, worker: Id, from: Id) -> Option<Id> {
        let mut seen = HashSet::from([from]);
        let mut position = self.parent(from);
        while position != 0 && seen.insert(position) {
            let held = self.by_position.get(&position).map_or(&[][..], Vec::as_slice);
            let others = held.iter().filter(|one| one.worker != worker);
            let first = others.min_by_key(|one| {
                (Reverse(one.primary), one.since, self.personnel_number(one.worker))
            });
            if let Some(other) = first {
                return Some(other.worker);
            }
            match self.rules.vacancy {
                Vacancy::Climb => position = self.parent(position),
                Vacancy::LeaveEmpty => return None,
            }
        }
        None
    }

    fn day(&self, at: DateTime<Utc>) -> NaiveDate {
        day(at, self.zone)
    }
}

/// The company's day of this very moment.
fn day_of(now: DateTime<Utc>, book: &Book) -> NaiveDate {
    match book.zone {
        Some(zone) => now.with_timezone(&zone).date_naive(),
        None => now.with_timezone(&chrono::Local).date_naive(),
    }
}

/// Anything but the known words is unknown; never active by default.
fn word(said: Option<&str>) -> Status {
    match said.unwrap_or_default() {
        "Employed" | "754400000" => Status::Active,
        "Terminated" | "754400001" => Status::Inactive,
        "Pending" => Status::Pending,
        _ => Status::Unknown,
    }
}

fn names(row: &Row<'_>, said: &mut Said) {
    let first = first_of(&[Col::KnownAs, Col::FirstName], row);
    said.of(Field::FirstName, first, |name| Some(Value::from(name)));
    let (prefix, last) = (row.cell(Col::Prefix), row.cell(Col::LastName));
    match (prefix, last) {
        (Cell::Text(prefix), Cell::Text(last)) => {
            said.seen.insert(Field::LastName, Some(Value::Text(format!("{prefix} {last}"))));
        }
        (Cell::Omitted, _) => {}
        (Cell::Unreadable, _) => said.unreadable.push(Field::LastName),
        (Cell::Empty | Cell::Text(_), last) => {
            said.of(Field::LastName, last, |name| Some(Value::from(name)));
        }
    }
}

fn contacts(row: &Row<'_>, said: &mut Said) {
    let is_private = row.text(Col::EmailIsPrivate) == Some("Yes");
    let email = match is_private {
        true => row.cell(Col::OtherEmail),
        false => first_of(&[Col::Email, Col::OtherEmail], row),
    };
    said.of(Field::Email, email, |email| Some(Value::from(email)));
    let phone = first_of(&[Col::Phone, Col::OtherPhone], row);
    said.of(Field::Phone, phone, |phone| Some(Value::from(phone)));
}

/// The first that says something. Behind one that was left out nothing is looked for.
fn first_of<'r, 'a>(cols: &[Col], row: &'r Row<'a>) -> &'r Cell<'a> {
    let mut cells = cols.iter().map(|col| row.cell(*col));
    cells.find(|cell| **cell != Cell::Empty).unwrap_or(&Cell::Empty)
}
