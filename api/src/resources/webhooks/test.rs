//! `…/test`: what a receiver answers to a message about people who are made up, before an endpoint is
//! saved and after.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use rollcall_commands::operations::{EndpointAsked, Request};
use rollcall_domain::message::{Detail, Kind};
use rollcall_domain::webhook_endpoint::{Refusal, address, headers};
use serde::Deserialize;
use utoipa::ToSchema;

use super::changes::known;
use super::new::{pairs, reachable};
use crate::app::App;
use crate::caller::Admin;
use crate::edge::Problem;
use crate::extractors::{JsonBody, OptionalBody, PathIds};
use crate::problems::refused;
use crate::resources::operations::{Patience, perform};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WebhookDraft)]
pub(crate) struct Draft {
    pub(crate) url: String,
    /// The type of message; `employee_data_changed` unless said otherwise.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub(crate) event: Option<Kind>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub(crate) detail: Option<Detail>,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WebhookTest)]
pub(crate) struct Asked {
    /// The first that the endpoint gets, unless said otherwise.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub(crate) event: Option<Kind>,
}

const USUAL: Kind = Kind::EmployeeChanged;

/// Nothing of it is saved.
pub(crate) async fn before_saving(
    State(app): State<App>,
    admin: Admin,
    patience: Patience,
    JsonBody(draft): JsonBody<Draft>,
) -> Result<Response, Problem> {
    let url = address(&draft.url, app.egress.allows_http());
    let url = url.map_err(|fault| refused(Refusal::UrlInvalid(fault)))?;
    reachable(&app, &url)?;
    let headers = headers(&pairs(draft.headers)).map_err(refused)?;
    let detail = draft.detail.unwrap_or_default();
    let endpoint = EndpointAsked::Draft { url, detail, headers };
    let request = Request::TestWebhook { endpoint, kind: draft.event.unwrap_or(USUAL) };
    perform(&app, &admin, request, patience).await
}

pub(crate) async fn saved(
    State(app): State<App>,
    admin: Admin,
    patience: Patience,
    PathIds(webhook): PathIds<String>,
    OptionalBody(asked): OptionalBody<Asked>,
) -> Result<Response, Problem> {
    let known = known(&app, &admin, &webhook).await?;
    let first = known.settings.selection.kinds.first().copied().unwrap_or(USUAL);
    let kind = asked.and_then(|asked| asked.event).unwrap_or(first);
    let request = Request::TestWebhook { endpoint: EndpointAsked::Saved(webhook), kind };
    perform(&app, &admin, request, patience).await
}
