//! `/settings/integrations`: the HR system a tenant is connected to, from the first look at a key to the
//! end of the connection.

mod actions;
mod confirm;
mod connect;
mod credentials;
mod fields;
mod inputs;
mod notes;
mod operations;
mod overview;
pub(super) mod push;
mod report;
mod report_words;
mod secrets;
mod settings;
mod state;
mod webhooks;

use axum::Router;
use axum::extract::{FromRequestParts, State};
use axum::http::header::HOST;
use axum::http::request::Parts;
use axum::routing::{get, post};
use rollcall_domain::connection::ProviderSettings;
use rollcall_domain::vocabulary::Provider;

use super::shell::Shell;
use crate::app::App;
use crate::caller::Reader;
use crate::edge::{Code, Problem};
use crate::params::Params;
use crate::resources::integrations::{self, View};

/// The page of the connection; what is done to it has addresses below.
const HOME: &str = "/settings/integrations/hris";

/// What its pages show.
const BEHIND: [&str; 3] = ["connections", "runs", "health"];

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/settings/integrations", get(overview::show))
        .route(HOME, get(state::show).post(connect::save))
        .route("/settings/integrations/hris/try", post(connect::test))
        .route("/settings/integrations/hris/test", post(actions::test))
        .route("/settings/integrations/hris/sync", post(actions::sync))
        .route("/settings/integrations/hris/reconcile", post(actions::reconcile))
        .route("/settings/integrations/hris/pause", post(actions::pause))
        .route("/settings/integrations/hris/resume", post(actions::resume))
        .route(
            "/settings/integrations/hris/disconnect",
            get(actions::ask_disconnect).post(actions::disconnect),
        )
        .route(
            "/settings/integrations/hris/credentials",
            get(credentials::show).post(credentials::save),
        )
        .route(
            "/settings/integrations/hris/settings/{section}",
            get(settings::show).post(settings::save),
        )
        .route("/settings/integrations/hris/secrets", get(secrets::show).post(secrets::add))
        .route(
            "/settings/integrations/hris/secrets/{fingerprint}/remove",
            get(secrets::ask_remove).post(secrets::remove),
        )
        .route("/settings/integrations/hris/operations/{operation}", get(operations::show))
        .merge(webhooks::routes())
        .merge(push::routes())
}

/// Who looks, and under which name this installation was reached.
struct Visit {
    app: App,
    shell: Shell,
    reader: Reader,
    host: String,
}

impl FromRequestParts<App> for Visit {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let reader = Reader::from_request_parts(parts, app).await?;
        let shell = Shell::from_request_parts(parts, app).await?;
        let named = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
        let asked = parts.uri.authority().map(|authority| authority.as_str());
        let host = named.or(asked).unwrap_or("localhost").to_owned();
        Ok(Visit { app: app.clone(), shell, reader, host })
    }
}

impl Visit {
    /// Where this installation is for whoever reached it. Outside of one's own machine, deliveries come
    /// by TLS or not at all.
    fn origin(&self) -> String {
        let near = ["localhost", "127.", "[::1]"];
        let scheme =
            if near.iter().any(|one| self.host.starts_with(one)) { "http" } else { "https" };
        format!("{scheme}://{}", self.host)
    }

    /// All connections there ever were, oldest first.
    async fn connections(&self) -> Result<Vec<View>, Problem> {
        let everything = Params::read("");
        let found = integrations::list(self.state(), self.reader.clone(), everything).await?;
        Ok(found.0.data)
    }

    /// The one that is connected and read from; there is one at most. Endpoints have a page of their own.
    async fn current(&self) -> Result<Option<View>, Problem> {
        let all = self.connections().await?;
        Ok(all.into_iter().find(|one| one.status != "disconnected" && !one.settings.is_pushed()))
    }

    /// Whether the people come by an endpoint that is live, so that nothing is read.
    async fn is_pushed_to(&self) -> Result<bool, Problem> {
        let is_live = |one: &View| ["active", "error", "paused"].contains(&&*one.status);
        let all = self.connections().await?;
        Ok(all.iter().any(|one| one.settings.is_pushed() && is_live(one)))
    }

    async fn connected(&self) -> Result<View, Problem> {
        let none = "No HR system is connected, or not any more; connect one first.";
        self.current().await?.ok_or_else(|| Problem::new(Code::NotFound).detail(none))
    }

    fn state(&self) -> State<App> {
        State(self.app.clone())
    }
}

/// As people call a provider.
fn label(provider: &str) -> &str {
    match Provider::parse(provider) {
        Some(known) => known.label(),
        None => provider,
    }
}

/// Whether the provider tells of changes by itself.
fn has_webhook(connection: &View) -> bool {
    match connection.settings.provider() {
        Provider::BambooHr | Provider::HrisWebhook => true,
        Provider::Dynamics365 => false,
    }
}

/// Whose people they are: what a person would type to get there.
fn account(connection: &View) -> String {
    match &connection.settings.provider {
        ProviderSettings::BambooHr(own) => format!("{}.bamboohr.com", own.subdomain),
        ProviderSettings::Dynamics365(own) => {
            let environment = own.environment().unwrap_or_default();
            environment.trim_start_matches("https://").to_owned()
        }
        ProviderSettings::HrisWebhook(_) => connection.settings.source().account,
    }
}
