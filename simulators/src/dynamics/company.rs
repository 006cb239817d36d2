//! The simulated company: one set of books, which both surfaces show.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::books::{
    Assignment, Department, Employment, EmploymentKind, Job, LegalEntity, Link, Position, Span,
    Worker,
};
use super::lists::{Choice, ListKind};
use crate::clock::Clock;

/// The hierarchy of the reporting line.
pub(super) const LINE: &str = "Line";

/// The books of the company.
#[derive(Debug)]
pub(super) struct Company {
    pub(super) workers: BTreeMap<u64, Worker>,
    pub(super) positions: BTreeMap<u64, Position>,
    pub(super) departments: BTreeMap<u64, Department>,
    pub(super) locations: BTreeMap<u64, String>,
    pub(super) jobs: BTreeMap<String, Job>,
    /// By code, in capitals.
    pub(super) legal_entities: BTreeMap<String, LegalEntity>,
    /// The names of the hierarchies.
    pub(super) hierarchies: Vec<String>,
    /// Workers that are no longer in the books, and since which version.
    pub(super) erased: BTreeMap<u64, u64>,
    pub(super) clock: Clock,
    /// Grows with every change.
    pub(super) version: u64,
    pub(super) next_worker: u64,
    pub(super) next_position: u64,
    next_employment: u64,
}

/// Why the company did not do what it was asked to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("there is no worker {0}")]
    NoSuchWorker(u64),
    #[error("there is no position {0}")]
    NoSuchPosition(u64),
    #[error("there is no field {0}, or it cannot be written")]
    NoSuchField(String),
    #[error("{field} cannot be {value:?}")]
    InvalidValue { field: String, value: String },
    #[error("firstName and lastName are required")]
    NameMissing,
    #[error("there is no option {0}")]
    NoSuchOption(u64),
    #[error("another option has that name")]
    DuplicateName,
}

impl Company {
    pub(super) fn new(clock: Clock) -> Company {
        Company {
            workers: BTreeMap::new(),
            positions: BTreeMap::new(),
            departments: BTreeMap::new(),
            locations: BTreeMap::new(),
            jobs: BTreeMap::new(),
            legal_entities: BTreeMap::new(),
            hierarchies: vec![LINE.to_owned(), "Matrix".to_owned()],
            erased: BTreeMap::new(),
            clock,
            version: 1,
            next_worker: 1001,
            next_position: 1001,
            next_employment: 1,
        }
    }

    pub(super) fn worker(&self, id: u64) -> Result<&Worker, Refusal> {
        self.workers.get(&id).ok_or(Refusal::NoSuchWorker(id))
    }

    /// Changes a worker; nothing is noted where nothing changed.
    pub(super) fn alter<T>(
        &mut self,
        id: u64,
        change: impl FnOnce(&mut Worker) -> T,
    ) -> Result<T, Refusal> {
        let (now, version) = (self.clock.now(), self.version + 1);
        let worker = self.workers.get_mut(&id).ok_or(Refusal::NoSuchWorker(id))?;
        let before = worker.clone();
        let done = change(worker);
        if *worker != before {
            worker.modified = now;
            worker.version = version;
            self.version = version;
        }
        Ok(done)
    }

    /// Changes a position; nothing is noted where nothing changed.
    pub(super) fn alter_position<T>(
        &mut self,
        id: u64,
        change: impl FnOnce(&mut Position) -> T,
    ) -> Result<T, Refusal> {
        let (now, version) = (self.clock.now(), self.version + 1);
        let position = self.positions.get_mut(&id).ok_or(Refusal::NoSuchPosition(id))?;
        let before = position.clone();
        let done = change(position);
        if *position != before {
            position.modified = now;
            position.version = version;
            self.version = version;
        }
        Ok(done)
    }

    pub(super) fn employ(
        &mut self,
        worker: u64,
        legal_entity: &str,
        kind: EmploymentKind,
        start: DateTime<Utc>,
        end: Option<DateTime<Utc>>,
    ) -> Result<(), Refusal> {
        let id = self.next_employment;
        self.next_employment += 1;
        let legal_entity = legal_entity.to_owned();
        let employment = Employment { id, legal_entity, kind, start, end };
        self.alter(worker, |worker| worker.employments.push(employment))
    }

