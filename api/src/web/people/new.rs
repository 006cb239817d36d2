//! `/people/new`: somebody whom no source tells of.

use std::collections::BTreeMap;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};

use super::choices::Choices;
use super::edit::{choose, name_department};
use super::form::{Facts, Form, active, groups};
use super::typed::Typed;
use super::who::Who;
use super::{BEHIND, done, settled, with_status};
use crate::app::App;
use crate::caller::Reader;
use crate::edge::Problem;
use crate::extractors::PathIds;
use crate::resources::actors::{by_hand, person};
use crate::web::form::{Fields, Wrong};
use crate::web::shell::Shell;

pub(super) async fn show(
    State(app): State<App>,
    shell: Shell,
    reader: Reader,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let asked = Fields::read(raw.as_deref().unwrap_or_default().as_bytes());
    let form = form(&app, &reader, shell, &Typed::default(), &asked, Wrong::default()).await?;
    with_status(StatusCode::OK, &form)
}

pub(super) async fn create(
    State(app): State<App>,
    shell: Shell,
    reader: Reader,
    posted: Fields,
) -> Result<Response, Problem> {
    let scenario = shell.scenario()?.scenario.clone();
    let mut typed = Typed::posted(&posted);
    let mut wrong = name_department(&reader, &scenario, &posted, &mut typed).await?;
    let looked = posted.text("manager_q").is_some() && posted.text("manager").is_none();
    if posted.has("find") {
        let form = form(&app, &reader, shell, &typed, &posted, wrong).await?;
        return with_status(StatusCode::OK, &form);
    }
    if looked && wrong.is_empty() {
        wrong = choose()?;
    }
    if wrong.is_empty() {
        match made(&app, &reader, scenario, &typed).await {
            Ok(actor) => {
                settled(&app, &reader, &BEHIND).await?;
                return Ok(done("Added.", &shell.to(&format!("/people/{actor}"))));
            }
            Err(problem) => wrong = Wrong::of(problem)?,
        }
    }
    let form = form(&app, &reader, shell, &typed, &posted, wrong).await?;
    with_status(StatusCode::UNPROCESSABLE_ENTITY, &form)
}

/// The new person's id.
async fn made(
    app: &App,
    reader: &Reader,
    scenario: String,
    typed: &Typed,
) -> Result<String, Problem> {
    let person = person::read(typed.changes(None))?;
    let made =
        by_hand::create(State(app.clone()), reader.clone(), PathIds(scenario), person).await?;
    let made = made.into_response();
    let place = made.headers().get(LOCATION).and_then(|place| place.to_str().ok());
    let id = place.and_then(|place| place.rsplit('/').next());
    Ok(id.unwrap_or_default().to_owned())
}

async fn form(
    app: &App,
    reader: &Reader,
    shell: Shell,
    typed: &Typed,
    posted: &Fields,
    wrong: Wrong,
) -> Result<Form, Problem> {
    let scenario = shell.scenario()?.scenario.clone();
    let manager_q = posted.text("manager_q");
    let mut choices = Choices::of(app, reader, &scenario, &[typed], manager_q.as_deref()).await?;
    let origins = BTreeMap::new();
    let who = Who::of(app, reader, std::iter::empty()).await?;
    let facts = Facts {
        known: None,
        typed,
        lock: None,
        origins: &origins,
        who: &who,
        both: &[],
        wrong: &wrong,
    };
    let (groups, active) = (groups(&facts, &mut choices), active(&facts));
    Ok(Form {
        title: "Add person".to_owned(),
        here: shell.to("/people/new"),
        back: shell.to("/people"),
        shell,
        is_new: true,
        version: 0,
        moved: false,
        groups,
        active,
        source: None,
        found: choices.found,
        manager_q: manager_q.unwrap_or_default(),
        more_departments: choices.more_departments,
        department_q: if wrong.is_empty() { "" } else { posted.raw("department_q") }.to_owned(),
        wrong,
    })
}
