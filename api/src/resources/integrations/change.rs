//! `PATCH /integrations/{id}`: where changes apply, and how it is set. What becomes a target is
//! caught up by a run that follows from the event.

use axum::extract::State;
use axum::response::IntoResponse;
use rollcall_commands::{ConnectionChange, Loaded, change_connection, load};
use rollcall_domain::connection::{Connection, SettingsChange};
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::changes::done;
use super::connect::is_empty;
use super::settings::{Wanted, checked, nothing_wrong};
use super::targets::ChosenTargets;
use crate::app::App;
use crate::caller::Admin;
use crate::edge::{Code, Problem};
use crate::extractors::{JsonBody, PathIds, secret};

/// What is left out stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IntegrationChange)]
pub(crate) struct Change {
    #[serde(default)]
    pub(crate) targets: ChosenTargets,
    /// Only with another `base_url`.
    #[serde(default, deserialize_with = "some_secret")]
    #[schema(value_type = Option<String>, format = Password)]
    pub(crate) api_key: Option<SecretString>,
    #[serde(flatten)]
    pub(crate) settings: Wanted,
}

pub(super) fn some_secret<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<SecretString>, D::Error> {
    secret(from).map(Some)
}

pub(crate) async fn change(
    State(app): State<App>,
    admin: Admin,
    PathIds(integration): PathIds<String>,
    JsonBody(change): JsonBody<Change>,
) -> Result<impl IntoResponse, Problem> {
    let known: Loaded<Connection> = load(&app.store, admin.id(), &integration).await?;
    let old = known.state.known.ok_or(Code::NotFound)?.settings;
    let settings = SettingsChange::from(&change.settings);
    let new = old.changed(&settings);
    let mut problem = nothing_wrong();
    let address = |settings: &rollcall_domain::connection::Settings| {
        settings.bamboohr().and_then(|own| own.base_url.clone())
    };
    if address(&old) != address(&new) && change.api_key.is_none() {
        let why = "Give the api_key along: one that is stored is sent to no other address.";
        problem = problem.violation("/base_url", why);
    }
    if change.api_key.as_ref().is_some_and(is_empty) {
        problem = problem.violation("/api_key", "It is empty.");
    }
    checked(problem, &new)?;
    let change =
        ConnectionChange { settings, targets: change.targets.into(), credentials: change.api_key };
    let cause = admin.caller.cause();
    change_connection(&app.store, admin.id(), &integration, &change, &cause).await?;
    done(&app, &admin).await
}
