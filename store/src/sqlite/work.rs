//! Intents and the places of reactors in `log.db`. Claims live in memory: one process serves the
//! directory, and a crash releases them all.

use std::collections::{HashMap, HashSet};
use std::sync::{LazyLock, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use sqlx::{Row, SqliteConnection};
use tokio::sync::watch;

use super::bulk::Bulk;
use super::log::unsigned;
use super::{Held, Sqlite, instant, micros, unavailable};
use crate::backend::Work;
use crate::types::{Position, StoreError};
use crate::work::{Claim, Claimed, IntentStatus, Lease, NewIntent, Outcome, TakeReactor};

static ADD: LazyLock<Bulk> = LazyLock::new(|| {
    Bulk::new(
        "insert into intents (effect_id, kind, tenant, key, payload, run_at)",
        "(?, ?, ?, ?, ?, ?)",
        "on conflict (effect_id) do nothing",
    )
});
static DONE: LazyLock<Bulk> =
    LazyLock::new(|| Bulk::over_list("delete from intents where id in ({})"));
const WAITING: &str = "select id, key, run_at from intents \
     where kind = ? and parked = 0 order by id limit 20000";
const ONE: &str = "select id, effect_id, kind, tenant, key, payload, attempts \
     from intents where id = ? and parked = 0";
const RETRY: &str =
    "update intents set run_at = ?, attempts = attempts + 1, error = ? where id = ?";
const PARK: &str = "update intents set parked = 1, attempts = attempts + 1, error = ? where id = ?";
const LIST: &str = "select id, effect_id, kind, tenant, key, attempts, parked, run_at, error \
     from intents where (?1 is null or tenant = ?1) order by id limit ?2";
const TRIED: &str = "update intents set attempts = attempts + 1 where id = ?";
const RETRY_PARKED: &str = "update intents set parked = 0, attempts = 0, run_at = 0, error = null \
     where tenant = ? and id = ? and parked = 1";
const DROP_PARKED: &str = "delete from intents where tenant = ? and id = ? and parked = 1";
const WAKE: &str = "update intents set run_at = 0 \
     where tenant = ? and kind = ? and key = ? and parked = 0";
const UNFINISHED: &str = "select count(*) from intents where parked = 0";
const REACTOR: &str = "select checkpoint, epoch from reactors \
     where name = ? and version = ? and shard = ?";
/// Whoever had it before was this process, or is gone.
const TAKE: &str = "insert into reactors (name, version, shard, checkpoint, epoch) \
     values (?1, ?2, ?3, ?4, 1) on conflict (name, version, shard) do update set epoch = epoch + 1";
const MOVE: &str = "update reactors set checkpoint = ?1 where name = ?2 and version = ?3 \
     and shard = ?4 and epoch = ?5 and checkpoint = ?6";

async fn add(connection: &mut SqliteConnection, intents: &[NewIntent]) -> Result<(), StoreError> {
    for (sql, run) in ADD.runs(intents) {
        let mut query = sqlx::query(sql);
        for intent in run {
            query = query
                .bind(intent.effect_id.clone())
                .bind(intent.kind.clone())
                .bind(intent.tenant.to_string())
                .bind(intent.key.clone())
                .bind(intent.payload.clone())
                .bind(intent.run_at.map_or(0, micros));
        }
        query.execute(&mut *connection).await.map_err(unavailable)?;
    }
    Ok(())
}

/// Which of the waiting intents may be claimed: due, and nothing of their key before them is not.
fn claimable(waiting: Vec<(i64, String, i64)>, held: &HashSet<i64>, claim: &Claim<'_>) -> Vec<i64> {
    let now = micros(claim.now);
    let mut blocked: HashSet<String> = HashSet::new();
    let mut taken: HashMap<String, usize> = HashMap::new();
    let mut chosen = Vec::new();
    for (id, key, run_at) in waiting {
        if blocked.contains(&key) {
            continue;
        }
        let room = match taken.get(&key) {
            Some(count) => *count < claim.per_key as usize,
            None => taken.len() < claim.keys as usize,
        };
        if run_at > now || held.contains(&id) || !room {
            blocked.insert(key);
            continue;
        }
        *taken.entry(key).or_default() += 1;
        chosen.push(id);
    }
    chosen
}

#[async_trait]
impl Work for Sqlite {
    fn new_owner(&self) -> String {
        ulid::Ulid::generate().to_string()
    }

    /// Never: there is no other process.
    fn freed(&self) -> watch::Receiver<u64> {
        self.freed.subscribe()
    }

    async fn add_intents(&self, intents: &[NewIntent]) -> Result<(), StoreError> {
        let mut log = self.log.lock().await;
        let mut step = log.begin().await.map_err(unavailable)?;
        add(&mut step, intents).await?;
        step.commit().await.map_err(unavailable)
    }

    async fn claim(&self, claim: &Claim<'_>) -> Result<Vec<Claimed>, StoreError> {
        let mut claimed = Vec::new();
        for kind in claim.kinds {
            let waiting = sqlx::query_as::<_, (i64, String, i64)>(WAITING)
                .bind(*kind)
                .fetch_all(&self.read)
                .await
                .map_err(unavailable)?;
            let (chosen, ran_out) = {
                let mut claims = self.claims.lock().unwrap_or_else(PoisonError::into_inner);
                let held = claims
                    .iter()
                    .filter(|(_, held)| held.until > Instant::now())
                    .map(|(id, _)| *id)
                    .collect();
                let chosen = claimable(waiting, &held, claim);
                let until = Instant::now() + claim.lease;
                let mut hold = |id: &i64| {
                    let owner = claim.owner.to_owned();
                    claims.insert(*id, Held { owner, until })
                };
                let ran_out: Vec<i64> =
                    chosen.iter().copied().filter(|id| hold(id).is_some()).collect();
                (chosen, ran_out)
            };
            // A lease that ran out counts as a try, or work that hangs would never be parked.
            for id in ran_out {
                let mut log = self.log.lock().await;
                sqlx::query(TRIED).bind(id).execute(&mut *log).await.map_err(unavailable)?;
            }
            for id in chosen {
                let row = sqlx::query(ONE)
                    .bind(id)
                    .fetch_optional(&self.read)
                    .await
                    .map_err(unavailable)?;
                // Done by its last holder after we looked: nothing to do.
                let Some(row) = row else { continue };
                claimed.push(Claimed {
                    id,
                    effect_id: row.get(1),
                    kind: row.get(2),
                    tenant: row.get::<&str, _>(3).into(),
                    key: row.get(4),
                    payload: row.get(5),
                    attempts: row.get(6),
                });
            }
        }
        Ok(claimed)
    }

    async fn heartbeat(&self, ids: &[i64], owner: &str, lease: Duration) -> Result<(), StoreError> {
        let mut claims = self.claims.lock().unwrap_or_else(PoisonError::into_inner);
        let until = Instant::now() + lease;
        for id in ids {
            match claims.get_mut(id) {
                Some(claim) if claim.owner == owner && claim.until > Instant::now() => {
                    claim.until = until;
                }
                Some(_) | None => return Err(StoreError::LeaseLost),
            }
        }
        Ok(())
    }

    async fn settle(&self, ids: &[i64], owner: &str, outcome: &Outcome) -> Result<(), StoreError> {
        self.heartbeat(ids, owner, Duration::from_secs(30)).await?;
        {
            let mut log = self.log.lock().await;
            let mut step = log.begin().await.map_err(unavailable)?;
            match outcome {
                Outcome::Done => {
                    for (sql, run) in DONE.runs(ids) {
                        let mut query = sqlx::query(sql);
                        for id in run {
                            query = query.bind(*id);
                        }
                        query.execute(&mut *step).await.map_err(unavailable)?;
                    }
                }
                Outcome::Retry { at, error } => {
                    for id in ids {
                        let query = sqlx::query(RETRY).bind(micros(*at)).bind(error).bind(*id);
                        query.execute(&mut *step).await.map_err(unavailable)?;
                    }
                }
                Outcome::Parked { error } => {
                    for id in ids {
                        let query = sqlx::query(PARK).bind(error).bind(*id);
                        query.execute(&mut *step).await.map_err(unavailable)?;
                    }
                }
            }
            step.commit().await.map_err(unavailable)?;
        }
        let mut claims = self.claims.lock().unwrap_or_else(PoisonError::into_inner);
        for id in ids {
            claims.remove(id);
        }
        Ok(())
    }

    async fn intents(
        &self,
        tenant: Option<&str>,
        limit: u32,
    ) -> Result<Vec<IntentStatus>, StoreError> {
        let query = sqlx::query(LIST).bind(tenant.map(str::to_owned)).bind(limit);
        let rows = query.fetch_all(&self.read).await.map_err(unavailable)?;
        Ok(rows
            .iter()
            .map(|row| IntentStatus {
                id: row.get(0),
                effect_id: row.get(1),
                kind: row.get(2),
                tenant: row.get(3),
                key: row.get(4),
                attempts: row.get(5),
                parked: row.get(6),
                run_at: instant(row.get(7)),
                error: row.get(8),
            })
            .collect())
    }

    async fn retry_parked(&self, tenant: &str, id: i64) -> Result<bool, StoreError> {
        let query = sqlx::query(RETRY_PARKED).bind(tenant.to_owned()).bind(id);
        let done = query.execute(&mut *self.log.lock().await).await.map_err(unavailable)?;
        Ok(done.rows_affected() > 0)
    }

    async fn drop_parked(&self, tenant: &str, id: i64) -> Result<bool, StoreError> {
        let query = sqlx::query(DROP_PARKED).bind(tenant.to_owned()).bind(id);
        let done = query.execute(&mut *self.log.lock().await).await.map_err(unavailable)?;
        Ok(done.rows_affected() > 0)
    }

    async fn wake(&self, tenant: &str, kind: &str, key: &str) -> Result<(), StoreError> {
        let [tenant, kind, key] = [tenant, kind, key].map(str::to_owned);
        let query = sqlx::query(WAKE).bind(tenant).bind(kind).bind(key);
        query.execute(&mut *self.log.lock().await).await.map_err(unavailable)?;
        Ok(())
    }

    async fn unfinished(&self) -> Result<u64, StoreError> {
        let row = sqlx::query(UNFINISHED).fetch_one(&self.read).await.map_err(unavailable)?;
        Ok(unsigned(&row, 0))
    }

    async fn take_reactor(&self, place: &TakeReactor<'_>) -> Result<Option<Lease>, StoreError> {
        let mut log = self.log.lock().await;
        let mut step = log.begin().await.map_err(unavailable)?;
        sqlx::query(TAKE)
            .bind(place.name)
            .bind(place.version)
            .bind(place.shard)
            .bind(place.from.cast_signed())
            .execute(&mut *step)
            .await
            .map_err(unavailable)?;
        let query = sqlx::query(REACTOR).bind(place.name).bind(place.version).bind(place.shard);
        let row = query.fetch_one(&mut *step).await.map_err(unavailable)?;
        step.commit().await.map_err(unavailable)?;
        Ok(Some(place.held(unsigned(&row, 0), row.get(1))))
    }

    async fn commit_reactions(
        &self,
        lease: &Lease,
        to: Position,
        intents: &[NewIntent],
        _renew: Duration,
    ) -> Result<(), StoreError> {
        let mut log = self.log.lock().await;
        let mut step = log.begin().await.map_err(unavailable)?;
        add(&mut step, intents).await?;
        let moved = sqlx::query(MOVE)
            .bind(to.cast_signed())
            .bind(&lease.name)
            .bind(lease.version)
            .bind(lease.shard)
            .bind(lease.epoch)
            .bind(lease.checkpoint.cast_signed())
            .execute(&mut *step)
            .await
            .map_err(unavailable)?;
        if moved.rows_affected() == 0 {
            return Err(StoreError::LeaseLost);
        }
        step.commit().await.map_err(unavailable)
    }
}
