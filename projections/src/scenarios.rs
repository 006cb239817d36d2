//! Versions of the organisation.

use chrono::{DateTime, Utc};
use rollcall_domain::scenario::Event;
use rollcall_domain::{Fact, Recorded};

use crate::db::{Db, Page, ReadError, Sql, cursor, limit_of, resume};
use crate::table::{Key, Projection, Reads, Row, Value, row};

row! {
    pub struct Scenario {
        [key] scenario: String,
        kind: String,
        name: String,
        /// `preparing` until it may be offered, `active`, `archived`.
        state: String,
        copied_from: Option<String>,
        /// People and units that the copy holds so far.
        copied_people: u64,
        copied_units: u64,
        /// Of the scenario's stream.
        version: u64,
        created_at: DateTime<Utc>,
        updated_at: DateTime<Utc>,
        /// Where in the tenant's shard it was created: what "all future scenarios" compares.
        created_position: u64,
    }
}

impl Scenario {
    /// Whether it is the organisation as it is.
    pub fn is_baseline(&self) -> bool {
        self.kind == "live_baseline"
    }
}

pub struct Scenarios;

impl Projection for Scenarios {
    const NAME: &'static str = "scenarios";
    const VERSION: u16 = 2;
    const READS: Reads = Reads::Only(&["scenario"]);
    type Row = Scenario;

    fn keys(event: &Recorded) -> Vec<Key> {
        let Fact::Scenario(happened) = &event.fact else { return vec![] };
        vec![Key::of([happened.scenario()])]
    }

    fn evolve(_key: &Key, row: Option<Scenario>, event: &Recorded) -> Option<Scenario> {
        let Fact::Scenario(happened) = &event.fact else { return row };
        let mut row = match happened {
            Event::Created { scenario, kind, name, copied_from } => Scenario {
                scenario: scenario.clone(),
                kind: kind.as_str().to_owned(),
                name: name.clone(),
                state: "preparing".to_owned(),
                copied_from: copied_from.clone(),
                copied_people: 0,
                copied_units: 0,
                version: event.version,
                created_at: event.recorded_at,
                updated_at: event.recorded_at,
                created_position: event.position,
            },
            Event::Filled { people, units, .. } => {
                let mut row = row?;
                row.copied_people += people;
                row.copied_units += units;
                row
            }
            Event::Ready { .. } => Scenario { state: "active".to_owned(), ..row? },
            Event::Renamed { new, .. } => Scenario { name: new.clone(), ..row? },
            Event::Archived { .. } => Scenario { state: "archived".to_owned(), ..row? },
        };
        row.version = event.version;
        row.updated_at = event.recorded_at;
        Some(row)
    }
}

static LIST: Sql = Sql::of(
    Scenario::COLUMNS,
    "select {columns} from views.scenarios
     where tenant = cast($1 as text)
        and (cast($2 as text) is null or scenario = cast($2 as text))
        and (cast($3 as text) is null or kind = cast($3 as text))
     order by created_position
     limit 1000",
);

static WRITABLE: Sql = Sql::of(
    Scenario::COLUMNS,
    "select {columns} from views.scenarios
     where tenant = cast($1 as text) and state = 'active'
        and kind in ('live_baseline', 'scenario')
     order by created_position",
);

/// Those that changes may apply to, oldest first, however many.
pub async fn writable(db: &Db, tenant: &str) -> Result<Vec<Scenario>, ReadError> {
    db.all_rows(&WRITABLE, vec![tenant.into()]).await
}

static PAGE: Sql = Sql::of(
    Scenario::COLUMNS,
    "select {columns} from views.scenarios
     where tenant = cast($1 as text)
        and created_position > cast($2 as bigint)
     order by created_position
     limit cast($3 as bigint)",
);
static IN_USE: Sql = Sql::of(
    Scenario::COLUMNS,
    "select {columns} from views.scenarios
     where tenant = cast($1 as text) and state <> 'archived'
     order by created_position",
);

/// A tenant's scenarios, oldest first.
pub async fn page(
    db: &Db,
    tenant: &str,
    after: Option<&str>,
    limit: u32,
) -> Result<Page<Scenario>, ReadError> {
    // Positions count from 1.
    let after: u64 = resume(after)?.unwrap_or(0);
    let limit = limit_of(limit);
    let args: Vec<Value> = vec![tenant.into(), after.into(), (limit + 1).into()];
    let rows = db.all_rows(&PAGE, args).await?;
    Ok(Page::of(rows, limit, |row| cursor(&row.created_position)))
}

/// All that are not archived, oldest first.
pub async fn in_use(db: &Db, tenant: &str) -> Result<Vec<Scenario>, ReadError> {
    db.all_rows(&IN_USE, vec![tenant.into()]).await
}

/// A tenant's scenarios, oldest first.
pub async fn list(db: &Db, tenant: &str) -> Result<Vec<Scenario>, ReadError> {
    db.all_rows(&LIST, vec![tenant.into(), Value::Text(None), Value::Text(None)]).await
}

/// One scenario.
pub async fn one(db: &Db, tenant: &str, scenario: &str) -> Result<Option<Scenario>, ReadError> {
    let args = vec![tenant.into(), scenario.into(), Value::Text(None)];
    db.first(&LIST, args, Scenario::read).await
}

/// The organisation as it is.
pub async fn live_baseline(db: &Db, tenant: &str) -> Result<Option<Scenario>, ReadError> {
    let args = vec![tenant.into(), Value::Text(None), "live_baseline".into()];
    db.first(&LIST, args, Scenario::read).await
}
