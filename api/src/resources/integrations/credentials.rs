//! `PUT …/credentials`: a new key in place of one that was revoked or is to be, and its last day.

use axum::extract::State;
use axum::response::IntoResponse;
use chrono::NaiveDate;
use rollcall_commands::{Loaded, load, replace_credentials, set_credential_expiry};
use rollcall_domain::connection::{self, Connection};
use rollcall_domain::vocabulary::Provider;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use super::change::some_secret;
use super::changes::done;
use super::connect::{credentials, is_empty, secret_of};
use super::settings::{belonging, nothing_wrong, said};
use crate::app::App;
use crate::caller::Admin;
use crate::edge::{Code, Problem};
use crate::extractors::{JsonBody, PathIds};
use crate::problems::refused;

/// Those of the connection's provider.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewCredentials)]
pub(crate) struct New {
    /// BambooHR's. May be left out where only the last day of the stored one is to be said.
    #[serde(default, deserialize_with = "some_secret")]
    #[schema(value_type = Option<String>, format = Password)]
    pub(crate) api_key: Option<SecretString>,
    /// The same of Dynamics 365 HR.
    #[serde(default, deserialize_with = "some_secret")]
    #[schema(value_type = Option<String>, format = Password)]
    pub(crate) client_secret: Option<SecretString>,
    /// The last day of the key; owners and admins are told 30, 7 and 1 days before. A new key has none
    /// where none is given, and `null` takes it away.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<NaiveDate>)]
    pub(crate) expires_on: Option<Option<NaiveDate>>,
}

/// Whether the HR system takes it, the next run tells.
pub(crate) async fn replace(
    State(app): State<App>,
    admin: Admin,
    PathIds(integration): PathIds<String>,
    JsonBody(new): JsonBody<New>,
) -> Result<impl IntoResponse, Problem> {
    let (tenant, cause) = (admin.id(), admin.caller.cause());
    let known: Loaded<Connection> = load(&app.store, tenant, &integration).await?;
    let provider = known.state.known.ok_or(Code::NotFound)?.settings.provider();
    if provider == Provider::HrisWebhook {
        return Err(refused(connection::Refusal::KeysAreMade));
    }
    let secrets = [
        ("/api_key", new.api_key.is_some(), Provider::BambooHr),
        ("/client_secret", new.client_secret.is_some(), Provider::Dynamics365),
    ];
    let problem = belonging(nothing_wrong(), provider, secrets);
    if !problem.errors.is_empty() {
        return Err(problem);
    }
    let path = secret_of(provider);
    let secret = credentials(provider, new.api_key, new.client_secret);
    match (&secret, new.expires_on) {
        (Some(key), _) if is_empty(key) => {
            return Err(Problem::new(Code::InvalidRequest).violation(path, "It is empty."));
        }
        (Some(key), on) => {
            let on = on.flatten();
            replace_credentials(&app.store, tenant, &integration, key, on, &cause).await?;
        }
        (None, Some(on)) => {
            set_credential_expiry(&app.store, tenant, &integration, on, &cause).await?;
        }
        (None, None) => {
            let what = "It is empty. Give a new one, or another last day of the stored one.";
            return Err(Problem::new(Code::InvalidRequest).violation(path, what));
        }
    }
    done(&app, &admin).await
}
