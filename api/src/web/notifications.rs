//! `/notifications`: what one was told, and marking it as read.

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::{get, post};

use super::form::Fields;
use super::shell::Shell;
use super::{elsewhere, filters, page, settled};
use crate::app::App;
use crate::caller::Reader;
use crate::edge::Problem;
use crate::extractors::PathIds;
use crate::params::Params;
use crate::resources::notifications::{self, BEHIND, View};

const HERE: &str = "/notifications";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/notifications", get(list))
        .route("/notifications/read_all", post(read_all))
        .route("/notifications/{notification}/read", post(read))
        .route("/notifications/{notification}/unread", post(unread))
}

#[derive(Template)]
#[template(path = "notifications/list.html")]
struct Page {
    shell: Shell,
    rows: Vec<View>,
    next: Option<String>,
    /// Whether only what is unread is shown.
    unread_only: bool,
    /// Whether this is not the first piece.
    is_behind: bool,
}

impl Page {
    fn filter(&self) -> &'static str {
        if self.unread_only { "unread" } else { "all" }
    }
    fn hue(&self, row: &View) -> &'static str {
        look(&row.kind).0
    }
    fn icon(&self, row: &View) -> &'static str {
        look(&row.kind).1
    }
}

/// The hue and the icon of a kind.
fn look(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "integration.failed" => ("failed", "fail"),
        "integration.recovered" | "webhook.recovered" => ("ok", "check"),
        "plan.held" => ("held", "hand"),
        "credential.expiring" => ("info", "key"),
        "webhook.disabled" => ("failed", "hook"),
        _ => ("warn", "alert"),
    }
}

async fn list(
    State(app): State<App>,
    shell: Shell,
    reader: Reader,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = query.unwrap_or_default();
    let asked = Fields::read(query.as_bytes());
    let found = notifications::list(State(app), reader, Params::of_page(&query)).await?.0;
    page(&Page {
        shell,
        rows: found.data,
        next: found.next_cursor,
        unread_only: asked.raw("filter") == "unread",
        is_behind: asked.has("cursor"),
    })
}

async fn read(
    State(app): State<App>,
    reader: Reader,
    id: PathIds<String>,
    typed: Fields,
) -> Result<Response, Problem> {
    notifications::read(State(app.clone()), reader.clone(), id).await?;
    back(&app, &reader, &typed).await
}

async fn unread(
    State(app): State<App>,
    reader: Reader,
    id: PathIds<String>,
    typed: Fields,
) -> Result<Response, Problem> {
    notifications::unread(State(app.clone()), reader.clone(), id).await?;
    back(&app, &reader, &typed).await
}

async fn read_all(
    State(app): State<App>,
    reader: Reader,
    typed: Fields,
) -> Result<Response, Problem> {
    notifications::read_all(State(app.clone()), reader.clone()).await?;
    back(&app, &reader, &typed).await
}

/// The list as it was looked at.
async fn back(app: &App, reader: &Reader, typed: &Fields) -> Result<Response, Problem> {
    settled(app, reader, &BEHIND).await?;
    let unread_only = typed.raw("filter") == "unread";
    Ok(elsewhere(if unread_only { "/notifications?filter=unread" } else { HERE }))
}
