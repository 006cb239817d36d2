//! Every event in one narrow row: who did what, when, and because of what.

use chrono::{DateTime, Utc};
use rollcall_domain::Recorded;

use crate::db::{Db, Page, ReadError, Sql, cursor, limit_of, list_of, resume};
use crate::table::{Key, Projection, Reads, Row, Value, row};

row! {
    pub struct AuditEvent {
        /// In the tenant's shard.
        [key] at: u64,
        stream: String,
        version: u64,
        event_id: String,
        kind: String,
        principal: String,
        subject: Option<String>,
        correlation: Option<String>,
        causation: Option<String>,
        recorded_at: DateTime<Utc>,
    }
}

pub struct AuditEvents;

impl Projection for AuditEvents {
    const NAME: &'static str = "audit_events";
    const VERSION: u16 = 1;
    const READS: Reads = Reads::All;
    const INDEXES: &'static [&'static [&'static str]] =
        &[&["stream", "at"], &["correlation", "at"], &["recorded_at"]];
    type Row = AuditEvent;

    fn keys(event: &Recorded) -> Vec<Key> {
        vec![Key::position(event.position)]
    }

    fn evolve(_key: &Key, _row: Option<AuditEvent>, event: &Recorded) -> Option<AuditEvent> {
        let text = |text: &Option<std::sync::Arc<str>>| text.as_deref().map(str::to_owned);
        Some(AuditEvent {
            at: event.position,
            stream: event.stream.to_string(),
            version: event.version,
            event_id: event.event_id.clone(),
            kind: event.kind.to_string(),
            principal: event.principal.to_string(),
            subject: text(&event.subject),
            correlation: text(&event.correlation),
            causation: text(&event.causation),
            recorded_at: event.recorded_at,
        })
    }
}

/// Which events; nothing set means all.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter<'a> {
    pub stream: Option<&'a str>,
    pub actor: Option<&'a str>,
    pub kind: Option<&'a str>,
    pub principal: Option<&'a str>,
    pub run: Option<&'a str>,
    /// Recorded at or after, and before.
    pub since: Option<DateTime<Utc>>,
    pub until: Option<DateTime<Utc>>,
}

static NEWEST: Sql = Sql::of(
    AuditEvent::COLUMNS,
    "select {columns} from views.audit_events
     where tenant = cast($1 as text)
        and (cast($2 as text) is null or stream = cast($2 as text))
        and (cast($3 as text) is null or stream = 'actor/' || cast($3 as text))
        and (cast($4 as text) is null or kind = cast($4 as text))
        and (cast($5 as text) is null or principal = cast($5 as text))
        and (cast($6 as text) is null or correlation = cast($6 as text)
            or stream = 'run/' || cast($6 as text))
        and (cast($7 as timestamptz) is null or recorded_at >= cast($7 as timestamptz))
        and (cast($8 as timestamptz) is null or recorded_at < cast($8 as timestamptz))
        and (cast($9 as bigint) is null or at < cast($9 as bigint))
     order by at desc
     limit cast($10 as bigint)",
);
static OLDEST: Sql = Sql::of(
    AuditEvent::COLUMNS,
    "select {columns} from views.audit_events
     where tenant = cast($1 as text)
        and (cast($2 as text) is null or stream = cast($2 as text))
        and (cast($3 as text) is null or stream = 'actor/' || cast($3 as text))
        and (cast($4 as text) is null or kind = cast($4 as text))
        and (cast($5 as text) is null or principal = cast($5 as text))
        and (cast($6 as text) is null or correlation = cast($6 as text)
            or stream = 'run/' || cast($6 as text))
        and (cast($7 as timestamptz) is null or recorded_at >= cast($7 as timestamptz))
        and (cast($8 as timestamptz) is null or recorded_at < cast($8 as timestamptz))
        and (cast($9 as bigint) is null or at > cast($9 as bigint))
     order by at
     limit cast($10 as bigint)",
);

