//! A scenario as it was at a position: its units, its people, and who is meant by a manager's id.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use rollcall_commands::{Loaded, load_at};
use rollcall_domain::actor::{Actor, KnownActor};
use rollcall_domain::scenario::copy::Copier;
use rollcall_domain::unit::KnownUnit;
use rollcall_projections::{Db, actors, units};
use rollcall_store::{Position, Store};

use super::Halt;

pub(super) struct Original<'a> {
    store: &'a Store,
    db: &'a Db,
    tenant: &'a Arc<str>,
    scenario: String,
    position: Position,
    /// By the id that others name them with; `None` for one who is not there.
    managers: HashMap<String, Option<String>>,
}

/// Some people in the order of their ids.
pub(super) struct People {
    pub(super) people: Vec<KnownActor>,
    /// The last one that was looked at, whether they were there yet or not.
    pub(super) last: Option<String>,
    pub(super) more: bool,
}

impl<'a> Original<'a> {
    pub(super) fn new(
        store: &'a Store,
        db: &'a Db,
        tenant: &'a Arc<str>,
        scenario: String,
        position: Position,
    ) -> Self {
        Original { store, db, tenant, scenario, position, managers: HashMap::new() }
    }

    /// All units and their lineages, in the order of their ids.
    pub(super) async fn units(&self) -> Result<Vec<(KnownUnit, String)>, Halt> {
        let mut rows = units::as_of(self.db, self.tenant, &self.scenario, self.position).await?;
        rows.sort_unstable_by(|one, other| one.unit.cmp(&other.unit));
        let known = rows.into_iter().map(|row| Some((row.known()?, row.lineage)));
        let known: Option<_> = known.collect();
        known.ok_or(Halt::Broken("a unit is of a kind that only a newer version knows"))
    }

    /// The next people behind an id.
    pub(super) async fn people(&self, after: Option<&str>, limit: u32) -> Result<People, Halt> {
        let rows = actors::by_id(self.db, self.tenant, &self.scenario, after, limit).await?;
        let last = rows.last().map(|row| row.actor.clone());
        let more = rows.len() >= limit as usize;
        let mut people = Vec::with_capacity(rows.len());
        for row in rows {
            people.extend(self.at_its_position(row).await?);
        }
        Ok(People { people, last, more })
    }

    /// The person as they were; `None` for one who came later, or whose data is gone.
    async fn at_its_position(&self, row: actors::Actor) -> Result<Option<KnownActor>, Halt> {
        if row.erased || row.last_position <= self.position {
            return Ok(Some(row.known()).filter(|known| !known.erased));
        }
        Ok(self.then(&row.actor).await?.known.filter(|known| !known.erased))
    }

    /// What the stream of an id said.
    async fn then(&self, id: &str) -> Result<Actor, Halt> {
        let then: Loaded<Actor> = load_at(self.store, self.tenant, id, self.position).await?;
        Ok(then.state)
    }

    /// Finds the copies of all who these people name as their manager, by actor id or by claim.
    pub(super) async fn find_managers(
        &mut self,
        copier: &Copier,
        people: &[KnownActor],
    ) -> Result<(), Halt> {
        let named = people.iter().filter_map(KnownActor::manager);
        let unknown = named.filter(|id| !self.managers.contains_key(*id));
        let unknown: BTreeSet<String> = unknown.map(str::to_owned).collect();
        let ids: Vec<String> = unknown.iter().cloned().collect();
        for row in actors::called(self.db, self.tenant, &self.scenario, &ids).await? {
            let Some(person) = self.at_its_position(row).await? else { continue };
            let copy = copier.person_id(&person);
            for id in [Some(person.actor), person.claim].into_iter().flatten() {
                if unknown.contains(&id) {
                    self.managers.insert(id, Some(copy.clone()));
                }
            }
        }
        for id in ids {
            if !self.managers.contains_key(&id) {
                let copy = self.who_had(&id).await?.map(|person| copier.person_id(&person));
                self.managers.insert(id, copy);
            }
        }
        Ok(())
    }

    /// Who had an id that nobody has any more, such as the claim of somebody who was linked anew.
    async fn who_had(&self, id: &str) -> Result<Option<KnownActor>, Halt> {
        let claim = self.then(id).await?;
        let known = match (claim.known, claim.linked_to) {
            (Some(known), _) => Some(known),
            (None, Some(actor)) => self.then(&actor).await?.known,
            (None, None) => None,
        };
        Ok(known.filter(|one| one.scenario == self.scenario && !one.erased))
    }

    /// The copy of a person's manager, once it was found.
    pub(super) fn manager_of(&self, person: &KnownActor) -> Option<&str> {
        self.managers.get(person.manager()?)?.as_deref()
    }
}
