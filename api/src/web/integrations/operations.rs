//! `…/operations/{id}`: what a provider was asked while somebody waits. Its own address, so that a long
//! one survives a reload, and its answer for as long as it is kept.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use http_body_util::BodyExt;
use rollcall_domain::access::Permission;
use rollcall_domain::catalogue::Explained;
use rollcall_domain::vocabulary::FailureCode;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::report::Report;
use super::webhooks::{Deleted, Log, Missed, Registered, Webhooks};
use super::{HOME, Visit};
use crate::edge::{Code, Problem};
use crate::extractors::PathIds;
use crate::params::Params;
use crate::resources::operations::{self, View};
use crate::web::shell::Shell;
use crate::web::{elsewhere, filters, with_status};
use crate::wording::sentence;

/// An operation as a page tells it.
pub(super) struct Told {
    pub(super) id: String,
    pub(super) kind: &'static str,
    pub(super) at: DateTime<Utc>,
    pub(super) what: What,
}

pub(super) enum What {
    Running,
    Failed(Failed),
    Report(Report),
    Webhooks(Webhooks),
    Registered(Registered),
    Deleted(Deleted),
    Log(Log),
    Missed(Missed),
    /// Whatever has no look of its own, as it came.
    Other(String),
}

/// Why it could not be done, and what to do.
pub(super) struct Failed {
    pub(super) code: String,
    pub(super) summary: String,
    pub(super) remedy: Option<&'static str>,
    pub(super) retry_at: Option<DateTime<Utc>>,
}

impl Told {
    fn of(view: View) -> Told {
        let what = match (view.result, view.failure) {
            (Some(result), _) => read(view.kind, &result),
            (None, Some(failure)) => {
                let known = FailureCode::ALL.into_iter().find(|one| one.as_str() == failure.code);
                What::Failed(Failed {
                    summary: sentence(&failure.summary),
                    remedy: known.map(Explained::remedy),
                    retry_at: failure.retry_at,
                    code: failure.code,
                })
            }
            (None, None) => What::Running,
        };
        Told { id: view.id, kind: view.kind, at: view.requested_at, what }
    }
}

fn read(kind: &str, result: &Value) -> What {
    fn typed<T: DeserializeOwned>(result: &Value, what: fn(T) -> What) -> Option<What> {
        T::deserialize(result).ok().map(what)
    }
    let read = match kind {
        "test_connection" => typed(result, What::Report),
        "list_provider_webhooks" => typed(result, What::Webhooks),
        "create_provider_webhook" => typed(result, What::Registered),
        "delete_provider_webhook" => typed(result, What::Deleted),
        "provider_webhook_log" => typed(result, What::Log),
        "find_missed_deliveries" => typed(result, What::Missed),
        _ => None,
    };
    let as_it_came = || What::Other(serde_json::to_string_pretty(result).unwrap_or_default());
    read.unwrap_or_else(as_it_came)
}

/// How an operation stands; not found once it is kept no longer.
pub(super) async fn told(visit: &Visit, id: String) -> Result<Told, Problem> {
    let (reader, params) = (visit.reader.clone(), Params::read(""));
    let found = operations::read(visit.state(), reader, PathIds(id), params).await?;
    Ok(Told::of(found.1.0))
}

/// Which operation an answer of the API is about.
pub(super) async fn named(answer: Response) -> Result<String, Problem> {
    let body = answer.into_body().collect().await.map_err(|_| Code::Internal)?.to_bytes();
    let body: Value = serde_json::from_slice(&body).map_err(|_| Code::Internal)?;
    let id = body["id"].as_str().ok_or(Code::Internal)?;
    Ok(id.to_owned())
}

/// Goes to the page of the operation that was asked for.
pub(super) async fn follow(answer: Response) -> Result<Response, Problem> {
    Ok(elsewhere(&format!("{HOME}/operations/{}", named(answer).await?)))
}

#[derive(Template)]
#[template(path = "integrations/operation.html")]
struct Page {
    shell: Shell,
    told: Told,
}

impl Page {
    fn title(&self) -> &'static str {
        match self.told.kind {
            "test_connection" => "Test connection",
            "create_provider_webhook" => "Register a webhook",
            "delete_provider_webhook" => "Delete a webhook",
            "provider_webhook_log" => "Deliveries of a webhook",
            "find_missed_deliveries" => "Missed deliveries",
            "list_provider_webhooks" => "Webhooks at the provider",
            "preview" => "Preview",
            "apply_plan" => "Apply a plan",
            _ => "Question to the provider",
        }
    }
}

pub(super) async fn show(
    visit: Visit,
    PathIds(operation): PathIds<String>,
) -> Result<Response, Problem> {
    let reader = visit.reader.clone();
    let found = operations::read(visit.state(), reader, PathIds(operation), Params::read(""));
    let view = found.await?.1.0;
    // What has a page of its own is shown there.
    let named = |name: &str| view.result.as_ref().and_then(|result| result[name].as_str());
    let place = match view.kind {
        "preview" => Some(format!("{HOME}/preview/{}", view.id)),
        "apply_plan" => named("run").map(|run| format!("/settings/integrations/logs/{run}")),
        _ => None,
    };
    match place {
        Some(place) => Ok(elsewhere(&place)),
        None => {
            let told = Told::of(view);
            with_status(StatusCode::OK, &Page { shell: visit.shell, told })
        }
    }
}
