//! `PATCH /integrations/{id}`: where changes apply, and how it is set. What becomes a target is
//! caught up by a run that follows from the event.

use axum::extract::State;
use axum::response::IntoResponse;
use rollcall_commands::{ConnectionChange, Loaded, change_connection, load};
use rollcall_domain::connection::{Connection, ProviderSettings, Settings, SettingsChange};
use rollcall_domain::vocabulary::Provider;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::changes::done;
use super::connect::{credentials, is_empty, secret_of};
use super::settings::{Wanted, belonging, checked, nothing_wrong};
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
    /// Only with another `client_id` or `authority_url`.
    #[serde(default, deserialize_with = "some_secret")]
    #[schema(value_type = Option<String>, format = Password)]
    pub(crate) client_secret: Option<SecretString>,
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
    let provider = old.provider();
    let (path, known) = (secret_of(provider), belongs_to(&old));
    let secrets = [
        ("/api_key", change.api_key.is_some(), Provider::BambooHr),
        ("/client_secret", change.client_secret.is_some(), Provider::Dynamics365),
    ];
    problem = belonging(problem, provider, secrets.into_iter().chain(change.settings.given()));
    let secret = credentials(provider, change.api_key, change.client_secret);
    if let (Some(place), None) = (known.differs(&belongs_to(&new)), &secret) {
        let why =
            format!("Give the {} along: one that is stored is sent nowhere else.", &path[1..]);
        problem = problem.violation(place, &why);
    }
    if secret.as_ref().is_some_and(is_empty) {
        problem = problem.violation(path, "It is empty.");
    }
    checked(problem, &new)?;
    let change = ConnectionChange { settings, targets: change.targets.into(), credentials: secret };
    let cause = admin.caller.cause();
    change_connection(&app.store, admin.id(), &integration, &change, &cause).await?;
    done(&app, &admin).await
}

/// What a stored secret is for: it is sent to no other address, and for no other app.
struct Belongs {
    address: Option<String>,
    app: Option<String>,
    /// Where the address and the app stand in bodies.
    paths: [&'static str; 2],
}

fn belongs_to(settings: &Settings) -> Belongs {
    match &settings.provider {
        ProviderSettings::BambooHr(own) => {
            Belongs { address: own.base_url.clone(), app: None, paths: ["/base_url", ""] }
        }
        ProviderSettings::Dynamics365(own) => Belongs {
            address: own.authority(),
            app: Some(own.client_id.clone()),
            paths: ["/authority_url", "/client_id"],
        },
        // Nothing is sent there.
        ProviderSettings::HrisWebhook(_) => Belongs { address: None, app: None, paths: ["", ""] },
    }
}

impl Belongs {
    /// Which of both is another.
    fn differs(&self, new: &Belongs) -> Option<&'static str> {
        match (self.address == new.address, self.app == new.app) {
            (false, _) => Some(self.paths[0]),
            (true, false) => Some(self.paths[1]),
            (true, true) => None,
        }
    }
}
