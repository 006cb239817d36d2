//! People one by one and counted, and those whose manager is still to come.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Actor, called};
use crate::db::{Db, Page, ReadError, Sql, cursor, limit_of, list_of, resume};
use crate::table::{Row, Value};

/// How many people a scenario has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Totals {
    pub all: u64,
    pub active: u64,
    pub synced: u64,
    pub active_synced: u64,
}

static ONE: Sql = Sql::of(
    Actor::COLUMNS,
    "select {columns} from views.actors
     where tenant = cast($1 as text) and scenario = cast($2 as text) and actor = cast($3 as text)",
);
static BY_IDS: Sql = Sql::of(
    Actor::COLUMNS,
    "select {a.columns} from views.actors as a
     where a.tenant = cast($1 as text) and a.scenario = cast($2 as text)
        and a.actor in (select value from views.json_each(cast($3 as text)))
     limit 1000",
);
static WAITING: Sql = Sql::of(
    Actor::COLUMNS,
    "select {a.columns} from views.actors as a
     where a.tenant = cast($1 as text) and a.scenario = cast($2 as text)
        and a.manager is not null
        and not exists (
            select 1 from views.actors as m
            where m.tenant = a.tenant and m.scenario = a.scenario and m.actor = a.manager)
        and not exists (
            select 1 from views.actors as m
            where m.tenant = a.tenant and m.scenario = a.scenario and m.claim = a.manager)
        and (cast($3 as text) is null
            or (a.sort_name, a.actor) > (cast($3 as text), cast($4 as text)))
     order by a.sort_name, a.actor
     limit cast($5 as bigint)",
);
static COUNT: Sql = Sql::new(
    "select count(*), count(case when active then 1 end), count(case when synced then 1 end),
        count(case when active and synced then 1 end)
     from views.actors
     where tenant = cast($1 as text) and scenario = cast($2 as text)",
);
static HEADCOUNTS: Sql = Sql::new(
    "select scenario, count(*) from views.actors
     where tenant = cast($1 as text)
     group by scenario",
);

/// One person.
pub async fn one(
    db: &Db,
    tenant: &str,
    scenario: &str,
    actor: &str,
) -> Result<Option<Actor>, ReadError> {
    db.first(&ONE, vec![tenant.into(), scenario.into(), actor.into()], Actor::read).await
}

/// People by id, in no order; at most 1,000.
pub async fn by_ids(
    db: &Db,
    tenant: &str,
    scenario: &str,
    actors: &[String],
) -> Result<Vec<Actor>, ReadError> {
    db.all_rows(&BY_IDS, vec![tenant.into(), scenario.into(), list_of(actors)]).await
}

/// Whom some ids name, by those ids: whoever has one as their claim, else whoever has it as their
/// own. Ids of people who are not there are missing.
pub async fn named(
    db: &Db,
    tenant: &str,
    scenario: &str,
    ids: &[String],
) -> Result<HashMap<String, Arc<Actor>>, ReadError> {
    let found = called(db, tenant, scenario, ids).await?;
    let found: Vec<Arc<Actor>> = found.into_iter().map(Arc::new).collect();
    let mut named: HashMap<_, _> =
        found.iter().map(|actor| (actor.actor.clone(), actor.clone())).collect();
    for actor in found {
        if let Some(claim) = actor.claim.clone() {
            named.insert(claim, actor);
        }
    }
    Ok(named)
}

/// People whose manager is named but not there yet.
pub async fn waiting(
    db: &Db,
    tenant: &str,
    scenario: &str,
    after: Option<&str>,
    limit: u32,
) -> Result<Page<Actor>, ReadError> {
    let (name, actor): (Option<String>, Option<String>) = resume(after)?.unzip();
    let limit = limit_of(limit);
    let args: Vec<Value> =
        vec![tenant.into(), scenario.into(), name.into(), actor.into(), (limit + 1).into()];
    Ok(Page::of(db.all_rows(&WAITING, args).await?, limit, place))
}

/// How many people each scenario has; one without anybody is missing.
pub async fn headcounts(db: &Db, tenant: &str) -> Result<HashMap<String, u64>, ReadError> {
    let counted =
        db.all(&HEADCOUNTS, vec![tenant.into()], |cells| Ok((cells.get()?, cells.get()?)));
    Ok(counted.await?.into_iter().collect())
}

/// How many people there are.
pub async fn count(db: &Db, tenant: &str, scenario: &str) -> Result<Totals, ReadError> {
    let totals = db.first(&COUNT, vec![tenant.into(), scenario.into()], |cells| {
        Ok(Totals {
            all: cells.get()?,
            active: cells.get()?,
            synced: cells.get()?,
            active_synced: cells.get()?,
        })
    });
    Ok(totals.await?.unwrap_or_default())
}

fn place(actor: &Actor) -> String {
    cursor(&(&actor.sort_name, &actor.actor))
}
