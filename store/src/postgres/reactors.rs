//! The places of reactors: a lease on the database's clock, fenced by an epoch.

use std::time::Duration;

use sqlx::Row;
use sqlx::postgres::PgRow;

use super::errors::unavailable;
use super::work::bind_intents;
use super::{Postgres, unsigned};
use crate::types::{Position, StoreError};
use crate::work::{Lease, NewIntent, TakeReactor};

const TAKE: &str = "
insert into log.reactors as r (name, version, shard, checkpoint, epoch, owner, lease_until)
values (cast($1 as text), cast($2 as smallint), cast($3 as smallint), cast($6 as bigint), 1,
    cast($4 as text), clock_timestamp() + make_interval(secs => cast($5 as double precision)))
on conflict (name, version, shard) do update
set epoch = r.epoch + cast(r.owner is distinct from excluded.owner as integer),
    owner = excluded.owner,
    lease_until = excluded.lease_until
where r.owner is null or r.owner = excluded.owner or r.lease_until <= clock_timestamp()
returning checkpoint, epoch";

/// The epoch stands for the owner: it moves with each new one.
const COMMIT: &str = "
with mine as (
    update log.reactors
    set checkpoint = cast($6 as bigint),
        lease_until = clock_timestamp() + make_interval(secs => cast($7 as double precision))
    where name = cast($1 as text)
      and version = cast($2 as smallint)
      and shard = cast($3 as smallint)
      and epoch = cast($4 as bigint)
      and checkpoint = cast($5 as bigint)
    returning shard
), added as (
    insert into log.intents (effect_id, kind, tenant, key, payload, run_at)
    select i.effect_id, i.kind, i.tenant, i.key, i.payload, coalesce(i.run_at, 'epoch')
    from mine
    cross join unnest(cast($8 as text[]), cast($9 as text[]), cast($10 as text[]),
        cast($11 as text[]), cast($12 as bytea[]), cast($13 as timestamptz[]))
        with ordinality as i (effect_id, kind, tenant, key, payload, run_at, n)
    order by i.n
    on conflict (effect_id) do nothing
)
select count(*)
from mine";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[TAKE, COMMIT];

impl Postgres {
    /// Takes a place that is free, expired or ours.
    pub(super) async fn take_place(
        &self,
        place: &TakeReactor<'_>,
    ) -> Result<Option<Lease>, StoreError> {
        let row = sqlx::query(TAKE)
            .bind(place.name)
            .bind(place.version.cast_signed())
            .bind(place.shard.cast_signed())
            .bind(place.owner)
            .bind(place.lease.as_secs_f64())
            .bind(place.from.cast_signed())
            .fetch_optional(&self.calm)
            .await
            .map_err(unavailable)?;
        let taken = |row: PgRow| {
            let (checkpoint, epoch) = (unsigned(&row, 0)?, row.try_get(1)?);
            Ok(place.held(checkpoint, epoch))
        };
        row.map(taken).transpose().map_err(unavailable)
    }

    /// Intents and checkpoint, or neither.
    pub(super) async fn move_place(
        &self,
        lease: &Lease,
        to: Position,
        intents: &[NewIntent],
        renew: Duration,
    ) -> Result<(), StoreError> {
        let query = sqlx::query(COMMIT)
            .bind(lease.name.as_str())
            .bind(lease.version.cast_signed())
            .bind(lease.shard.cast_signed())
            .bind(lease.epoch)
            .bind(lease.checkpoint.cast_signed())
            .bind(to.cast_signed())
            .bind(renew.as_secs_f64());
        self.all_ours(bind_intents(query, intents), 1).await
    }
}
