//! What is compared of a person, which events tell of it, and who is the same in two scenarios.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::Hash;

use super::Facts;
use crate::actor::{Event, Personal};
use crate::field::{Changes, Field, Fields, Value, comparable};
use crate::vocabulary::Source;

/// Beside the fields of product.md §8.0 that have a name in [`Field`].
pub const ACTIVE: &str = "active";

/// What a person's fields mean. `unit` says what a unit's id means on both sides, `manager` whose
/// actor an id is of.
pub fn facts_of_person(
    active: bool,
    fields: &Fields,
    unit: impl Fn(&str) -> String,
    manager: impl Fn(&str) -> String,
) -> Facts {
    let meaning = |field: Field, value: &Value| match (field, value) {
        (Field::Departments, value) => {
            Value::List(value.list().iter().map(|id| unit(id)).collect())
        }
        (Field::Division | Field::Location, Value::Text(id)) => Value::Text(unit(id)),
        (Field::Manager, Value::Text(id)) => Value::Text(manager(id)),
        (field, value) => comparable(field, value).into_owned(),
    };
    let told = fields.iter().map(|(field, value)| (field.as_str(), meaning(*field, value)));
    told.chain([(ACTIVE, Value::Text(active.to_string()))]).collect()
}

/// The fields an event says something new of; `None` for a creation, which says all there is.
pub fn told_of_person(event: &Event) -> Option<Vec<&'static str>> {
    let names = |changes: &Changes| changes.keys().map(|field| field.as_str()).collect::<Vec<_>>();
    match event {
        Event::Created { .. } => None,
        Event::FieldsChanged { changes, personal, .. } => {
            let mut all = names(changes);
            if let Some(Personal::Changes(changes)) = personal {
                all.extend(names(changes));
            }
            Some(all)
        }
        Event::Deactivated { .. } | Event::Reactivated { .. } => Some(vec![ACTIVE]),
        Event::Unsynced { .. }
        | Event::Resynced { .. }
        | Event::PutOnHold { .. }
        | Event::Released { .. }
        | Event::Identified { .. }
        | Event::LinkedTo { .. } => Some(vec![]),
    }
}

/// By what a person is told from others of their scenario, and found in another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonIdentity {
    pub actor: String,
    pub subject: String,
    /// Where they come from, and their id there.
    pub source: Option<(Source, String)>,
}

/// Who of one scenario is who of another, by actor: whoever has the same subject, else whoever is the
/// same employee of a source. Where several have one subject, those of one employee go together first,
/// then the rest in the order of their ids. Nobody is two people, and from there it is the same.
pub fn same_people(here: &[PersonIdentity], there: &[PersonIdentity]) -> HashMap<String, String> {
    let mut pairing =
        Pairing { here: by_actor(here), there: by_actor(there), pairs: HashMap::new() };
    pairing.pair_by(|one| Some((&one.subject, one.source.as_ref()?)));
    pairing.pair_by(|one| Some(&one.subject));
    pairing.pair_by(|one| one.source.as_ref());
    pairing.pairs
}

fn by_actor(people: &[PersonIdentity]) -> BTreeMap<&str, &PersonIdentity> {
    people.iter().map(|one| (one.actor.as_str(), one)).collect()
}

/// Who has nobody on the other side yet, by actor, and who has.
struct Pairing<'a> {
    here: BTreeMap<&'a str, &'a PersonIdentity>,
    there: BTreeMap<&'a str, &'a PersonIdentity>,
    pairs: HashMap<String, String>,
}

impl<'a> Pairing<'a> {
    fn pair_by<K: Eq + Hash>(&mut self, key: impl Fn(&'a PersonIdentity) -> Option<K>) {
        let mut there: HashMap<K, VecDeque<&'a str>> = HashMap::new();
        for (actor, one) in &self.there {
            if let Some(key) = key(one) {
                there.entry(key).or_default().push_back(actor);
            }
        }
        let mut alone = BTreeMap::new();
        for (actor, one) in std::mem::take(&mut self.here) {
            let other = key(one).and_then(|key| there.get_mut(&key)?.pop_front());
            if let Some(other) = other {
                self.there.remove(other);
                self.pairs.insert(actor.to_owned(), other.to_owned());
            } else {
                alone.insert(actor, one);
            }
        }
        self.here = alone;
    }
}
