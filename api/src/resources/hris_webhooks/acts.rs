//! Enabling, disabling, and keys.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use rollcall_commands::{
    add_hris_webhook_key, disable_hris_webhook, enable_hris_webhook, remove_webhook_secret,
};
use rollcall_domain::tenant;
use secrecy::ExposeSecret;
use serde::Serialize;
use utoipa::ToSchema;

use super::configuration::known;
use crate::answer::{Stamped, position};
use crate::app::App;
use crate::caller::Admin;
use crate::edge::Problem;
use crate::extractors::PathIds;
use crate::problems::refused;
use crate::resources::integrations::changes::done;

pub(super) async fn enable(
    State(app): State<App>,
    admin: Admin,
    PathIds(webhook): PathIds<String>,
) -> Result<Stamped<StatusCode>, Problem> {
    make_live(&app, &admin, &webhook).await?;
    done(&app, &admin).await
}

/// Refused where nothing would be applied, or another connection is active.
pub(crate) async fn make_live(app: &App, admin: &Admin, webhook: &str) -> Result<(), Problem> {
    known(app, admin, webhook).await?;
    if rollcall_commands::entitled_since(&app.store, admin.id()).await?.is_none() {
        return Err(refused(tenant::Refusal::NotEntitled));
    }
    enable_hris_webhook(&app.store, admin.id(), webhook, &admin.caller.cause()).await?;
    app.inbound_policies.forget();
    Ok(())
}

pub(super) async fn disable(
    State(app): State<App>,
    admin: Admin,
    PathIds(webhook): PathIds<String>,
) -> Result<Stamped<StatusCode>, Problem> {
    switch_off(&app, &admin, &webhook).await?;
    done(&app, &admin).await
}

pub(crate) async fn switch_off(app: &App, admin: &Admin, webhook: &str) -> Result<(), Problem> {
    known(app, admin, webhook).await?;
    disable_hris_webhook(&app.store, admin.id(), webhook, &admin.caller.cause()).await?;
    app.inbound_policies.forget();
    Ok(())
}

#[derive(Serialize, ToSchema)]
#[schema(as = NewHrisWebhookKey)]
pub(crate) struct Key {
    /// It is shown this one time.
    pub(crate) api_key: String,
    pub(crate) fingerprint: String,
}

pub(super) async fn add_key(
    State(app): State<App>,
    admin: Admin,
    PathIds(webhook): PathIds<String>,
) -> Result<impl IntoResponse, Problem> {
    let key = new_key(&app, &admin, &webhook).await?;
    Ok(Stamped(position(&app, &admin.tenant).await?, (StatusCode::CREATED, Json(key))))
}

/// The old one goes on until it is taken away.
pub(crate) async fn new_key(app: &App, admin: &Admin, webhook: &str) -> Result<Key, Problem> {
    known(app, admin, webhook).await?;
    let cause = admin.caller.cause();
    let (key, fingerprint) = add_hris_webhook_key(&app.store, admin.id(), webhook, &cause).await?;
    app.inbound_policies.forget();
    Ok(Key { api_key: key.expose_secret().to_owned(), fingerprint })
}

pub(super) async fn remove_key(
    State(app): State<App>,
    admin: Admin,
    PathIds((webhook, fingerprint)): PathIds<(String, String)>,
) -> Result<Stamped<StatusCode>, Problem> {
    drop_key(&app, &admin, &webhook, &fingerprint).await?;
    done(&app, &admin).await
}

pub(crate) async fn drop_key(
    app: &App,
    admin: &Admin,
    webhook: &str,
    fingerprint: &str,
) -> Result<(), Problem> {
    known(app, admin, webhook).await?;
    let cause = admin.caller.cause();
    remove_webhook_secret(&app.store, admin.id(), webhook, fingerprint, &cause).await?;
    app.inbound_policies.forget();
    Ok(())
}
