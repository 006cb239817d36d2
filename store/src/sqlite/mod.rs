//! The embedded database: one directory, one process. `log.db` and `keys.db` survive a power cut
//! (`synchronous = full`); `index.db` and `views.db` can be built again.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Row, SqliteConnection, SqlitePool};
use tokio::sync::{Mutex, watch};

use stream_index::Index;
use tx::Writer;

use crate::backend::EventStore;
use crate::migrations::{SQLITE_KEYS, SQLITE_LOG, SQLITE_VIEWS, Step};
use crate::types::StoreError;
use crate::views::SqliteViews;

mod batch;
mod blobs;
mod bulk;
mod damaged_files;
mod entries;
mod keys;
mod log;
mod missing_keys;
mod outbound;
mod sessions;
mod state;
mod stream_index;
mod tx;
mod work;

/// The files of a data directory.
pub(crate) struct Sqlite {
    /// The one writer of `log.db`.
    log: Writer,
    end: std::sync::Mutex<batch::End>,
    index: Arc<Index>,
    read: SqlitePool,
    keys: Writer,
    views: SqliteViews,
    /// Who holds which intent. One process serves the directory, so memory is enough, and a crash
    /// releases everything.
    claims: std::sync::Mutex<HashMap<i64, Held>>,
    freed: watch::Sender<u64>,
    /// Held while the directory is open.
    _lock: Arc<File>,
}

struct Held {
    owner: String,
    until: std::time::Instant,
}

impl Sqlite {
    pub(crate) async fn open(directory: &Path, migrate: bool) -> Result<Self, StoreError> {
        Self::open_with(directory, migrate, stream_index::STEP).await
    }

    async fn open_with(directory: &Path, migrate: bool, step: usize) -> Result<Self, StoreError> {
        let setup = |what: &str, error: &dyn std::fmt::Display| {
            StoreError::Setup(format!("{what} {}: {error}", directory.display()))
        };
        std::fs::create_dir_all(directory)
            .map_err(|error| setup("can't create the data directory", &error))?;
        let lock = File::create(directory.join("lock"))
            .map_err(|error| setup("can't write to the data directory", &error))?;
        rustix::fs::flock(&lock, rustix::fs::FlockOperation::NonBlockingLockExclusive)
            .map_err(|_| setup("another process has opened", &"stop it, or talk to it"))?;
        let file = |name: &str, synchronous| {
            SqliteConnectOptions::new()
                .filename(directory.join(name))
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(synchronous)
                .busy_timeout(Duration::from_secs(5))
                .pragma("cache_size", "-16384")
                .pragma("temp_store", "memory")
                .pragma("wal_autocheckpoint", "8000")
                .pragma("journal_size_limit", "67108864")
                .disable_statement_logging()
        };
        let log_file = file("log.db", SqliteSynchronous::Full);
        let views_file = file("views.db", SqliteSynchronous::Normal);
        // The writer's texts differ by how many rows they take.
        let log_writer = log_file.clone().statement_cache_capacity(256);
        let mut log = prepared("log.db", &log_writer, SQLITE_LOG, migrate).await?;
        missing_keys::refuse_without_file(directory, &mut log).await?;
        // What is deleted there is overwritten.
        let keys_file = file("keys.db", SqliteSynchronous::Full).pragma("secure_delete", "on");
        let mut keys = prepared("keys.db", &keys_file, SQLITE_KEYS, migrate).await?;
        missing_keys::refuse_without_keys(directory, &mut log, &mut keys).await?;
        let views = prepared("views.db", &views_file, SQLITE_VIEWS, migrate).await?;
        let lock = Arc::new(lock);
        let index_file = file("index.db", SqliteSynchronous::Normal);
        let index = Index::open(index_file, &mut log, step, lock.clone()).await?;
        sqlx::query("attach database ? as places")
            .bind(stream_index::read_only_address(&directory.join("index.db")))
            .execute(&mut log)
            .await
            .map_err(damaged_files::of("index.db"))?;
        // Six readers with a writer's cache each took 665 MiB during a rebuild of 1,000,000 events.
        let readers = |file: SqliteConnectOptions| {
            let file = file.pragma("cache_size", "-8192");
            SqlitePoolOptions::new()
                .max_connections(6)
                .test_before_acquire(false)
                .connect_lazy_with(file.read_only(true).row_buffer_size(1_000))
        };
        Ok(Sqlite {
            log: Writer::new(log),
            end: std::sync::Mutex::default(),
            index,
            read: readers(log_file),
            keys: Writer::new(keys),
            views: SqliteViews { read: readers(views_file), write: Arc::new(Mutex::new(views)) },
            claims: std::sync::Mutex::default(),
            freed: watch::Sender::new(0),
            _lock: lock,
        })
    }