    /// A new position of the job of that name, held by nobody.
    pub(super) fn open_position(&mut self, job: &str) -> u64 {
        let (id, job) = (self.next_position, self.job(job));
        self.next_position += 1;
        self.version += 1;
        let mut position = Position::new(id, &job, self.clock.now());
        position.version = self.version;
        self.positions.insert(id, position);
        id
    }

    /// A worker holds a position.
    pub(super) fn assign(
        &mut self,
        position: u64,
        worker: u64,
        span: Span,
        primary: bool,
    ) -> Result<(), Refusal> {
        self.alter(worker, |worker| worker.positions.insert(position))?;
        self.alter_position(position, |position| {
            position.held.push(Assignment { worker, span, primary });
            position.held.sort_by_key(|one| (one.span.from, one.worker));
        })
    }

    /// A position is below another.
    pub(super) fn link(
        &mut self,
        position: u64,
        hierarchy: &str,
        parent: u64,
        span: Span,
    ) -> Result<(), Refusal> {
        let link = Link { hierarchy: hierarchy.to_owned(), parent, span };
        self.alter_position(position, |position| {
            position.above.push(link);
            position
                .above
                .sort_by(|a, b| (&a.hierarchy, a.span.from).cmp(&(&b.hierarchy, b.span.from)));
        })
    }

    pub(super) fn options(&self, list: ListKind) -> Vec<Choice> {
        match list {
            ListKind::Department => {
                let choice = |one: &Department| Choice { id: one.id, name: one.name.clone() };
                self.departments.values().map(choice).collect()
            }
            ListKind::Location => {
                let choice = |(id, name): (&u64, &String)| Choice { id: *id, name: name.clone() };
                self.locations.iter().map(choice).collect()
            }
        }
    }

    pub(super) fn option_name(&self, list: ListKind, id: u64) -> Option<&str> {
        match list {
            ListKind::Department => self.departments.get(&id).map(|one| one.name.as_str()),
            ListKind::Location => self.locations.get(&id).map(String::as_str),
        }
    }

    /// The option of that name, made if there is none.
    pub(super) fn option(&mut self, list: ListKind, name: &str) -> u64 {
        let known = self.options(list).into_iter().find(|one| one.name == name);
        if let Some(known) = known {
            return known.id;
        }
        self.version += 1;
        let (version, name) = (self.version, name.to_owned());
        match list {
            ListKind::Department => {
                let id = self.departments.keys().next_back().map_or(1, |last| last + 1);
                self.departments.insert(id, Department { id, name, manager: None, version });
                id
            }
            ListKind::Location => {
                let id = self.locations.keys().next_back().map_or(1, |last| last + 1);
                self.locations.insert(id, name);
                id
            }
        }
    }

    /// The option keeps its id.
    pub(super) fn rename_option(
        &mut self,
        list: ListKind,
        id: u64,
        name: &str,
    ) -> Result<(), Refusal> {
        let other = |one: &Choice| one.id != id && one.name == name;
        if self.options(list).iter().any(other) {
            return Err(Refusal::DuplicateName);
        }
        self.version += 1;
        let version = self.version;
        let shown = match list {
            ListKind::Department => self.departments.get_mut(&id).map(|one| {
                one.version = version;
                &mut one.name
            }),
            ListKind::Location => self.locations.get_mut(&id),
        };
        *shown.ok_or(Refusal::NoSuchOption(id))? = name.to_owned();
        Ok(())
    }

    /// The job of that title, made if there is none; its code is the title without spaces.
    pub(super) fn job(&mut self, title: &str) -> String {
        let id: String = title.chars().filter(|letter| !letter.is_whitespace()).collect();
        let job = || Job { id: id.clone(), description: title.to_owned(), title: title.to_owned() };
        self.jobs.entry(id.clone()).or_insert_with(job);
        id
    }
}
