//! A worker, and what the other sets say of them, as one of our employees: the same rules for both
//! surfaces (A2.2).

use std::cmp::Reverse;
use std::collections::HashSet;

use chrono::{Days, NaiveDate};
use rollcall_domain::connection::{Surface, Vacancy};
use rollcall_domain::field::{Field, Value};
use rollcall_domain::plan::{Employee, Status, name_key};

use super::book::{Assignment, Book, Employment, Position};
use super::gaps::About;
use super::moment::Moment;
use super::row::Row;
use super::sets::{Col, Set};
use super::texts::Id;
use crate::providers::cell::Cell;
use crate::providers::said::Said;

/// What becomes of a worker's record.
#[derive(Debug)]
pub(super) enum Person {
    Employee(Employee),
    /// None of their employments is in a legal entity that counts.
    OutOfScope,
    /// Without a number, or nobody knows whether in a legal entity that counts.
    Nobody,
}

/// What the employments say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Term {
    status: Status,
    first_day: Option<NaiveDate>,
    last_day: Option<NaiveDate>,
    /// `None` where it can't be read.
    kind: Option<Id>,
    /// All of them are known.
    sure: bool,
}

impl Book {
    pub(super) fn person(&self, row: &Row<'_>) -> Person {
        let number = match self.rules.surface {
            Surface::FinanceOperations => row.number(),
            // The key of a record is no number that anybody knows somebody by.
            Surface::Dataverse => row.text(Col::Number),
        };
        let Some(number) = number else { return Person::Nobody };
        let worker = self.texts.known(row.text(Col::Key).unwrap_or_default());
        let employments = self.employments.get(&worker).map_or(&[][..], Vec::as_slice);
        if employments.is_empty() && !self.rules.legal_entities.is_empty() {
            return match self.gaps.near(About::Employment, worker) {
                true => Person::Nobody,
                false => Person::OutOfScope,
            };
        }
        let mut said = Said::default();
        names(row, &mut said);
        contacts(row, &mut said);
        said.seen.insert(Field::EmployeeNumber, Some(Value::from(number)));
        if self.rules.surface == Surface::FinanceOperations {
            let office = row.cell(Col::Office);
            said.of(Field::Location, office, |name| Some(Value::Text(name_key(name))));
        }
        let term = self.term(row, worker, &mut said);
        self.by_position(row, worker, &term, &mut said);
        Person::Employee(Employee {
            source_id: number.to_owned(),
            status: term.status,
            starts_on: term.first_day,
            ends_on: term.last_day,
            seen: said.seen,
            unreadable: said.unreadable,
        })
    }

    /// Whether somebody is there, since when and until when. Dates win over a word that we know; where
    /// not all of them can be read, none is told.
    fn term(&self, row: &Row<'_>, worker: Id, said: &mut Said) -> Term {
        let employments = self.employments.get(&worker).map_or(&[][..], Vec::as_slice);
        let word = word(row.text(Col::Status));
        let seen = self.term_of(employments);
        let sure = seen.filter(|seen| self.is_all(worker, word, seen));
        let status = match seen.map(|seen| seen.status) {
            _ if word == Status::Unknown => word,
            // One that is active is enough to be there.
            Some(Status::Active) => Status::Active,
            Some(_) | None => sure.map_or(word, |sure| sure.status),
        };
        // Without a day of its own an employment began when they were hired at first.
        let original = Moment::of(row.cell(Col::FirstHired)).at().map(|at| self.today.day(at));
        let Some(term) = sure else {
            let first_day = original.filter(|_| seen.is_none());
            return Term { status, first_day, last_day: None, kind: None, sure: false };
        };
        let first_day = term.first_day.or(original);
        let text = |day: NaiveDate| Value::Text(day.to_string());
        if first_day.is_some() || row.says(Col::FirstHired) {
            said.seen.insert(Field::HireDate, first_day.map(text));
        }
        said.seen.insert(Field::TerminationDate, term.last_day.map(text));
        if let Some(kind) = term.kind {
            said.seen.insert(Field::EmploymentType, self.texts.text(kind).map(Value::from));
        }
        Term { status, first_day, ..term }
    }

    /// Whether the employments that came are all there are, as far as that can be told.
    fn is_all(&self, worker: Id, word: Status, seen: &Term) -> bool {
        let about = About::Employment;
        let is_active = seen.status == Status::Active;
        let stray = self.gaps.near(about, worker) && !is_active;
        // Finance and Operations calls nobody employed whose employments have all ended: there is one
        // that is kept from us. On the day itself they may differ.
        let hidden = self.rules.surface == Surface::FinanceOperations
            && self.rules.legal_entities.is_empty()
            && (word, seen.status) == (Status::Active, Status::Inactive)
            && seen.last_day.is_some_and(|day| day + Days::new(2) < self.today.date());
        self.has(Set::Employments) && !self.gaps.at(about, worker) && !stray && !hidden
    }

