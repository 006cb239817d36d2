//! Sending again: one message, those that failed, those that were missed; each with a count first.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use rollcall_commands::outbound::{
    delivery_id, recover_endpoint, resend, resend_failed, send_missed,
};
use rollcall_projections::messages::since as told_since;
use rollcall_store::{DELIVERIES_KEPT_FOR, ParkedSince};
use serde::Serialize;
use utoipa::ToSchema;

use super::changes::known;
use crate::app::App;
use crate::caller::Admin;
use crate::edge::{Code, Problem};
use crate::extractors::PathIds;
use crate::params::Params;

/// Pieces of the log that are looked at to count.
const MOST_PIECES: usize = 100;

#[derive(Serialize, ToSchema)]
#[schema(as = MessageCount)]
pub(crate) struct Count {
    pub(crate) count: u64,
    /// Whether there are more than were counted.
    pub(crate) more: bool,
}

#[derive(Serialize, ToSchema)]
#[schema(as = QueuedDelivery)]
pub(crate) struct Queued {
    pub(crate) delivery: String,
}

fn counted(count: u64) -> Json<Count> {
    Json(Count { count, more: false })
}

pub(crate) async fn one(
    State(app): State<App>,
    admin: Admin,
    PathIds((webhook, delivery)): PathIds<(String, String)>,
) -> Result<impl IntoResponse, Problem> {
    again(&app, &admin, &webhook, &delivery).await?;
    Ok((StatusCode::ACCEPTED, Json(Queued { delivery })))
}

pub(crate) async fn again(
    app: &App,
    admin: &Admin,
    webhook: &str,
    delivery: &str,
) -> Result<(), Problem> {
    let tenant: &Arc<str> = &admin.tenant.id;
    match resend(&app.store, tenant, webhook, delivery, app.now()).await? {
        true => Ok(()),
        false => Err(Code::NotFound.into()),
    }
}

/// All that is parked, or only how many that are.
pub(crate) async fn recover(
    State(app): State<App>,
    admin: Admin,
    PathIds(webhook): PathIds<String>,
    mut params: Params,
) -> Result<Json<Count>, Problem> {
    let count = params.flag("count").unwrap_or_default();
    params.done()?;
    known(&app, &admin, &webhook).await?;
    if count {
        return Ok(counted(parked(&app, &admin, &webhook, DateTime::UNIX_EPOCH).await?));
    }
    let (tenant, cause) = (&admin.tenant.id, admin.caller.cause());
    let sent = recover_endpoint(&app.store, tenant, &webhook, true, app.now(), &cause).await?;
    Ok(counted(sent))
}

pub(crate) async fn failed(
    State(app): State<App>,
    admin: Admin,
    PathIds(webhook): PathIds<String>,
    mut params: Params,
) -> Result<Json<Count>, Problem> {
    let (since, count) = (params.instant("since"), params.flag("count").unwrap_or_default());
    params.done()?;
    let since = since.unwrap_or(DateTime::UNIX_EPOCH);
    known(&app, &admin, &webhook).await?;
    if count {
        return Ok(counted(parked(&app, &admin, &webhook, since).await?));
    }
    let tenant = &admin.tenant.id;
    Ok(counted(resend_failed(&app.store, tenant, &webhook, since, app.now()).await?))
}

async fn parked(
    app: &App,
    admin: &Admin,
    webhook: &str,
    since: DateTime<Utc>,
) -> Result<u64, Problem> {
    let which = ParkedSince { since, reason: None };
    Ok(app.store.parked_deliveries(admin.id(), webhook, which).await?)
}

pub(crate) async fn missed(
    State(app): State<App>,
    admin: Admin,
    PathIds(webhook): PathIds<String>,
    mut params: Params,
) -> Result<Json<Count>, Problem> {
    let (since, count) = (params.instant("since"), params.flag("count").unwrap_or_default());
    params.done()?;
    known(&app, &admin, &webhook).await?;
    let missing = || Problem::new(Code::InvalidRequest).violation("since", "Say since when.");
    let since = since.ok_or_else(missing)?;
    let found = count_missed(&app, &admin, &webhook, since).await?;
    if !count {
        send_missed(&app.store, &admin.tenant.id, &webhook, since, app.now()).await?;
    }
    Ok(Json(found))
}

/// How many messages the endpoint would have got since then, as it is set now, and never did.
pub(crate) async fn count_missed(
    app: &App,
    admin: &Admin,
    webhook: &str,
    since: DateTime<Utc>,
) -> Result<Count, Problem> {
    let selection = known(app, admin, webhook).await?.settings.selection;
    if since < app.now() - DELIVERIES_KEPT_FOR {
        let why = "It must lie within the last 30 days: what was sent before is not known any more; \
            the feed has it.";
        return Err(Problem::new(Code::InvalidRequest).violation("since", why));
    }
    let (db, tenant, times) = (admin.db(), admin.id(), (since, app.now()));
    let (mut count, mut after) = (0, None);
    for _ in 0..MOST_PIECES {
        let piece =
            told_since(db, &app.messages, tenant, &selection, times, after.as_deref()).await?;
        let ids: Vec<String> =
            piece.messages.iter().map(|message| delivery_id(webhook, &message.id)).collect();
        let queued = app.store.known_deliveries(tenant, &ids).await?;
        count += (ids.len() - queued.len()) as u64;
        after = match piece.next {
            Some(next) => Some(next),
            None => return Ok(Count { count, more: false }),
        };
    }
    Ok(Count { count, more: true })
}
