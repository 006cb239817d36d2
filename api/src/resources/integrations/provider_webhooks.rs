//! `…/provider_webhooks`, `…/monitor_fields`, `…/post_fields`: the webhooks a connection has at its
//! provider. Each call is an operation: it answers with what came of it, or with where to look.

use serde_json::json;
use std::collections::BTreeMap;
use utoipa::ToSchema;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use rollcall_commands::operations::{Request, WebhookAsk, WebhookSettings};
use serde::Deserialize;

use super::runs::{connected, is_active};
use crate::app::App;
use crate::caller::Admin;
use crate::edge::{Code, Problem};
use crate::extractors::{JsonBody, PathIds};
use crate::openapi::{self, Operation, Tag};
use crate::resources::operations::{Patience, View as Performed, perform};

const LONGEST_NAME: usize = 100;
const LONGEST_URL: usize = 2_000;
/// Events or fields of one webhook.
const MOST: usize = 200;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/integrations/{integration}/provider_webhooks", get(list).post(create))
        .route("/integrations/{integration}/provider_webhooks/backfill", post(backfill))
        .route(
            "/integrations/{integration}/provider_webhooks/{webhook}",
            get(show).put(update).delete(remove),
        )
        .route("/integrations/{integration}/provider_webhooks/{webhook}/log", get(log))
        .route("/integrations/{integration}/monitor_fields", get(monitor_fields))
        .route("/integrations/{integration}/post_fields", get(post_fields))
}

pub(super) fn operations() -> Vec<Operation> {
    const LIST: &str = "/integrations/{integration}/provider_webhooks";
    const ONE: &str = "/integrations/{integration}/provider_webhooks/{webhook}";
    let tag = Tag::Integrations;
    let get = |path, id, summary| openapi::get(tag, path, id, summary).performed::<Performed>();
    let wanted = json!({ "url": "https://rollcall.example" });
    vec![
        get(LIST, "list_provider_webhooks", "The webhooks at the provider."),
        openapi::post(tag, LIST, "create_provider_webhook", "Makes one there.")
            .body::<Wanted>(&wanted)
            .performed::<Performed>(),
        openapi::post(
            tag,
            "/integrations/{integration}/provider_webhooks/backfill",
            "backfill",
            "Reads whoever deliveries were about that never came.",
        )
        .performed::<Performed>(),
        get(ONE, "read_provider_webhook", "One of them."),
        openapi::put(tag, ONE, "update_provider_webhook", "Replaces its settings.")
            .body::<Wanted>(&wanted)
            .performed::<Performed>(),
        openapi::delete(tag, ONE, "delete_provider_webhook", "Deletes it there.")
            .performed::<Performed>(),
        get(
            "/integrations/{integration}/provider_webhooks/{webhook}/log",
            "read_provider_webhook_log",
            "What the provider says it sent.",
        ),
        get(
            "/integrations/{integration}/monitor_fields",
            "list_monitor_fields",
            "Fields a webhook may watch.",
        ),
        get(
            "/integrations/{integration}/post_fields",
            "list_post_fields",
            "Fields a webhook may carry.",
        ),
    ]
}

/// A webhook as somebody wants it. What is left out is as usual, also in a replacement.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProviderWebhook)]
pub(crate) struct Wanted {
    /// Where deliveries go: this installation as the provider reaches it. An origin alone, such as
    /// `https://rollcall.example`, gets the path of the tenant's deliveries.
    pub(crate) url: String,
    #[serde(default = "usual_name")]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) format: Format,
    pub(crate) events: Option<Vec<String>>,
    pub(crate) monitor_fields: Option<Vec<String>>,
    pub(crate) post_fields: Option<BTreeMap<String, String>>,
    #[serde(default)]
    pub(crate) include_company_domain: bool,
}

#[derive(Default, PartialEq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = ProviderWebhookFormat)]
pub(crate) enum Format {
    #[default]
    Json,
    FormEncoded,
}

fn usual_name() -> String {
    "Rollcall".to_owned()
}

impl Wanted {
    /// Says everything that is wrong at once.
    fn settings(self, tenant: &str) -> Result<Box<WebhookSettings>, Problem> {
        let mut problem = Problem::new(Code::InvalidRequest);
        let url = address(&self.url, tenant);
        if url.is_none() {
            let wrong = "It must be an https address without user name and password.";
            problem = problem.violation("/url", wrong);
        }
        if self.name.trim().is_empty() || self.name.chars().count() > LONGEST_NAME {
            problem = problem.violation("/name", "It must have from 1 to 100 characters.");
        }
        let lists = [("/events", &self.events), ("/monitor_fields", &self.monitor_fields)];
        let given = lists.into_iter().filter_map(|(path, list)| Some((path, list.as_ref()?)));
        for (path, list) in given {
            if list.is_empty() || list.len() > MOST || list.iter().any(String::is_empty) {
                problem = problem.violation(path, "It must name from 1 to 200, or be left out.");
            }
        }
        if self.post_fields.as_ref().is_some_and(|fields| fields.len() > MOST) {
            problem = problem.violation("/post_fields", "It must name 200 at most.");
        }
        match url.filter(|_| problem.errors.is_empty()) {
            None => Err(problem),
            Some(url) => Ok(Box::new(WebhookSettings {
                name: self.name,
                url,
                form_encoded: self.format == Format::FormEncoded,
                events: self.events,
                monitor_fields: self.monitor_fields,
                post_fields: self.post_fields,
                include_company_domain: self.include_company_domain,
            })),
        }
    }
}

