//! `/scenarios/new`: an empty one, or a copy.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use rollcall_projections::scenarios::Scenario;

use crate::app::App;
use crate::caller::Reader;
use crate::edge::Problem;
use crate::extractors::JsonBody;
use crate::resources::scenarios::{self, New};
use crate::web::form::{Fields, Wrong};
use crate::web::shell::Shell;
use crate::web::{done, filters, page, settled, with_status};

#[derive(Template)]
#[template(path = "scenarios/new.html")]
struct Form {
    shell: Shell,
    typed: Fields,
    wrong: Wrong,
}

impl Form {
    fn is_original(&self, scenario: &Scenario) -> bool {
        self.typed.raw("copied_from") == scenario.scenario
    }
}

pub(super) async fn show(shell: Shell) -> Result<Response, Problem> {
    page(&Form { shell, typed: Fields::default(), wrong: Wrong::default() })
}

pub(super) async fn create(
    State(app): State<App>,
    shell: Shell,
    admin: Reader,
    reader: Reader,
    typed: Fields,
) -> Result<Response, Problem> {
    let new = New {
        name: typed.text("name").unwrap_or_default(),
        copied_from: typed.text("copied_from"),
    };
    let behind = reader.clone();
    match scenarios::create(State(app.clone()), admin, reader, JsonBody(new)).await {
        Ok(_) => {
            settled(&app, &behind, &["scenarios"]).await?;
            Ok(done("The scenario was made.", "/scenarios"))
        }
        Err(problem) => {
            let wrong = Wrong::of(problem)?;
            with_status(StatusCode::UNPROCESSABLE_ENTITY, &Form { shell, typed, wrong })
        }
    }
}
