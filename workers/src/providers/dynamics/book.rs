//! What is known of an environment besides its workers: the sets that say more of them, joined in
//! memory by numbers that stand for their keys.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use rollcall_domain::connection::{Surface, Vacancy};
use rollcall_domain::field::normalised;
use rollcall_domain::plan::UnitOption;
use rollcall_domain::unit::Kind;
use serde::{Deserialize, Serialize};

use super::gaps::{About, Gaps};
use super::moment::{Moment, Today};
use super::row::Row;
use super::sets::{Col, Set};
use super::texts::{Id, Texts};
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

/// What a position says; `None` of what it does not tell.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Position {
    /// What people know it by.
    pub(super) number: Id,
    pub(super) title: Option<Id>,
    pub(super) description: Option<Id>,
    pub(super) job: Option<Id>,
    pub(super) department: Option<Id>,
    /// The one above, where positions say it themselves.
    pub(super) parent: Option<Id>,
}

/// Somebody is in a position now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Assignment {
    pub(super) position: Id,
    pub(super) worker: Id,
    /// Whether it is marked as the primary one; `None` where that can't be read.
    pub(super) primary: Option<bool>,
    pub(super) since: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Employment {
    pub(super) start: Option<DateTime<Utc>>,
    pub(super) end: Option<DateTime<Utc>>,
    /// `None` where it can't be read.
    pub(super) kind: Option<Id>,
}

