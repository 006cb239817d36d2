//! `PUT …/credentials`: a new key in place of one that was revoked or is to be.

use axum::extract::State;
use axum::response::IntoResponse;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use super::changes::done;
use super::connect::is_empty;
use crate::app::App;
use crate::caller::Admin;
use crate::edge::{Code, Problem};
use crate::extractors::{JsonBody, PathIds, secret};

/// BambooHR's.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewCredentials)]
pub(crate) struct New {
    #[serde(deserialize_with = "secret")]
    #[schema(value_type = String, format = Password)]
    pub(crate) api_key: SecretString,
}

/// Whether the HR system takes it, the next run tells.
pub(crate) async fn replace(
    State(app): State<App>,
    admin: Admin,
    PathIds(integration): PathIds<String>,
    JsonBody(new): JsonBody<New>,
) -> Result<impl IntoResponse, Problem> {
    if is_empty(&new.api_key) {
        return Err(Problem::new(Code::InvalidRequest).violation("/api_key", "It is empty."));
    }
    let (tenant, cause) = (admin.id(), admin.caller.cause());
    rollcall_commands::replace_credentials(&app.store, tenant, &integration, &new.api_key, &cause)
        .await?;
    done(&app, &admin).await
}
