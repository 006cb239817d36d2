//! `POST /integrations`: connecting. The initial sync follows from the event.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::IntoResponse;
use rollcall_commands::{Connect, connect as save};
use rollcall_domain::connection::{BambooHr, ProviderSettings, Settings, SignatureForm, Targets};
use rollcall_domain::vocabulary::Provider;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;

use super::targets::ChosenTargets;
use crate::answer::{Stamped, position};
use crate::app::App;
use crate::caller::Admin;
use crate::edge::{Code, Problem};
use crate::extractors::{JsonBody, secret};

const FIVE_MINUTES: u32 = 300;

/// A new connection to BambooHR.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct New {
    provider: Provider,
    /// The subdomain.
    account: String,
    #[serde(deserialize_with = "secret")]
    pub(super) api_key: SecretString,
    #[serde(default)]
    base_url: Option<String>,
    #[serde(default)]
    signature_form: SignatureForm,
    #[serde(default = "five_minutes")]
    freshness_seconds: u32,
    /// Whether deliveries that carry values may be applied without asking for the people.
    #[serde(default)]
    direct_apply: bool,
    /// The company's, by its IANA name; the server's unless said otherwise.
    #[serde(default)]
    time_zone: Option<String>,
    /// The live baseline alone, unless said otherwise.
    #[serde(default)]
    targets: Option<ChosenTargets>,
}

fn five_minutes() -> u32 {
    FIVE_MINUTES
}

pub(super) async fn connect(
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
        let own = BambooHr {
            subdomain: self.account.clone(),
            base_url: self.base_url.clone(),
            signature_form: self.signature_form,
            freshness_seconds: self.freshness_seconds,
            direct_apply: self.direct_apply,
        };
        let usual = Settings::from(ProviderSettings::BambooHr(own));
        Settings { time_zone: self.time_zone.clone(), ..usual }
    }

    /// Says everything that is wrong at once.
    pub(super) fn check(&self) -> Result<(), Problem> {
        let mut problem = Problem::new(Code::InvalidRequest);
        match self.provider {
            Provider::BambooHr => {}
            Provider::Dynamics365 | Provider::HrisWebhook => {
                problem =
                    problem.violation("/provider", "Only bamboohr can be connected this way.");
            }
        }
        let is_http = |text: &String| {
            url::Url::parse(text).is_ok_and(|url| {
                matches!(url.scheme(), "http" | "https")
                    && url.username().is_empty()
                    && url.password().is_none()
            })
        };
        if !self.base_url.as_ref().is_none_or(is_http) {
            problem = problem.violation("/base_url", "It must be an http or https address.");
        }
        if !(1..=86_400).contains(&self.freshness_seconds) {
            problem = problem.violation("/freshness_seconds", "It must be from 1 to 86400.");
        }
        if is_empty(&self.api_key) {
            problem = problem.violation("/api_key", "It is empty.");
        }
        if problem.errors.is_empty() { Ok(()) } else { Err(problem) }
    }
}

pub(super) fn is_empty(secret: &SecretString) -> bool {
    secret.expose_secret().trim().is_empty()
}
