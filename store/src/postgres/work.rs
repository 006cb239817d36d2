//! Intents and the places of reactors. Leases run on the database's clock; when an intent is due is
//! the caller's.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::postgres::{PgBindIterExt, PgRow};
use sqlx::query::Query;
use sqlx::{Postgres as Database, Row, postgres::PgArguments};
use tokio::sync::watch;

use super::errors::unavailable;
use super::{Postgres, unsigned};
use crate::backend::Work;
use crate::types::{Position, StoreError};
use crate::work::{Claim, Claimed, IntentStatus, Lease, NewIntent, Outcome, TakeReactor};

/// Ids follow the order given. Without a time it is due from the start, on anybody's clock.
const ADD: &str = "
insert into log.intents (effect_id, kind, tenant, key, payload, run_at)
select i.effect_id, i.kind, i.tenant, i.key, i.payload, coalesce(i.run_at, 'epoch')
from unnest(cast($1 as text[]), cast($2 as text[]), cast($3 as text[]), cast($4 as text[]),
    cast($5 as bytea[]), cast($6 as timestamptz[]))
    with ordinality as i (effect_id, kind, tenant, key, payload, run_at, n)
order by i.n
on conflict (effect_id) do nothing";

/// `heads`: keys whose lowest unfinished intent is due and free, and more than asked for, since
/// other workers look at the same ones. `first`: those we got; their row locks keep others from the
/// whole key. `next`: those behind them, up to the first that is not due or not free. A parked one
/// blocks nobody. A lease that ran out counts as a try.
const CLAIM: &str = "
with heads as (
    select min(id) as id
    from (
        select id, kind, key, run_at, lease_until
        from log.intents
        where kind = any(cast($1 as text[])) and not parked
        order by id
        limit cast($7 as bigint)
    ) as backlog
    group by kind, key
    having min(id) = min(id) filter (
        where run_at <= cast($6 as timestamptz)
          and (lease_until is null or lease_until <= clock_timestamp())
    )
    order by min(id)
    limit 4 * cast($3 as bigint)
), first as materialized (
    select i.id, i.kind, i.key
    from log.intents as i
    where i.id in (select id from heads)
      and not i.parked
      and i.run_at <= cast($6 as timestamptz)
      and (i.lease_until is null or i.lease_until <= clock_timestamp())
    order by i.id
    limit cast($3 as bigint)
    for update of i skip locked
), next as (
    select n.id, bool_and(n.free) over (partition by first.id order by n.id) as claimable
    from first
    cross join lateral (
        select i.id,
            i.run_at <= cast($6 as timestamptz)
                and (i.lease_until is null or i.lease_until <= clock_timestamp()) as free
        from log.intents as i
        where i.kind = first.kind and i.key = first.key and i.id >= first.id and not i.parked
        order by i.id
        limit cast($4 as bigint)
    ) as n
)
update log.intents as i
set owner = cast($2 as text),
    lease_until = clock_timestamp() + make_interval(secs => cast($5 as double precision)),
    attempts = i.attempts + cast(i.owner is not null as integer)
from next
where i.id = next.id
  and next.claimable
  and (i.lease_until is null or i.lease_until <= clock_timestamp())
returning i.id, i.effect_id, i.kind, i.tenant, i.key, i.payload, i.attempts";

/// How many intents a claim looks at first. They are the lowest, so whatever is the first of its
/// key among them is the first of its key.
const OLDEST: i64 = 2_000;

/// All of them or none.
const HEARTBEAT: &str = "
with mine as materialized (
    select id
    from log.intents
    where id = any(cast($1 as bigint[])) and owner = cast($2 as text)
    order by id
    for update
), moved as (
    update log.intents
    set lease_until = clock_timestamp() + make_interval(secs => cast($3 as double precision))
    where id in (select id from mine)
      and (select count(*) from mine) = cardinality(cast($1 as bigint[]))
)
select count(*)
from mine";

const DONE: &str = "
with mine as materialized (
    select id
    from log.intents
    where id = any(cast($1 as bigint[])) and owner = cast($2 as text)
    order by id
    for update
), gone as (
    delete from log.intents
    where id in (select id from mine)
      and (select count(*) from mine) = cardinality(cast($1 as bigint[]))
)
select count(*)
from mine";

