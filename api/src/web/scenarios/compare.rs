//! `/scenarios/{scenario}/diff`: how two versions of the organisation differ.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use rollcall_domain::access::Permission;

use super::rows::{Field, Row, row};
use crate::app::App;
use crate::caller::Reader;
use crate::edge::Problem;
use crate::extractors::PathIds;
use crate::params::Params;
use crate::resources::diff::counts::{Counts, Tally, counts};
use crate::resources::diff::diff;
use crate::resources::diff::view::Entry;
use crate::resources::scenarios::{self, View};
use crate::web::form::Fields;
use crate::web::shell::Shell;
use crate::web::who::Who;
use crate::web::{elsewhere, filters, page};

const WHOLE_LIST: &str = "limit=200";

#[derive(Template)]
#[template(path = "scenarios/diff.html")]
struct Diff {
    shell: Shell,
    scenarios: Vec<View>,
    here: View,
    there: Option<View>,
    asked: Asked,
    counts: Counts,
    rows: Vec<Row>,
    next: Option<String>,
}

/// What is looked at, and how.
struct Asked {
    of: &'static str,
    change: String,
    view: &'static str,
    cursor: String,
}

pub(super) struct Tile {
    change: &'static str,
    word: &'static str,
    status: &'static str,
    count: u64,
}

impl Diff {
    /// The same page with another filter or view, from its beginning.
    fn place(&self, of: &str, change: &str, view: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("with", self.there.as_ref().map_or("", |one| &one.id));
        for (name, value) in [("of", of), ("change", change), ("view", view)] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        format!("/scenarios/{}/diff?{}", self.here.id, query.finish())
    }
    fn filtered(&self, change: &str) -> String {
        self.place(self.asked.of, change, self.asked.view)
    }
    fn about(&self, of: &str) -> String {
        self.place(of, "", self.asked.view)
    }
    fn viewed(&self, view: &str) -> String {
        self.place(self.asked.of, &self.asked.change, view)
    }
    fn older(&self, cursor: &str) -> String {
        let cursor: String = form_urlencoded::byte_serialize(cursor.as_bytes()).collect();
        format!("{}&cursor={cursor}", self.viewed(self.asked.view))
    }
    fn turned(&self) -> String {
        let there = self.there.as_ref().map_or("", |one| &one.id);
        format!("/scenarios/{there}/diff?with={}", self.here.id)
    }
    fn tally(&self) -> &Tally {
        if self.asked.of == "units" { &self.counts.units } else { &self.counts.people }
    }
    fn tiles(&self) -> Vec<Tile> {
        let tally = self.tally();
        let tile = |change, word, status, count| Tile { change, word, status, count };
        let mut tiles = vec![
            tile("added", "Added", "created", tally.added),
            tile("removed", "Removed", "deactivated", tally.removed),
            tile("changed", "Changed", "updated", tally.changed),
            tile("conflict", "Changed in both", "conflict", tally.conflict),
        ];
        if self.asked.of != "units" {
            tiles.insert(2, tile("moved", "Moved", "updated", tally.moved));
        }
        tiles
    }
    /// A value that is told alone: what it was, or what it is.
    fn only<'a>(&self, field: &'a Field) -> &'a Option<String> {
        if self.asked.view == "before" { &field.before } else { &field.after }
    }
}

/// Two were chosen: the address of their comparison.
pub(super) async fn choose(RawQuery(query): RawQuery) -> Response {
    let chosen = Fields::read(query.unwrap_or_default().as_bytes());
    if chosen.text("here").is_none() {
        return elsewhere("/scenarios");
    }
    let id =
        |name| -> String { form_urlencoded::byte_serialize(chosen.raw(name).as_bytes()).collect() };
    elsewhere(&format!("/scenarios/{}/diff?with={}", id("here"), id("with")))
}

pub(super) async fn show(
    State(app): State<App>,
    shell: Shell,
    reader: Reader,
    PathIds(id): PathIds<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let typed = Fields::read(query.unwrap_or_default().as_bytes());
    let all = Params::of_page(WHOLE_LIST);
    let scenarios = scenarios::list(State(app.clone()), reader.clone(), all).await?.0.data;
    let one = async |id: &str| {
        let path = PathIds(id.to_owned());
        let none = Params::of_page("");
        Ok::<_, Problem>(scenarios::read(State(app.clone()), reader.clone(), path, none).await?.0)
    };
    let here = one(&id).await?;
    let there = match typed.text("with").or_else(|| usual(&here, &scenarios)) {
        Some(with) => Some(one(&with).await?),
        None => None,
    };
    let word = |name, words: &[&'static str]| {
        words.iter().find(|word| typed.raw(name) == **word).copied().unwrap_or(words[0])
    };
    let asked = Asked {
        of: word("of", &["people", "units"]),
        change: typed.raw("change").to_owned(),
        view: word("view", &["changes", "before", "after"]),
        cursor: typed.raw("cursor").to_owned(),
    };
    let (mut found, mut tallied) = (vec![], Counts { complete: true, ..Counts::default() });
    let mut next = None;
    if let Some(there) = &there {
        let path = || PathIds(id.clone());
        let params = Params::of_page(&question(&there.id, &asked));
        let list = diff(State(app.clone()), reader.clone(), path(), params).await?.0;
        (found, next) = (list.data, list.next_cursor);
        let params = Params::of_page(&format!("with={}", there.id));
        tallied = counts(State(app.clone()), reader.clone(), path(), params).await?.0;
    }
    let who = Who::of(&app, &reader, found.iter().flat_map(principals)).await?;
    let other = there.as_ref().map_or("", |one| &one.id);
    let rows = found.into_iter().map(|entry| row(entry, &here.id, other, &who)).collect();
    page(&Diff { shell, scenarios, here, there, asked, counts: tallied, rows, next })
}

/// What a scenario is compared with unless somebody says otherwise: the one it is a copy of.
fn usual(here: &View, scenarios: &[View]) -> Option<String> {
    let baseline = || scenarios.iter().find(|one| one.kind == "live_baseline" && one.id != here.id);
    here.copied_from.clone().or_else(|| baseline().map(|one| one.id.clone()))
}

fn question(with: &str, asked: &Asked) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let pairs =
        [("with", with), ("of", asked.of), ("change", &asked.change), ("cursor", &asked.cursor)];
    for (name, value) in pairs {
        query.append_pair(name, value);
    }
    query.finish()
}

fn principals(entry: &Entry) -> impl Iterator<Item = &str> {
    let told = entry.fields.iter().flat_map(|field| [&field.here, &field.there]).flatten();
    told.filter_map(|told| told.cause.as_ref()).map(|cause| cause.principal.as_str())
}