/// Everything but the workers.
#[derive(Debug)]
pub(super) struct Book {
    pub(super) rules: Rules,
    pub(super) today: Today,
    pub(super) texts: Texts,
    /// The sets that came to their end.
    pub(super) came: BTreeSet<Set>,
    /// Those that may not be read, or say less than they have: of one person, more than once is asked.
    pub(super) short: BTreeSet<Set>,
    pub(super) gaps: Gaps,
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
            today: Today { now: rules.now, zone },
            rules,
            texts: Texts::default(),
            came: BTreeSet::new(),
            short: BTreeSet::new(),
            gaps: Gaps::default(),
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
        self.came.contains(&set) && !self.short.contains(&set)
    }

    /// Takes a record of any set but the workers; whether it could be read.
    pub(super) fn take(&mut self, set: Set, row: &Row<'_>) -> bool {
        let key = self.texts.id(row.text(Col::Key));
        let taken = match set {
            Set::Departments => self.department(key, row),
            Set::Jobs => self.named(key, row, Col::Description, |book| &mut book.jobs),
            Set::Titles => self.named(key, row, Col::Name, |book| &mut book.titles),
            Set::Numbers => self.named(key, row, Col::Number, |book| &mut book.numbers),
            Set::Companies => {
                let named = self.named(key, row, Col::Number, |book| &mut book.companies);
                if !named {
                    self.gaps.add(About::Company, key);
                }
                named
            }
            Set::Positions => self.position(key, row),
            Set::Hierarchy => self.above(key, row),
            Set::Assignments => self.assignment(row),
            Set::Employments => self.employment(row),
            Set::Workers => true,
        };
        taken && !row.is_damaged()
    }

    /// A record of the set can't be read at all: whomever it is about, something is not known.
    pub(super) fn lost(&mut self, set: Set) {
        let about: &[About] = match set {
            Set::Departments => &[About::Departments],
            Set::Companies => &[About::Company],
            Set::Hierarchy => &[About::Above],
            Set::Assignments => &[About::Place, About::Holder],
            Set::Employments => &[About::Employment],
            // What is not found there says nothing in any case.
            Set::Jobs | Set::Titles | Set::Numbers | Set::Positions | Set::Workers => &[],
        };
        for about in about {
            self.gaps.add(*about, 0);
        }
    }

    fn named(
        &mut self,
        key: Id,
        row: &Row<'_>,
        name: Col,
        of: impl FnOnce(&mut Book) -> &mut HashMap<Id, Id>,
    ) -> bool {
        if key == 0 || !row.says(name) {
            return false;
        }
        let name = self.texts.id(row.text(name));
        of(self).insert(key, name);
        true
    }

    fn department(&mut self, key: Id, row: &Row<'_>) -> bool {
        let Some(number) = row.number().filter(|_| key != 0) else {
            self.lost(Set::Departments);
            return false;
        };
        // A name that can't be read is no reason to call it by its number.
        let name = match row.text(Col::Name) {
            Some(name) => Some(name),
            None if !row.says(Col::Name) || !row.says(Col::Description) => None,
            None => Some(row.text(Col::Description).unwrap_or(number)),
        };
        match name {
            None => self.lost(Set::Departments),
            Some(name) => self.options.push(UnitOption {
                parent: None,
                kind: Kind::Department,
                source_key: number.to_owned(),
                name: normalised(name).into_owned(),
            }),
        }
        let number = self.texts.id(Some(number));
        self.departments.insert(key, number);
        true
    }

    fn position(&mut self, key: Id, row: &Row<'_>) -> bool {
        let number = self.texts.id(row.number());
        let mut said = |col: Col| row.says(col).then(|| self.texts.id(row.text(col)));
        let position = Position {
            number,
            title: said(Col::Title),
            description: said(Col::Description),
            job: said(Col::Job),
            department: said(Col::Department),
            parent: said(Col::Parent),
        };
        self.positions.insert(key, position);
        key != 0
    }

    /// Of several that are above a position at once, the newest counts.
    fn above(&mut self, key: Id, row: &Row<'_>) -> bool {
        let (from, to) = (Moment::of(row.cell(Col::From)), Moment::of(row.cell(Col::To)));
        let name = row.text(Col::Name);
        let is_other = |name: &str| !name.eq_ignore_ascii_case(&self.rules.hierarchy);
        if row.says(Col::Name) && name.is_none_or(is_other) {
            return true;
        }
        let holds = self.today.holds(from, to);
        if holds == Some(false) {
            return key != 0 && from != Moment::Unknown && to != Moment::Unknown;
        }
        if holds.is_none() || name.is_none() || key == 0 || !row.says(Col::Parent) {
            self.gaps.add(About::Above, key);
            return false;
        }
        self.line_is_named = true;
        let (since, parent) = (from.at(), self.texts.id(row.text(Col::Parent)));
        let known = self.parents.entry(key).or_insert((since, parent));
        if known.0 < since {
            *known = (since, parent);
        }
        true
    }

    fn assignment(&mut self, row: &Row<'_>) -> bool {
        let (from, to) = (Moment::of(row.cell(Col::From)), Moment::of(row.cell(Col::To)));
        let one = Assignment {
            position: self.texts.id(row.text(Col::Position)),
            worker: self.texts.id(row.text(Col::Worker)),
            primary: row.says(Col::Primary).then(|| row.text(Col::Primary) == Some("Yes")),
            since: from.at(),
        };
        // A position that waits for somebody, or a record that is switched off.
        if *row.cell(Col::Worker) == Cell::Empty || is_off(row) {
            return true;
        }
        match self.today.holds(from, to) {
            Some(false) => {
                return one.position != 0 && from != Moment::Unknown && to != Moment::Unknown;
            }
            Some(true) if one.position != 0 && one.worker != 0 => {
                self.by_position.entry(one.position).or_default().push(one);
                self.by_worker.entry(one.worker).or_default().push(one);
                return true;
            }
            Some(true) | None => {}
        }
        self.gaps.add(About::Place, one.worker);
        self.gaps.add(About::Holder, one.position);
        false
    }

    fn employment(&mut self, row: &Row<'_>) -> bool {
        let worker = self.texts.id(row.text(Col::Worker));
        let counts = self.counts(row);
        if counts == Some(false) || is_off(row) {
            return worker != 0;
        }
        let (from, to) = (Moment::of(row.cell(Col::From)), Moment::of(row.cell(Col::To)));
        if counts.is_none() || from == Moment::Unknown || to == Moment::Unknown || worker == 0 {
            self.gaps.add(About::Employment, worker);
            return false;
        }
        let kind = match row.text(Col::Kind) {
            // The option sets of Dataverse.
            Some("754400000") => Some("Employee"),
            Some("754400001") => Some("Contractor"),
            Some("754400002") => Some("Volunteer"),
            Some("754400003") => Some("Unspecified"),
            other => other,
        };
        let kind = row.says(Col::Kind).then(|| self.texts.id(kind));
        let one = Employment { start: from.at(), end: to.at(), kind };
        self.employments.entry(worker).or_default().push(one);
        true
    }

    /// Whether an employment is in a legal entity that counts; `None` where that can't be read.
    fn counts(&self, row: &Row<'_>) -> Option<bool> {
        let chosen = &self.rules.legal_entities;
        if chosen.is_empty() {
            return Some(true);
        }
        let said = row.says(Col::Company).then(|| row.text(Col::Company).unwrap_or_default())?;
        let key = self.texts.known(said);
        let code = match self.rules.surface {
            Surface::FinanceOperations => said,
            Surface::Dataverse => match self.companies.get(&key) {
                Some(code) => self.texts.text(*code).unwrap_or_default(),
                None if self.gaps.near(About::Company, key) => return None,
                None => said,
            },
        };
        Some(chosen.contains(&code.to_lowercase()))
    }

    /// The text of a job, by its key. `None` where it is not listed.
    pub(super) fn job(&self, key: Id) -> Option<Option<&str>> {
        if key == 0 {
            return Some(None);
        }
        Some(self.texts.text(*self.jobs.get(&key)?))
    }

    /// The text of a title, in the same way: in Finance and Operations its key is what people read.
    pub(super) fn title(&self, key: Id) -> Option<Option<&str>> {
        match self.rules.surface {
            Surface::Dataverse if key != 0 => Some(self.texts.text(*self.titles.get(&key)?)),
            Surface::FinanceOperations | Surface::Dataverse => Some(self.texts.text(key)),
        }
    }

    /// The personnel number of a worker.
    pub(super) fn personnel_number(&self, worker: Id) -> Option<&str> {
        match self.rules.surface {
            Surface::FinanceOperations => self.texts.text(worker),
            Surface::Dataverse => self.texts.text(*self.numbers.get(&worker)?),
        }
    }

    /// The position above; `None` where that can't be read.
    pub(super) fn parent(&self, position: Id) -> Option<Id> {
        match self.rules.surface {
            Surface::FinanceOperations if self.gaps.at(About::Above, position) => None,
            Surface::FinanceOperations => match self.parents.get(&position) {
                Some((_, parent)) => Some(*parent),
                None => (!self.gaps.near(About::Above, position)).then_some(0),
            },
            Surface::Dataverse => self.positions.get(&position)?.parent,
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

    /// Nobody in any position is what is shown to whoever may not see who is.
    pub(super) fn hides_who_is_where(&self) -> bool {
        self.by_worker.is_empty() && !self.positions.is_empty()
    }

    /// Whether everything a position says is known.
    pub(super) fn knows_positions(&self) -> bool {
        self.has(Set::Positions) && self.has(Set::Assignments)
    }
}

/// Deactivated in Dataverse, where others are active. It says that of the record, not of anybody.
fn is_off(row: &Row<'_>) -> bool {
    row.text(Col::State) == Some("1")
}
