//! People as a copy of their scenario reads them: everybody in the order of their ids, and those whom
//! others name as their manager. A row whose `last_position` is not behind the one that is copied is as
//! it was there; of the others the stream tells.

use rollcall_domain::actor::KnownActor;

use super::Actor;
use crate::db::{Db, ReadError, Sql, list_of};
use crate::table::{Row, Value};

static BY_ID: Sql = Sql::of(
    Actor::COLUMNS,
    "select {columns} from views.actors
     where tenant = cast($1 as text) and scenario = cast($2 as text)
        and actor > cast($3 as text)
     order by actor
     limit cast($4 as bigint)",
);
static CALLED: Sql = Sql::of(
    Actor::COLUMNS,
    "select {a.columns} from views.actors as a
     where a.tenant = cast($1 as text) and a.scenario = cast($2 as text)
        and a.actor in (select value from views.json_each(cast($3 as text)))
     union all
     select {a.columns} from views.actors as a
     where a.tenant = cast($1 as text) and a.scenario = cast($2 as text)
        and a.claim in (select value from views.json_each(cast($3 as text)))",
);

/// The next people behind an id, at most so many; the empty id is before all. Nobody ever leaves the
/// list.
pub async fn by_id(
    db: &Db,
    tenant: &str,
    scenario: &str,
    after: Option<&str>,
    limit: u32,
) -> Result<Vec<Actor>, ReadError> {
    let args: Vec<Value> =
        vec![tenant.into(), scenario.into(), after.unwrap_or_default().into(), limit.into()];
    db.all_rows(&BY_ID, args).await
}

/// Whoever has one of these as their id, or as the claim of their source id.
pub async fn called(
    db: &Db,
    tenant: &str,
    scenario: &str,
    ids: &[String],
) -> Result<Vec<Actor>, ReadError> {
    let mut rows = Vec::with_capacity(ids.len());
    for ids in ids.chunks(1_000) {
        rows.extend(
            db.all_rows(&CALLED, vec![tenant.into(), scenario.into(), list_of(ids)]).await?,
        );
    }
    Ok(rows)
}

impl Actor {
    /// The person as their stream tells of them.
    pub fn known(&self) -> KnownActor {
        KnownActor {
            actor: self.actor.clone(),
            scenario: self.scenario.clone(),
            subject: self.subject.clone(),
            source: self.source(),
            source_id: self.source_id.clone(),
            claim: self.claim.clone(),
            active: self.active,
            synced: self.synced,
            out_of_sync_by_hand: self.out_of_sync_by_hand,
            on_hold: self.on_hold.clone(),
            source_deleted: self.source_deleted,
            erased: self.erased,
            fields: self.fields(),
        }
    }
}
