//! A tenant's links to providers. Nothing secret: credentials are named, never held.

use chrono::{DateTime, Utc};
use rollcall_domain::connection::{Event, Settings, Targets};
use rollcall_domain::{Fact, Recorded};
use serde::{Deserialize, Serialize};

use crate::db::{Cells, Db, ReadError, Sql};
use crate::table::{Json, Key, Mismatch, Projection, Reads, Row, Value, row};

/// A webhook secret that is accepted, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    pub vault: String,
    pub fingerprint: String,
    pub added_at: DateTime<Utc>,
}

row! {
    pub struct Connection {
        [key] connection: String,
        provider: String,
        /// `active`, `paused`, `disconnected`; of one that is pushed to also `test`, `disabled`.
        status: String,
        settings: Json<Settings>,
        targets: Json<Targets>,
        /// Name of the vault entry; `None` once it was destroyed.
        credentials: Option<String>,
        /// Their last day, such as `2027-06-30`, where somebody entered one.
        credentials_expire_on: Option<String>,
        secrets: Json<Vec<Secret>>,
        /// Of the connection's stream.
        version: u64,
        connected_at: DateTime<Utc>,
        /// When it was connected, or last resumed or enabled.
        active_since: DateTime<Utc>,
        updated_at: DateTime<Utc>,
    }
}

impl Connection {
    /// Whether everybody is read every night: of one that is pushed to nobody can be asked.
    pub fn is_scheduled(&self) -> bool {
        self.status == "active" && !self.settings.is_pushed()
    }
}

/// A connection and how its runs went.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Overview {
    #[serde(flatten)]
    pub connection: Connection,
    pub last_run: Option<String>,
    pub last_status: Option<String>,
    /// When a run last ended well.
    pub last_sync_at: Option<DateTime<Utc>>,
    pub last_reconcile_at: Option<DateTime<Utc>>,
    /// Whether the last run that ended well or badly ended badly; what a delivery or the brake did
    /// says nothing of the connection.
    pub failing: bool,
    /// How many people the last read of everybody showed, and how many there are by another count
    /// of the provider.
    pub visible: Option<u64>,
    pub total: Option<u64>,
    /// Whether that read was complete.
    pub complete: Option<bool>,
}

pub struct Connections;

impl Projection for Connections {
    const NAME: &'static str = "connections";
    const VERSION: u16 = 4;
    const READS: Reads = Reads::Only(&["connection"]);
    type Row = Connection;

    fn keys(event: &Recorded) -> Vec<Key> {
        event.stream.strip_prefix("connection/").map(|id| Key::of([id])).into_iter().collect()
    }

    fn evolve(key: &Key, row: Option<Connection>, event: &Recorded) -> Option<Connection> {
        let Fact::Connection(happened) = &event.fact else { return row };
        let mut row = match row {
            Some(row) => row,
            None => connected(key.text(0), happened, event)?,
        };
        row.version = event.version;
        row.updated_at = event.recorded_at;
        match happened {
            Event::Connected { settings, targets, credentials, .. } => {
                settings.provider().as_str().clone_into(&mut row.provider);
                settings.first_status().as_str().clone_into(&mut row.status);
                row.settings = Json(settings.clone());
                row.targets = Json(targets.clone());
                row.credentials = Some(credentials.clone());
            }
            Event::SettingsChanged { new, .. } => row.settings = Json(new.clone()),
            Event::TargetsChanged { new, .. } => row.targets = Json(new.clone()),
            Event::CredentialsReplaced { new, .. } => {
                row.credentials = Some(new.clone());
                row.credentials_expire_on = None;
            }
            Event::CredentialExpiryChanged { new, .. } => {
                row.credentials_expire_on = new.map(|on| on.to_string());
            }
            Event::WebhookSecretAdded(secret) => row.secrets.push(Secret {
                vault: secret.vault.clone(),
                fingerprint: secret.fingerprint.clone(),
                added_at: event.recorded_at,
            }),
            Event::WebhookSecretRemoved(secret) => {
                row.secrets.retain(|known| known.fingerprint != secret.fingerprint);
            }
            Event::Paused => "paused".clone_into(&mut row.status),
            Event::Disabled => "disabled".clone_into(&mut row.status),
            Event::ReturnedToTest => "test".clone_into(&mut row.status),
            Event::Resumed | Event::Enabled => {
                "active".clone_into(&mut row.status);
                row.active_since = event.recorded_at;
            }
            Event::Disconnected => {
                "disconnected".clone_into(&mut row.status);
                row.credentials = None;
                row.credentials_expire_on = None;
                row.secrets.clear();
            }
        }
        Some(row)
    }
}

