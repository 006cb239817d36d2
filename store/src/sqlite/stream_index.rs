//! Where streams are: which event begins one, and the positions of the others.
//!
//! All of it follows from the log and is written behind it: the latest places are kept in memory, and
//! go to `index.db` in large sorted steps by a task of their own. Without the file, or with that of
//! another log, it is built anew. See `docs/adr/0007-index-behind-the-log.md`.

mod recent;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::path::Path;
use std::sync::{Arc, LazyLock, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{ConnectOptions, Connection, Row, SqliteConnection, SqlitePool};
use tokio::sync::Notify;

use super::bulk::Bulk;
use super::log::unsigned;
use super::tx::{Held, Writer};
use super::{damaged_files, unavailable};
use crate::backend::{Head, Part, StreamHash};
use crate::types::{Position, StoreError, Version};
use recent::{Places, Recent};

const FILE: &str = "index.db";
/// Events that are kept in memory before a step to the file (about 100 bytes each, twice).
pub(super) const STEP: usize = 65_536;
/// Events read at once while catching up.
const PAGE: usize = 4_096;
const PAUSE: Duration = Duration::from_secs(1);

const TABLES: &str = "
create table if not exists streams (
    hash  blob    primary key,  -- first 16 bytes of SHA-256 over tenant, NUL, stream
    first integer not null      -- position of its first event: version 1
) strict, without rowid;
create table if not exists later (
    stream_no integer not null,  -- position of the stream's first event
    version   integer not null,  -- from 2
    pos       integer not null,
    primary key (stream_no, version)
) strict, without rowid;
-- How far it goes, and which event is there: that of another log is another one.
create table if not exists covered (
    pos      integer not null,
    event_id text    not null
) strict;";
const CLEAR: &str = "
delete from streams;
delete from later;
delete from covered;
insert into covered (pos, event_id) values (0, '')";
const COVERED: &str = "select pos, event_id from covered";
const COVER: &str = "update covered set pos = ?1, event_id = ?2 where pos < ?1";
const EVENT_AT: &str = "select event_id from events where pos = ?";
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
// A step that was taken before a crash could be told is taken again.
static ADD_STREAMS: LazyLock<Bulk> =
    LazyLock::new(|| Bulk::new("insert or ignore into streams (hash, first)", "(?, ?)", ""));
static ADD_LATER: LazyLock<Bulk> = LazyLock::new(|| {
    Bulk::new("insert or ignore into later (stream_no, version, pos)", "(?, ?, ?)", "")
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
        let covered = prepare(&mut write, log).await?;
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
        store(&mut write, &places).await.map_err(damaged_files::of(FILE))?;
        self.recent().stored();
        Ok(())
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        self.grown.notify_one();
    }
}

async fn store(write: &mut Held<'_>, places: &Places) -> sqlx::Result<()> {
    let mut step = write.begin().await?;
    for (sql, run) in ADD_STREAMS.runs(&places.begun()) {
        let mut query = sqlx::query(sql);
        for (hash, first) in run {
            query = query.bind(&hash[..]).bind(first.cast_signed());
        }
        query.execute(&mut *step).await?;
    }
    for (sql, run) in ADD_LATER.runs(&places.later()) {
        let mut query = sqlx::query(sql);
        for ((first, version), pos) in run {
            query = query.bind(first.cast_signed()).bind(version.cast_signed());
            query = query.bind(pos.cast_signed());
        }
        query.execute(&mut *step).await?;
    }
    let (last, event_id) = places.last();
    sqlx::query(COVER).bind(last.cast_signed()).bind(event_id).execute(&mut *step).await?;
    step.commit().await
}

/// How far the file goes; emptied first where it belongs to another log.
async fn prepare(
    write: &mut SqliteConnection,
    log: &mut SqliteConnection,
) -> Result<Position, StoreError> {
    if let Some((pos, event_id)) = covered(write).await.map_err(damaged_files::of(FILE))? {
        let query = sqlx::query_scalar::<_, String>(EVENT_AT).bind(pos);
        let there = query.fetch_optional(log).await.map_err(damaged_files::of("log.db"))?;
        if pos == 0 || there.as_ref() == Some(&event_id) {
            return Ok(pos.cast_unsigned());
        }
        tracing::warn!("index.db does not belong to this log and is built anew");
    }
    clear(write).await.map_err(damaged_files::of(FILE))?;
    Ok(0)
}

async fn covered(write: &mut SqliteConnection) -> sqlx::Result<Option<(i64, String)>> {
    sqlx::raw_sql(TABLES).execute(&mut *write).await?;
    sqlx::query_as(COVERED).fetch_optional(write).await
}

async fn clear(write: &mut SqliteConnection) -> sqlx::Result<()> {
    let mut clear = write.begin().await?;
    sqlx::raw_sql(CLEAR).execute(&mut *clear).await?;
    clear.commit().await
}

/// Takes a step whenever enough has come together, as long as the index is in use.
fn step_in_background(index: &Arc<Index>) {
    let (grown, index) = (index.grown.clone(), Arc::downgrade(index));
    tokio::spawn(async move {
        loop {
            grown.notified().await;
            // Not held while it waits: the directory is let go with the last store.
            while let Some(index) = index.upgrade() {
                if !index.recent().is_longer_than(index.step) {
                    break;
                }
                let failed = index.step().await.err();
                drop(index);
                if let Some(error) = failed {
                    tracing::warn!(%error, "index.db falls behind");
                    tokio::time::sleep(PAUSE).await;
                }
            }
            if index.strong_count() == 0 {
                return;
            }
        }
    });
}

/// The address under which another connection attaches the file to read it.
pub(super) fn read_only_address(path: &Path) -> String {
    let path = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    format!("file:{path}?mode=ro")
}

fn decode(_: std::array::TryFromSliceError) -> sqlx::Error {
    sqlx::Error::Decode("a stream's hash does not have 16 bytes".into())
}
