//! The shared database: PostgreSQL 15 or newer, any number of nodes.
//!
//! Every statement is one constant that runs on its own, so that a caller who stops waiting leaves
//! no transaction behind; what needs several statements (migrations) runs in a task of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, postgres::PgRow};

use crate::backend::EventStore;
use crate::types::{Position, StoreError};

mod blobs;
mod entries;
mod errors;
mod hints;
mod keys;
mod log;
mod migrate;
mod outbound;
mod presence;
mod reactors;
mod roles;
mod sessions;
mod state;
mod work;
mod write;

#[cfg(test)]
mod tests;

use errors::{connection_broke, unavailable};
use presence::Presence;

/// Shards of the log. Fixed by the first migration.
const SHARDS: u16 = 16;

/// One node's connections to the database.
pub(crate) struct Postgres {
    /// Two connections for the writer: one tidies up after a commit while the other has the next
    /// batch.
    write: PgPool,
    /// The log and the keys that open it. Not tested before use: `read` and `write` try once more.
    hot: PgPool,
    /// Everything else.
    calm: PgPool,
    views: PgPool,
    options: PgConnectOptions,
    /// How many connections to the log were ever opened. After a failover they are new ones, perhaps
    /// to a server that lacks what the old one had.
    era: Arc<AtomicU64>,
    presence: Presence,
}

/// Every statement of the hot pool finds its rows by a unique index, whatever the statistics say:
/// a plan made while a table was empty would otherwise scan it until the next `analyze`.
const HOT: [(&str, &str); 7] = [
    // Planned anew, a write takes longer to plan (0.30 ms) than to run (0.19 ms).
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("enable_bitmapscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("enable_sort", "off"),
    ("statement_timeout", "30s"),
];
/// Small tables that fill and empty: each call is planned for what they hold now.
const CALM: [(&str, &str); 2] =
    [("plan_cache_mode", "force_custom_plan"), ("statement_timeout", "30s")];
const VIEWS: [(&str, &str); 1] = [("statement_timeout", "60s")];
/// `jit` pays only for queries longer than any of ours.
const ALL: [(&str, &str); 3] =
    [("jit", "off"), ("lock_timeout", "5s"), ("idle_in_transaction_session_timeout", "30s")];

const PING: &str = "
select 1";

impl Postgres {
    /// Connects; brings the schema up to date first where `migrate` says so.
    pub(crate) async fn open(url: &str, migrate: bool) -> Result<Self, StoreError> {
        let options: PgConnectOptions = url.parse().map_err(|error: sqlx::Error| {
            StoreError::Setup(format!("the database URL can't be used: {error}"))
        })?;
        let options = options.application_name("rollcall").disable_statement_logging();
        if migrate {
            if let Some(note) = migrate::migrate(&options).await? {
                tracing::warn!("{note}");
            }
        } else {
            migrate::check(&options).await?;
        }
        let presence = Presence::begin(&options).await?;
        let era = Arc::new(AtomicU64::new(0));
        let pool = |connections, own: &[(&str, &str)]| {
            let era = era.clone();
            PgPoolOptions::new()
                .after_connect(move |_, _| {
                    era.fetch_add(1, Ordering::SeqCst);
                    Box::pin(async { Ok(()) })
                })
                .max_connections(connections)
                .acquire_timeout(Duration::from_secs(5))
                .test_before_acquire(own != HOT)
                .connect_lazy_with(options.clone().options(ALL).options(own.iter().copied()))
        };
        Ok(Postgres {
            write: pool(2, &HOT),
            hot: pool(12, &HOT),
            calm: pool(8, &CALM),
            views: pool(12, &VIEWS),
            options: options.clone(),
            era,
            presence,
        })
    }

    /// Connections for read models. Their transactions may use `synchronous_commit = off`: they
    /// carry their checkpoint.
    pub(crate) fn views_pool(&self) -> PgPool {
        self.views.clone()
    }

    /// Reads on the hot pool; once more, on a tested connection, where the first one was broken.
    async fn read<T, F>(&self, query: impl Fn(PgPool) -> F) -> Result<T, StoreError>
    where
        F: Future<Output = sqlx::Result<T>>,
    {
        match query(self.hot.clone()).await {
            Err(error) if connection_broke(&error) => {
                query(self.calm.clone()).await.map_err(unavailable)
            }
            result => result.map_err(unavailable),
        }
    }
}

#[async_trait]
impl EventStore for Postgres {
    async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query(PING).execute(&self.calm).await.map_err(unavailable)?;
        Ok(())
    }

    async fn close(&self) -> Result<(), StoreError> {
        self.leave().await
    }
}

/// A column that counts: positions, versions.
fn unsigned(row: &PgRow, column: usize) -> sqlx::Result<Position> {
    use sqlx::Row;
    row.try_get::<i64, _>(column).map(i64::cast_unsigned)
}
