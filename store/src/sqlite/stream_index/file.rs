//! `index.db` itself: its tables, how far it goes, and what a step adds.

use std::path::Path;
use std::sync::LazyLock;

use sqlx::{Connection, SqliteConnection};

use super::FILE;
use super::recent::Places;
use crate::sqlite::bulk::Bulk;
use crate::sqlite::damaged_files;
use crate::sqlite::tx::Held;
use crate::types::{Position, StoreError};

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
// A step that was taken before a crash could be told is taken again.
static ADD_STREAMS: LazyLock<Bulk> =
    LazyLock::new(|| Bulk::new("insert or ignore into streams (hash, first)", "(?, ?)", ""));
static ADD_LATER: LazyLock<Bulk> = LazyLock::new(|| {
    Bulk::new("insert or ignore into later (stream_no, version, pos)", "(?, ?, ?)", "")
});

/// Adds the places of a step.
pub(super) async fn store(write: &mut Held<'_>, places: &Places) -> sqlx::Result<()> {
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
pub(super) async fn prepare(
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

/// The address under which another connection attaches the file to read it.
pub(in crate::sqlite) fn read_only_address(path: &Path) -> String {
    let path = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    format!("file:{path}?mode=ro")
}
