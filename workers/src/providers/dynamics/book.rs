//! What is known of an environment besides its workers: the sets that say more of them, joined in
//! memory by numbers that stand for their keys.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use rollcall_domain::connection::{Surface, Vacancy};
use rollcall_domain::field::normalised;
use rollcall_domain::plan::UnitOption;
use rollcall_domain::unit::Kind;
use serde::{Deserialize, Serialize};

use super::moment::{Moment, holds};
use super::row::Row;
use super::sets::{Col, Set};
use crate::providers::cell::Cell;

/// What a read goes by. It stands at the beginning of its recording, which says the same for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rules {
    pub(super) surface: Surface,
    /// What is current, is so at this moment.
    pub(super) now: DateTime<Utc>,
    /// Where the company's days begin, by its IANA name; the server's zone where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) zone: Option<String>,
    pub(super) hierarchy: String,
    pub(super) vacancy: Vacancy,
    /// Whose employments count, in lower case; all if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) legal_entities: Vec<String>,
}

/// Stands for a key or another text that is there many times; 0 for none.
pub(super) type Id = u32;

/// Texts by number and numbers by text.
#[derive(Debug, Default)]
pub(super) struct Texts {
    ids: HashMap<Box<str>, Id>,
    texts: Vec<Box<str>>,
}

impl Texts {
    pub(super) fn id(&mut self, text: Option<&str>) -> Id {
        let Some(text) = text.filter(|text| !text.is_empty()) else { return 0 };
        if let Some(id) = self.ids.get(text) {
            return *id;
        }
        self.texts.push(text.into());
        let id = Id::try_from(self.texts.len()).expect("fewer texts than people on earth");
        self.ids.insert(text.into(), id);
        id
    }

    /// Without making room for it.
    pub(super) fn known(&self, text: &str) -> Id {
        self.ids.get(text).copied().unwrap_or_default()
    }

    pub(super) fn text(&self, id: Id) -> Option<&str> {
        let at = usize::try_from(id).ok()?.checked_sub(1)?;
        self.texts.get(at).map(|text| &**text)
    }
}

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Position {
    /// What people know it by.
    pub(super) number: Id,
    pub(super) title: Id,
    pub(super) description: Id,
    pub(super) job: Id,
    pub(super) department: Id,
    /// The one above, where positions say it themselves.
    pub(super) parent: Id,
}

/// Somebody is in a position now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Assignment {
    pub(super) position: Id,
    pub(super) worker: Id,
    pub(super) primary: bool,
    pub(super) since: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Employment {
    pub(super) start: Option<DateTime<Utc>>,
    pub(super) end: Option<DateTime<Utc>>,
    pub(super) kind: Id,
}

/// Everything but the workers.
#[derive(Debug)]
pub(super) struct Book {
    pub(super) rules: Rules,
    pub(super) zone: Option<Tz>,
    pub(super) texts: Texts,
    /// The sets that came to their end.
    pub(super) came: BTreeSet<Set>,
    pub(super) options: Vec<UnitOption>,
    /// Number by key.
    pub(super) departments: HashMap<Id, Id>,
    /// Description by key.
    jobs: HashMap<Id, Id>,
    titles: HashMap<Id, Id>,
    companies: HashMap<Id, Id>,
    numbers: HashMap<Id, Id>,
    pub(super) positions: HashMap<Id, Position>,
    /// The position above, and since when.
    parents: HashMap<Id, (Option<DateTime<Utc>>, Id)>,
    pub(super) by_position: HashMap<Id, Vec<Assignment>>,
    pub(super) by_worker: HashMap<Id, Vec<Assignment>>,
    pub(super) employments: HashMap<Id, Vec<Employment>>,
    /// Somebody is above somebody in the hierarchy of that name.
    pub(super) line_is_named: bool,
}

impl Book {
    pub(super) fn new(rules: Rules) -> Book {
        let zone = rules.zone.as_deref().and_then(|zone| zone.parse().ok());
        Book {
            rules,
            zone,
            texts: Texts::default(),
            came: BTreeSet::new(),
            options: Vec::new(),
            departments: HashMap::new(),
            jobs: HashMap::new(),
            titles: HashMap::new(),
            companies: HashMap::new(),
            numbers: HashMap::new(),
            positions: HashMap::new(),
            parents: HashMap::new(),
            by_position: HashMap::new(),
            by_worker: HashMap::new(),
            employments: HashMap::new(),
            line_is_named: false,
        }
    }

    pub(super) fn has(&self, set: Set) -> bool {
        self.came.contains(&set)
    }

    /// Takes a record of any set but the workers; whether it could be read.
    pub(super) fn take(&mut self, set: Set, row: &Row<'_>) -> bool {
        let key = self.texts.id(row.text(Col::Key));
        match set {
            Set::Departments => self.department(key, row),
            Set::Jobs => self.named(key, row, Col::Description, |book| &mut book.jobs),
            Set::Titles => self.named(key, row, Col::Name, |book| &mut book.titles),
            Set::Companies => self.named(key, row, Col::Number, |book| &mut book.companies),
            Set::Numbers => self.named(key, row, Col::Number, |book| &mut book.numbers),
            Set::Positions => self.position(key, row),
            Set::Hierarchy => self.above(key, row),
            Set::Assignments => self.assignment(row),
            Set::Employments => self.employment(row),
            Set::Workers => true,
        }
    }

    fn named(
        &mut self,
        key: Id,
        row: &Row<'_>,
        name: Col,
        of: impl FnOnce(&mut Book) -> &mut HashMap<Id, Id>,
    ) -> bool {
        let name = self.texts.id(row.text(name));
        of(self).insert(key, name);
        key != 0
    }

