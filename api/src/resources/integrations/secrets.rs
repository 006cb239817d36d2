//! `…/webhook_secrets`: what deliveries are proven with. Two live at a time, shown as fingerprints.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use rollcall_commands::{SECRET_LENGTHS, add_webhook_secret, remove_webhook_secret};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::changes::done;
use crate::answer::{Stamped, position};
use crate::app::App;
use crate::caller::Admin;
use crate::edge::{Code, Problem};
use crate::extractors::{JsonBody, PathIds, secret};
use crate::params::Params;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewWebhookSecret)]
pub(crate) struct New {
    #[serde(deserialize_with = "secret")]
    #[schema(value_type = String, format = Password)]
    pub(crate) secret: SecretString,
}

pub(crate) async fn add(
    State(app): State<App>,
    admin: Admin,
    PathIds(integration): PathIds<String>,
    JsonBody(new): JsonBody<New>,
) -> Result<impl IntoResponse, Problem> {
    if !SECRET_LENGTHS.contains(&new.secret.expose_secret().len()) {
        return Err(Problem::new(Code::InvalidRequest)
            .violation("/secret", "It must have from 16 to 512 characters."));
    }
    let (tenant, cause) = (admin.id(), admin.caller.cause());
    let fingerprint =
        add_webhook_secret(&app.store, tenant, &integration, &new.secret, &cause).await?;
    app.inbound_policies.forget();
    let answer = (StatusCode::CREATED, Json(json!({ "fingerprint": fingerprint })));
    Ok(Stamped(position(&app, &admin.tenant).await?, answer))
}

/// `?fingerprint=` says which.
pub(crate) async fn remove(
    State(app): State<App>,
    admin: Admin,
    PathIds(integration): PathIds<String>,
    mut params: Params,
) -> Result<impl IntoResponse, Problem> {
    let fingerprint = params.text("fingerprint");
    params.done()?;
    let fingerprint = fingerprint.ok_or_else(|| {
        Problem::new(Code::InvalidRequest).violation("fingerprint", "Say which secret is meant.")
    })?;
    let (tenant, cause) = (admin.id(), admin.caller.cause());
    remove_webhook_secret(&app.store, tenant, &integration, &fingerprint, &cause).await?;
    done(&app, &admin).await
}