    /// Of those that are active the first day and the last one, unless one is open; else the next
    /// one's, or the last one's.
    fn term_of(&self, employments: &[Employment]) -> Option<Term> {
        let today = self.today;
        let first_day = |one: &Employment| one.start.map(|start| today.day(start));
        let began = |one: &&Employment| first_day(one).is_none_or(|day| day <= today.date());
        let ended = |one: &Employment| one.end.is_some_and(|end| today.is_over(end));
        let active = || employments.iter().filter(|one| began(one) && !ended(one));
        let last_day = |one: &Employment| one.end.map(|end| today.day(end));
        if let Some(first) = active().min_by_key(|one| one.start) {
            let open = active().any(|one| one.end.is_none());
            let end = active().filter_map(last_day).max().filter(|_| !open);
            return Some(Term {
                status: Status::Active,
                first_day: first_day(first),
                last_day: end,
                kind: first.kind,
                sure: true,
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
        let (first_day, last_day) = (first_day(first), last_day(one));
        Some(Term { status, first_day, last_day, kind: Some(0), sure: true })
    }

    /// Title, department and manager follow from the position.
    fn by_position(&self, row: &Row<'_>, worker: Id, term: &Term, said: &mut Said) {
        if !self.knows_positions() {
            return;
        }
        let Some(place) = self.primary(worker) else { return };
        // Their position begins with them: it is not known yet. Dataverse has one word for whoever has
        // not begun and whoever has left.
        let to_come = term.status == Status::Pending || !term.sure && term.status != Status::Active;
        if place.is_none() && to_come {
            return;
        }
        let position = place.and_then(|place| self.positions.get(&place.position));
        if position.is_some() || place.is_none() {
            self.title_of(row, place, said);
            let department = position.map_or(Some(0), |position| position.department);
            let number =
                department.and_then(|department| match self.departments.get(&department) {
                    // One that is not listed says nothing.
                    None => (department == 0).then_some(None),
                    Some(number) => Some(self.texts.text(*number)),
                });
            if let Some(number) = number.filter(|_| self.has(Set::Departments)) {
                let list = number.map(|number| Value::List(vec![number.to_owned()]));
                said.seen.insert(Field::Departments, list);
            }
        }
        if self.knows_the_line() {
            self.manager_of(row, worker, place, said);
        }
    }

    /// The one that is marked, else the oldest, else the lowest; `None` where that can't be read.
    pub(super) fn primary(&self, worker: Id) -> Option<Option<Assignment>> {
        let places = self.by_worker.get(&worker).map_or(&[][..], Vec::as_slice);
        let unknown = match places {
            [] => self.gaps.near(About::Place, worker),
            [_] => self.gaps.at(About::Place, worker),
            [..] => {
                let unmarked = places.iter().any(|place| place.primary.is_none());
                unmarked || self.gaps.at(About::Place, worker)
            }
        };
        let rank =
            |place: &Assignment| (place.primary != Some(true), place.since, self.number_of(*place));
        (!unknown).then(|| places.iter().copied().min_by_key(rank))
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
            let Some(title) = self.title_in(position) else { return };
            if let Some(title) = title {
                said.seen.insert(Field::JobTitle, Some(Value::from(title)));
                return;
            }
        }
        said.of(Field::JobTitle, row.cell(Col::OwnTitle), |title| Some(Value::from(title)));
    }

    /// `None` where it can't be read, or is not listed, which of them it is.
    fn title_in(&self, position: &Position) -> Option<Option<&str>> {
        if let Some(title) = self.title(position.title?)? {
            return Some(Some(title));
        }
        match self.texts.text(position.description?) {
            Some(description) => Some(Some(description)),
            None => self.job(position.job?),
        }
    }

    /// Whoever is in the next position above that somebody else is in, else whom the worker names.
    fn manager_of(&self, row: &Row<'_>, worker: Id, place: Option<Assignment>, said: &mut Said) {
        let above = place.map_or(Some(None), |place| self.above_in_line(worker, place.position));
        let Some(above) = above else { return };
        let named = match (above, row.cell(Col::Manager)) {
            (Some(_), _) | (None, Cell::Empty) => None,
            (None, Cell::Omitted) => return,
            (None, Cell::Unreadable) => return said.unreadable.push(Field::Manager),
            (None, Cell::Text(key)) => Some(self.texts.known(key)).filter(|id| *id != worker),
        };
        match above.or(named) {
            None => _ = said.seen.insert(Field::Manager, None),
            Some(manager) => {
                if let Some(number) = self.personnel_number(manager) {
                    said.seen.insert(Field::Manager, Some(Value::from(number)));
                }
            }
        }
    }

    /// Climbs past positions that are vacant or the worker's own, and never in a circle; `None` where
    /// it can't be read who comes next.
    pub(super) fn above_in_line(&self, worker: Id, from: Id) -> Option<Option<Id>> {
        let mut seen = HashSet::from([from]);
        let mut position = self.parent(from)?;
        while position != 0 && seen.insert(position) {
            let held = self.by_position.get(&position).map_or(&[][..], Vec::as_slice);
            let others = held.iter().filter(|one| one.worker != worker);
            let first = others.min_by_key(|one| {
                (Reverse(one.primary == Some(true)), one.since, self.personnel_number(one.worker))
            });
            if let Some(other) = first {
                return Some(Some(other.worker));
            }
            if self.gaps.near(About::Holder, position) {
                return None;
            }
            match self.rules.vacancy {
                Vacancy::Climb => position = self.parent(position)?,
                Vacancy::LeaveEmpty => return Some(None),
            }
        }
        Some(None)
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
    let first = || first_of(&[Col::Email, Col::OtherEmail], row);
    // Whether it may be shown must be known before it is.
    let email = match row.cell(Col::EmailIsPrivate) {
        Cell::Text(private) if private == "Yes" => row.cell(Col::OtherEmail),
        Cell::Text(_) | Cell::Empty => first(),
        unknown @ (Cell::Omitted | Cell::Unreadable) => match row.cell(Col::Email) {
            Cell::Empty => first(),
            Cell::Omitted | Cell::Text(_) | Cell::Unreadable => unknown,
        },
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
