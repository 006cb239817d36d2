//! What a plan's rows speak of that is not there before it is applied: departments, divisions and
//! locations that it makes, by their paths.

use std::collections::{BTreeMap, HashMap};

use rollcall_commands::PlanHeader;
use rollcall_domain::field::Value;
use rollcall_domain::unit::Event;
use rollcall_projections::units;
use serde::Serialize;
use utoipa::ToSchema;

use super::plans::Row;
use crate::caller::Reader;
use crate::edge::Problem;

/// A department, division or location that the plan makes.
#[derive(Serialize, ToSchema)]
#[schema(as = PlannedUnit)]
pub(crate) struct NewUnit {
    pub(crate) scenario: String,
    pub(crate) id: String,
    /// Its name, after those of what it is part of.
    pub(crate) path: Vec<String>,
}

/// By scenario and id: the name, and what it is part of.
#[derive(Default)]
pub(super) struct MadeUnits(HashMap<(String, String), (String, Option<String>)>);

impl MadeUnits {
    pub(super) fn of(&mut self, header: &PlanHeader) {
        for event in header.units.iter().flat_map(|unit| &unit.events) {
            if let Event::Created { unit, name, parent, .. } = event {
                let place = (header.scenario.clone(), unit.clone());
                self.0.insert(place, (name.clone(), parent.clone()));
            }
        }
    }

    /// Those that these rows name.
    pub(super) async fn named_by(
        &self,
        reader: &Reader,
        rows: &[Row],
    ) -> Result<Vec<NewUnit>, Problem> {
        let mut found = BTreeMap::new();
        for row in rows {
            let values = row.fields.iter().filter_map(|change| change.new.as_ref());
            for id in values.flat_map(ids) {
                let place = (row.scenario.clone(), id.clone());
                if self.0.contains_key(&place) && !found.contains_key(&place) {
                    let path = self.path(reader, &place).await?;
                    found.insert(place, path);
                }
            }
        }
        let unit = |((scenario, id), path)| NewUnit { scenario, id, path };
        Ok(found.into_iter().map(unit).collect())
    }

    async fn path(
        &self,
        reader: &Reader,
        (scenario, unit): &(String, String),
    ) -> Result<Vec<String>, Problem> {
        let (mut path, mut above) = (vec![], Some(unit.clone()));
        while let Some(id) = above {
            match self.0.get(&(scenario.clone(), id.clone())) {
                // What is made is never above itself; a plan that is damaged ends all the same.
                Some((name, parent)) if path.len() < self.0.len() => {
                    path.push(name.clone());
                    above = parent.clone();
                }
                Some(_) => break,
                None => {
                    let known = units::paths(reader.db(), reader.id(), scenario, &[id]).await?;
                    path.extend(known.into_values().flat_map(|path| path.into_iter().rev()));
                    break;
                }
            }
        }
        path.reverse();
        Ok(path)
    }
}

fn ids(value: &Value) -> Vec<&String> {
    match value {
        Value::Text(text) => vec![text],
        Value::List(items) => items.iter().collect(),
    }
}
