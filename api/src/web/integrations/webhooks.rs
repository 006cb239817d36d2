//! `…/webhooks`: those that the connection has at its provider, registered and looked at from here. Each
//! is a question to the provider, with a page of its own (`operations`).

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::confirm::{ABOVE, Confirm};
use super::{HOME, Visit, label, operations, state};
use crate::app::App;
use crate::edge::Problem;
use crate::extractors::{JsonBody, PathIds};
use crate::resources::integrations::View;
use crate::resources::integrations::provider_webhooks::{self as api, Format, Wanted};
use crate::resources::operations::Patience;
use crate::web::form::{Fields, Wrong};
use crate::web::shell::Shell;
use crate::web::{filters, page, with_status};

#[derive(Deserialize)]
pub(super) struct Webhooks {
    pub(super) webhooks: Vec<Webhook>,
}

#[derive(Deserialize)]
pub(super) struct Webhook {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) url: String,
    pub(super) last_sent_at: Option<DateTime<Utc>>,
    /// The fingerprint of its key, where it is known here.
    pub(super) secret: Option<String>,
    errors: Option<Value>,
}

impl Webhook {
    /// Whether its owner lost the right to something that it tells of.
    pub(super) fn is_limited(&self) -> bool {
        self.errors.as_ref().is_some_and(|errors| !errors.is_null())
    }
}

#[derive(Deserialize)]
pub(super) struct Registered {
    pub(super) webhook: Webhook,
    pub(super) created: bool,
}

#[derive(Deserialize)]
pub(super) struct Deleted {
    pub(super) deleted: String,
    pub(super) was_there: bool,
    pub(super) secret: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Log {
    pub(super) deliveries: Vec<Delivery>,
}

#[derive(Deserialize)]
pub(super) struct Delivery {
    pub(super) last_attempted_at: Option<DateTime<Utc>>,
    pub(super) status: Option<u16>,
    pub(super) employees: Vec<String>,
}

impl Delivery {
    pub(super) fn arrived(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

#[derive(Deserialize)]
pub(super) struct Missed {
    pub(super) deliveries: u64,
    pub(super) missed: u64,
    pub(super) run: Option<String>,
}

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/settings/integrations/hris/webhooks", get(list))
        .route("/settings/integrations/hris/webhooks/new", get(show).post(create))
        .route("/settings/integrations/hris/webhooks/backfill", post(backfill))
        .route("/settings/integrations/hris/webhooks/{webhook}/log", get(log))
        .route(
            "/settings/integrations/hris/webhooks/{webhook}/delete",
            get(ask_delete).post(delete),
        )
}

/// The page of a question, or the connection's with the reason why it was not asked.
async fn asked(visit: Visit, answer: Result<Response, Problem>) -> Result<Response, Problem> {
    match answer {
        Ok(answer) => operations::follow(answer).await,
        Err(problem) => state::refused(visit, Wrong::of(problem)?).await,
    }
}

async fn list(visit: Visit) -> Result<Response, Problem> {
    let id = PathIds(visit.connected().await?.id);
    let answer = api::list(visit.state(), visit.reader.clone(), Patience::of_a_page(), id).await;
    asked(visit, answer).await
}

async fn log(visit: Visit, PathIds(webhook): PathIds<String>) -> Result<Response, Problem> {
    let ids = PathIds((visit.connected().await?.id, webhook));
    let answer = api::log(visit.state(), visit.reader.clone(), Patience::of_a_page(), ids).await;
    asked(visit, answer).await
}

async fn backfill(visit: Visit) -> Result<Response, Problem> {
    let id = PathIds(visit.connected().await?.id);
    let answer =
        api::backfill(visit.state(), visit.reader.clone(), Patience::of_a_page(), id).await;
    asked(visit, answer).await
}

async fn ask_delete(visit: Visit, PathIds(webhook): PathIds<String>) -> Result<Response, Problem> {
    let known = visit.connected().await?;
    let provider = label(&known.provider);
    Confirm {
        shell: visit.shell,
        title: format!("Delete webhook {webhook} at {provider}?"),
        above: ABOVE,
        happens: vec![format!("{provider} tells of no further change through it.")],
        stays: vec![
            "Its key stays live here, for deliveries that are on their way; remove it later."
                .to_owned(),
            "The nightly reconciliation finds every change all the same.".to_owned(),
        ],
        back: "Register a new one.",
        verb: "Delete the webhook",
        cancel: format!("{HOME}/webhooks"),
        wrong: Wrong::default(),
    }
    .shown()
}

async fn delete(visit: Visit, PathIds(webhook): PathIds<String>) -> Result<Response, Problem> {
    let ids = PathIds((visit.connected().await?.id, webhook));
    let answer = api::remove(visit.state(), visit.reader.clone(), Patience::of_a_page(), ids).await;
    asked(visit, answer).await
}

#[derive(Template)]
#[template(path = "integrations/webhook.html")]
struct Form {
    shell: Shell,
    known: View,
    typed: Fields,
    url: String,
    wrong: Wrong,
}

impl Form {
    fn label(&self) -> &str {
        label(&self.known.provider)
    }
}

async fn show(visit: Visit) -> Result<Response, Problem> {
    let (known, url) = (visit.connected().await?, visit.origin());
    let typed = Fields::default();
    page(&Form { shell: visit.shell, known, typed, url, wrong: Wrong::default() })
}

async fn create(visit: Visit, typed: Fields) -> Result<Response, Problem> {
    let known = visit.connected().await?;
    let url = typed.raw("url").trim().to_owned();
    let form_encoded = typed.raw("format") == "form-encoded";
    let wanted = Wanted {
        url: url.clone(),
        name: typed.raw("name").to_owned(),
        format: if form_encoded { Format::FormEncoded } else { Format::Json },
        events: None,
        monitor_fields: None,
        post_fields: None,
        include_company_domain: false,
    };
    let (id, body) = (PathIds(known.id.clone()), JsonBody(wanted));
    let admin = visit.reader.clone();
    match api::create(visit.state(), admin, Patience::of_a_page(), id, body).await {
        Ok(answer) => operations::follow(answer).await,
        Err(problem) => {
            let wrong = Wrong::of(problem)?;
            let form = Form { shell: visit.shell, known, typed, url, wrong };
            with_status(StatusCode::UNPROCESSABLE_ENTITY, &form)
        }
    }
}
