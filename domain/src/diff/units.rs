//! What is compared of a department, division or location, and which of two scenarios are the same.

use std::collections::HashMap;
use std::hash::Hash;

use super::Facts;
use crate::field::{Value, normalised};
use crate::unit::Event;
use crate::vocabulary::Source;

pub const NAME: &str = "name";
/// Whether its source lists it no longer.
pub const RETIRED: &str = "retired";

pub fn facts_of_unit(name: &str, retired: bool) -> Facts {
    let (name, retired) = (normalised(name).into_owned(), retired.to_string());
    Facts::from([(NAME, Value::Text(name)), (RETIRED, Value::Text(retired))])
}

/// The fields an event says something new of; `None` for a creation.
pub fn told_of_unit(event: &Event) -> Option<Vec<&'static str>> {
    match event {
        Event::Created { .. } => None,
        Event::Renamed { .. } => Some(vec![NAME]),
        Event::Retired { .. } | Event::Restored { .. } | Event::Identified { .. } => {
            Some(vec![RETIRED])
        }
        Event::LinkedTo { .. } => Some(vec![]),
    }
}

/// By what a unit is told from others of its scenario, and found in another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitIdentity {
    pub unit: String,
    pub kind: String,
    /// Where it comes from, and its key there.
    pub source: Option<(Source, String)>,
    /// What it is a copy of in the first place; itself if it is none.
    pub lineage: String,
}

type SourceKey = (String, Source, String);

impl UnitIdentity {
    fn source_key(&self) -> Option<SourceKey> {
        let (source, key) = self.source.clone()?;
        Some((self.kind.clone(), source, key))
    }
    fn lineage_key(&self) -> (String, String) {
        (self.kind.clone(), self.lineage.clone())
    }
}

/// Which units of two scenarios are the same: by source key, the rest by lineage. Each has at most
/// one counterpart, and a key that both have.
#[derive(Debug, Clone, Default)]
pub struct UnitKeys {
    by_id: HashMap<String, String>,
    by_source: HashMap<SourceKey, String>,
    by_lineage: HashMap<(String, String), String>,
    counterparts: HashMap<String, String>,
}

impl UnitKeys {
    pub fn of(here: &[UnitIdentity], there: &[UnitIdentity]) -> UnitKeys {
        let mut keys = UnitKeys::default();
        keys.pair_by(here, there, UnitIdentity::source_key);
        keys.pair_by(here, there, |unit| Some(unit.lineage_key()));
        for unit in here.iter().chain(there) {
            keys.add(unit, &unit.unit);
        }
        keys
    }

    /// Pairs those that have no counterpart yet and the same key.
    fn pair_by<K: Eq + Hash>(
        &mut self,
        here: &[UnitIdentity],
        there: &[UnitIdentity],
        key: impl Fn(&UnitIdentity) -> Option<K>,
    ) {
        let free = |keys: &Self, unit: &UnitIdentity| !keys.counterparts.contains_key(&unit.unit);
        let theirs: HashMap<K, &UnitIdentity> = there
            .iter()
            .filter(|unit| free(self, unit))
            .filter_map(|unit| Some((key(unit)?, unit)))
            .collect();
        for unit in here {
            let other = key(unit).and_then(|key| theirs.get(&key).copied());
            let Some(other) = other.filter(|other| free(self, unit) && free(self, other)) else {
                continue;
            };
            self.counterparts.insert(unit.unit.clone(), other.unit.clone());
            self.counterparts.insert(other.unit.clone(), unit.unit.clone());
            self.add(unit, &unit.unit);
            self.add(other, &unit.unit);
        }
    }

    /// What a unit of either scenario means; an id that neither has means itself.
    pub fn key<'a>(&'a self, unit: &'a str) -> &'a str {
        self.by_id.get(unit).map_or(unit, String::as_str)
    }

    /// Which unit of the other scenario it is.
    pub fn counterpart(&self, unit: &str) -> Option<&str> {
        self.counterparts.get(unit).map(String::as_str)
    }

    /// Takes in a unit of a third scenario, that the two came from.
    pub fn know(&mut self, unit: &UnitIdentity) {
        let by_source = unit.source_key().and_then(|key| self.by_source.get(&key));
        let key = by_source.or_else(|| self.by_lineage.get(&unit.lineage_key())).cloned();
        let key = key.unwrap_or_else(|| unit.unit.clone());
        self.by_id.entry(unit.unit.clone()).or_insert(key);
    }

    /// The first key a unit, source key or lineage gets is the one it keeps.
    fn add(&mut self, unit: &UnitIdentity, key: &str) {
        self.by_id.entry(unit.unit.clone()).or_insert_with(|| key.to_owned());
        if let Some(source_key) = unit.source_key() {
            self.by_source.entry(source_key).or_insert_with(|| key.to_owned());
        }
        self.by_lineage.entry(unit.lineage_key()).or_insert_with(|| key.to_owned());
    }
}
