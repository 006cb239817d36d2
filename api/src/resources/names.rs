//! What ids are called: departments, managers, whatever an answer refers to.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use utoipa::ToSchema;

use rollcall_projections::actors::{self, Actor};
use rollcall_projections::units;
use serde::Serialize;

use crate::caller::Reader;
use crate::edge::Problem;

/// Something referred to; without a name where it is not there (yet).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Named {
    pub(crate) id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// Of a unit that is part of another: the names from the top down to its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<String>,
}

impl Named {
    /// What it is called where there is room for its path.
    pub(crate) fn words(&self) -> Option<&str> {
        self.path.as_deref().or(self.name.as_deref())
    }
}

/// The names behind the ids in some rows, read for all of them at once.
pub(crate) struct Names {
    /// By path.
    units: HashMap<String, Vec<String>>,
    people: HashMap<String, Arc<Actor>>,
}

impl Names {
    pub(super) async fn of(
        reader: &Reader,
        scenario: &str,
        rows: &[Actor],
    ) -> Result<Names, Problem> {
        let unit_ids = |row: &Actor| -> Vec<String> {
            let one = [&row.division, &row.location];
            row.departments.iter().chain(one.into_iter().flatten()).cloned().collect()
        };
        let ids: BTreeSet<String> = rows.iter().flat_map(unit_ids).collect();
        let managers: BTreeSet<String> =
            rows.iter().filter_map(|row| row.manager.clone()).collect();
        Names::behind(reader, scenario, (ids, managers)).await
    }

    /// The same for ids of units and of people.
    pub(crate) async fn behind(
        reader: &Reader,
        scenario: &str,
        (ids, managers): (BTreeSet<String>, BTreeSet<String>),
    ) -> Result<Names, Problem> {
        let (ids, managers) = (Vec::from_iter(ids), Vec::from_iter(managers));
        let db = reader.db();
        let mut names = HashMap::new();
        // A page refers to more units than one query may ask for only if people are in many.
        for some in ids.chunks(1_000) {
            names.extend(units::paths(db, reader.id(), scenario, some).await?);
        }
        let people = actors::named(db, reader.id(), scenario, &managers).await?;
        Ok(Names { units: names, people })
    }

    pub(crate) fn unit(&self, id: String) -> Named {
        let path = self.units.get(&id);
        let name = path.and_then(|path| path.last()).cloned();
        let path = path.filter(|path| path.len() > 1).map(|path| path.join(units::BELOW));
        Named { id, name, path }
    }

    /// The manager by their own id, whichever of their ids is given.
    pub(crate) fn person(&self, id: String) -> Named {
        match self.people.get(&id) {
            Some(known) => Named { id: known.actor.clone(), name: full_name(known), path: None },
            None => Named { id, name: None, path: None },
        }
    }
}

/// `None` for somebody who was erased, or is known by an e-mail address only.
pub(super) fn full_name(row: &Actor) -> Option<String> {
    of_parts(&row.preferred_name, &row.first_name, &row.last_name)
}

/// What somebody is called.
pub(crate) fn of_parts(
    preferred: &Option<String>,
    first: &Option<String>,
    last: &Option<String>,
) -> Option<String> {
    let parts = [preferred.as_deref().or(first.as_deref()), last.as_deref()];
    let name = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    (!name.is_empty()).then_some(name)
}
