//! `/scenarios`: the versions of the organisation, and making one.

mod new;

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use rollcall_domain::access::Permission;

use super::filters;
use super::page;
use super::shell::Shell;
use crate::app::App;
use crate::caller::Reader;
use crate::edge::Problem;
use crate::params::Params;
use crate::resources::scenarios::{self, View};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/scenarios", get(list))
        .route("/scenarios/new", get(new::show).post(new::create))
}

#[derive(Template)]
#[template(path = "scenarios/list.html")]
struct List {
    shell: Shell,
    scenarios: Vec<View>,
    next: Option<String>,
}

impl List {
    /// Whether something is still being copied: the page looks again then.
    fn is_moving(&self) -> bool {
        self.scenarios.iter().any(|one| one.status == "preparing")
    }
}

async fn list(
    State(app): State<App>,
    shell: Shell,
    reader: Reader,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let params = Params::of_page(query.as_deref().unwrap_or_default());
    let found = scenarios::list(State(app), reader, params).await?.0;
    page(&List { shell, scenarios: found.data, next: found.next_cursor })
}
