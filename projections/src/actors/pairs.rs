//! Who somebody of one scenario is in another.

use std::collections::{BTreeSet, HashMap};

use rollcall_domain::diff::{PersonIdentity, same_people};
use rollcall_domain::ids::Deriver;

use super::{Actor, called};
use crate::db::{Db, ReadError, Sql, list_of};
use crate::table::Row;

static OF_SUBJECTS: Sql = Sql::of(
    Actor::COLUMNS,
    "select {a.columns} from views.actors as a
     where a.tenant = cast($1 as text) and a.scenario = cast($2 as text)
        and a.subject in (select value from views.json_each(cast($3 as text)))",
);

/// Who these people of the first scenario are in the second, by their ids in the first.
pub async fn counterparts<'a>(
    db: &Db,
    tenant: &str,
    deriver: &Deriver,
    scenarios: [&str; 2],
    people: impl Iterator<Item = &'a Actor>,
) -> Result<HashMap<String, Actor>, ReadError> {
    let people: Vec<&Actor> = people.collect();
    let mut sides = Sides { db, tenant, scenarios, here: vec![], there: HashMap::new() };
    sides.know(people.iter().copied()).await?;
    let mut pairs = sides.pairs();
    let alone = people.iter().filter(|one| !pairs.contains_key(&one.actor));
    let derived: Vec<String> = alone
        .filter_map(|one| one.identity().source)
        .map(|(source, id)| deriver.actor(scenarios[1], &source, &id))
        .collect();
    if !derived.is_empty() {
        // Whoever has the subject of one of these goes before the same employee.
        let found = called(db, tenant, scenarios[1], &derived).await?;
        sides.know(found.iter()).await?;
        pairs = sides.pairs();
    }
    let pair = |one: &Actor| {
        let there = sides.there.remove(pairs.get(&one.actor)?)?;
        Some((one.actor.clone(), there))
    };
    Ok(people.into_iter().filter_map(pair).collect())
}

/// What was read of both: of each subject everybody.
struct Sides<'a> {
    db: &'a Db,
    tenant: &'a str,
    scenarios: [&'a str; 2],
    here: Vec<PersonIdentity>,
    there: HashMap<String, Actor>,
}

impl Sides<'_> {
    /// Reads everybody who has the subject of one of these.
    async fn know(&mut self, people: impl Iterator<Item = &Actor>) -> Result<(), ReadError> {
        let subjects: BTreeSet<&String> = people.map(|one| &one.subject).collect();
        let subjects: Vec<String> = subjects.into_iter().cloned().collect();
        for some in subjects.chunks(1_000) {
            let [here, there] = self.scenarios;
            let here = self.of_subjects(here, some).await?;
            let there = self.of_subjects(there, some).await?;
            self.here.extend(here.iter().map(Actor::identity));
            self.there.extend(there.into_iter().map(|one| (one.actor.clone(), one)));
        }
        Ok(())
    }

    async fn of_subjects(
        &self,
        scenario: &str,
        subjects: &[String],
    ) -> Result<Vec<Actor>, ReadError> {
        let args = vec![self.tenant.into(), scenario.into(), list_of(subjects)];
        self.db.all_rows(&OF_SUBJECTS, args).await
    }

    fn pairs(&self) -> HashMap<String, String> {
        let there: Vec<PersonIdentity> = self.there.values().map(Actor::identity).collect();
        same_people(&self.here, &there)
    }
}
