//! The databases measured on. Every measurement gets a fresh one, and drops it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rollcall_store::{Location, yardstick};
use secrecy::{ExposeSecret, SecretString};

use super::Args;
use crate::failure::Failure;

#[path = "../../tests/support/postgres.rs"]
mod cluster;

use cluster::{Cluster, Fsync};

/// How long a store may take to let go of its files.
const PATIENCE: Duration = Duration::from_secs(30);

/// A kind of database, and where to make new ones.
pub(super) enum Database {
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
pub(super) struct Place {
    pub(super) location: Location,
    /// The node's own directory.
    pub(super) directory: PathBuf,
    /// PostgreSQL: the server's administrator, to drop it.
    server: Option<SecretString>,
}

impl Database {
    /// Those asked for.
    pub(super) async fn all(args: &Args, directory: &Path) -> Result<Vec<Database>, Failure> {
        let mut all = vec![];
        if !args.no_sqlite {
            all.push(Database::Sqlite(directory.to_owned()));
        }
        let directory = directory.to_owned();
        let server = args.database_url.as_ref().filter(|url| is_postgres(url));
        if let Some(url) = server.filter(|_| !args.postgres).cloned() {
            all.push(Database::Postgres { url, directory, _cluster: None });
        } else if args.postgres {
            let started = tokio::task::spawn_blocking(|| Cluster::start(Fsync::On)).await;
            let cluster = started.map_err(super::broken)?.map_err(Failure::Failed)?;
            let url = SecretString::from(cluster.url("postgres"));
            all.push(Database::Postgres { url, directory, _cluster: Some(Box::new(cluster)) });
        }
        Ok(all)
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Database::Sqlite(_) => "SQLite",
            Database::Postgres { .. } => "PostgreSQL",
        }
    }

    /// A new, empty database.
    pub(super) async fn fresh(&self) -> Result<Place, Failure> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("rollcall_bench_{}_{number}", std::process::id());
        let (Database::Sqlite(parent) | Database::Postgres { directory: parent, .. }) = self;
        let directory = parent.join(&name);
        std::fs::create_dir(&directory)?;
        Ok(match self {
            Database::Sqlite(_) => {
                Place { location: Location::Sqlite(directory.clone()), directory, server: None }
            }
            Database::Postgres { url, .. } => {
                let made = yardstick::create_database(url, &name).await?;
                let server = Some(url.clone());
                Place { location: Location::Postgres(made), directory, server }
            }
        })
    }
}

fn is_postgres(url: &SecretString) -> bool {
    let url = url.expose_secret();
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

impl Place {
    /// One that another process of ours made, and will remove.
    pub(super) fn existing(url: Option<SecretString>, directory: PathBuf) -> Place {
        let location = match url {
            Some(url) => Location::Postgres(url),
            None => Location::Sqlite(directory.clone()),
        };
        Place { location, directory, server: None }
    }

    /// Waits until nobody in this process has it open, so that another process may.
    pub(super) async fn closed(&self) -> Result<(), Failure> {
        let Location::Sqlite(directory) = &self.location else { return Ok(()) };
        let lock = std::fs::File::open(directory.join("lock"))?;
        let began = Instant::now();
        while lock.try_lock().is_err() {
            if began.elapsed() > PATIENCE {
                return Err(Failure::failed("the database is still open in this process"));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(lock.unlock()?)
    }

    /// Gives the disk back. Nobody may use it any more.
    pub(super) async fn remove(self) -> Result<(), Failure> {
        if let (Some(server), Location::Postgres(url)) = (&self.server, &self.location) {
            yardstick::drop_database(server, url).await?;
        }
        std::fs::remove_dir_all(&self.directory)?;
        Ok(())
    }

    /// Makes the database write down what it has put off, so that no measurement pays for another.
    pub(super) async fn settle(&self) -> Result<(), Failure> {
        match &self.location {
            Location::Sqlite(_) => Ok(()),
            Location::Postgres(url) => Ok(yardstick::checkpoint(url).await?),
        }
    }
}
