//! What a bare database does for the same work, for `rollcall bench` only. Nothing of ours is in it:
//! no sealing, no streams, no verdicts, no keys.

mod copy;
mod delivery;
mod fold;
mod group;
mod log_row;
mod pool;
mod server;

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, PgConnection, PgPool, SqliteConnection};

use crate::store::Location;
use crate::types::StoreError;

pub use copy::{Copied, copy_events};
pub use delivery::Delivery;
pub use fold::{COLUMNS, Clear, Folded, Parsed};
pub use group::GroupCommit;
pub use log_row::{LogRow, index_streams};
pub use pool::Pool;
pub use server::{checkpoint, create_database, drop_database};

/// A database that holds nothing but the tables of the yardsticks.
#[derive(Clone)]
pub enum Bare {
    Sqlite(SqliteConnectOptions),
    Postgres(PgConnectOptions),
}

/// A kind of row that the bare databases take.
#[async_trait]
pub trait Row: Sized + Send + Sync + 'static {
    const SQLITE_TABLE: &'static str;
    const POSTGRES_TABLE: &'static str;

    /// Inserts rows; the caller has a transaction open where there are several statements.
    async fn into_sqlite(connection: &mut SqliteConnection, rows: &[Self]) -> sqlx::Result<()>;
    /// Inserts rows by one `insert … unnest`.
    async fn into_postgres(connection: &mut PgConnection, rows: &[Self]) -> sqlx::Result<()>;
}

impl Bare {
    /// A database of its own beside the store's (SQLite), or the one of the URL (PostgreSQL).
    pub async fn open<R: Row>(location: &Location) -> Result<Bare, StoreError> {
        match location {
            Location::Sqlite(directory) => {
                std::fs::create_dir_all(directory).map_err(StoreError::unavailable)?;
                let options = sqlite_file(&directory.join("bare.db"));
                let mut connection = options.connect().await.map_err(StoreError::unavailable)?;
                sqlx::raw_sql(R::SQLITE_TABLE)
                    .execute(&mut connection)
                    .await
                    .map_err(StoreError::unavailable)?;
                Ok(Bare::Sqlite(options))
            }
            Location::Postgres(url) => {
                let options = server::options(url)?;
                let mut connection = options.connect().await.map_err(StoreError::unavailable)?;
                sqlx::raw_sql(R::POSTGRES_TABLE)
                    .execute(&mut connection)
                    .await
                    .map_err(StoreError::unavailable)?;
                Ok(Bare::Postgres(options))
            }
        }
    }
}

/// The settings of the store's own `log.db`.
fn sqlite_file(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(30))
        .pragma("cache_size", "-65536")
        .pragma("temp_store", "memory")
        .pragma("wal_autocheckpoint", "8000")
        .pragma("journal_size_limit", "67108864")
        .disable_statement_logging()
}

fn postgres_pool(options: &PgConnectOptions, connections: u32) -> PgPool {
    let settings = [("synchronous_commit", "on"), ("jit", "off")];
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(60))
        .test_before_acquire(false)
        .connect_lazy_with(options.clone().options(settings))
}

/// Cuts a batch into runs of few different lengths, so that statements stay prepared.
fn runs<R>(mut rows: &[R]) -> impl Iterator<Item = &[R]> {
    std::iter::from_fn(move || {
        let fits = [256, 64, 16, 4, 1].into_iter().find(|length| *length <= rows.len())?;
        let (run, rest) = rows.split_at(fits);
        rows = rest;
        Some(run)
    })
}
