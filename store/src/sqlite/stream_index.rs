//! Where streams are: which event begins one, and the positions of the others.
//!
//! All of it follows from the log and is written behind it: the latest places are kept in memory, and
//! go to `index.db` in large sorted steps by a task of their own. Without the file, or with that of
//! another log, it is built anew. See `docs/adr/0007-index-behind-the-log.md`.

mod file;
mod recent;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::sync::{Arc, LazyLock, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{ConnectOptions, Row, SqliteConnection, SqlitePool};
use tokio::sync::Notify;

use super::bulk::Bulk;
use super::log::unsigned;
use super::tx::Writer;
use super::{damaged_files, unavailable};
use crate::backend::{Head, Part, StreamHash};
use crate::types::{Position, StoreError, Version};
pub(super) use file::read_only_address;
use recent::Recent;

const FILE: &str = "index.db";
/// Events that are kept in memory before a step to the file (about 100 bytes each, twice).
pub(super) const STEP: usize = 65_536;
/// Events read at once while catching up.
const PAGE: usize = 4_096;
const PAUSE: Duration = Duration::from_secs(1);

const AFTER: &str = "select pos, stream_no, version, tenant, stream, event_id from events \
                    where pos > ? order by pos limit ?";
const LATER: &str = "select version, pos from later where stream_no = ? and version > ?";
static LOOK: LazyLock<Bulk> = LazyLock::new(|| {
    Bulk::over_list(
        "select s.hash, s.first, \
         (select max(l.version) from later as l where l.stream_no = s.first) \
         from streams as s where s.hash in ({})",
    )
});
pub(super) struct Index {
    recent: std::sync::Mutex<Recent>,
    read: SqlitePool,
    write: Writer,
    step: usize,
    grown: Arc<Notify>,
    /// The directory stays ours while a step is taken.
    _lock: Arc<File>,
}

impl Index {
    /// Opens the file and catches up with the log.
    pub(super) async fn open(
        file: SqliteConnectOptions,
        log: &mut SqliteConnection,
        step: usize,
        lock: Arc<File>,
    ) -> Result<Arc<Index>, StoreError> {
        let mut write = file.connect().await.map_err(damaged_files::of(FILE))?;
        let covered = file::prepare(&mut write, log).await?;
        let index = Arc::new(Index {
            recent: std::sync::Mutex::new(Recent::after(covered)),
            read: SqlitePoolOptions::new()
                .max_connections(4)
                .test_before_acquire(false)
                .connect_lazy_with(file.read_only(true)),
            write: Writer::new(write),
            step,
            grown: Arc::default(),
            _lock: lock,
        });
        index.catch_up(log).await?;
        step_in_background(&index);
        Ok(index)
    }

    fn recent(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The last event it knows of.
    pub(super) fn last(&self) -> Position {
        self.recent().last()
    }

    /// Takes in what the log has beyond what is known here.
    pub(super) async fn catch_up(&self, log: &mut SqliteConnection) -> Result<(), StoreError> {
        loop {
            let after = self.recent().last();
            let query = sqlx::query(AFTER).bind(after.cast_signed()).bind(PAGE as i64);
            let rows = query.fetch_all(&mut *log).await.map_err(damaged_files::of("log.db"))?;
            for row in &rows {
                let (first, version) = (unsigned(row, 1), unsigned(row, 2));
                let begins =
                    (version == 1).then(|| crate::backend::stream_hash(row.get(3), row.get(4)));
                self.recent().add(unsigned(row, 0), first, version, begins, row.get(5));
            }
            while self.recent().is_longer_than(self.step) {
                self.step().await?;
            }
            if rows.len() < PAGE {
                return Ok(());
            }
        }
    }

    /// Takes in what was just written.
    pub(super) fn add(&self, part: &Part, base: Position) {
        let mut recent = self.recent();
        let mut begun = HashMap::with_capacity(part.begun.len());
        begun.extend(part.begun.iter().map(|(hash, offset)| (*offset, *hash)));
        for (position, (offset, row)) in (base..).zip((0_u32..).zip(&part.rows)) {
            let begins = begun.get(&offset).copied();
            recent.add(position, row.number.position(base), row.version, begins, &row.event_id);
        }
        if recent.is_longer_than(self.step) {
            self.grown.notify_one();
        }
    }

    /// Whether any of these streams exists, as far as it is not in the file yet. What is there, the
    /// writer's transaction finds.
    pub(super) fn has_any(&self, begun: &[(StreamHash, u32)]) -> bool {
        let recent = self.recent();
        begun.iter().any(|(hash, _)| recent.first(hash).is_some())
    }

    /// Where these streams end, in the order asked.
    pub(super) async fn heads<'a>(
        &self,
        streams: impl Iterator<Item = &'a StreamHash>,
    ) -> Result<Vec<Option<Head>>, StoreError> {
        let streams: Vec<&StreamHash> = streams.collect();
        loop {
            let steps = self.recent().steps();
            let stored = self.look(&streams).await.map_err(unavailable)?;
            let recent = self.recent();
            // What was in memory may have come into the file behind our back.
            if recent.steps() == steps {
                return Ok(streams
                    .iter()
                    .map(|hash| recent.head(hash, stored.get(*hash)))
                    .collect());
            }
        }
    }

