//! Changing, removing, another secret.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use chrono::{DateTime, TimeDelta, Utc};
use rollcall_commands::outbound::{disable_endpoint, drop_endpoint, recover_endpoint};
use rollcall_commands::{EndpointChange, Loaded, change_endpoint, load, rotate_endpoint_secret};
use rollcall_domain::message::{Detail, Kind};
use rollcall_domain::webhook_endpoint::{KnownEndpoint, USUAL_OVERLAP, WebhookEndpoint};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::new::{check, pairs, scenarios};
use crate::answer::{Stamped, position};
use crate::app::App;
use crate::caller::Admin;
use crate::edge::Problem;
use crate::extractors::{JsonBody, OptionalBody, PathIds};
use crate::problems::refused;

/// What is left out stays as it is.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = WebhookChange)]
pub(crate) struct Change {
    pub(crate) name: Option<String>,
    pub(crate) url: Option<String>,
    #[schema(value_type = Option<Vec<String>>)]
    pub(crate) events: Option<BTreeSet<Kind>>,
    /// None for the live baseline.
    pub(crate) scenarios: Option<BTreeSet<String>>,
    #[schema(value_type = Option<String>)]
    pub(crate) detail: Option<Detail>,
    /// All of them: those that are not named go.
    pub(crate) headers: Option<BTreeMap<String, String>>,
    /// Messages a second; 0 for as many as go.
    pub(crate) rate_limit: Option<u32>,
    pub(crate) concurrency: Option<u32>,
    /// Disabled, what waits is parked; enabled, it is sent.
    pub(crate) enabled: Option<bool>,
}

/// What is known of an endpoint that was not removed.
pub(super) async fn known(
    app: &App,
    admin: &Admin,
    webhook: &str,
) -> Result<KnownEndpoint, Problem> {
    let loaded: Loaded<WebhookEndpoint> = load(&app.store, admin.id(), webhook).await?;
    Ok(loaded.state.there().map_err(refused)?.clone())
}

pub(crate) async fn change(
    State(app): State<App>,
    admin: Admin,
    PathIds(webhook): PathIds<String>,
    JsonBody(change): JsonBody<Change>,
) -> Result<Stamped<StatusCode>, Problem> {
    apply(&app, &admin, &webhook, change).await?;
    Ok(Stamped(position(&app, &admin.tenant).await?, StatusCode::NO_CONTENT))
}

pub(crate) async fn apply(
    app: &App,
    admin: &Admin,
    webhook: &str,
    change: Change,
) -> Result<(), Problem> {
    let was = known(app, admin, webhook).await?.settings;
    let mut settings = was.clone();
    settings.name = change.name.unwrap_or(settings.name);
    settings.url = change.url.unwrap_or(settings.url);
    settings.selection.kinds = change.events.unwrap_or(settings.selection.kinds);
    if let Some(chosen) = change.scenarios {
        settings.selection.scenarios = scenarios((!chosen.is_empty()).then_some(chosen));
    }
    settings.detail = change.detail.unwrap_or(settings.detail);
    settings.concurrency = change.concurrency.unwrap_or(settings.concurrency);
    if let Some(rate) = change.rate_limit {
        settings.rate_limit = (rate > 0).then_some(rate);
    }
    check(app, admin, &settings).await?;
    let (headers, http) = (change.headers.map(pairs), app.egress.allows_http());
    let (cause, at) = (admin.caller.cause(), app.now());
    let change_of = EndpointChange { was, settings, headers, http };
    change_endpoint(&app.store, admin.id(), webhook, &change_of, &cause).await?;
    match change.enabled {
        Some(true) => {
            let tenant = &admin.tenant.id;
            recover_endpoint(&app.store, tenant, webhook, false, at, &cause).await?;
        }
        Some(false) => {
            disable_endpoint(&app.store, &admin.tenant.id, webhook, at, &cause).await?;
        }
        None => {}
    }
    Ok(())
}

pub(crate) async fn remove(
    State(app): State<App>,
    admin: Admin,
    PathIds(webhook): PathIds<String>,
) -> Result<Stamped<StatusCode>, Problem> {
    let cause = admin.caller.cause();
    drop_endpoint(&app.store, admin.id(), &webhook, app.now(), &cause).await?;
    Ok(Stamped(position(&app, &admin.tenant).await?, StatusCode::NO_CONTENT))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SecretRotation)]
pub(crate) struct Rotation {
    /// How long the old secret signs along: 24 unless said otherwise, 168 at most.
    #[serde(default)]
    pub(crate) overlap_hours: Option<u32>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = RotatedSecret)]
pub(crate) struct Rotated {
    /// It is shown this one time.
    pub(crate) secret: String,
    pub(crate) old_secret_until: DateTime<Utc>,
}

pub(crate) async fn rotate_secret(
    State(app): State<App>,
    admin: Admin,
    PathIds(webhook): PathIds<String>,
    OptionalBody(wanted): OptionalBody<Rotation>,
) -> Result<impl IntoResponse, Problem> {
    let rotated = rotate(&app, &admin, &webhook, wanted).await?;
    Ok(Stamped(position(&app, &admin.tenant).await?, Json(rotated)))
}

pub(crate) async fn rotate(
    app: &App,
    admin: &Admin,
    webhook: &str,
    wanted: Option<Rotation>,
) -> Result<Rotated, Problem> {
    let hours = wanted.and_then(|one| one.overlap_hours);
    let overlap = hours.map_or(USUAL_OVERLAP, |hours| TimeDelta::hours(hours.into()));
    let (at, cause) = (app.now(), admin.caller.cause());
    let (store, tenant) = (&app.store, admin.id());
    let secret = rotate_endpoint_secret(store, tenant, webhook, overlap, at, &cause).await?;
    Ok(Rotated { secret: secret.text(), old_secret_until: at + overlap })
}
