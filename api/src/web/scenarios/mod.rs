//! `/scenarios`: the versions of the organisation; making, naming, keeping and comparing them.

mod change;
mod compare;
mod new;
mod rows;

use std::collections::BTreeSet;

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
use crate::resources::integrations;
use crate::resources::scenarios::{self, View};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/scenarios", get(list))
        .route("/scenarios/new", get(new::show).post(new::create))
        .route("/scenarios/compare", get(compare::choose))
        .route("/scenarios/{scenario}/diff", get(compare::show))
        .route("/scenarios/{scenario}/rename", get(change::name).post(change::rename))
        .route("/scenarios/{scenario}/archive", get(change::leave).post(change::archive))
        .route("/scenarios/{scenario}/snapshot", get(change::keep).post(change::snapshot))
}

#[derive(Template)]
#[template(path = "scenarios/list.html")]
struct List {
    shell: Shell,
    scenarios: Vec<View>,
    /// Those that an HR system writes to.
    targets: BTreeSet<String>,
    next: Option<String>,
}

impl List {
    /// Whether something is still being copied: the page looks again then.
    fn is_moving(&self) -> bool {
        self.scenarios.iter().any(|one| one.status == "preparing")
    }
    fn is_target(&self, scenario: &View) -> bool {
        self.targets.contains(&scenario.id)
    }
}

async fn list(
    State(app): State<App>,
    shell: Shell,
    reader: Reader,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let params = Params::of_page(query.as_deref().unwrap_or_default());
    let targets = targets(&app, &shell, reader.clone()).await?;
    let found = scenarios::list(State(app), reader, params).await?.0;
    page(&List { shell, scenarios: found.data, targets, next: found.next_cursor })
}

/// What connections write to, as far as the caller may know of them.
async fn targets(app: &App, shell: &Shell, reader: Reader) -> Result<BTreeSet<String>, Problem> {
    if !shell.may(Permission::IntegrationsRead) {
        return Ok(BTreeSet::new());
    }
    let all = integrations::list(State(app.clone()), reader, Params::of_page("")).await?.0.data;
    let baseline = shell.scenarios.iter().find(|one| one.is_baseline());
    let mut targets = BTreeSet::new();
    for one in all.into_iter().filter(|one| one.status != "disconnected") {
        targets.extend(one.targets.scenarios);
        targets
            .extend(baseline.filter(|_| one.targets.live_baseline).map(|row| row.scenario.clone()));
    }
    Ok(targets)
}
