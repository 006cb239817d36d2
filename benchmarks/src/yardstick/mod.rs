//! What a bare database does for the same work. Nothing of ours is in it: no sealing, no streams, no
//! verdicts, no keys.

mod copy;
mod delivery;
mod fold;
mod group;
pub(crate) mod http;
mod log_row;
mod pool;

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, PgConnection, PgPool, SqliteConnection};

use rollcall_store::Location;

use crate::failure::Failure;
use crate::postgres;

pub(crate) use copy::copy_events;
pub(crate) use delivery::Delivery;
pub(crate) use fold::{COLUMNS, Clear, Folded, Parsed};
pub(crate) use group::GroupCommit;
pub(crate) use log_row::{LogRow, index_streams};
pub(crate) use pool::Pool;

/// A database that holds nothing but the tables of the yardsticks.
#[derive(Clone)]
pub(crate) enum Bare {
    Sqlite(SqliteConnectOptions),
    Postgres(PgConnectOptions),
}

/// A kind of row that the bare databases take.
#[async_trait]
pub(crate) trait Row: Sized + Send + Sync + 'static {
    const SQLITE_TABLE: &'static str;
    const POSTGRES_TABLE: &'static str;

    /// Inserts rows; the caller has a transaction open where there are several statements.
    async fn into_sqlite(connection: &mut SqliteConnection, rows: &[Self]) -> sqlx::Result<()>;
    /// Inserts rows by one `insert … unnest`.
    async fn into_postgres(connection: &mut PgConnection, rows: &[Self]) -> sqlx::Result<()>;
}

impl Bare {
    /// A database of its own beside the store's (SQLite), or the one of the URL (PostgreSQL).
    pub(crate) async fn open<R: Row>(location: &Location) -> Result<Bare, Failure> {
        match location {
            Location::Sqlite(directory) => {
                std::fs::create_dir_all(directory)?;
                let options = sqlite_file(&directory.join("bare.db"));
                let mut connection = options.connect().await?;
                sqlx::raw_sql(R::SQLITE_TABLE).execute(&mut connection).await?;
                Ok(Bare::Sqlite(options))
            }
            Location::Postgres(url) => {
                let options = postgres::options(url)?;
                let mut connection = options.connect().await?;
                sqlx::raw_sql(R::POSTGRES_TABLE).execute(&mut connection).await?;
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
