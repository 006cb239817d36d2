//! `/engine/{name}`: one read model, for the operator: rebuild, compare, switch.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use serde_json::Value;

use super::is_at_work;
use crate::app::App;
use crate::caller::Caller;
use crate::edge::Problem;
use crate::extractors::PathIds;
use crate::params::Params;
use crate::resources::projections::work::Task;
use crate::resources::projections::{self, View};
use crate::web::shell::Shell;
use crate::web::{done, filters, page};

#[derive(Template)]
#[template(path = "engine/model.html")]
struct Page {
    shell: Shell,
    model: View,
}

impl Page {
    fn running(&self) -> bool {
        is_at_work(&self.model)
    }
    /// Whether the other slot is complete, so that it can be shown instead.
    fn can_switch(&self) -> bool {
        self.model.other.as_ref().is_some_and(|other| other.status == "built")
    }
    /// A build that nobody here is at: another node, or a restart has interrupted it.
    fn left_behind(&self) -> bool {
        let building = self.model.other.as_ref().is_some_and(|other| other.status == "building");
        building && !self.running()
    }
    fn number(&self, of: &str) -> u64 {
        let result = self.model.work.as_ref().and_then(|work| work.result.as_ref());
        result.and_then(|result| result[of].as_u64()).unwrap_or(0)
    }
    fn milliseconds(&self) -> i64 {
        i64::try_from(self.number("elapsed_ms")).unwrap_or(i64::MAX)
    }
    fn is_equal(&self) -> bool {
        let result = self.model.work.as_ref().and_then(|work| work.result.as_ref());
        result.is_some_and(|result| result["equal"] == true)
    }
    fn keys(&self) -> Vec<&str> {
        let result = self.model.work.as_ref().and_then(|work| work.result.as_ref());
        let keys = result.and_then(|result| result["keys"].as_array());
        keys.into_iter().flatten().filter_map(Value::as_str).collect()
    }
}

#[derive(Template)]
#[template(path = "engine/switch.html")]
struct Switch {
    shell: Shell,
    model: View,
}

async fn find(app: &App, caller: Caller, name: &str) -> Result<View, Problem> {
    let path = PathIds(name.to_owned());
    Ok(projections::read(State(app.clone()), caller, path, Params::of_page("")).await?.0)
}

pub(super) async fn show(
    State(app): State<App>,
    shell: Shell,
    caller: Caller,
    PathIds(name): PathIds<String>,
) -> Result<Response, Problem> {
    let model = find(&app, caller, &name).await?;
    page(&Page { shell, model })
}

/// The page shows how far it is, so nobody has to wait for it.
fn at_once() -> HeaderMap {
    let (name, value) = (HeaderName::from_static("prefer"), "respond-async");
    HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
}

pub(super) async fn rebuild(
    State(app): State<App>,
    PathIds(name): PathIds<String>,
) -> Result<Response, Problem> {
    projections::rebuild(State(app), at_once(), PathIds(name.clone())).await?;
    Ok(done("The rebuild has begun.", &format!("/engine/{name}")))
}

pub(super) async fn compare(
    State(app): State<App>,
    PathIds(name): PathIds<String>,
) -> Result<Response, Problem> {
    projections::compare(State(app), at_once(), PathIds(name.clone())).await?;
    Ok(done("The comparison has begun.", &format!("/engine/{name}")))
}

pub(super) async fn ask(
    State(app): State<App>,
    shell: Shell,
    caller: Caller,
    PathIds(name): PathIds<String>,
) -> Result<Response, Problem> {
    let model = find(&app, caller, &name).await?;
    page(&Switch { shell, model })
}

pub(super) async fn switch(
    State(app): State<App>,
    PathIds(name): PathIds<String>,
) -> Result<Response, Problem> {
    projections::switch(State(app), PathIds(name.clone())).await?;
    Ok(done("The other build is shown now.", &format!("/engine/{name}")))
}
