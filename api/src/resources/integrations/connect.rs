//! `POST /integrations`: connecting. The initial sync follows from the event.
//!
//! One body for all providers: what belongs to another one than is connected is refused.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::IntoResponse;
use chrono::NaiveDate;
use rollcall_commands::{Connect, connect_until as save};
use rollcall_domain::connection::{
    BambooHr, Dynamics365, ProviderSettings, Settings, SettingsChange, Targets,
};
use rollcall_domain::vocabulary::Provider;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::change::some_secret;
use super::settings::{Wanted, belonging, checked, nothing_wrong};
use super::targets::ChosenTargets;
use crate::answer::{Stamped, position};
use crate::app::App;
use crate::caller::Admin;
use crate::edge::Problem;
use crate::extractors::JsonBody;

/// A new connection.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewIntegration)]
pub(crate) struct New {
    #[schema(value_type = String)]
    pub(crate) provider: Provider,
    /// BambooHR's subdomain.
    #[serde(default)]
    pub(crate) account: Option<String>,
    /// BambooHR's.
    #[serde(default, deserialize_with = "some_secret")]
    #[schema(value_type = Option<String>, format = Password)]
    pub(crate) api_key: Option<SecretString>,
    /// Of Dynamics 365 HR.
    #[serde(default)]
    pub(crate) environment_url: Option<String>,
    /// The directory of the environment in Microsoft Entra.
    #[serde(default)]
    pub(crate) tenant_id: Option<String>,
    /// The value of a secret of the app registration, not its ID.
    #[serde(default, deserialize_with = "some_secret")]
    #[schema(value_type = Option<String>, format = Password)]
    pub(crate) client_secret: Option<SecretString>,
    /// The last day of the credentials; owners and admins are told 30, 7 and 1 days before.
    #[serde(default)]
    pub(crate) expires_on: Option<NaiveDate>,
    /// The live baseline alone, unless said otherwise.
    #[serde(default)]
    pub(crate) targets: Option<ChosenTargets>,
    #[serde(flatten)]
    pub(crate) wanted: Wanted,
}

pub(crate) async fn connect(
    State(app): State<App>,
    admin: Admin,
    JsonBody(new): JsonBody<New>,
) -> Result<impl IntoResponse, Problem> {
    new.check()?;
    let id = ulid::Ulid::generate().to_string();
    let settings = new.settings();
    let targets = match new.targets {
        Some(chosen) => Targets::default().changed(&chosen.into()),
        None => Targets { live_baseline: true, ..Targets::default() },
    };
    let credentials = credentials(new.provider, new.api_key, new.client_secret);
    let credentials = credentials.unwrap_or_default();
    let connect = Connect { id: id.clone(), settings, targets, credentials };
    save(&app.store, admin.id(), connect, new.expires_on, &admin.caller.cause()).await?;
    app.inbound_policies.forget();
    let place = [(LOCATION, format!("/api/v1/integrations/{id}"))];
    let answer = (StatusCode::CREATED, place, Json(json!({ "id": id })));
    Ok(Stamped(position(&app, &admin.tenant).await?, answer))
}

impl New {
    /// What of it is no secret.
    pub(super) fn settings(&self) -> Settings {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let own = match self.provider {
            Provider::BambooHr | Provider::HrisWebhook => {
                ProviderSettings::BambooHr(BambooHr::of(text(&self.account)))
            }
            Provider::Dynamics365 => {
                let client_id = text(&self.wanted.client_id);
                let (environment, tenant) = (text(&self.environment_url), text(&self.tenant_id));
                ProviderSettings::Dynamics365(Dynamics365::of(environment, tenant, client_id))
            }
        };
        Settings::from(own).changed(&SettingsChange::from(&self.wanted))
    }

    /// The secret of the provider that is connected.
    pub(super) fn credentials(&self) -> SecretString {
        let (key, secret) = (self.api_key.clone(), self.client_secret.clone());
        credentials(self.provider, key, secret).unwrap_or_default()
    }

    /// Says everything that is wrong at once.
    pub(super) fn check(&self) -> Result<(), Problem> {
        let mut problem = nothing_wrong();
        let given = [
            ("/account", self.account.is_some(), Provider::BambooHr),
            ("/api_key", self.api_key.is_some(), Provider::BambooHr),
            ("/environment_url", self.environment_url.is_some(), Provider::Dynamics365),
            ("/tenant_id", self.tenant_id.is_some(), Provider::Dynamics365),
            ("/client_secret", self.client_secret.is_some(), Provider::Dynamics365),
        ];
        if self.provider == Provider::HrisWebhook {
            let why = "Only bamboohr and dynamics365 can be connected this way.";
            return Err(problem.violation("/provider", why));
        }
        problem = belonging(problem, self.provider, given.into_iter().chain(self.wanted.given()));
        if is_empty(&self.credentials()) {
            problem = problem.violation(secret_of(self.provider), "It is empty.");
        }
        checked(problem, &self.settings())
    }
}

/// What a provider's secret is called in bodies.
pub(super) fn secret_of(provider: Provider) -> &'static str {
    match provider {
        Provider::BambooHr | Provider::HrisWebhook => "/api_key",
        Provider::Dynamics365 => "/client_secret",
    }
}

/// The one of two secrets that is a provider's.
pub(super) fn credentials(
    provider: Provider,
    api_key: Option<SecretString>,
    client_secret: Option<SecretString>,
) -> Option<SecretString> {
    match provider {
        Provider::BambooHr | Provider::HrisWebhook => api_key,
        Provider::Dynamics365 => client_secret,
    }
}

pub(super) fn is_empty(secret: &SecretString) -> bool {
    secret.expose_secret().trim().is_empty()
}
