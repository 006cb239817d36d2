//! What other crates hold of the runtime.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use rollcall_store::{Position, Shard, Store, StoreError};
use serde::Serialize;

use super::compare::Comparison;
use super::consumers::{self, State};
use super::maintain::{self, Built, OnProgress, live_slot};
use super::progress::WaitError;
use super::{BuildError, Inner, Options, start};
use crate::db::{Db, ReadError};
use crate::registry;
use crate::table::Declared;

/// All read models. Cheap to clone.
#[derive(Clone)]
pub struct Projections {
    pub(super) inner: Arc<Inner>,
}

/// How a projection is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    pub name: &'static str,
    pub version: u16,
    /// The slot that is shown; `None` until the version is built.
    pub slot: Option<&'static str>,
    /// `live`, or `building` before the first build is complete.
    pub state: &'static str,
    pub shards: Vec<ShardStatus>,
    /// The other slot, where there is one.
    pub other: Option<Other>,
}

/// What is beside the slot that is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Other {
    /// `building`, or `built` and ready to be switched to.
    pub state: &'static str,
    pub shards: Vec<ShardStatus>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShardStatus {
    pub shard: Shard,
    pub checkpoint: Position,
    pub head: Position,
    /// Events it has not seen yet.
    pub lag: u64,
    /// `following` or `stopped`.
    pub status: &'static str,
    /// Why it stopped.
    pub error: Option<String>,
}

/// What opens and maintains read models is boxed: it holds the drivers, which are compiled here then
/// and not once more in each crate that calls it.
impl Projections {
    /// Makes the tables of what is not there yet. Nothing follows before `start`.
    pub fn open(store: &Store, options: Options) -> BoxFuture<'_, Result<Self, StoreError>> {
        Box::pin(Self::open_with(store, options, registry::all()))
    }

    pub(crate) async fn open_with(
        store: &Store,
        options: Options,
        registry: Vec<Declared>,
    ) -> Result<Self, StoreError> {
        let inner = Inner::new(store, options, registry);
        start::prepare(&inner).await?;
        Ok(Projections { inner })
    }

    /// Follows every shard until the answer is stopped or dropped, and builds what is missing.
    pub fn start(&self) -> start::Followers {
        start::Followers::start(&self.inner)
    }

    /// All tenants' rows: for work that is nobody's, and for what the operator asks.
    pub fn db(&self) -> &Db {
        &self.inner.db
    }

    /// One tenant's rows, and on PostgreSQL no other's by the database's own rules: for whatever
    /// somebody asks.
    pub fn db_of(&self, tenant: &str) -> Db {
        self.inner.db.of_tenant(tenant)
    }

    /// Whether every projection this binary knows is built.
    pub async fn ready(&self) -> Result<bool, ReadError> {
        let rows = consumers::all(&self.inner.db).await?;
        Ok(self.inner.registry.iter().all(|declared| {
            rows.iter().any(|row| {
                row.name == declared.name
                    && row.version == declared.version
                    && row.state == State::Live
            })
        }))
    }

    /// Waits until these projections have seen a position of the tenant's shard.
    pub async fn wait(
        &self,
        tenant: &str,
        position: Position,
        names: &[&str],
        deadline: Duration,
    ) -> Result<(), WaitError> {
        let shard = self.inner.store.shard_of(tenant).await?;
        self.inner.progress.wait(&self.inner.db, shard, position, names, deadline).await
    }

    /// Waits until these projections have seen everything that is in the tenant's shard now.
    pub async fn wait_for_head(
        &self,
        tenant: &str,
        names: &[&str],
        deadline: Duration,
    ) -> Result<Position, WaitError> {
        let shard = self.inner.store.shard_of(tenant).await?;
        let head = self.inner.store.head(shard).await?;
        self.inner.progress.wait(&self.inner.db, shard, head, names, deadline).await?;
        Ok(head)
    }

    /// Waits until everything has seen all there is now.
    pub async fn settle(&self, deadline: Duration) -> Result<(), WaitError> {
        let names: Vec<&str> = self.inner.registry.iter().map(|declared| declared.name).collect();
        let until = tokio::time::Instant::now() + deadline;
        for shard in 0..self.inner.store.shards() {
            let head = self.inner.store.head(shard).await?;
            let left = until.saturating_duration_since(tokio::time::Instant::now());
            self.inner.progress.wait(&self.inner.db, shard, head, &names, left).await?;
        }
        Ok(())
    }

    /// All projections this binary knows.
    pub async fn list(&self) -> Result<Vec<Status>, ReadError> {
        let rows = consumers::all(&self.inner.db).await?;
        let mut heads = vec![];
        for shard in 0..self.inner.store.shards() {
            heads.push(self.inner.store.head(shard).await?);
        }
        let status = |declared: &Declared| {
            let own = || {
                rows.iter()
                    .filter(|row| row.name == declared.name && row.version == declared.version)
            };
            let live = live_slot(&own().cloned().collect::<Vec<_>>());
            let shown = live.or_else(|| own().next().map(|row| row.slot));
            let shard = |row: &consumers::Consumer| {
                let head = heads.get(usize::from(row.shard)).copied().unwrap_or_default();
                ShardStatus {
                    shard: row.shard,
                    checkpoint: row.checkpoint,
                    head,
                    lag: head.saturating_sub(row.checkpoint),
                    status: if row.error.is_some() { "stopped" } else { "following" },
                    error: row.error.clone(),
                }
            };
            let beside = || own().filter(|row| Some(row.slot) != shown);
            let other = |row: &consumers::Consumer| Other {
                state: row.state.as_str(),
                shards: beside().map(shard).collect(),
            };
            Status {
                name: declared.name,
                version: declared.version,
                slot: live.map(super::slot::Slot::as_str),
                state: if live.is_some() { "live" } else { "building" },
                shards: own().filter(|row| Some(row.slot) == shown).map(shard).collect(),
                other: beside().next().map(other),
            }
        };
        Ok(self.inner.registry.iter().map(status).collect())
    }

    /// Builds a projection anew beside the live one and switches to it. What was interrupted goes
    /// on where it was.
    pub fn rebuild<'a>(
        &'a self,
        name: &'a str,
        told: OnProgress<'a>,
    ) -> BoxFuture<'a, Result<Built, BuildError>> {
        Box::pin(async move {
            let declared = self.inner.declared(name).ok_or(BuildError::Unknown)?;
            let _alone = self.inner.maintenance.lock().await;
            maintain::rebuild(&self.inner, declared, told).await
        })
    }

    /// Builds a projection anew and compares it with the live one, which stays.
    pub fn verify<'a>(
        &'a self,
        name: &'a str,
        told: OnProgress<'a>,
    ) -> BoxFuture<'a, Result<Comparison, BuildError>> {
        Box::pin(async move {
            let declared = self.inner.declared(name).ok_or(BuildError::Unknown)?;
            let _alone = self.inner.maintenance.lock().await;
            maintain::verify(&self.inner, declared, told).await
        })
    }

    /// Shows the other slot again, brought up to date.
    pub fn switch<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), BuildError>> {
        Box::pin(async move {
            let declared = self.inner.declared(name).ok_or(BuildError::Unknown)?;
            let _alone = self.inner.maintenance.lock().await;
            maintain::switch_back(&self.inner, declared).await
        })
    }
}
