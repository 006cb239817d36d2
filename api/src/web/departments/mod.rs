//! `/departments`: departments, divisions and locations, making one, and a page for each.

mod new;
mod one;

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use rollcall_domain::access::Permission;
use rollcall_domain::unit::Kind;
use rollcall_domain::vocabulary::Provider;
use rollcall_projections::units::BELOW;

use super::filters;
use super::shell::Shell;
use super::{address, page};
use crate::app::App;
use crate::caller::Reader;
use crate::edge::Problem;
use crate::extractors::PathIds;
use crate::params::Params;
use crate::resources::departments::{self, View};

/// Levels further down stand no further to the right.
const DEEPEST: usize = 5;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/departments", get(list))
        .route("/departments/new", get(new::show).post(new::create))
        .route("/departments/{department}", get(one::show).post(one::rename))
}

#[derive(Template)]
#[template(path = "departments/list.html")]
struct List {
    shell: Shell,
    kind: Kind,
    q: String,
    synced: Option<bool>,
    /// Whether it is not the first page.
    is_further: bool,
    units: Vec<View>,
    next: Option<String>,
}

impl List {
    fn is_filtered(&self) -> bool {
        !self.q.is_empty() || self.synced.is_some()
    }
    fn of_kind(&self, kind: &Kind) -> String {
        self.shell.to(&of_kind("/departments", *kind))
    }
    fn new_of_kind(&self) -> String {
        self.shell.to(&of_kind("/departments/new", self.kind))
    }
    /// How far it stands to the right; what is chosen out of the others says its path instead.
    fn indent(&self, unit: &View) -> usize {
        if self.is_filtered() { 0 } else { unit.level.min(DEEPEST) }
    }
    fn above(&self, unit: &View) -> String {
        format!("{}{BELOW}", above(unit))
    }
    fn unit(&self, unit: &View) -> String {
        self.shell.to(&format!("/departments/{}", unit.id))
    }
    fn people(&self, unit: &View) -> String {
        self.shell.to(&people_in(unit))
    }
    /// The same list from another place on.
    fn from(&self, cursor: Option<&String>) -> String {
        let synced = self.synced.map(|synced| synced.to_string()).unwrap_or_default();
        let kind = if self.kind == Kind::Department { "" } else { self.kind.as_str() };
        let cursor = cursor.map_or("", String::as_str);
        let asked = [("kind", kind), ("q", &*self.q), ("synced", &*synced), ("cursor", cursor)];
        self.shell.to(&address("/departments", &asked))
    }
}

async fn list(
    State(app): State<App>,
    shell: Shell,
    reader: Reader,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = query.unwrap_or_default();
    let mut asked = Params::of_page(&query);
    let kind = asked.text("kind").and_then(|word| Kind::parse(&word)).unwrap_or(Kind::Department);
    let q = asked.text("q").unwrap_or_default();
    let synced = asked.text("synced").map(|word| word == "true");
    let is_further = asked.text("cursor").is_some();
    let scenario = PathIds(shell.scenario()?.scenario.clone());
    let found = departments::list(State(app), reader, scenario, Params::of_page(&query)).await?.0;
    let (units, next) = (found.data, found.next_cursor);
    page(&List { shell, kind, q, synced, is_further, units, next })
}

/// An address that is about one kind; departments need not be said.
fn of_kind(path: &str, kind: Kind) -> String {
    address(path, &[("kind", if kind == Kind::Department { "" } else { kind.as_str() })])
}

fn people_in(unit: &View) -> String {
    address("/people", &[("status", "all"), ("department", &unit.id)])
}

/// The path of what it is part of.
fn above(unit: &View) -> &str {
    let own = BELOW.len() + unit.name.len();
    unit.path.len().checked_sub(own).and_then(|end| unit.path.get(..end)).unwrap_or_default()
}

/// What kinds are called where there are several.
fn plural(kind: &Kind) -> &'static str {
    match kind {
        Kind::Department => "Departments",
        Kind::Division => "Divisions",
        Kind::Location => "Locations",
    }
}

/// What a provider is called.
fn source(provider: &str) -> String {
    Provider::parse(provider).map_or(provider, |known| known.label()).to_owned()
}