/// Also parks: then without a new time.
const LATER: &str = "
with mine as materialized (
    select id
    from log.intents
    where id = any(cast($1 as bigint[])) and owner = cast($2 as text)
    order by id
    for update
), moved as (
    update log.intents
    set owner = null,
        lease_until = null,
        attempts = attempts + 1,
        parked = cast($3 as timestamptz) is null,
        run_at = coalesce(cast($3 as timestamptz), run_at),
        error = cast($4 as text)
    where id in (select id from mine)
      and (select count(*) from mine) = cardinality(cast($1 as bigint[]))
)
select count(*)
from mine";

const LIST: &str = "
select id, effect_id, kind, tenant, key, attempts, parked, run_at, error
from log.intents
where cast($1 as text) is null or tenant = cast($1 as text)
order by id
limit cast($2 as bigint)";

const RETRY_PARKED: &str = "
update log.intents
set parked = false, attempts = 0, run_at = 'epoch', error = null
where tenant = cast($1 as text) and id = cast($2 as bigint) and parked";

const DROP_PARKED: &str = "
delete from log.intents
where tenant = cast($1 as text) and id = cast($2 as bigint) and parked";

const WAKE: &str = "
update log.intents
set run_at = 'epoch'
where tenant = cast($1 as text) and kind = cast($2 as text) and key = cast($3 as text)
  and not parked";

const UNFINISHED: &str = "
select count(*)
from log.intents
where not parked";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] =
    &[ADD, CLAIM, HEARTBEAT, DONE, LATER, LIST, RETRY_PARKED, DROP_PARKED, WAKE, UNFINISHED];

pub(super) type Ask = Query<'static, Database, PgArguments>;

pub(super) fn bind_intents(query: Ask, intents: &[NewIntent]) -> Ask {
    query
        .bind(intents.iter().map(|intent| intent.effect_id.as_str()).bind_iter())
        .bind(intents.iter().map(|intent| intent.kind.as_str()).bind_iter())
        .bind(intents.iter().map(|intent| &*intent.tenant).bind_iter())
        .bind(intents.iter().map(|intent| intent.key.as_str()).bind_iter())
        .bind(intents.iter().map(|intent| intent.payload.as_slice()).bind_iter())
        .bind(intents.iter().map(|intent| intent.run_at).bind_iter())
}

fn claimed(row: &PgRow) -> sqlx::Result<Claimed> {
    Ok(Claimed {
        id: row.try_get(0)?,
        effect_id: row.try_get(1)?,
        kind: row.try_get(2)?,
        tenant: row.try_get::<&str, _>(3)?.into(),
        key: row.try_get(4)?,
        payload: row.try_get(5)?,
        attempts: row.try_get::<i32, _>(6)?.cast_unsigned(),
    })
}

fn status(row: &PgRow) -> sqlx::Result<IntentStatus> {
    Ok(IntentStatus {
        id: row.try_get(0)?,
        effect_id: row.try_get(1)?,
        kind: row.try_get(2)?,
        tenant: row.try_get(3)?,
        key: row.try_get(4)?,
        attempts: row.try_get::<i32, _>(5)?.cast_unsigned(),
        parked: row.try_get(6)?,
        run_at: row.try_get(7)?,
        error: row.try_get(8)?,
    })
}

impl Postgres {
    /// Runs a statement that counts the rows it found ours.
    pub(super) async fn all_ours(&self, query: Ask, expected: usize) -> Result<(), StoreError> {
        let row = query.fetch_one(&self.calm).await.map_err(unavailable)?;
        let found = unsigned(&row, 0).map_err(unavailable)?;
        if found == expected as u64 { Ok(()) } else { Err(StoreError::LeaseLost) }
    }
}

#[async_trait]
impl Work for Postgres {
    fn new_owner(&self) -> String {
        format!("{}/{}", self.presence.node, ulid::Ulid::generate())
    }

