//! People of two scenarios side by side: one is read in the order of ids, the other looked up by who
//! they are.

use std::collections::HashMap;

use super::Actor;
use crate::db::{Db, ReadError, Sql, list_of};
use crate::table::{Row, Value};

static FOLLOWING: Sql = Sql::of(
    Actor::COLUMNS,
    "select {a.columns} from views.actors as a
     where a.tenant = cast($1 as text) and a.scenario = cast($2 as text)
        and a.actor > cast($3 as text)
     order by a.actor
     limit cast($4 as bigint)",
);
static OF_SUBJECTS: Sql = Sql::of(
    Actor::COLUMNS,
    "select {a.columns} from views.actors as a
     where a.tenant = cast($1 as text) and a.scenario = cast($2 as text)
        and a.subject in (select value from views.json_each(cast($3 as text)))",
);

/// The next people of a scenario behind an id; the empty id is before all.
pub async fn following(
    db: &Db,
    tenant: &str,
    scenario: &str,
    after: &str,
    limit: u32,
) -> Result<Vec<Actor>, ReadError> {
    let args: Vec<Value> =
        vec![tenant.into(), scenario.into(), after.into(), limit.clamp(1, 1_000).into()];
    db.all_rows(&FOLLOWING, args).await
}

/// The actors these people have in a scenario, by subject.
pub async fn of_subjects(
    db: &Db,
    tenant: &str,
    scenario: &str,
    subjects: &[String],
) -> Result<HashMap<String, Actor>, ReadError> {
    let mut found = HashMap::new();
    for some in subjects.chunks(1_000) {
        let args = vec![tenant.into(), scenario.into(), list_of(some)];
        let actors: Vec<Actor> = db.all_rows(&OF_SUBJECTS, args).await?;
        found.extend(actors.into_iter().map(|actor| (actor.subject.clone(), actor)));
    }
    Ok(found)
}