    async fn look(&self, streams: &[&StreamHash]) -> sqlx::Result<HashMap<StreamHash, Head>> {
        let mut found = HashMap::new();
        for (sql, run) in LOOK.runs(streams) {
            let mut query = sqlx::query(sql);
            for hash in run {
                query = query.bind(&hash[..]);
            }
            for row in query.fetch_all(&self.read).await? {
                let hash = row.get::<&[u8], _>(0).try_into().map_err(decode)?;
                let version = row.get::<Option<i64>, _>(2).map_or(1, i64::cast_unsigned);
                found.insert(hash, Head { first: unsigned(&row, 1), version });
            }
        }
        Ok(found)
    }

    /// The positions of a stream's events after a version, in order.
    pub(super) async fn positions(
        &self,
        stream: &StreamHash,
        after: Version,
    ) -> Result<Vec<Position>, StoreError> {
        loop {
            let steps = self.recent().steps();
            let stored = self.look(&[stream]).await.map_err(unavailable)?;
            let first = self.recent().head(stream, stored.get(stream)).map(|head| head.first);
            let Some(first) = first else {
                if self.recent().steps() == steps {
                    return Ok(vec![]);
                }
                continue;
            };
            let query = sqlx::query(LATER).bind(first.cast_signed()).bind(after.cast_signed());
            let rows = query.fetch_all(&self.read).await.map_err(unavailable)?;
            let mut all: BTreeMap<Version, Position> =
                rows.iter().map(|row| (unsigned(row, 0), unsigned(row, 1))).collect();
            let recent = self.recent();
            if recent.steps() != steps {
                continue;
            }
            all.extend(recent.later(first, after));
            if after == 0 {
                all.insert(1, first);
            }
            return Ok(all.into_values().collect());
        }
    }

    /// Leaves nothing beside the file. What it lacks follows from the log.
    pub(super) async fn close(&self) -> Result<(), StoreError> {
        self.read.close().await;
        super::empty_wal(FILE, &mut *self.write.lock().await).await
    }

    /// Brings a step's places into the file. Until it is there, memory answers.
    async fn step(&self) -> Result<(), StoreError> {
        let mut write = self.write.lock().await;
        let places = self.recent().settle();
        file::store(&mut write, &places).await.map_err(damaged_files::of(FILE))?;
        self.recent().stored();
        Ok(())
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        self.grown.notify_one();
    }
}

/// Takes a step whenever enough has come together, as long as the index is in use.
fn step_in_background(index: &Arc<Index>) {
    let (grown, index) = (index.grown.clone(), Arc::downgrade(index));
    tokio::spawn(async move {
        let mut behind = false;
        loop {
            grown.notified().await;
            // Not held while it waits: the directory is let go with the last store.
            while let Some(index) = index.upgrade() {
                if !index.recent().is_longer_than(index.step) {
                    break;
                }
                let failed = index.step().await.err();
                drop(index);
                match &failed {
                    Some(error) if !behind => {
                        tracing::warn!(%error, "index.db falls behind; what it lacks is in memory");
                    }
                    Some(error) => tracing::debug!(%error, "index.db is still behind"),
                    None if behind => tracing::warn!("index.db follows again"),
                    None => {}
                }
                behind = failed.is_some();
                if behind {
                    tokio::time::sleep(PAUSE).await;
                }
            }
            if index.strong_count() == 0 {
                return;
            }
        }
    });
}

fn decode(_: std::array::TryFromSliceError) -> sqlx::Error {
    sqlx::Error::Decode("a stream's hash does not have 16 bytes".into())
}
