//! The simulated company: its people, its lists, its clock and what changed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::dictionary::FIELDS;
use super::fields::{Column, View};
use super::lists::{ListKind, ListRefusal, Lists};
use super::people::{Person, Status};
use crate::clock::Clock;

/// The books of the company.
#[derive(Debug)]
pub(super) struct Company {
    pub(super) people: BTreeMap<u64, Person>,
    pub(super) lists: Lists,
    pub(super) clock: Clock,
    /// What last happened to whom since the start; whoever is not in here was inserted before.
    pub(super) touched: BTreeMap<u64, (Action, DateTime<Utc>)>,
    /// Grows with every change; rendered answers are good for one version.
    pub(super) version: u64,
    pub(super) next_id: u64,
    /// First and last days that are still to come.
    scheduled: BTreeMap<NaiveDate, BTreeSet<u64>>,
}

/// What happened to an employee, as `/employees/changed` says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    Inserted,
    Updated,
    Deleted,
}

/// One change that webhooks may have to hear of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) employee: u64,
    pub(super) action: Action,
    pub(super) columns: Vec<Column>,
}

/// Why the company did not do what it was asked to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("there is no employee {0}")]
    NoSuchEmployee(u64),
    #[error("there is no field {0}, or it cannot be written")]
    NoSuchField(String),
    #[error("{field} cannot be {value:?}")]
    InvalidValue { field: String, value: String },
    #[error("firstName and lastName are required")]
    NameMissing,
    #[error("there is no list {0}")]
    NoSuchList(String),
    #[error("there is no option {0}")]
    NoSuchOption(u64),
    #[error("another option has that name")]
    DuplicateName,
    #[error("there is no delivery {0}")]
    NoSuchDelivery(usize),
}

impl Company {
    pub(super) fn new(lists: Lists) -> Company {
        Company {
            people: BTreeMap::new(),
            lists,
            clock: Clock::default(),
            touched: BTreeMap::new(),
            version: 0,
            next_id: 1,
            scheduled: BTreeMap::new(),
        }
    }

    /// Today, with or without the future.
    pub(super) fn view(&self, only_current: bool) -> View {
        View { today: self.clock.today(), future: !only_current }
    }

    pub(super) fn terminated(&self) -> Option<u64> {
        self.lists.find(ListKind::EmploymentStatus, "Terminated")
    }

    pub(super) fn person(&self, id: u64) -> Result<&Person, Refusal> {
        self.people.get(&id).ok_or(Refusal::NoSuchEmployee(id))
    }

    /// Remembers days that are still to come, so that they take effect when the clock gets there.
    pub(super) fn schedule(&mut self, id: u64) {
        let today = self.clock.today();
        let Some(person) = self.people.get(&id) else {
            return;
        };
        for day in [person.hire_date, person.termination_date].into_iter().flatten() {
            if day > today {
                self.scheduled.entry(day).or_default().insert(id);
            }
        }
    }

    /// Lets first and last days take effect that have come since the last look.
    pub(super) fn catch_up(&mut self) -> Vec<Change> {
        let mut changes = Vec::new();
        let today = self.clock.today();
        while let Some(day) = self.scheduled.keys().next().copied().filter(|day| *day <= today) {
            for id in self.scheduled.remove(&day).unwrap_or_default() {
                changes.extend(self.take_effect(id, day));
            }
        }
        changes
    }

    fn take_effect(&mut self, id: u64, day: NaiveDate) -> Option<Change> {
        let eve = View { today: day.pred_opt().unwrap_or(day), future: false };
        let mut person = self.people.get(&id)?.clone();
        let before = self.monitored_cells(&person, eve);
        if person.termination_date == Some(day) {
            person.status = Status::Inactive;
            person.employment_status = self.terminated();
        } else if person.hire_date == Some(day) {
            person.status = Status::Active;
        }
        let after = self.monitored_cells(&person, self.view(true));
        self.people.insert(id, person);
        self.touched(id, Action::Updated);
        let columns = differing(&before, &after);
        (!columns.is_empty()).then_some(Change { employee: id, action: Action::Updated, columns })
    }

    /// Changes an employee and says which monitored fields read differently now.
    pub(super) fn alter(
        &mut self,
        id: u64,
        change: impl FnOnce(&mut Company, &mut Person) -> Result<(), Refusal>,
    ) -> Result<Vec<Change>, Refusal> {
        let mut person = self.person(id)?.clone();
        let before = self.monitored_cells(&person, self.view(true));
        change(self, &mut person)?;
        let after = self.monitored_cells(&person, self.view(true));
        if self.people.get(&id) == Some(&person) {
            return Ok(vec![]);
        }
        self.people.insert(id, person);
        self.touched(id, Action::Updated);
        self.schedule(id);
        let columns = differing(&before, &after);
        Ok(match columns.is_empty() {
            true => vec![],
            false => vec![Change { employee: id, action: Action::Updated, columns }],
        })
    }

    pub(super) fn touched(&mut self, id: u64, action: Action) {
        let now = self.clock.now();
        self.version += 1;
        self.touched.insert(id, (action, now));
        if let Some(person) = self.people.get_mut(&id) {
            person.last_changed = now;
        }
    }

    /// The monitored fields that are filled in, for a new employee.
    pub(super) fn filled_columns(&self, person: &Person) -> Vec<Column> {
        let cells = self.monitored_cells(person, self.view(true));
        cells.into_iter().filter(|(_, text)| text.is_some()).map(|(column, _)| column).collect()
    }

    fn monitored_cells(&self, person: &Person, view: View) -> Vec<(Column, Option<String>)> {
        let monitored = FIELDS.iter().filter(|field| field.monitored);
        let read = |column| {
            let cell = self.cell(person, column, view);
            (!cell.is_empty()).then(|| cell.to_text())
        };
        let columns = monitored.map(|field| field.column);
        columns.map(|column| (column, read(column))).collect()
    }
}

fn differing(
    before: &[(Column, Option<String>)],
    after: &[(Column, Option<String>)],
) -> Vec<Column> {
    let pairs = before.iter().zip(after);
    pairs.filter(|(before, after)| before.1 != after.1).map(|(_, after)| after.0).collect()
}

impl From<ListRefusal> for Refusal {
    fn from(refusal: ListRefusal) -> Refusal {
        match refusal {
            ListRefusal::NoSuchOption(option) => Refusal::NoSuchOption(option),
            ListRefusal::DuplicateName => Refusal::DuplicateName,
        }
    }
}
