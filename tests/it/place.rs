//! Where a test's store lies: a directory of its own, or a database of its own.

use std::time::{Duration, Instant};

use rollcall_store::{Clock, Location, OperatorKey, Options, Store, StoreError};
use secrecy::SecretString;
use sqlx::{Connection, Row};
use tempfile::TempDir;

use crate::postgres::{Fsync, shared};

/// The longest any test waits for something that has to happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A place for one store, gone with the test.
pub(crate) struct Place {
    pub(crate) location: Location,
    pub(crate) operator_key: OperatorKey,
    /// What time it is for its stores.
    pub(crate) clock: Clock,
    directory: TempDir,
}

impl Place {
    pub(crate) fn sqlite() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let location = Location::Sqlite(directory.path().join("data"));
        Self::at(location, directory)
    }

    pub(crate) fn postgres() -> Self {
        Self::postgres_at(shared(Fsync::Off).fresh_database().unwrap())
    }

    pub(crate) fn postgres_at(url: String) -> Self {
        let location = Location::Postgres(SecretString::from(url));
        Self::at(location, tempfile::tempdir().unwrap())
    }

    fn at(location: Location, directory: TempDir) -> Self {
        let data = directory.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let operator_key = OperatorKey::from_file(&data.join("operator.key"), true).unwrap();
        Place { location, operator_key, clock: Clock::system(), directory }
    }

    /// The data directory of a server on this place; only its owner's files lie there.
    pub(crate) fn directory(&self) -> std::path::PathBuf {
        self.directory.path().join("data")
    }

    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self.location, Location::Postgres(_))
    }

    /// Opens the store; on PostgreSQL a second time makes a second node.
    pub(crate) async fn open(&self) -> Store {
        self.try_open(self.operator_key.clone()).await.unwrap()
    }

    pub(crate) async fn try_open(&self, operator_key: OperatorKey) -> Result<Store, StoreError> {
        let (location, clock) = (self.location.clone(), self.clock.clone());
        Store::open(Options { location, operator_key, migrate: true, clock }).await
    }

    /// Opens it again, once the last owner has let go of it.
    pub(crate) async fn reopen(&self) -> Store {
        self.let_go().await;
        self.open().await
    }

    /// Waits until nobody in this process has the directory open any more.
    pub(crate) async fn let_go(&self) {
        let Location::Sqlite(directory) = &self.location else { return };
        let file = std::fs::File::open(directory.join("lock")).unwrap();
        eventually("the directory is let go", async || {
            use rustix::fs::{FlockOperation, flock};
            flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok()
        })
        .await;
    }

    /// What SQLite keeps beside its files: nothing, once the last owner has closed them.
    pub(crate) fn beside_its_files(&self) -> Vec<String> {
        let Location::Sqlite(directory) = &self.location else { return vec![] };
        let files = std::fs::read_dir(directory).unwrap().map(Result::unwrap);
        let filled = files.filter(|file| file.metadata().unwrap().len() > 0);
        let names = filled.map(|file| file.file_name().to_string_lossy().into_owned());
        names.filter(|name| name.ends_with("-wal")).collect()
    }

    /// A directory of the same kind for another node on the same database.
    pub(crate) fn another_directory(&self) -> std::path::PathBuf {
        let names = (1..).map(|number| self.directory.path().join(format!("another-{number}")));
        let directory = names.into_iter().find(|name| std::fs::create_dir(name).is_ok()).unwrap();
        std::fs::copy(self.directory().join("operator.key"), directory.join("operator.key"))
            .unwrap();
        directory
    }

    /// A table of the log as SQL of this database has to call it.
    pub(crate) fn table(&self, name: &str) -> String {
        if self.is_postgres() { format!("log.{name}") } else { name.to_owned() }
    }

    /// Runs SQL past the store, on a connection of its own; the first column of the first row.
    pub(crate) async fn sql(&self, sql: &str) -> Result<Option<i64>, sqlx::Error> {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        match &self.location {
            Location::Sqlite(directory) => {
                let options = sqlx::sqlite::SqliteConnectOptions::new()
                    .filename(directory.join("log.db"))
                    .busy_timeout(PATIENCE);
                let mut connection = sqlx::SqliteConnection::connect_with(&options).await?;
                let row = sqlx::query(sql).fetch_optional(&mut connection).await?;
                row.map(|row| row.try_get(0)).transpose()
            }
            Location::Postgres(url) => {
                let url = secrecy::ExposeSecret::expose_secret(url);
                let mut connection = sqlx::PgConnection::connect(url).await?;
                let row = sqlx::query(sql).fetch_optional(&mut connection).await?;
                row.map(|row| row.try_get(0)).transpose()
            }
        }
    }

    /// A number that SQL counts.
    pub(crate) async fn count(&self, sql: &str) -> i64 {
        self.sql(sql).await.unwrap().expect("a count is a row")
    }

    /// Reactors that are behind, work that is not done, or events while we looked: work that ends
    /// without an event asks for nothing more.
    pub(crate) async fn is_busy(&self) -> bool {
        let [heads, reactors, intents] = ["heads", "reactors", "intents"].map(|t| self.table(t));
        let written = format!("select cast(sum(pos) as bigint) from {heads}");
        // One that has not taken its place yet is behind, too.
        let all = rollcall_workers::reactors().len();
        let behind = format!(
            "select count(*) from {heads} as h where pos > 0 and {all} > ( \
             select count(*) from {reactors} as r where r.shard = h.shard and checkpoint >= pos)"
        );
        let unfinished = format!("select count(*) from {intents} where not parked");
        let before = self.count(&written).await;
        self.count(&behind).await > 0
            || self.count(&unfinished).await > 0
            || self.count(&written).await > before
    }

    /// Whatever waits for a time of day is due now, also in processes with a clock of their own.
    pub(crate) async fn let_time_fly(&self) {
        let past = if self.is_postgres() { "'epoch'" } else { "0" };
        let intents = self.table("intents");
        let sql = format!("update {intents} set run_at = {past} where run_at > {past}");
        self.sql(&sql).await.unwrap();
    }

    /// All leases are over. SQLite has none that outlive a process.
    pub(crate) async fn let_leases_run_out(&self) {
        if !self.is_postgres() {
            return;
        }
        for table in ["log.intents", "log.reactors", "views.consumers"] {
            let sql = format!("update {table} set lease_until = 'epoch' where owner is not null");
            // Who renews them at the same time may be in another order: one of the two gives way.
            eventually("leases run out", async || self.sql(&sql).await.is_ok()).await;
        }
    }

    /// Whether these bytes stand anywhere in the files or tables, keys and indexes included.
    pub(crate) async fn holds(&self, needle: &str) -> bool {
        self.holds_in(needle, "").await
    }

    /// The same but for read models, which are there to be read.
    pub(crate) async fn holds_outside_of_views(&self, needle: &str) -> bool {
        self.holds_in(needle, "views").await
    }

    async fn holds_in(&self, needle: &str, all_but: &str) -> bool {
        match &self.location {
            Location::Sqlite(directory) => std::fs::read_dir(directory).unwrap().any(|file| {
                let file = file.unwrap();
                let name = file.file_name().to_string_lossy().into_owned();
                let bytes = std::fs::read(file.path()).unwrap();
                let searched = all_but.is_empty() || !name.starts_with(all_but);
                searched && bytes.windows(needle.len()).any(|window| window == needle.as_bytes())
            }),
            Location::Postgres(_) => {
                const TABLES: [&str; 16] = [
                    "log.events",
                    "log.streams",
                    "log.append_keys",
                    "log.subject_keys",
                    "log.blobs",
                    "log.duplicate_deliveries",
                    "log.entries",
                    "log.intents",
                    "log.outbound_attempts",
                    "log.outbound_deliveries",
                    "log.outbound_health",
                    "log.refused_deliveries",
                    "log.sessions",
                    "log.tokens",
                    "keys.pages",
                    "keys.vault",
                ];
                let hex = hex::encode(needle);
                for table in TABLES {
                    let found = self
                        .count(&format!(
                            "select count(*) from {table} as t \
                             where strpos(t::text, '{needle}') > 0 or strpos(t::text, '{hex}') > 0"
                        ))
                        .await;
                    if found > 0 {
                        return true;
                    }
                }
                false
            }
        }
    }
}

/// Asks again and again until it is so.
pub(crate) async fn eventually(what: &str, holds: impl AsyncFnMut() -> bool) {
    within(PATIENCE, what, holds).await;
}

/// The same for what takes longer on a machine that does other things too.
pub(crate) async fn within(limit: Duration, what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + limit;
    while !holds().await {
        assert!(Instant::now() < deadline, "it never came about that {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Runs each test on SQLite and on PostgreSQL.
// A macro, because each run has to be a test with a name of its own.
macro_rules! on_both_databases {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(crate::place::Place::sqlite()).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(crate::place::Place::postgres()).await;
            })+
        }
    };
}
pub(crate) use on_both_databases;
