//! The writer's transaction, in one call: each call costs a way to SQLite's thread and back, and while
//! it lasts nobody else can write.

use std::sync::{LazyLock, MutexGuard, PoisonError};

use sqlx::error::BoxDynError;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, Row, SqliteConnection};

use super::bulk::{Bulk, MOST};
use super::log::{HEAD, unsigned};
use super::tx::{BEGIN, Held};
use super::{Sqlite, blobs, micros, unavailable};
use crate::backend::{Batch, BatchError, EventRow, Part};
use crate::types::Position;

// A violation ends the whole transaction. A statement that could fail by itself would keep a copy of
// every page it changes.
static EVENTS: LazyLock<Bulk> = LazyLock::new(|| {
    Bulk::new(
        "insert or rollback into events (pos, stream_no, version, tenant, stream, event_id, type, \
         schema_version, recorded_at, effective_at, principal, causation, correlation, subject, \
         payload, sealed)",
        "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        "",
    )
});
static BEGUN: LazyLock<Bulk> = LazyLock::new(|| {
    Bulk::over_list(
        "insert or rollback into begun_twice (first) \
         select first from places.streams where hash in ({})",
    )
});
static KEYS: LazyLock<Bulk> = LazyLock::new(|| {
    Bulk::new(
        "insert or rollback into append_keys (tenant, key, request_hash, first_pos, last_pos)",
        "(?, ?, ?, ?, ?)",
        "",
    )
});
static SUBJECT_KEYS: LazyLock<Bulk> = LazyLock::new(|| {
    Bulk::new("insert or ignore into subject_keys (tenant, subject, key_id)", "(?, ?, ?)", "")
});
const END: &str = "update heads set pos = ?, recorded_at = ? where shard = 0; commit";

/// Where the log ends; `None` until it was read, and after every failure.
pub(super) type End = Option<(Position, i64)>;

impl Sqlite {
    /// The position of the part's first row, once everything is durable.
    pub(super) async fn write_part(
        &self,
        log: &mut Held<'_>,
        batch: &Batch,
        part: &Part,
    ) -> Result<Position, BatchError> {
        let known = self.end().take();
        let (last, before) = match known {
            Some(known) => known,
            None => {
                let decided_on = self.index.last();
                self.index.catch_up(log).await?;
                let head = sqlx::query(HEAD).fetch_one(&mut **log).await.map_err(refused)?;
                let known = (unsigned(&head, 0), head.get(1));
                if self.index.last() != decided_on {
                    // What had seemed to fail is there, and nobody has decided on it.
                    *self.end() = Some(known);
                    return Err(BatchError::Raced);
                }
                known
            }
        };
        if self.index.has_any(&part.begun) {
            *self.end() = Some((last, before));
            return Err(BatchError::Raced);
        }
        let (base, at) = (last + 1, micros(batch.recorded_at).max(before));
        let end = (last + part.rows.len() as u64, at);
        log.begins();
        write(log, batch, part, base, end).await.map_err(refused)?;
        log.committed();
        self.index.add(part, base);
        *self.end() = Some(end);
        Ok(base)
    }

    fn end(&self) -> MutexGuard<'_, End> {
        self.end.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Not a transaction of sqlx's: its begin and commit are calls of their own.
async fn write(
    log: &mut SqliteConnection,
    batch: &Batch,
    part: &Part,
    base: Position,
    end: (Position, i64),
) -> sqlx::Result<()> {
    let place = |offset: u32| (base + u64::from(offset)).cast_signed();
    let mut position = base.cast_signed();
    let mut calls = Calls { log, text: BEGIN.to_owned(), values: SqliteArguments::default() };
    calls
        .add(&EVENTS, &part.rows, |values, row| {
            values.add(position)?;
            values.add(row.number.position(base).cast_signed())?;
            position += 1;
            add_event(values, row, end.1)
        })
        .await?;
    calls.add(&BEGUN, &part.begun, |values, (hash, _)| values.add(&hash[..])).await?;
    calls
        .add(&KEYS, &part.keys, |values, (tenant, key, request_hash, first, last)| {
            values.add(tenant.clone())?;
            values.add(key.as_str())?;
            values.add(request_hash.as_slice())?;
            values.add(place(*first))?;
            values.add(place(*last))
        })
        .await?;
    calls
        .add(&SUBJECT_KEYS, &batch.subject_keys, |values, (tenant, subject, key)| {
            values.add(tenant.clone())?;
            values.add(subject.as_str())?;
            values.add(&key[..])
        })
        .await?;
    calls.add(&blobs::ADD, &batch.blobs, |values, blob| blobs::add(values, blob)).await?;
    calls.add(&blobs::ATTACH, &batch.attach, |values, id| values.add(id.as_str())).await?;
    calls.end(end).await
}

fn add_event(values: &mut SqliteArguments, row: &EventRow, at: i64) -> Result<(), BoxDynError> {
    values.add(row.version.cast_signed())?;
    values.add(row.tenant.clone())?;
    values.add(row.stream.clone())?;
    values.add(row.event_id.clone())?;
    values.add(row.kind.clone())?;
    values.add(row.schema_version)?;
    values.add(at)?;
    values.add(row.effective_at.map(micros))?;
    values.add(row.principal.clone())?;
    values.add(row.causation.clone())?;
    values.add(row.correlation.clone())?;
    values.add(row.subject.clone())?;
    values.add(row.payload.as_slice())?;
    values.add(row.sealed.as_deref())
}

/// Statements that wait to be sent together.
struct Calls<'c> {
    log: &'c mut SqliteConnection,
    text: String,
    values: SqliteArguments,
}

impl Calls<'_> {
    /// Adds rows. Each full list goes out with what waits before it, so that there are few different
    /// texts to prepare, none of them long.
    async fn add<T>(
        &mut self,
        bulk: &'static Bulk,
        rows: &[T],
        mut bind: impl FnMut(&mut SqliteArguments, &T) -> Result<(), BoxDynError>,
    ) -> sqlx::Result<()> {
        for (sql, run) in bulk.runs(rows) {
            self.text.push_str("; ");
            self.text.push_str(sql);
            for row in run {
                bind(&mut self.values, row).map_err(sqlx::Error::Encode)?;
            }
            if run.len() == MOST {
                self.send().await?;
            }
        }
        Ok(())
    }

    async fn end(mut self, (last, at): (Position, i64)) -> sqlx::Result<()> {
        self.text.push_str("; ");
        self.text.push_str(END);
        self.values.add(last.cast_signed()).map_err(sqlx::Error::Encode)?;
        self.values.add(at).map_err(sqlx::Error::Encode)?;
        self.send().await
    }

    /// The text is put together from constants only.
    async fn send(&mut self) -> sqlx::Result<()> {
        let (text, values) = (std::mem::take(&mut self.text), std::mem::take(&mut self.values));
        sqlx::query_with(AssertSqlSafe(text), values).execute(&mut *self.log).await?;
        Ok(())
    }
}

/// A stream that is there already violates the check of `begun_twice`, a key its own uniqueness.
fn refused(error: sqlx::Error) -> BatchError {
    match error.as_database_error() {
        Some(database) if database.is_unique_violation() || database.is_check_violation() => {
            BatchError::Raced
        }
        Some(_) | None => BatchError::Store(unavailable(error)),
    }
}
