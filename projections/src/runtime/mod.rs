//! Keeps read models up to date: one follower per shard, rebuilds beside what is live, and waiting
//! for what was just written.

mod builder;
mod compare;
mod concede;
mod consumers;
pub(crate) mod fold;
pub(crate) mod folder;
mod follower;
mod handle;
mod held;
mod maintain;
mod page;
mod progress;
mod slot;
mod start;
mod statements;
#[cfg(test)]
mod tests;
mod write;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rollcall_store::{Store, StoreError};
use tokio::sync::{Mutex, watch};

pub use compare::Comparison;
pub use handle::{Other, Projections, ShardStatus, Status};
pub use maintain::{Built, OnProgress, Progress};
pub(crate) use page::recorded;
pub use progress::WaitError;
pub use start::Followers;

use crate::db::{Db, Dialect, ReadError};
use crate::registry;
use crate::table::Declared;
use concede::Concede;
use consumers::Consumer;

/// Shards built at the same time; more only compete for the same disk.
const BUILD_AT_ONCE: usize = 2;

/// What an operator may tune.
#[derive(Debug, Clone)]
pub struct Options {
    /// Rows that a rebuild keeps in memory, in bytes.
    pub build_cache_bytes: usize,
    /// Rows that all live followers together keep in memory.
    pub live_cache_bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options { build_cache_bytes: 96 << 20, live_cache_bytes: 32 << 20 }
    }
}

/// Why a rebuild, a comparison or a switch did not come about.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("there is no projection of this name")]
    Unknown,
    #[error("another node is at it; look again later")]
    Busy,
    #[error("there is no complete slot to go to")]
    NotBuilt,
    /// It needs a version that understands the event.
    #[error("`{name}` has stopped: {reason}")]
    Stopped { name: &'static str, reason: String },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for BuildError {
    fn from(error: sqlx::Error) -> Self {
        BuildError::Store(StoreError::unavailable(error))
    }
}

impl From<ReadError> for BuildError {
    fn from(error: ReadError) -> Self {
        Concede::from(error).into()
    }
}

impl From<Concede> for BuildError {
    fn from(error: Concede) -> Self {
        match error {
            Concede::Lost => BuildError::Busy,
            Concede::Store(error) => BuildError::Store(error),
            Concede::Value(_) => BuildError::Store(StoreError::unavailable(error)),
        }
    }
}

/// What followers and builders share.
pub(crate) struct Inner {
    store: Store,
    db: Db,
    registry: Vec<Declared>,
    /// The name under which it takes leases.
    owner: String,
    options: Options,
    progress: progress::Progress,
    /// Goes up whenever a slot becomes live here.
    changed: watch::Sender<u64>,
    build_memory: Memory,
    /// One rebuild at a time.
    maintenance: Mutex<()>,
}

/// What the shards that are built at the same time use together.
struct Memory {
    used: AtomicUsize,
    most: usize,
}

impl Memory {
    fn new(most: usize) -> Self {
        Memory { used: AtomicUsize::new(0), most }
    }
    /// Tells what one uses now; whether all use too much and this one could give a good part.
    fn is_full(&self, told: &mut usize, now: usize) -> bool {
        self.used.fetch_add(now, Ordering::Relaxed);
        self.free(std::mem::replace(told, now));
        self.used.load(Ordering::Relaxed) > self.most && now > self.most / (2 * BUILD_AT_ONCE)
    }
    fn free(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Inner {
    fn new(store: &Store, options: Options, registry: Vec<Declared>) -> Arc<Inner> {
        Arc::new(Inner {
            db: Db::new(store, registry::version_of),
            progress: progress::Progress::new(store.shards()),
            store: store.clone(),
            registry,
            owner: store.new_owner(),
            build_memory: Memory::new(options.build_cache_bytes),
            options,
            changed: watch::channel(0).0,
            maintenance: Mutex::default(),
        })
    }
    fn declared(&self, name: &str) -> Option<Declared> {
        self.registry.iter().find(|declared| declared.name == name).copied()
    }
    /// How often to look for what other nodes wrote.
    fn poll(&self) -> Duration {
        match self.db.dialect() {
            Dialect::Postgres => Duration::from_millis(250),
            Dialect::Sqlite => Duration::from_secs(1),
        }
    }
    fn live_cache_bytes(&self) -> usize {
        self.options.live_cache_bytes / usize::from(self.store.shards())
    }
    async fn consumers_of(&self, declared: Declared) -> Result<Vec<Consumer>, ReadError> {
        let mut rows = consumers::all(&self.db).await?;
        rows.retain(|row| row.name == declared.name && row.version == declared.version);
        Ok(rows)
    }
}