    fn freed(&self) -> watch::Receiver<u64> {
        self.presence.freed.subscribe()
    }

    async fn add_intents(&self, intents: &[NewIntent]) -> Result<(), StoreError> {
        let query = bind_intents(sqlx::query(ADD), intents);
        query.execute(&self.calm).await.map_err(unavailable)?;
        Ok(())
    }

    async fn claim(&self, claim: &Claim<'_>) -> Result<Vec<Claimed>, StoreError> {
        // Nearly always there is something among the oldest; else the whole backlog is looked at.
        for backlog in [Some(OLDEST), None] {
            let rows = sqlx::query(CLAIM)
                .bind(claim.kinds)
                .bind(claim.owner)
                .bind(i64::from(claim.keys))
                .bind(i64::from(claim.per_key))
                .bind(claim.lease.as_secs_f64())
                .bind(claim.now)
                .bind(backlog)
                .fetch_all(&self.calm)
                .await
                .map_err(unavailable)?;
            if !rows.is_empty() {
                let claims = rows.iter().map(claimed).collect::<sqlx::Result<Vec<_>>>();
                let mut claims = claims.map_err(unavailable)?;
                claims.sort_unstable_by_key(|claim| claim.id);
                return Ok(claims);
            }
        }
        Ok(vec![])
    }

    async fn heartbeat(&self, ids: &[i64], owner: &str, lease: Duration) -> Result<(), StoreError> {
        let query = sqlx::query(HEARTBEAT).bind(ids).bind(owner).bind(lease.as_secs_f64());
        self.all_ours(query, ids.len()).await
    }

    async fn settle(&self, ids: &[i64], owner: &str, outcome: &Outcome) -> Result<(), StoreError> {
        let later = |at: Option<DateTime<Utc>>, error: &str| {
            sqlx::query(LATER).bind(ids).bind(owner).bind(at).bind(error)
        };
        let query = match outcome {
            Outcome::Done => sqlx::query(DONE).bind(ids).bind(owner),
            Outcome::Retry { at, error } => later(Some(*at), error),
            Outcome::Parked { error } => later(None, error),
        };
        self.all_ours(query, ids.len()).await
    }

    async fn intents(
        &self,
        tenant: Option<&str>,
        limit: u32,
    ) -> Result<Vec<IntentStatus>, StoreError> {
        let query = sqlx::query(LIST).bind(tenant).bind(i64::from(limit));
        let rows = query.fetch_all(&self.calm).await.map_err(unavailable)?;
        rows.iter().map(status).collect::<sqlx::Result<_>>().map_err(unavailable)
    }

    async fn retry_parked(&self, tenant: &str, id: i64) -> Result<bool, StoreError> {
        let query = sqlx::query(RETRY_PARKED).bind(tenant).bind(id);
        let done = query.execute(&self.calm).await.map_err(unavailable)?;
        Ok(done.rows_affected() > 0)
    }

    async fn drop_parked(&self, tenant: &str, id: i64) -> Result<bool, StoreError> {
        let query = sqlx::query(DROP_PARKED).bind(tenant).bind(id);
        let done = query.execute(&self.calm).await.map_err(unavailable)?;
        Ok(done.rows_affected() > 0)
    }

    async fn wake(&self, tenant: &str, kind: &str, key: &str) -> Result<(), StoreError> {
        let query = sqlx::query(WAKE).bind(tenant).bind(kind).bind(key);
        query.execute(&self.calm).await.map_err(unavailable)?;
        Ok(())
    }

    async fn unfinished(&self) -> Result<u64, StoreError> {
        let row = sqlx::query(UNFINISHED).fetch_one(&self.calm).await.map_err(unavailable)?;
        unsigned(&row, 0).map_err(unavailable)
    }

    async fn take_reactor(&self, place: &TakeReactor<'_>) -> Result<Option<Lease>, StoreError> {
        self.take_place(place).await
    }

    async fn commit_reactions(
        &self,
        lease: &Lease,
        to: Position,
        intents: &[NewIntent],
        renew: Duration,
    ) -> Result<(), StoreError> {
        self.move_place(lease, to, intents, renew).await
    }
}
