//! What ids mean on both sides: a unit is the same under either id, a manager is whoever they are.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use rollcall_domain::diff::{Facts, UnitKeys, facts_of_person};
use rollcall_domain::field::{Field, Fields, Value};
use rollcall_projections::actors::{self, Actor};
use rollcall_projections::units::{self, Unit};
use serde_json::{Value as Json, json};

use super::Sides;
use super::traces::BegunPerson;
use crate::edge::Problem;
use crate::resources::names::{Named, full_name};

/// Who is not there yet means nobody, on whichever side: only the source knows who it will be.
const NOBODY_YET: &str = "?";

pub(super) struct Meaning {
    keys: UnitKeys,
    /// Of both sides, by id.
    pub(super) here: Vec<Unit>,
    pub(super) there: Vec<Unit>,
    names: HashMap<String, String>,
    /// Managers by the ids they are named by.
    people: HashMap<String, Manager>,
}

struct Manager {
    known: Arc<Actor>,
    /// Who that is here, by id; the person, for somebody who is not.
    means: String,
}

impl Meaning {
    /// Knows all units of both sides, and nobody yet.
    pub(super) async fn of_units(sides: &Sides<'_>) -> Result<Meaning, Problem> {
        let db = sides.db;
        let here = units::all(db, sides.tenant, sides.here).await?;
        let there = units::all(db, sides.tenant, sides.there).await?;
        let identities = |units: &[Unit]| units.iter().map(Unit::identity).collect::<Vec<_>>();
        let keys = UnitKeys::of(&identities(&here), &identities(&there));
        let all = here.iter().chain(&there);
        let names = all.map(|unit| (unit.unit.clone(), unit.name.clone())).collect();
        Ok(Meaning { keys, here, there, names, people: HashMap::new() })
    }

    pub(super) fn counterpart(&self, unit: &str) -> Option<&str> {
        self.keys.counterpart(unit)
    }

    /// Gets to know whom these people of a scenario report to.
    pub(super) async fn know_managers<'a>(
        &mut self,
        sides: &Sides<'_>,
        scenario: &str,
        managers: impl Iterator<Item = &'a str>,
    ) -> Result<(), Problem> {
        let new: BTreeSet<&str> = managers.filter(|id| !self.people.contains_key(*id)).collect();
        let new: Vec<String> = new.into_iter().map(str::to_owned).collect();
        let db = sides.db;
        let named = actors::named(db, sides.tenant, scenario, &new).await?;
        let all = named.values().map(Arc::as_ref).filter(|_| scenario != sides.here);
        let both = [scenario, sides.here];
        let here = actors::counterparts(db, sides.tenant, &sides.deriver, both, all).await?;
        self.people.extend(named.into_iter().map(|(id, known)| {
            let pair = here.get(&known.actor).map(|pair| &pair.actor);
            let own = if scenario == sides.here { &known.actor } else { &known.subject };
            let means = pair.unwrap_or(own).clone();
            (id, Manager { known, means })
        }));
        Ok(())
    }

    /// Gets to know what people referred to when they began, in whichever scenario that was.
    pub(super) async fn know_begun(
        &mut self,
        sides: &Sides<'_>,
        begun: &[&BegunPerson],
    ) -> Result<(), Problem> {
        let scenarios: BTreeSet<&str> = begun.iter().map(|one| one.scenario.as_str()).collect();
        for scenario in scenarios {
            let of = begun.iter().filter(|one| one.scenario == scenario);
            let fields: Vec<&Fields> = of.filter_map(|one| one.fields.as_ref()).collect();
            let managers = fields.iter().filter_map(|fields| fields.get(&Field::Manager)?.text());
            self.know_managers(sides, scenario, managers).await?;
            self.know_units(sides, scenario, &fields).await?;
        }
        Ok(())
    }

    async fn know_units(
        &mut self,
        sides: &Sides<'_>,
        scenario: &str,
        fields: &[&Fields],
    ) -> Result<(), Problem> {
        const UNITS: [Field; 3] = [Field::Departments, Field::Division, Field::Location];
        let values = fields.iter().flat_map(|fields| UNITS.map(|field| fields.get(&field)));
        let ids = values
            .flatten()
            .flat_map(|value| value.list().iter().map(String::as_str).chain(value.text()));
        let new: BTreeSet<&str> = ids.filter(|id| !self.names.contains_key(*id)).collect();
        let new: Vec<String> = new.into_iter().map(str::to_owned).collect();
        for some in new.chunks(1_000) {
            for unit in units::by_ids(sides.db, sides.tenant, scenario, some).await? {
                self.keys.know(&unit.identity());
                self.names.insert(unit.unit, unit.name);
            }
        }
        Ok(())
    }

    /// What a person's fields mean.
    pub(super) fn facts(&self, active: bool, fields: &Fields) -> Facts {
        let unit = |id: &str| self.keys.key(id).to_owned();
        let manager = |id: &str| {
            let manager = self.people.get(id);
            manager.map_or_else(|| NOBODY_YET.to_owned(), |manager| manager.means.clone())
        };
        facts_of_person(active, fields, unit, manager)
    }

    /// A value as people read it: with names, `null` where it is empty.
    pub(super) fn shown(&self, field: &str, active: bool, fields: &Fields) -> Json {
        let Some(field) = Field::ALL.into_iter().find(|known| known.as_str() == field) else {
            return Json::Bool(active);
        };
        match (field, fields.get(&field)) {
            (Field::Departments, value) => {
                let units = value.map_or(&[][..], Value::list);
                units.iter().map(|id| json!(self.unit(id))).collect()
            }
            (_, None) => Json::Null,
            (Field::Division | Field::Location, Some(Value::Text(id))) => json!(self.unit(id)),
            (Field::Manager, Some(Value::Text(id))) => json!(self.person(id)),
            (_, Some(value)) => json!(value),
        }
    }

    fn unit(&self, id: &str) -> Named {
        Named { id: id.to_owned(), name: self.names.get(id).cloned(), path: None }
    }

    fn person(&self, id: &str) -> Named {
        match self.people.get(id) {
            Some(Manager { known, .. }) => {
                Named { id: known.actor.clone(), name: full_name(known), path: None }
            }
            None => Named { id: id.to_owned(), name: None, path: None },
        }
    }
}
