//! The databases measured on. Every measurement gets a fresh one, and drops it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rollcall_store::{Clock, Location, OperatorKey, Options, Store};
use secrecy::SecretString;
use tempfile::TempDir;

use crate::failure::Failure;
use crate::postgres;

#[path = "../../tests/support/postgres.rs"]
mod cluster;

use cluster::{Cluster, Fsync};

/// How long a store may take to let go of its files.
const PATIENCE: Duration = Duration::from_secs(30);

/// Which databases, and where.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Also measure on this PostgreSQL server; each work makes databases of its own there, and
    /// drops them.
    #[arg(long, value_name = "URL")]
    database_url: Option<SecretString>,

    /// Also measure on PostgreSQL, in a private cluster that is started for it.
    #[arg(long)]
    postgres: bool,

    /// Leave SQLite out.
    #[arg(long)]
    no_sqlite: bool,

    /// Where SQLite's files lie while measuring; a temporary directory is made in it.
    #[arg(long, value_name = "DIRECTORY")]
    scratch: Option<PathBuf>,
}

/// A kind of database, and where to make new ones.
pub(crate) enum Database {
    Sqlite(PathBuf),
    Postgres {
        url: SecretString,
        /// For the operator key and whatever else a node keeps beside the database.
        directory: PathBuf,
        /// The server, where it is ours.
        _cluster: Option<Box<Cluster>>,
    },
}

/// A fresh database.
pub(crate) struct Place {
    pub(crate) location: Location,
    /// The node's own directory.
    pub(crate) directory: PathBuf,
    /// PostgreSQL: the server's administrator, to drop it.
    server: Option<SecretString>,
}

impl Args {
    /// A directory for everything, gone with the value.
    pub(crate) fn scratch(&self) -> Result<TempDir, Failure> {
        let parent = self.scratch.clone().unwrap_or_else(std::env::temp_dir);
        Ok(tempfile::Builder::new().prefix("rollcall-benchmarks-").tempdir_in(parent)?)
    }

    /// Those asked for.
    pub(crate) async fn all(&self, directory: &Path) -> Result<Vec<Database>, Failure> {
        let mut all = vec![];
        if !self.no_sqlite {
            all.push(Database::Sqlite(directory.to_owned()));
        }
        let directory = directory.to_owned();
        if let Some(url) = self.database_url.clone().filter(|_| !self.postgres) {
            all.push(Database::Postgres { url, directory, _cluster: None });
        } else if self.postgres {
            let started = tokio::task::spawn_blocking(|| Cluster::start(Fsync::On)).await;
            let cluster = started?.map_err(Failure::new)?;
            let url = SecretString::from(cluster.url("postgres"));
            all.push(Database::Postgres { url, directory, _cluster: Some(Box::new(cluster)) });
        }
        Ok(all)
    }
}

impl Database {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Database::Sqlite(_) => "SQLite",
            Database::Postgres { .. } => "PostgreSQL",
        }
    }

    /// A new, empty database.
    pub(crate) async fn fresh(&self) -> Result<Place, Failure> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("rollcall_benchmarks_{}_{number}", std::process::id());
        let (Database::Sqlite(parent) | Database::Postgres { directory: parent, .. }) = self;
        let directory = parent.join(&name);
        std::fs::create_dir(&directory)?;
        Ok(match self {
            Database::Sqlite(_) => {
                Place { location: Location::Sqlite(directory.clone()), directory, server: None }
            }
            Database::Postgres { url, .. } => {
                let made = postgres::create_database(url, &name).await?;
                let server = Some(url.clone());
                Place { location: Location::Postgres(made), directory, server }
            }
        })
    }
}

impl Place {
    /// One that another process of ours made, and will remove.
    pub(crate) fn existing(url: Option<SecretString>, directory: PathBuf) -> Place {
        let location = match url {
            Some(url) => Location::Postgres(url),
            None => Location::Sqlite(directory.clone()),
        };
        Place { location, directory, server: None }
    }

    /// The store there, with the operator key that was made for it.
    pub(crate) async fn store(&self) -> Result<Store, Failure> {
        let operator_key = OperatorKey::from_file(&self.directory.join("operator.key"), true)?;
        let location = self.location.clone();
        Ok(Store::open(Options { location, operator_key, migrate: true, clock: Clock::system() })
            .await?)
    }

    /// Waits until nobody in this process has it open, so that it can be opened again, here or in
    /// another process.
    pub(crate) async fn closed(&self) -> Result<(), Failure> {
        let Location::Sqlite(directory) = &self.location else { return Ok(()) };
        let lock = std::fs::File::open(directory.join("lock"))?;
        let began = Instant::now();
        while lock.try_lock().is_err() {
            if began.elapsed() > PATIENCE {
                return Err(Failure::new("the database is still open in this process"));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(lock.unlock()?)
    }

    /// Gives the disk back. Nobody may use it any more.
    pub(crate) async fn remove(self) -> Result<(), Failure> {
        if let (Some(server), Location::Postgres(url)) = (&self.server, &self.location) {
            postgres::drop_database(server, url).await?;
        }
        std::fs::remove_dir_all(&self.directory)?;
        Ok(())
    }

    /// Makes the database write down what it has put off, so that no measurement pays for another.
    pub(crate) async fn settle(&self) -> Result<(), Failure> {
        match &self.location {
            Location::Sqlite(_) => Ok(()),
            Location::Postgres(url) => postgres::checkpoint(url).await,
        }
    }
}