    pub(crate) fn views(&self) -> SqliteViews {
        self.views.clone()
    }
}

#[async_trait]
impl EventStore for Sqlite {
    async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("select 1").execute(&self.read).await.map_err(unavailable)?;
        Ok(())
    }

    async fn close(&self) -> Result<(), StoreError> {
        self.read.close().await;
        self.views.read.close().await;
        self.index.close().await?;
        empty_wal("log.db", &mut *self.log.lock().await).await?;
        empty_wal("keys.db", &mut *self.keys.lock().await).await?;
        empty_wal("views.db", &mut *self.views.write.lock().await).await
    }
}

/// Moves everything from a file's `-wal` into the file itself, so that it can be copied alone.
async fn empty_wal(name: &str, writer: &mut SqliteConnection) -> Result<(), StoreError> {
    let done = sqlx::query("pragma wal_checkpoint(truncate)").fetch_one(writer).await;
    match done.map_err(unavailable)?.get::<i64, _>(0) {
        0 => Ok(()),
        _ => Err(StoreError::unavailable(format!("somebody reads {name} all the time"))),
    }
}

/// Opens a file and brings it up to date.
async fn prepared(
    name: &'static str,
    file: &SqliteConnectOptions,
    steps: &[Step],
    migrate: bool,
) -> Result<SqliteConnection, StoreError> {
    let mut connection = file.connect().await.map_err(damaged_files::of(name))?;
    let done = prepare(&mut connection, steps, migrate).await;
    done.map_err(|error| damaged_files::named(name, error))?;
    Ok(connection)
}

/// Applies the steps a file has not seen, each in a transaction with its record.
async fn prepare(
    connection: &mut SqliteConnection,
    steps: &[Step],
    migrate: bool,
) -> Result<(), StoreError> {
    sqlx::raw_sql("create table if not exists migrations (name text primary key) strict")
        .execute(&mut *connection)
        .await
        .map_err(unavailable)?;
    for (name, sql) in steps {
        let known: Option<i64> = sqlx::query_scalar("select 1 from migrations where name = ?")
            .bind(*name)
            .fetch_optional(&mut *connection)
            .await
            .map_err(unavailable)?;
        if known.is_some() {
            continue;
        }
        if !migrate {
            return Err(StoreError::Setup(format!(
                "the database lacks step {name}: run `rollcall migrate`"
            )));
        }
        let mut step = connection.begin_with("begin immediate").await.map_err(unavailable)?;
        sqlx::raw_sql(*sql).execute(&mut *step).await.map_err(unavailable)?;
        sqlx::query("insert into migrations (name) values (?)")
            .bind(*name)
            .execute(&mut *step)
            .await
            .map_err(unavailable)?;
        step.commit().await.map_err(unavailable)?;
    }
    Ok(())
}

fn unavailable(error: sqlx::Error) -> StoreError {
    StoreError::unavailable(error)
}

fn micros(at: DateTime<Utc>) -> i64 {
    at.timestamp_micros()
}

fn instant(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::poll;

    use super::*;
    use crate::sealing::{Hierarchy, OperatorKey};

    #[tokio::test]
    async fn a_key_that_is_destroyed_while_it_is_loaded_is_not_remembered() {
        let directory = tempfile::tempdir().unwrap();
        let sqlite = Arc::new(Sqlite::open(directory.path(), true).await.unwrap());
        let db: Arc<dyn EventStore> = sqlite.clone();
        let hierarchy = Hierarchy::new(&OperatorKey::generate());
        let id = hierarchy.take(&db, &"acme".into(), 1).await.unwrap()[0].id;
        let busy = sqlite.keys.lock().await;
        let ids = [id];
        let mut loading = pin!(hierarchy.opened(&*db, "acme", &ids));
        assert!(poll!(&mut loading).is_pending());

        hierarchy.forget("acme");
        drop(busy);
        assert!(loading.await.unwrap()[&id].is_some());
        sqlite.destroy_keys(&[id]).await.unwrap();

        assert!(hierarchy.opened(&*db, "acme", &ids).await.unwrap()[&id].is_none());
    }
}
