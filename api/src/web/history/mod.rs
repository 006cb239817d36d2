//! `/history`: everything that happened, filtered, one by one, and as a file.

mod row;
mod words;

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::header::{ACCEPT, CONTENT_DISPOSITION};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use axum::routing::get;
use chrono::{Days, NaiveDate};
use rollcall_domain::access::Permission;

use self::row::{Link, Row, Told, about, row, told};
use self::words::{WORDS, plain};
use super::form::Fields;
use super::shell::Shell;
use super::who::Who;
use super::{filters, page};
use crate::app::App;
use crate::caller::Reader;
use crate::edge::Problem;
use crate::extractors::PathIds;
use crate::params::Params;
use crate::resources::audit::{self, content};

const FILTERS: [&str; 7] = ["stream", "actor", "type", "principal", "run", "since", "until"];

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/history", get(list))
        .route("/history/export", get(export))
        .route("/history/{position}", get(one))
}

#[derive(Template)]
#[template(path = "history/list.html")]
struct List {
    shell: Shell,
    typed: Fields,
    rows: Vec<Row>,
    /// Whoever can be chosen: principal and name.
    people: Vec<(String, String)>,
    next: Option<String>,
}

/// A filter that is set, and the page without it.
struct Chip {
    words: String,
    without: String,
}

impl List {
    fn is(&self, field: &str, value: &str) -> bool {
        self.typed.raw(field) == value
    }
    /// One that is set and not among those that are offered.
    fn other_principal(&self) -> Option<&str> {
        let set = self.typed.raw("principal");
        (!set.is_empty() && !self.people.iter().any(|(one, _)| one == set)).then_some(set)
    }
    fn query(&self, without: &str) -> String {
        query(&self.typed, without)
    }
    fn is_filtered(&self) -> bool {
        FILTERS.iter().any(|name| !self.typed.raw(name).trim().is_empty())
    }
    fn is_behind(&self) -> bool {
        !self.typed.raw("cursor").is_empty()
    }
    /// What has no field of its own in the form.
    fn chips(&self) -> Vec<Chip> {
        let set =
            ["stream", "actor", "run"].into_iter().filter(|name| self.typed.text(name).is_some());
        let chip = |name: &str| {
            let value = self.typed.raw(name);
            let what = match name {
                "actor" => "Person",
                "run" => "Run",
                _ => "About",
            };
            Chip {
                words: format!("{what} {value}"),
                without: format!("/history?{}", self.query(name)),
            }
        };
        set.map(chip).collect()
    }
}

fn query(typed: &Fields, without: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for name in FILTERS.into_iter().filter(|name| *name != without) {
        if let Some(value) = typed.text(name) {
            query.append_pair(name, &value);
        }
    }
    query.finish()
}

/// The API's question: days become instants, the last one whole.
fn question(typed: &Fields, cursor: Option<String>) -> Params {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for name in FILTERS {
        let Some(value) = typed.text(name) else { continue };
        let day = value.parse::<NaiveDate>().ok().filter(|_| ["since", "until"].contains(&name));
        let day = day.and_then(|day| day.checked_add_days(Days::new(u64::from(name == "until"))));
        let value = day.map_or(value, |day| format!("{day}T00:00:00Z"));
        query.append_pair(name, &value);
    }
    if let Some(cursor) = cursor {
        query.append_pair("cursor", &cursor);
    }
    Params::of_page(&query.finish())
}

async fn list(
    State(app): State<App>,
    shell: Shell,
    reader: Reader,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let typed = Fields::read(query.unwrap_or_default().as_bytes());
    let found = audit::page(&reader, question(&typed, typed.text("cursor"))).await?;
    let told = content::contents(&app, &reader, &found.data).await?;
    let who = Who::everybody(&app, &reader).await?;
    let rows = found.data.iter();
    let rows = rows.map(|event| row(event, told.get(&event.position), &who, &shell)).collect();
    let people = who.listed();
    page(&List { shell, typed, rows, people, next: found.next_cursor })
}

/// The API's export, under a name that a browser saves it by.
async fn export(
    State(app): State<App>,
    reader: Reader,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let typed = Fields::read(query.unwrap_or_default().as_bytes());
    let (accept, name) = match typed.raw("format") {
        "csv" => ("text/csv", "attachment; filename=\"audit-events.csv\""),
        _ => ("application/x-ndjson", "attachment; filename=\"audit-events.ndjson\""),
    };
    let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
    let mut all = audit::list(State(app), reader, headers, question(&typed, None)).await?;
    all.headers_mut().insert(CONTENT_DISPOSITION, HeaderValue::from_static(name));
    Ok(all)
}

#[derive(Template)]
#[template(path = "history/one.html")]
struct One {
    shell: Shell,
    full: content::Full,
    what: String,
    about: Link,
    who: String,
    changes: Vec<Told>,
    data: String,
    personal: Option<String>,
}

async fn one(
    State(app): State<App>,
    shell: Shell,
    reader: Reader,
    position: PathIds<String>,
) -> Result<Response, Problem> {
    let none = Params::of_page("");
    let full = content::read(State(app.clone()), reader.clone(), position, none).await?.0;
    let who = Who::of(&app, &reader, [full.event.principal.as_str()].into_iter()).await?;
    let pretty = |value| serde_json::to_string_pretty(value).unwrap_or_default();
    page(&One {
        what: plain(&full.event.r#type),
        about: about(&full.content, &shell),
        who: who.name(&full.event.principal),
        changes: full.content.changes.iter().map(told).collect(),
        data: pretty(&full.content.data),
        personal: full.content.personal.as_ref().map(pretty),
        shell,
        full,
    })
}
