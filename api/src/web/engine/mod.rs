//! `/engine`: how far the read models are; for the operator, building them anew and comparing them; and
//! work that was given up.

mod model;
mod parked;

use askama::Template;
use axum::Router;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::{get, post};
use rollcall_domain::access::Permission;

use super::shell::Shell;
use super::{filters, page};
use crate::app::App;
use crate::caller::{Caller, Reader};
use crate::edge::Problem;
use crate::params::Params;
use crate::resources::parked::View as Parked;
use crate::resources::projections::{self, View};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/engine", get(list))
        .route("/engine/{name}", get(model::show))
        .route("/engine/{name}/rebuild", post(model::rebuild))
        .route("/engine/{name}/compare", post(model::compare))
        .route("/engine/{name}/switch", get(model::ask).post(model::switch))
        .route("/engine/parked", get(parked::list))
        .route("/engine/parked/{id}", get(parked::one))
        .route("/engine/parked/{id}/retry", post(parked::retry))
        .route("/engine/parked/{id}/skip", get(parked::ask).post(parked::skip))
}

/// Somebody's tenant, if they have one: an operator need not name any.
struct Perhaps(Option<Reader>);

impl FromRequestParts<App> for Perhaps {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let tenant = caller.tenant.clone();
        Ok(Perhaps(tenant.map(|tenant| Reader::new(app, caller, tenant))))
    }
}

#[derive(Template)]
#[template(path = "engine/list.html")]
struct List {
    shell: Shell,
    models: Vec<View>,
    /// `None` for whom it is not.
    parked: Option<Vec<Parked>>,
}

impl List {
    fn behind(&self) -> u64 {
        self.models.iter().map(|one| one.lag).max().unwrap_or(0)
    }
    fn stopped(&self) -> usize {
        self.models.iter().filter(|one| is_stopped(one)).count()
    }
    fn building(&self) -> usize {
        self.models.iter().filter(|one| one.status != "live").count()
    }
    fn is_moving(&self) -> bool {
        self.models.iter().any(is_at_work)
    }
}

/// Whether it follows no longer, somewhere.
fn is_stopped(one: &View) -> bool {
    one.shards.iter().any(|shard| shard.status == "stopped")
}

fn is_at_work(one: &View) -> bool {
    one.work.as_ref().is_some_and(|work| work.status == "running")
}

/// How a read model is, in a word of the badges.
fn state(one: &View) -> &'static str {
    match (is_stopped(one), one.status.as_str()) {
        (true, _) => "error",
        (false, "live") => "live",
        (false, _) => "running",
    }
}

fn state_word(one: &View) -> &'static str {
    match state(one) {
        "error" => "Stopped",
        "live" => "Live",
        _ => "Being built",
    }
}

fn state_icon(one: &View) -> &'static str {
    match state(one) {
        "error" => "fail",
        "live" => "check",
        _ => "spin",
    }
}

fn position(one: &View) -> u64 {
    one.shards.iter().map(|shard| shard.position).sum()
}

/// What a read model holds, for whoever does not know it by name.
fn holds(name: &str) -> &'static str {
    match name {
        "actors" => "People as lists and pages show them",
        "audit_events" => "The audit list",
        "connections" => "Connections and their settings",
        "identities" => "Who was touched by which run",
        "identity_map" => "Imported identities",
        "invitations" => "Invitations",
        "members" => "Who is in which department",
        "memberships" => "Who belongs to which tenant",
        "receipts" => "Deliveries",
        "run_receipts" => "Which deliveries a run answers to",
        "runs" => "Sync logs",
        "scenarios" => "Scenarios",
        "tenants" => "Tenants",
        "units" => "Departments, divisions and locations",
        "users" => "Users",
        _ => "",
    }
}

async fn list(
    State(app): State<App>,
    shell: Shell,
    caller: Caller,
    Perhaps(reader): Perhaps,
) -> Result<Response, Problem> {
    let none = || Params::of_page("");
    let models = projections::list(State(app.clone()), caller, none()).await?.0.data;
    let reader = reader.filter(|_| shell.may(Permission::IntegrationsManage));
    let parked = match reader {
        Some(reader) => {
            Some(crate::resources::parked::list(State(app), reader, none()).await?.0.data)
        }
        None => None,
    };
    page(&List { shell, models, parked })
}
