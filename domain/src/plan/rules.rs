//! What a plan is made under, and the ids that follow from it.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use chrono::NaiveDate;

use super::{Ignored, RosterRow};
use crate::field::{Changes, Field, Fields, Seen, Value};
use crate::ids::Deriver;
use crate::unit;
use crate::vocabulary::Source;

/// More derived ids of one kind than this are forgotten and derived again.
const REMEMBERED: usize = 50_000;

/// The rules of one plan: one source, one scenario, one day. Shared by all pages of a read, since
/// they remember the ids they derived.
#[derive(Debug)]
pub struct Rules {
    pub scenario: String,
    pub source: Source,
    pub deriver: Deriver,
    pub today: NaiveDate,
    /// Fields every employee should have. Leave out those the provider omitted for everyone: they
    /// are reported once, with the run.
    pub expected_fields: Vec<Field>,
    /// What missing from a complete read means; `Deactivate` unless changed.
    pub absence: Absence,
    /// What not being listed means of a unit; `All` unless changed.
    pub lists: Lists,
    /// Whether departments of this source hold nobody who is not in sync with it.
    pub closes_departments: bool,
    /// Whether an e-mail address may lead to another source's people: a person has to see such a plan
    /// before anything of it is applied. Not unless changed.
    pub reaches_others: bool,
    /// To whom nothing happens.
    pub ignored: Ignored,
    /// The departments that are closed to others.
    closed: HashSet<String>,
    /// Units that have another id than the one derived from their source key, by the latter.
    aliases: HashMap<String, String>,
    /// By what they name, then by source id.
    remembered: Mutex<[HashMap<String, String>; 4]>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Absence {
    #[default]
    Deactivate,
    /// Out of sync and still active: push, in its Normal mode.
    Unsync,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Lists {
    /// The source lists all its units: one that is listed no longer is retired.
    #[default]
    All,
    /// It names those that people are in; the others stay as they are.
    Named,
}

/// What a source's own id names.
#[derive(Debug, Clone, Copy)]
enum Name {
    Manager,
    Unit(unit::Kind),
}

impl Rules {
    pub fn new(
        scenario: &str,
        source: Source,
        deriver: Deriver,
        today: NaiveDate,
        expected_fields: &[Field],
    ) -> Self {
        Rules {
            scenario: scenario.to_owned(),
            source,
            deriver,
            today,
            expected_fields: expected_fields.to_vec(),
            absence: Absence::default(),
            lists: Lists::default(),
            closes_departments: false,
            reaches_others: false,
            ignored: Ignored::default(),
            closed: HashSet::new(),
            aliases: HashMap::new(),
            remembered: Mutex::default(),
        }
    }

    /// The actor id of an employee in this plan's scenario.
    pub fn actor_id(&self, source_id: &str) -> String {
        self.deriver.actor(&self.scenario, &self.source, source_id)
    }

    /// The same as bytes; its text is their ULID.
    pub fn actor_key(&self, source_id: &str) -> [u8; 16] {
        self.deriver.actor_key(&self.scenario, &self.source, source_id)
    }

    pub fn subject_id(&self, source_id: &str) -> String {
        self.deriver.subject(&self.source, source_id)
    }

    /// The same rules where these units have another id than the one derived from their source key.
    #[must_use]
    pub fn with_units(self, aliases: HashMap<String, String>) -> Rules {
        Rules { aliases, remembered: Mutex::default(), ..self }
    }

    /// The same rules where these departments are closed to whoever is not in sync with the source.
    #[must_use]
    pub fn with_closed(self, closed: HashSet<String>) -> Rules {
        Rules { closed, ..self }
    }

    /// Whether nothing happens to them: by their id at this source, or their e-mail address.
    pub(super) fn ignores(&self, row: &RosterRow) -> bool {
        let email = row.fields.get(&Field::Email).and_then(Value::text);
        let is_ours = row.source.as_ref() == Some(&self.source);
        let id = row.source_id.as_deref().filter(|_| is_ours);
        id.into_iter().chain(email).any(|one| self.ignored.names(one))
    }

    /// What changes of somebody who leaves the closed departments.
    pub(super) fn leaving(&self, fields: &Fields) -> Changes {
        let Some(was) = fields.get(&Field::Departments) else { return Changes::new() };
        let stays = |unit: &&str| !self.closed.contains(*unit);
        let units = was.list().iter().map(String::as_str).chain(was.text());
        let (before, after) = (units.clone().count(), units.filter(stays).map(str::to_owned));
        let after: Vec<String> = after.collect();
        if after.len() == before {
            return Changes::new();
        }
        let is = (!after.is_empty()).then_some(Value::List(after));
        Changes::from([(Field::Departments, (Some(was.clone()), is))])
    }

    /// The id derived from a unit's source key, whatever unit has it.
    pub(super) fn unit_claim(&self, kind: unit::Kind, source_key: &str) -> String {
        self.deriver.unit(&self.scenario, kind.as_str(), &self.source, source_key)
    }

    /// The id of a department, division or location in this plan's scenario.
    pub fn unit_id(&self, kind: unit::Kind, source_key: &str) -> String {
        self.remember(Name::Unit(kind), source_key)
    }

    /// `seen` with the source's ids turned into ours, and empty values into none.
    pub fn translate(&self, seen: &Seen) -> Seen {
        let ours =
            |field, said: &Option<Value>| Some(self.ours(field, said.as_ref()?)?.into_owned());
        seen.iter().map(|(field, said)| (*field, ours(*field, said))).collect()
    }

    /// A value with the source's ids turned into ours; an empty one is none.
    pub(super) fn ours<'v>(&self, field: Field, value: &'v Value) -> Option<Cow<'v, Value>> {
        match field {
            Field::Manager => self.renamed(Name::Manager, value),
            Field::Division => self.renamed(Name::Unit(unit::Kind::Division), value),
            Field::Location => self.renamed(Name::Unit(unit::Kind::Location), value),
            Field::Departments => self.departments(value),
            Field::EmployeeNumber
            | Field::FirstName
            | Field::LastName
            | Field::PreferredName
            | Field::Email
            | Field::Phone
            | Field::JobTitle
            | Field::EmploymentType
            | Field::HireDate
            | Field::TerminationDate
            | Field::PhotoUrl => (!is_empty(value)).then_some(Cow::Borrowed(value)),
        }
    }

