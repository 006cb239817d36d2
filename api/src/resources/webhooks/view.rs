//! Endpoints as they are listed and read.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use rollcall_domain::message::Scenarios;
use rollcall_projections::webhook_endpoints::{self, Endpoint};
use rollcall_store::EndpointHealth;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{List, caught_up};
use crate::app::App;
use crate::caller::Reader;
use crate::edge::{Code, Problem};
use crate::extractors::PathIds;
use crate::params::Params;

pub(crate) const BEHIND: [&str; 1] = ["webhook_endpoints"];

#[derive(Serialize, ToSchema)]
#[schema(as = Webhook)]
pub(crate) struct View {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) url: String,
    /// The types of messages it gets.
    pub(crate) events: Vec<&'static str>,
    /// Changes in these scenarios; `null` for the live baseline.
    pub(crate) scenarios: Option<Vec<String>>,
    /// `thin` or `full`.
    pub(crate) detail: &'static str,
    /// Names of the headers that are sent along.
    pub(crate) headers: Vec<String>,
    /// Messages a second.
    pub(crate) rate_limit: Option<u32>,
    /// Requests under way at a time.
    pub(crate) concurrency: u32,
    /// `enabled` or `disabled`.
    pub(crate) status: String,
    /// Why it is disabled: `person`, `gone`, `failing`.
    pub(crate) reason: Option<String>,
    pub(crate) disabled_at: Option<DateTime<Utc>>,
    /// The first failure without a success since.
    pub(crate) failing_since: Option<DateTime<Utc>>,
    /// The last warning, in percent of the five days after which it is disabled.
    pub(crate) warned: Option<u64>,
    pub(crate) succeeded_at: Option<DateTime<Utc>>,
    /// The receiver asked to be left alone until then.
    pub(crate) quiet_until: Option<DateTime<Utc>>,
    pub(crate) secret_made_at: DateTime<Utc>,
    /// Until then the secret before signs along.
    pub(crate) old_secret_until: Option<DateTime<Utc>>,
    pub(crate) created_by: String,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

fn view(row: Endpoint, health: EndpointHealth) -> View {
    let settings = row.settings.0;
    View {
        id: row.endpoint,
        name: settings.name,
        url: settings.url,
        events: settings.selection.kinds.iter().map(|kind| kind.as_str()).collect(),
        scenarios: match settings.selection.scenarios {
            Scenarios::LiveBaseline => None,
            Scenarios::These(ids) => Some(ids.into_iter().collect()),
        },
        detail: settings.detail.as_str(),
        headers: row.headers.0,
        rate_limit: settings.rate_limit,
        concurrency: settings.concurrency,
        status: row.status,
        reason: row.reason,
        disabled_at: row.disabled_at,
        failing_since: health.failing_since,
        warned: row.warned,
        succeeded_at: health.succeeded_at,
        quiet_until: health.quiet_until,
        secret_made_at: row.secret_made_at,
        old_secret_until: row.old_secret_until,
        created_by: row.created_by,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

pub(crate) async fn list(
    State(app): State<App>,
    reader: Reader,
    mut params: Params,
) -> Result<Json<List<View>>, Problem> {
    let (piece, min) = (params.piece(), params.min_position());
    params.done()?;
    caught_up(&app, &reader, min, &BEHIND).await?;
    let (db, tenant) = (reader.db(), reader.id());
    let page = webhook_endpoints::page(db, tenant, piece.after(), piece.limit).await?;
    let mut data = Vec::with_capacity(page.rows.len());
    for row in page.rows {
        let health = app.store.endpoint_health(tenant, &row.endpoint).await?;
        data.push(view(row, health));
    }
    Ok(Json(List { data, next_cursor: piece.next(page.next) }))
}

pub(crate) async fn read(
    State(app): State<App>,
    reader: Reader,
    PathIds(webhook): PathIds<String>,
    mut params: Params,
) -> Result<Json<View>, Problem> {
    let min = params.min_position();
    params.done()?;
    caught_up(&app, &reader, min, &BEHIND).await?;
    Ok(Json(one(&app, &reader, &webhook).await?))
}

pub(crate) async fn one(app: &App, reader: &Reader, webhook: &str) -> Result<View, Problem> {
    let row = webhook_endpoints::one(reader.db(), reader.id(), webhook).await?;
    let row = row.filter(|row| row.status != "removed").ok_or(Code::NotFound)?;
    let health = app.store.endpoint_health(reader.id(), webhook).await?;
    Ok(view(row, health))
}
