//! A tenant's outbound endpoints. Nothing secret: secrets and header values are named, never held.

use chrono::{DateTime, Utc};
use rollcall_domain::webhook_endpoint::{Event, Settings};
use rollcall_domain::{Fact, Recorded};

use crate::db::{Db, Page, ReadError, Sql, cursor, limit_of, resume};
use crate::table::{Json, Key, Projection, Reads, Row, Value, row};

row! {
    pub struct Endpoint {
        [key] endpoint: String,
        settings: Json<Settings>,
        /// Names alone.
        headers: Json<Vec<String>>,
        /// `enabled`, `disabled`, `removed`.
        status: String,
        /// Why it is disabled: `person`, `gone`, `failing`.
        reason: Option<String>,
        disabled_at: Option<DateTime<Utc>>,
        /// The last warning, in percent of the time after which it is disabled.
        warned: Option<u64>,
        secret_made_at: DateTime<Utc>,
        /// Until then the secret before signs along.
        old_secret_until: Option<DateTime<Utc>>,
        /// Of the endpoint's stream.
        version: u64,
        created_by: String,
        created_at: DateTime<Utc>,
        updated_at: DateTime<Utc>,
    }
}

pub struct WebhookEndpoints;

impl Projection for WebhookEndpoints {
    const NAME: &'static str = "webhook_endpoints";
    const VERSION: u16 = 1;
    const READS: Reads = Reads::Only(&["webhook_endpoint"]);
    type Row = Endpoint;

    fn keys(event: &Recorded) -> Vec<Key> {
        let id = event.stream.strip_prefix("webhook_endpoint/");
        id.map(|id| Key::of([id])).into_iter().collect()
    }

    fn evolve(key: &Key, row: Option<Endpoint>, event: &Recorded) -> Option<Endpoint> {
        let Fact::WebhookEndpoint(happened) = &event.fact else { return row };
        let mut row = match happened {
            Event::Created { settings, secret, headers } => Endpoint {
                endpoint: key.text(0).to_owned(),
                settings: Json(settings.clone()),
                headers: Json(headers.as_ref().map_or_else(Vec::new, |given| given.names.clone())),
                status: "enabled".to_owned(),
                reason: None,
                disabled_at: None,
                warned: None,
                secret_made_at: secret.made_at,
                old_secret_until: None,
                version: event.version,
                created_by: event.principal.to_string(),
                created_at: event.recorded_at,
                updated_at: event.recorded_at,
            },
            Event::Changed { new, .. } => Endpoint { settings: Json(new.clone()), ..row? },
            Event::HeadersReplaced { new, .. } => {
                let names = new.as_ref().map_or_else(Vec::new, |given| given.names.clone());
                Endpoint { headers: Json(names), ..row? }
            }
            Event::SecretRotated { new, old_until } => {
                Endpoint { secret_made_at: new.made_at, old_secret_until: Some(*old_until), ..row? }
            }
            Event::Enabled { .. } => Endpoint {
                status: "enabled".to_owned(),
                reason: None,
                disabled_at: None,
                warned: None,
                ..row?
            },
            Event::Disabled { reason, at, .. } => Endpoint {
                status: "disabled".to_owned(),
                reason: Some(reason.as_str().to_owned()),
                disabled_at: Some(*at),
                ..row?
            },
            Event::Failing { percent, .. } => {
                Endpoint { warned: Some(u64::from(*percent)), ..row? }
            }
            Event::Recovered { .. } => Endpoint { warned: None, ..row? },
            Event::Removed => Endpoint { status: "removed".to_owned(), ..row? },
        };
        row.version = event.version;
        row.updated_at = event.recorded_at;
        Some(row)
    }
}

static PAGE: Sql = Sql::of(
    Endpoint::COLUMNS,
    "select {columns} from views.webhook_endpoints
     where tenant = cast($1 as text) and status <> 'removed'
        and (cast($2 as text) is null or endpoint < cast($2 as text))
     order by endpoint desc
     limit cast($3 as bigint)",
);
static ONE: Sql = Sql::of(
    Endpoint::COLUMNS,
    "select {columns} from views.webhook_endpoints
     where tenant = cast($1 as text) and endpoint = cast($2 as text)",
);
static ALL: Sql = Sql::new(
    "select endpoint from views.webhook_endpoints
     where tenant = cast($1 as text) and status <> 'removed'
     order by endpoint
     limit 1000",
);

/// A tenant's endpoints that were not removed, newest first.
pub async fn page(
    db: &Db,
    tenant: &str,
    after: Option<&str>,
    limit: u32,
) -> Result<Page<Endpoint>, ReadError> {
    let after: Option<String> = resume(after)?;
    let limit = limit_of(limit);
    let args: Vec<Value> = vec![tenant.into(), after.into(), (limit + 1).into()];
    let rows = db.all_rows(&PAGE, args).await?;
    Ok(Page::of(rows, limit, |row: &Endpoint| cursor(&row.endpoint)))
}

/// One, also where it was removed: deliveries are looked up after that.
pub async fn one(db: &Db, tenant: &str, endpoint: &str) -> Result<Option<Endpoint>, ReadError> {
    db.first(&ONE, vec![tenant.into(), endpoint.into()], Endpoint::read).await
}

/// The ids of those that were not removed.
pub async fn ids(db: &Db, tenant: &str) -> Result<Vec<String>, ReadError> {
    db.all(&ALL, vec![tenant.into()], |cells| cells.get()).await
}