fn connected(id: &str, happened: &Event, event: &Recorded) -> Option<Connection> {
    let Event::Connected { settings, targets, .. } = happened else { return None };
    Some(Connection {
        connection: id.to_owned(),
        provider: settings.provider().as_str().to_owned(),
        status: settings.first_status().as_str().to_owned(),
        settings: Json(settings.clone()),
        targets: Json(targets.clone()),
        credentials: None,
        credentials_expire_on: None,
        secrets: Json::default(),
        version: event.version,
        connected_at: event.recorded_at,
        active_since: event.recorded_at,
        updated_at: event.recorded_at,
    })
}

static LIST: Sql = Sql::of(
    Connection::COLUMNS,
    "select {c.columns},
        (select r.run from views.runs as r
         where r.tenant = c.tenant and r.connection = c.connection
         order by r.queued_at desc limit 1),
        (select r.status from views.runs as r
         where r.tenant = c.tenant and r.connection = c.connection
         order by r.queued_at desc limit 1),
        (select r.finished_at from views.runs as r
         where r.tenant = c.tenant and r.connection = c.connection
            and r.status in ('succeeded', 'partial')
         order by r.queued_at desc limit 1),
        (select r.finished_at from views.runs as r
         where r.tenant = c.tenant and r.connection = c.connection and r.kind = 'reconcile'
            and r.status in ('succeeded', 'partial')
         order by r.queued_at desc limit 1),
        coalesce((select r.status = 'failed' from views.runs as r
         where r.tenant = c.tenant and r.connection = c.connection
            and r.status in ('succeeded', 'partial', 'failed')
            and not (r.status = 'failed'
                and coalesce(r.error_code, '') in ('malformed_delivery', 'brake'))
         order by r.queued_at desc limit 1), false),
        l.employees, l.total, l.complete
     from views.connections as c
     left join views.runs as l on l.tenant = c.tenant and l.run =
        (select r.run from views.runs as r
         where r.tenant = c.tenant and r.connection = c.connection
            and r.finished_at is not null and r.complete is not null
         order by r.queued_at desc limit 1)
     where c.tenant = cast($1 as text)
        and (cast($2 as text) is null or c.connection = cast($2 as text))
     order by c.connected_at, c.connection
     limit 200",
);
static OPEN: Sql = Sql::new(
    "select connection from views.connections
     where tenant = cast($1 as text) and status <> 'disconnected'
     order by connection",
);
static ALL: Sql = Sql::of(
    Connection::COLUMNS,
    "select tenant, {columns} from views.connections
     where status <> 'disconnected'
     order by tenant, connection",
);

fn overview(cells: &mut Cells) -> Result<Overview, Mismatch> {
    Ok(Overview {
        connection: Connection::read(cells)?,
        last_run: cells.get()?,
        last_status: cells.get()?,
        last_sync_at: cells.get()?,
        last_reconcile_at: cells.get()?,
        failing: cells.get()?,
        visible: cells.get()?,
        total: cells.get()?,
        complete: cells.get()?,
    })
}

/// A tenant's connections, oldest first.
pub async fn list(db: &Db, tenant: &str) -> Result<Vec<Overview>, ReadError> {
    db.all(&LIST, vec![tenant.into(), Value::Text(None)], overview).await
}

/// One connection.
pub async fn one(db: &Db, tenant: &str, connection: &str) -> Result<Option<Overview>, ReadError> {
    db.first(&LIST, vec![tenant.into(), connection.into()], overview).await
}

/// The ids of a tenant's connections that are not disconnected: never many.
pub async fn open(db: &Db, tenant: &str) -> Result<Vec<String>, ReadError> {
    db.all(&OPEN, vec![tenant.into()], |cells| cells.get()).await
}

/// Every tenant's connections that are not disconnected, with the tenant: for the scheduler only.
pub async fn all(db: &Db) -> Result<Vec<(String, Connection)>, ReadError> {
    db.all(&ALL, vec![], |cells| Ok((cells.get()?, Connection::read(cells)?))).await
}