static UNITS: Sql = Sql::new(
    "select distinct stream from views.audit_events
     where tenant = cast($1 as text) and correlation = cast($2 as text) and stream like 'unit/%'
     order by stream
     limit 1000",
);

/// The streams of departments, divisions and locations that a run wrote; 1,000 at most.
pub async fn units_of_run(db: &Db, tenant: &str, run: &str) -> Result<Vec<String>, ReadError> {
    db.all(&UNITS, vec![tenant.into(), run.into()], |cells| cells.get()).await
}

static OF_PEOPLE: Sql = Sql::of(
    AuditEvent::COLUMNS,
    "select {columns} from views.audit_events
     where tenant = cast($1 as text)
        and correlation in (select value from views.json_each(cast($2 as text)))
        and subject in (select value from views.json_each(cast($3 as text)))
        and (cast($4 as bigint) is null or at > cast($4 as bigint))
     order by at
     limit cast($5 as bigint)",
);
static TIMES: Sql = Sql::new(
    "select kind, min(recorded_at), max(recorded_at), count(*) from views.audit_events
     where tenant = cast($1 as text) and stream = cast($2 as text)
     group by kind",
);

/// When events of one type came in one stream, and how many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Times {
    pub kind: String,
    pub first: DateTime<Utc>,
    pub last: DateTime<Utc>,
    pub count: u64,
}

/// When what happened in a stream, by type of event.
pub async fn times(db: &Db, tenant: &str, stream: &str) -> Result<Vec<Times>, ReadError> {
    db.all(&TIMES, vec![tenant.into(), stream.into()], |cells| {
        let (kind, first, last) = (cells.get()?, cells.get()?, cells.get()?);
        Ok(Times { kind, first, last, count: cells.get()? })
    })
    .await
}

/// What some runs have written of some people, by subject, in the order it happened.
pub async fn of_people(
    db: &Db,
    tenant: &str,
    runs: &[String],
    subjects: &[String],
    after: Option<&str>,
    limit: u32,
) -> Result<Page<AuditEvent>, ReadError> {
    let at: Option<i64> = resume(after)?;
    let limit = limit_of(limit);
    let args: Vec<Value> =
        vec![tenant.into(), list_of(runs), list_of(subjects), at.into(), (limit + 1).into()];
    let rows = db.all_rows(&OF_PEOPLE, args).await?;
    Ok(Page::of(rows, limit, |row: &AuditEvent| cursor(&row.at)))
}

/// Events, newest first.
pub async fn newest(
    db: &Db,
    tenant: &str,
    filter: &Filter<'_>,
    after: Option<&str>,
    limit: u32,
) -> Result<Page<AuditEvent>, ReadError> {
    page(db, &NEWEST, tenant, filter, after, limit).await
}

/// Events in the order they happened: for exports.
pub async fn oldest(
    db: &Db,
    tenant: &str,
    filter: &Filter<'_>,
    after: Option<&str>,
    limit: u32,
) -> Result<Page<AuditEvent>, ReadError> {
    page(db, &OLDEST, tenant, filter, after, limit).await
}

async fn page(
    db: &Db,
    sql: &Sql,
    tenant: &str,
    filter: &Filter<'_>,
    after: Option<&str>,
    limit: u32,
) -> Result<Page<AuditEvent>, ReadError> {
    let at: Option<i64> = resume(after)?;
    let limit = limit_of(limit);
    let args: Vec<Value> = vec![
        tenant.into(),
        filter.stream.into(),
        filter.actor.into(),
        filter.kind.into(),
        filter.principal.into(),
        filter.run.into(),
        filter.since.into(),
        filter.until.into(),
        at.into(),
        (limit + 1).into(),
    ];
    let rows = db.all_rows(sql, args).await?;
    Ok(Page::of(rows, limit, |row: &AuditEvent| cursor(&row.at)))
}
