//! How connections are. One that nothing has happened to yet has no row.

use chrono::{DateTime, Utc};
use rollcall_domain::health::Event;
use rollcall_domain::{Fact, Recorded};

use crate::db::{Db, ReadError, Sql};
use crate::table::{Key, Projection, Reads, Row, row};

row! {
    pub struct Health {
        [key] connection: String,
        /// While it fails.
        failing_since: Option<DateTime<Utc>>,
        failing_run: Option<String>,
        failing_code: Option<String>,
        /// When it was last well again.
        recovered_at: Option<DateTime<Utc>>,
        /// Whether it fails and recovers so often that nobody is told.
        flapping: bool,
        /// Since when nothing has run, where that is too long.
        stale_since: Option<DateTime<Utc>>,
        updated_at: DateTime<Utc>,
    }
}

pub struct Healths;

impl Projection for Healths {
    const NAME: &'static str = "health";
    const VERSION: u16 = 1;
    const READS: Reads = Reads::Only(&["health"]);
    type Row = Health;

    fn keys(event: &Recorded) -> Vec<Key> {
        event.stream.strip_prefix("health/").map(|id| Key::of([id])).into_iter().collect()
    }

    fn evolve(key: &Key, row: Option<Health>, event: &Recorded) -> Option<Health> {
        let Fact::Health(happened) = &event.fact else { return row };
        let mut row = row.unwrap_or_else(|| healthy(key.text(0), event));
        row.updated_at = event.recorded_at;
        match happened {
            Event::Failed { run, code, at, .. } => {
                row.failing_since = Some(*at);
                row.failing_run = Some(run.clone());
                row.failing_code = Some(code.as_str().to_owned());
            }
            Event::StillFailing { run, code, .. } => {
                row.failing_run = Some(run.clone());
                row.failing_code = Some(code.as_str().to_owned());
            }
            Event::Spread { run, .. } => row.failing_run = Some(run.clone()),
            Event::Recovered { at, .. } => {
                row.failing_since = None;
                row.failing_run = None;
                row.failing_code = None;
                row.recovered_at = Some(*at);
            }
            Event::Flapping { .. } => row.flapping = true,
            Event::Calmed { .. } => row.flapping = false,
            Event::WentStale { since, .. } => row.stale_since = Some(*since),
            Event::Freshened { .. } => row.stale_since = None,
            Event::CredentialExpiring { .. } => {}
        }
        Some(row)
    }
}

fn healthy(connection: &str, event: &Recorded) -> Health {
    Health {
        connection: connection.to_owned(),
        failing_since: None,
        failing_run: None,
        failing_code: None,
        recovered_at: None,
        flapping: false,
        stale_since: None,
        updated_at: event.recorded_at,
    }
}

static OF: Sql = Sql::of(
    Health::COLUMNS,
    "select {columns} from views.health
     where tenant = cast($1 as text)
        and (cast($2 as text) is null or connection = cast($2 as text))
     order by connection
     limit 1000",
);

/// How a tenant's connections are, or one of them.
pub async fn of(db: &Db, tenant: &str, connection: Option<&str>) -> Result<Vec<Health>, ReadError> {
    let connection = connection.map(str::to_owned);
    db.all_rows(&OF, vec![tenant.into(), connection.into()]).await
}
