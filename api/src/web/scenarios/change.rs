//! Naming a scenario anew, putting it away, keeping it as it is.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::caller::Reader;
use crate::edge::Problem;
use crate::extractors::{JsonBody, OptionalBody, PathIds};
use crate::params::Params;
use crate::resources::scenarios::{self, NewSnapshot, Renamed, View};
use crate::web::form::{Fields, Wrong};
use crate::web::shell::Shell;
use crate::web::{done, filters, page, settled, with_status};

const LIST: &str = "/scenarios";
const BEHIND: [&str; 1] = ["scenarios"];

#[derive(Template)]
#[template(path = "scenarios/rename.html")]
struct Rename {
    shell: Shell,
    scenario: View,
    name: String,
    wrong: Wrong,
}

#[derive(Template)]
#[template(path = "scenarios/archive.html")]
struct Archive {
    shell: Shell,
    scenario: View,
    is_target: bool,
    wrong: Wrong,
}

#[derive(Template)]
#[template(path = "scenarios/snapshot.html")]
struct Snapshot {
    shell: Shell,
    scenario: View,
    typed: Fields,
    wrong: Wrong,
}

async fn find(app: &App, reader: &Reader, id: &str) -> Result<View, Problem> {
    let path = PathIds(id.to_owned());
    let found = scenarios::read(State(app.clone()), reader.clone(), path, Params::of_page(""));
    Ok(found.await?.0)
}

pub(super) async fn name(
    State(app): State<App>,
    shell: Shell,
    reader: Reader,
    PathIds(id): PathIds<String>,
) -> Result<Response, Problem> {
    let scenario = find(&app, &reader, &id).await?;
    let name = scenario.name.clone();
    page(&Rename { shell, scenario, name, wrong: Wrong::default() })
}

pub(super) async fn rename(
    State(app): State<App>,
    shell: Shell,
    reader: Reader,
    PathIds(id): PathIds<String>,
    typed: Fields,
) -> Result<Response, Problem> {
    let body = JsonBody(Renamed { name: typed.text("name").unwrap_or_default() });
    let (admin, behind) = (reader.clone(), reader.clone());
    let path = PathIds(id.clone());
    let renamed = scenarios::rename(State(app.clone()), admin, behind, path, body).await;
    match renamed.map(IntoResponse::into_response) {
        Ok(_) => {
            settled(&app, &reader, &BEHIND).await?;
            Ok(done("The scenario has another name.", LIST))
        }
        Err(problem) => {
            let wrong = Wrong::of(problem)?;
            let scenario = find(&app, &reader, &id).await?;
            let name = typed.raw("name").to_owned();
            let form = Rename { shell, scenario, name, wrong };
            with_status(StatusCode::UNPROCESSABLE_ENTITY, &form)
        }
    }
}

pub(super) async fn leave(
    State(app): State<App>,
    shell: Shell,
    reader: Reader,
    PathIds(id): PathIds<String>,
) -> Result<Response, Problem> {
    page(&asked(&app, shell, &reader, &id, Wrong::default()).await?)
}

async fn asked(
    app: &App,
    shell: Shell,
    reader: &Reader,
    id: &str,
    wrong: Wrong,
) -> Result<Archive, Problem> {
    let is_target = super::targets(app, &shell, reader.clone()).await?.contains(id);
    let scenario = find(app, reader, id).await?;
    Ok(Archive { shell, scenario, is_target, wrong })
}

pub(super) async fn archive(
    State(app): State<App>,
    shell: Shell,
    reader: Reader,
    PathIds(id): PathIds<String>,
) -> Result<Response, Problem> {
    let archived = scenarios::archive(State(app.clone()), reader.clone(), PathIds(id.clone()));
    match archived.await.map(IntoResponse::into_response) {
        Ok(_) => {
            settled(&app, &reader, &BEHIND).await?;
            Ok(done("The scenario was archived.", LIST))
        }
        Err(problem) => {
            let page = asked(&app, shell, &reader, &id, Wrong::of(problem)?).await?;
            with_status(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

pub(super) async fn keep(
    State(app): State<App>,
    shell: Shell,
    reader: Reader,
    PathIds(id): PathIds<String>,
) -> Result<Response, Problem> {
    let scenario = find(&app, &reader, &id).await?;
    let (typed, wrong) = (Fields::default(), Wrong::default());
    page(&Snapshot { shell, scenario, typed, wrong })
}

pub(super) async fn snapshot(
    State(app): State<App>,
    shell: Shell,
    reader: Reader,
    PathIds(id): PathIds<String>,
    typed: Fields,
) -> Result<Response, Problem> {
    let body = OptionalBody(Some(NewSnapshot { name: typed.text("name") }));
    let (admin, behind) = (reader.clone(), reader.clone());
    let path = PathIds(id.clone());
    let taken = scenarios::snapshot(State(app.clone()), admin, behind, path, body).await;
    match taken.map(IntoResponse::into_response) {
        Ok(_) => {
            settled(&app, &reader, &BEHIND).await?;
            Ok(done("The snapshot is being taken.", LIST))
        }
        Err(problem) => {
            let wrong = Wrong::of(problem)?;
            let scenario = find(&app, &reader, &id).await?;
            let form = Snapshot { shell, scenario, typed, wrong };
            with_status(StatusCode::UNPROCESSABLE_ENTITY, &form)
        }
    }
}