    fn department(&mut self, key: Id, row: &Row<'_>) -> bool {
        let Some(number) = row.number().filter(|_| key != 0) else { return false };
        let name = row.text(Col::Name).or(row.text(Col::Description)).unwrap_or(number);
        self.options.push(UnitOption {
            parent: None,
            kind: Kind::Department,
            source_key: number.to_owned(),
            name: normalised(name).into_owned(),
        });
        let number = self.texts.id(Some(number));
        self.departments.insert(key, number);
        true
    }

    fn position(&mut self, key: Id, row: &Row<'_>) -> bool {
        let position = Position {
            number: self.texts.id(row.number()),
            title: self.texts.id(row.text(Col::Title)),
            description: self.texts.id(row.text(Col::Description)),
            job: self.texts.id(row.text(Col::Job)),
            department: self.texts.id(row.text(Col::Department)),
            parent: self.texts.id(row.text(Col::Parent)),
        };
        self.positions.insert(key, position);
        key != 0
    }

    /// Of several that are above a position at once, the newest counts.
    fn above(&mut self, key: Id, row: &Row<'_>) -> bool {
        let (from, to) = (Moment::of(row.cell(Col::From)), Moment::of(row.cell(Col::To)));
        if row.text(Col::Name) != Some(&self.rules.hierarchy) {
            return true;
        }
        if !holds(from, to, self.rules.now) {
            return key != 0 && from != Moment::Unknown && to != Moment::Unknown;
        }
        self.line_is_named = true;
        let (since, parent) = (from.at(), self.texts.id(row.text(Col::Parent)));
        let known = self.parents.entry(key).or_insert((since, parent));
        if known.0 < since {
            *known = (since, parent);
        }
        key != 0
    }

    fn assignment(&mut self, row: &Row<'_>) -> bool {
        let (from, to) = (Moment::of(row.cell(Col::From)), Moment::of(row.cell(Col::To)));
        let one = Assignment {
            position: self.texts.id(row.text(Col::Position)),
            worker: self.texts.id(row.text(Col::Worker)),
            primary: row.text(Col::Primary) == Some("Yes"),
            since: from.at(),
        };
        // A position that waits for somebody.
        if one.worker == 0 {
            return *row.cell(Col::Worker) == Cell::Empty;
        }
        if holds(from, to, self.rules.now) {
            self.by_position.entry(one.position).or_default().push(one);
            self.by_worker.entry(one.worker).or_default().push(one);
        }
        one.position != 0 && from != Moment::Unknown && to != Moment::Unknown
    }

    fn employment(&mut self, row: &Row<'_>) -> bool {
        let worker = self.texts.id(row.text(Col::Worker));
        let company = self.texts.known(row.text(Col::Company).unwrap_or_default());
        let company = self.companies.get(&company).copied().and_then(|id| self.texts.text(id));
        let company = company.or(row.text(Col::Company)).unwrap_or_default().to_lowercase();
        let (from, to) = (Moment::of(row.cell(Col::From)), Moment::of(row.cell(Col::To)));
        if from == Moment::Unknown || to == Moment::Unknown || worker == 0 {
            return false;
        }
        let chosen = &self.rules.legal_entities;
        if chosen.is_empty() || chosen.contains(&company) {
            let kind = match row.text(Col::Kind) {
                // The option sets of Dataverse.
                Some("754400000") => Some("Employee"),
                Some("754400001") => Some("Contractor"),
                Some("754400002") => Some("Volunteer"),
                Some("754400003") => Some("Unspecified"),
                other => other,
            };
            let kind = self.texts.id(kind);
            let one = Employment { start: from.at(), end: to.at(), kind };
            self.employments.entry(worker).or_default().push(one);
        }
        true
    }

    /// The text of a job, by its key.
    pub(super) fn job(&self, key: Id) -> Option<&str> {
        self.texts.text(*self.jobs.get(&key)?)
    }

    /// The text of a title: in Finance and Operations its key is what people read.
    pub(super) fn title(&self, key: Id) -> Option<&str> {
        match self.rules.surface {
            Surface::FinanceOperations => self.texts.text(key),
            Surface::Dataverse => self.texts.text(*self.titles.get(&key)?),
        }
    }

    /// The personnel number of a worker.
    pub(super) fn personnel_number(&self, worker: Id) -> Option<&str> {
        match self.rules.surface {
            Surface::FinanceOperations => self.texts.text(worker),
            Surface::Dataverse => self.texts.text(*self.numbers.get(&worker)?),
        }
    }

    /// The position above.
    pub(super) fn parent(&self, position: Id) -> Id {
        match self.rules.surface {
            Surface::FinanceOperations => {
                self.parents.get(&position).map_or(0, |(_, parent)| *parent)
            }
            Surface::Dataverse => self.positions.get(&position).map_or(0, |known| known.parent),
        }
    }

    /// Whether it is known who is above whom. A hierarchy without anything in it is one that has
    /// another name.
    pub(super) fn knows_the_line(&self) -> bool {
        let placed = self.has(Set::Positions) && self.has(Set::Assignments);
        placed
            && match self.rules.surface {
                Surface::FinanceOperations => {
                    self.has(Set::Hierarchy) && (self.line_is_named || self.positions.is_empty())
                }
                Surface::Dataverse => self.has(Set::Numbers),
            }
    }

    /// Whether everything a position says is known.
    pub(super) fn knows_positions(&self) -> bool {
        self.has(Set::Positions) && self.has(Set::Assignments)
    }
}
