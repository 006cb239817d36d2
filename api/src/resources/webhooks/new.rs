//! Making an endpoint.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::IntoResponse;
use rollcall_commands::{Headers, Loaded, NewEndpoint, create_endpoint, load};
use rollcall_domain::message::{Detail, Kind, Scenarios, Selection};
use rollcall_domain::scenario::Scenario;
use rollcall_domain::webhook_endpoint::{Settings, USUAL_CONCURRENCY};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer::{Stamped, position};
use crate::app::App;
use crate::caller::Admin;
use crate::edge::{Code, Problem};
use crate::extractors::JsonBody;
use crate::problems::sentence;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewWebhook)]
pub(crate) struct New {
    pub(crate) name: String,
    pub(crate) url: String,
    /// The types of messages it gets.
    #[schema(value_type = Vec<String>)]
    pub(crate) events: BTreeSet<Kind>,
    /// Changes in these scenarios, by id, instead of the live baseline.
    #[serde(default)]
    pub(crate) scenarios: Option<BTreeSet<String>>,
    /// `full` unless said otherwise.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub(crate) detail: Option<Detail>,
    /// Headers that are sent along, by name. Their values are never shown again.
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    /// Messages a second; as many as go without it.
    #[serde(default)]
    pub(crate) rate_limit: Option<u32>,
    /// Requests under way at a time; 8 unless said otherwise.
    #[serde(default)]
    pub(crate) concurrency: Option<u32>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = MadeWebhook)]
pub(crate) struct Made {
    pub(crate) id: String,
    /// What its requests are signed with. It is shown this one time.
    pub(crate) secret: String,
}

pub(crate) fn scenarios(chosen: Option<BTreeSet<String>>) -> Scenarios {
    chosen.map_or(Scenarios::LiveBaseline, Scenarios::These)
}

pub(crate) fn pairs(headers: BTreeMap<String, String>) -> Headers {
    headers.into_iter().collect()
}

pub(super) async fn create(
    State(app): State<App>,
    admin: Admin,
    JsonBody(new): JsonBody<New>,
) -> Result<impl IntoResponse, Problem> {
    let made = make(&app, &admin, new).await?;
    let place = [(LOCATION, format!("/api/v1/webhooks/{}", made.id))];
    let answer = (StatusCode::CREATED, place, Json(made));
    Ok(Stamped(position(&app, &admin.tenant).await?, answer))
}

/// The only answer that holds the secret.
pub(crate) async fn make(app: &App, admin: &Admin, new: New) -> Result<Made, Problem> {
    let settings = Settings {
        name: new.name,
        url: new.url,
        selection: Selection { kinds: new.events, scenarios: scenarios(new.scenarios) },
        detail: new.detail.unwrap_or_default(),
        rate_limit: new.rate_limit,
        concurrency: new.concurrency.unwrap_or(USUAL_CONCURRENCY),
    };
    check(app, admin, &settings).await?;
    let id = ulid::Ulid::generate().to_string();
    let http = app.egress.allows_http();
    let new = NewEndpoint { id: id.clone(), settings, headers: pairs(new.headers), http };
    let cause = admin.caller.cause();
    let secret = create_endpoint(&app.store, admin.id(), new, app.now(), &cause).await?;
    Ok(Made { id, secret: secret.text() })
}

/// What only this installation can say of settings: where it may send to, and which scenarios it has.
pub(super) async fn check(app: &App, admin: &Admin, new: &Settings) -> Result<(), Problem> {
    let checked = new.clone().checked(app.egress.allows_http());
    let settings = checked.map_err(crate::problems::refused)?;
    reachable(app, &settings.url)?;
    let Scenarios::These(ids) = &settings.selection.scenarios else { return Ok(()) };
    for id in ids {
        let known: Loaded<Scenario> = load(&app.store, admin.id(), id).await?;
        if known.state.known.is_none() {
            let why = "One of them is not there; list the scenarios.";
            return Err(Problem::new(Code::InvalidRequest).violation("/scenarios", why));
        }
    }
    Ok(())
}

/// Refuses an address that would never be contacted.
pub(super) fn reachable(app: &App, url: &str) -> Result<(), Problem> {
    let vetted = app.egress.vet(url).map(drop);
    vetted.map_err(|why| Problem::new(Code::InvalidRequest).violation("/url", sentence(&why)))
}
