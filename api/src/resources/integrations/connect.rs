//! `POST /integrations`: connecting. The initial sync follows from the event.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::IntoResponse;
use rollcall_commands::{Connect, connect as save};
use rollcall_domain::connection::{BambooHr, ProviderSettings, Settings, SettingsChange, Targets};
use rollcall_domain::vocabulary::Provider;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::settings::{Wanted, checked, nothing_wrong};
use super::targets::ChosenTargets;
use crate::answer::{Stamped, position};
use crate::app::App;
use crate::caller::Admin;
use crate::edge::Problem;
use crate::extractors::{JsonBody, secret};

/// A new connection to BambooHR.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewIntegration)]
pub(crate) struct New {
    #[schema(value_type = String)]
    pub(crate) provider: Provider,
    /// The subdomain.
    pub(crate) account: String,
    #[serde(deserialize_with = "secret")]
    #[schema(value_type = String, format = Password)]
    pub(crate) api_key: SecretString,
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
    let connect = Connect { id: id.clone(), settings, targets, credentials: new.api_key };
    save(&app.store, admin.id(), connect, &admin.caller.cause()).await?;
    app.inbound_policies.forget();
    let place = [(LOCATION, format!("/api/v1/integrations/{id}"))];
    let answer = (StatusCode::CREATED, place, Json(json!({ "id": id })));
    Ok(Stamped(position(&app, &admin.tenant).await?, answer))
}

impl New {
    /// What of it is no secret.
    pub(super) fn settings(&self) -> Settings {
        let own = BambooHr::of(self.account.clone());
        let usual = Settings::from(ProviderSettings::BambooHr(own));
        usual.changed(&SettingsChange::from(&self.wanted))
    }

    /// Says everything that is wrong at once.
    pub(super) fn check(&self) -> Result<(), Problem> {
        let mut problem = nothing_wrong();
        match self.provider {
            Provider::BambooHr => {}
            Provider::Dynamics365 | Provider::HrisWebhook => {
                problem =
                    problem.violation("/provider", "Only bamboohr can be connected this way.");
            }
        }
        if is_empty(&self.api_key) {
            problem = problem.violation("/api_key", "It is empty.");
        }
        checked(problem, &self.settings())
    }
}

pub(super) fn is_empty(secret: &SecretString) -> bool {
    secret.expose_secret().trim().is_empty()
}
