//! How far the live read models have come, and waiting for them: what a caller needs to read their
//! own writes.

use std::collections::HashMap;
use std::time::Duration;

use rollcall_store::{Position, Shard, StoreError};
use tokio::sync::watch;
use tokio::time::Instant;

use super::consumers::{self, State};
use crate::db::{Db, ReadError};
use crate::registry;

/// Why waiting ended without success.
#[derive(Debug, thiserror::Error)]
pub enum WaitError {
    /// It takes longer than the caller wants to wait.
    #[error("the read models are not that far yet")]
    TimedOut,
    /// It will not get there until somebody acts.
    #[error("the read model `{name}` has stopped")]
    Stopped { name: String },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ReadError> for WaitError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Store(error) => WaitError::Store(error),
            ReadError::Cursor => WaitError::Store(StoreError::Damaged("cursor")),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reached {
    pub(crate) checkpoint: Position,
    pub(crate) stopped: bool,
}

type Known = HashMap<String, Reached>;

/// What this process knows; followers tell, waiters listen.
pub(crate) struct Progress {
    shards: Vec<watch::Sender<Known>>,
}

impl Progress {
    pub(crate) fn new(shards: u16) -> Self {
        Progress { shards: (0..shards).map(|_| watch::channel(Known::new()).0).collect() }
    }

    pub(crate) fn tell<'a>(&self, shard: Shard, reached: impl Iterator<Item = (&'a str, Reached)>) {
        self.shards[usize::from(shard)].send_modify(|known| {
            for (name, reached) in reached {
                known.insert(name.to_owned(), reached);
            }
        });
    }

    /// Waits until all of these have reached the position.
    pub(crate) async fn wait(
        &self,
        db: &Db,
        shard: Shard,
        position: Position,
        names: &[&str],
        deadline: Duration,
    ) -> Result<(), WaitError> {
        let until = Instant::now() + deadline;
        let mut told = self.shards[usize::from(shard)].subscribe();
        loop {
            if all_there(&told.borrow_and_update(), position, names) == Some(Ok(())) {
                return Ok(());
            }
            let now = Instant::now();
            if now >= until {
                // What stopped is worth more than "not yet".
                self.ask(db, shard).await?;
                let outcome = all_there(&told.borrow(), position, names);
                return outcome.unwrap_or(Err(None)).map_err(stopped);
            }
            let pause = (until - now).min(Duration::from_millis(25));
            if tokio::time::timeout(pause, told.changed()).await.is_ok() {
                continue;
            }
            // Another node may be following, or this one may have stopped.
            self.ask(db, shard).await?;
            if let Some(Err(Some(name))) = all_there(&told.borrow(), position, names) {
                return Err(stopped(Some(name)));
            }
        }
    }

    /// Looks at the table.
    async fn ask(&self, db: &Db, shard: Shard) -> Result<(), ReadError> {
        let rows = consumers::all(db).await?;
        let live: Vec<_> = rows
            .iter()
            .filter(|row| row.shard == shard && row.state == State::Live)
            .filter(|row| registry::version_of(&row.name) == Some(row.version))
            .map(|row| {
                let stopped = row.error.is_some();
                (row.name.as_str(), Reached { checkpoint: row.checkpoint, stopped })
            })
            .collect();
        self.tell(shard, live.into_iter());
        Ok(())
    }
}

fn stopped(name: Option<String>) -> WaitError {
    name.map_or(WaitError::TimedOut, |name| WaitError::Stopped { name })
}

/// `None`: not yet. An error names one that stopped short of the position.
fn all_there(
    known: &Known,
    position: Position,
    names: &[&str],
) -> Option<Result<(), Option<String>>> {
    let mut all = true;
    for name in names {
        match known.get(*name) {
            Some(reached) if reached.checkpoint >= position => {}
            Some(reached) if reached.stopped => return Some(Err(Some((*name).to_owned()))),
            Some(_) | None => all = false,
        }
    }
    all.then_some(Ok(()))
}