    fn renamed(&self, name: Name, value: &Value) -> Option<Cow<'static, Value>> {
        let source = value.text().filter(|text| !text.is_empty())?;
        Some(Cow::Owned(Value::Text(self.remember(name, source))))
    }

    fn departments(&self, value: &Value) -> Option<Cow<'static, Value>> {
        let keys = match value {
            Value::Text(key) => std::slice::from_ref(key),
            Value::List(keys) => keys,
        };
        let fresh = |at: usize| !keys[at].is_empty() && !keys[..at].contains(&keys[at]);
        let ids: Vec<String> = (0..keys.len())
            .filter(|at| fresh(*at))
            .map(|at| self.unit_id(unit::Kind::Department, &keys[at]))
            .collect();
        (!ids.is_empty()).then_some(Cow::Owned(Value::List(ids)))
    }

    fn remember(&self, name: Name, source: &str) -> String {
        // What is remembered can be derived again, so a panic elsewhere does no harm to it.
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let remembered = &mut remembered[name.place()];
        if let Some(id) = remembered.get(source) {
            return id.clone();
        }
        let id = match name {
            Name::Manager => self.actor_id(source),
            Name::Unit(kind) => {
                let claim = self.unit_claim(kind, source);
                self.aliases.get(&claim).cloned().unwrap_or(claim)
            }
        };
        if remembered.len() >= REMEMBERED {
            remembered.clear();
        }
        remembered.insert(source.to_owned(), id.clone());
        id
    }
}

impl Name {
    fn place(self) -> usize {
        match self {
            Name::Manager => 0,
            Name::Unit(kind) => 1 + kind as usize,
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.is_empty(),
        Value::List(items) => items.is_empty(),
    }
}
