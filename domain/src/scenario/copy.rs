//! What a copy of a scenario gets: the same people and units under ids of their own, which point at
//! one another and never back into the original.
//!
//! Ids are derived, so that a copy that is resumed arrives at the same ones, and a sync into the copy
//! finds its people where it would have created them.

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use crate::actor::{self, Cause, KnownActor};
use crate::field::{Field, Fields, Value};
use crate::ids::Deriver;
use crate::unit::{self, KnownUnit};

/// Names everything in the copy.
#[derive(Debug)]
pub struct Copier {
    scenario: String,
    deriver: Deriver,
    /// The copies of units, by every id that people of the original may hold.
    units: HashMap<String, String>,
}

/// A department, division or location of the copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiedUnit {
    pub unit: String,
    pub original: String,
    pub events: Vec<unit::Event>,
}

/// A person of the copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiedPerson {
    pub actor: String,
    pub original: String,
    /// The original's: one person, whatever the scenario.
    pub subject: String,
    pub events: Vec<actor::Event>,
}

impl Copier {
    /// For a copy under this id.
    pub fn new(scenario: impl Into<String>, deriver: Deriver) -> Self {
        Copier { scenario: scenario.into(), deriver, units: HashMap::new() }
    }

    /// The id of a unit's copy, which people and other units can be in from now on.
    pub fn name_unit(&mut self, original: &KnownUnit) -> String {
        let KnownUnit { kind, source, source_key, claim, .. } = original;
        let (scenario, deriver) = (&self.scenario, &self.deriver);
        let unit = match (source, source_key) {
            (Some(source), Some(key)) => deriver.unit(scenario, kind.as_str(), source, key),
            (Some(_) | None, _) => deriver.copy(scenario, &original.unit),
        };
        for id in [Some(&original.unit), claim.as_ref()].into_iter().flatten() {
            self.units.insert(id.clone(), unit.clone());
        }
        unit
    }

    /// The copy of a unit. `lineage` is what the unit itself is a copy of in the first place; what it
    /// is part of has to be named before.
    pub fn unit(&mut self, original: &KnownUnit, lineage: &str) -> CopiedUnit {
        let KnownUnit { kind, name, source, source_key, retired, parent, .. } = original;
        let (unit, scenario) = (self.name_unit(original), self.scenario.clone());
        let created = unit::Event::Created {
            unit: unit.clone(),
            scenario: scenario.clone(),
            kind: *kind,
            name: name.clone(),
            source: source.clone(),
            source_key: source_key.clone(),
            copied_from: Some(lineage.to_owned()),
            parent: parent.as_ref().and_then(|one| self.units.get(one).cloned()),
        };
        let gone = retired.then(|| unit::Event::Retired { unit: unit.clone(), scenario });
        let events = [created].into_iter().chain(gone).collect();
        CopiedUnit { unit, original: original.unit.clone(), events }
    }

    /// The id of a person's copy: the one that a sync into it would derive, where they have a source.
    /// It is their claim too, hence what a manager is named by.
    pub fn person_id(&self, original: &KnownActor) -> String {
        match (&original.source, &original.source_id) {
            (Some(source), Some(id)) => self.deriver.actor(&self.scenario, source, id),
            (Some(_) | None, _) => self.deriver.copy(&self.scenario, &original.actor),
        }
    }

    /// The copy of a person as they are; `None` for one who was erased. `manager` is the copy of
    /// theirs. Units that were not copied before are left out.
    pub fn person(&self, original: &KnownActor, manager: Option<&str>) -> Option<CopiedPerson> {
        if original.erased {
            return None;
        }
        let (actor, scenario) = (self.person_id(original), self.scenario.clone());
        let mut created = actor::Event::created(
            actor.clone(),
            scenario.clone(),
            original.subject.clone(),
            original.source.clone(),
            original.source_id.clone(),
            original.active,
            self.rewritten(&original.fields, manager),
        );
        if let actor::Event::Created { copied_from, .. } = &mut created {
            *copied_from = Some(original.actor.clone());
        }
        let mut events = vec![created];
        if original.source_deleted {
            let (actor, scenario) = (actor.clone(), scenario.clone());
            let cause = Cause::SourceDeleted;
            events.push(actor::Event::Deactivated { actor, scenario, cause });
        }
        if original.source_deleted && original.active {
            let (actor, scenario) = (actor.clone(), scenario.clone());
            events.push(actor::Event::Reactivated { actor, scenario });
        }
        if original.source.is_some() && !original.synced {
            let (actor, scenario) = (actor.clone(), scenario.clone());
            let by_hand = original.out_of_sync_by_hand;
            events.push(actor::Event::Unsynced { actor, scenario, by_hand });
        }
        if let Some(run) = original.on_hold.clone() {
            let actor = actor.clone();
            events.push(actor::Event::PutOnHold { actor, scenario, run });
        }
        let subject = original.subject.clone();
        Some(CopiedPerson { actor, original: original.actor.clone(), subject, events })
    }

    fn rewritten(&self, fields: &Fields, manager: Option<&str>) -> Fields {
        let rewrite = |(field, value): (&Field, &Value)| {
            let value = match field {
                Field::Departments => {
                    let units = value.list().iter().filter_map(|unit| self.units.get(unit));
                    Some(Value::List(units.cloned().collect()))
                        .filter(|units| !units.list().is_empty())
                }
                Field::Division | Field::Location => {
                    value.text().and_then(|unit| self.units.get(unit)).map(|unit| (**unit).into())
                }
                Field::Manager => manager.map(Value::from),
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
                | Field::PhotoUrl => Some(value.clone()),
            };
            Some((*field, value?))
        };
        fields.iter().filter_map(rewrite).collect()
    }
}