/// Whether `http` will do is for whoever asks the provider to say: with a simulator it may.
fn address(text: &str, tenant: &str) -> Option<String> {
    let url = url::Url::parse(text).ok()?;
    let good = matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
        && text.len() <= LONGEST_URL;
    let is_origin = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let whole = match is_origin {
        true => url.join(&format!("/api/v1/integrations/bamboohr/webhook/{tenant}")).ok()?.into(),
        false => text.to_owned(),
    };
    good.then_some(whole)
}

pub(crate) async fn list(
    State(app): State<App>,
    admin: Admin,
    patience: Patience,
    PathIds(integration): PathIds<String>,
) -> Result<Response, Problem> {
    ask(&app, &admin, integration, WebhookAsk::List, patience).await
}

pub(crate) async fn create(
    State(app): State<App>,
    admin: Admin,
    patience: Patience,
    PathIds(integration): PathIds<String>,
    JsonBody(wanted): JsonBody<Wanted>,
) -> Result<Response, Problem> {
    let settings = wanted.settings(&admin.tenant.slug)?;
    ask(&app, &admin, integration, WebhookAsk::Create(settings), patience).await
}

pub(crate) async fn show(
    State(app): State<App>,
    admin: Admin,
    patience: Patience,
    PathIds((integration, webhook)): PathIds<(String, String)>,
) -> Result<Response, Problem> {
    ask(&app, &admin, integration, WebhookAsk::Show { webhook }, patience).await
}

pub(crate) async fn update(
    State(app): State<App>,
    admin: Admin,
    patience: Patience,
    PathIds((integration, webhook)): PathIds<(String, String)>,
    JsonBody(wanted): JsonBody<Wanted>,
) -> Result<Response, Problem> {
    let settings = wanted.settings(&admin.tenant.slug)?;
    ask(&app, &admin, integration, WebhookAsk::Update { webhook, settings }, patience).await
}

pub(crate) async fn remove(
    State(app): State<App>,
    admin: Admin,
    patience: Patience,
    PathIds((integration, webhook)): PathIds<(String, String)>,
) -> Result<Response, Problem> {
    ask(&app, &admin, integration, WebhookAsk::Delete { webhook }, patience).await
}

pub(crate) async fn log(
    State(app): State<App>,
    admin: Admin,
    patience: Patience,
    PathIds((integration, webhook)): PathIds<(String, String)>,
) -> Result<Response, Problem> {
    ask(&app, &admin, integration, WebhookAsk::Log { webhook }, patience).await
}

pub(crate) async fn monitor_fields(
    State(app): State<App>,
    admin: Admin,
    patience: Patience,
    PathIds(integration): PathIds<String>,
) -> Result<Response, Problem> {
    ask(&app, &admin, integration, WebhookAsk::MonitorFields, patience).await
}

pub(crate) async fn post_fields(
    State(app): State<App>,
    admin: Admin,
    patience: Patience,
    PathIds(integration): PathIds<String>,
) -> Result<Response, Problem> {
    ask(&app, &admin, integration, WebhookAsk::PostFields, patience).await
}

/// What the provider sent and we never got; a run reads whoever it was about.
pub(crate) async fn backfill(
    State(app): State<App>,
    admin: Admin,
    patience: Patience,
    PathIds(integration): PathIds<String>,
) -> Result<Response, Problem> {
    ask(&app, &admin, integration, WebhookAsk::Backfill, patience).await
}

pub(crate) async fn ask(
    app: &App,
    admin: &Admin,
    connection: String,
    ask: WebhookAsk,
    patience: Patience,
) -> Result<Response, Problem> {
    // What was missed is for a run to read.
    match ask == WebhookAsk::Backfill {
        true => is_active(app, admin, &connection).await?,
        false => connected(app, admin, &connection).await?,
    };
    perform(app, admin, Request::ProviderWebhooks { connection, ask }, patience).await
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn an_origin_gets_the_path_of_the_tenants_deliveries() {
        let whole = "https://rollcall.example/api/v1/integrations/bamboohr/webhook/acme";
        for origin in ["https://rollcall.example", "https://rollcall.example/"] {
            assert_eq!(address(origin, "acme").as_deref(), Some(whole));
        }
        for other in [whole, "https://proxy.example/rollcall?x=1", "http://127.0.0.1:8080/hook"] {
            assert_eq!(address(other, "acme").as_deref(), Some(other));
        }
        for wrong in ["rollcall.example", "ftp://rollcall.example", "https://a:b@rollcall.example"]
        {
            assert_eq!(address(wrong, "acme"), None);
        }
    }
}
