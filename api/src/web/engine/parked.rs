//! `/engine/parked`: what was given up until somebody acts.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use rollcall_domain::access::Permission;

use crate::app::App;
use crate::caller::Reader;
use crate::edge::Problem;
use crate::extractors::PathIds;
use crate::params::Params;
use crate::resources::catalogue::{self, Row};
use crate::resources::parked::{self, View};
use crate::web::filters::sentence;
use crate::web::shell::Shell;
use crate::web::{done, filters, page};

const LIST: &str = "/engine/parked";
/// What the catalogue calls a delivery that names somebody whom nobody asks for any more.
const GIVEN_UP: &str = "given_up";

#[derive(Template)]
#[template(path = "engine/parked.html")]
struct List {
    shell: Shell,
    work: Vec<View>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "engine/parked_one.html")]
struct One {
    shell: Shell,
    work: View,
    meaning: Option<Row>,
}

#[derive(Template)]
#[template(path = "engine/skip.html")]
struct Skip {
    shell: Shell,
    work: View,
}

/// What the work is, in words.
pub(super) fn title(work: &View) -> String {
    let short = work.id.get(..8).unwrap_or(&work.id);
    match is_delivery(work) {
        true => format!("Delivery {short}"),
        false => sentence(&work.kind),
    }
}

pub(super) fn is_delivery(work: &View) -> bool {
    work.kind == "delivery"
}

pub(super) async fn list(
    State(app): State<App>,
    shell: Shell,
    reader: Reader,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let params = Params::of_page(query.as_deref().unwrap_or_default());
    let found = parked::list(State(app), reader, params).await?.0;
    page(&List { shell, work: found.data, next: found.next_cursor })
}

async fn find(app: &App, reader: &Reader, id: &str) -> Result<View, Problem> {
    let (path, none) = (PathIds(id.to_owned()), Params::of_page(""));
    Ok(parked::read(State(app.clone()), reader.clone(), path, none).await?.0)
}

pub(super) async fn one(
    State(app): State<App>,
    shell: Shell,
    reader: Reader,
    PathIds(id): PathIds<String>,
) -> Result<Response, Problem> {
    let work = find(&app, &reader, &id).await?;
    let code = if is_delivery(&work) { GIVEN_UP } else { work.error.as_deref().unwrap_or("") };
    let all = catalogue::list(Params::of_page("")).await?.0.data;
    let meaning = all.into_iter().find(|row| row.code == code);
    page(&One { shell, work, meaning })
}

pub(super) async fn retry(
    State(app): State<App>,
    reader: Reader,
    id: PathIds<String>,
) -> Result<Response, Problem> {
    parked::retry(State(app), reader, id).await?;
    Ok(done("It is tried again.", LIST))
}

pub(super) async fn ask(
    State(app): State<App>,
    shell: Shell,
    reader: Reader,
    PathIds(id): PathIds<String>,
) -> Result<Response, Problem> {
    let work = find(&app, &reader, &id).await?;
    page(&Skip { shell, work })
}

pub(super) async fn skip(
    State(app): State<App>,
    reader: Reader,
    id: PathIds<String>,
) -> Result<Response, Problem> {
    parked::skip(State(app), reader, id).await.map(IntoResponse::into_response)?;
    Ok(done("Nobody tries it any more.", LIST))
}
