//! `/departments/new`: a department, division or location by hand.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use rollcall_domain::unit::Kind;

use super::of_kind;
use crate::app::App;
use crate::caller::Reader;
use crate::edge::{Problem, Violation};
use crate::extractors::{JsonBody, PathIds};
use crate::resources::departments::{self, New};
use crate::web::form::{Fields, Wrong};
use crate::web::shell::Shell;
use crate::web::{done, filters, page, settled, with_status};

#[derive(Template)]
#[template(path = "departments/new.html")]
struct Form {
    shell: Shell,
    typed: Fields,
    wrong: Wrong,
}

impl Form {
    fn others(&self) -> Vec<&Violation> {
        self.wrong.beside(&["/name", "/kind"])
    }
    fn is_kind(&self, kind: &Kind) -> bool {
        self.typed.raw("kind") == kind.as_str()
    }
}

/// `?kind=` chooses one beforehand.
pub(super) async fn show(shell: Shell, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let typed = Fields::read(query.unwrap_or_default().as_bytes());
    page(&Form { shell, typed, wrong: Wrong::default() })
}

pub(super) async fn create(
    State(app): State<App>,
    shell: Shell,
    admin: Reader,
    behind: Reader,
    typed: Fields,
) -> Result<Response, Problem> {
    let new = New {
        name: typed.text("name").unwrap_or_default(),
        kind: typed.text("kind"),
        parent: None,
    };
    let kind = new.kind.as_deref().and_then(Kind::parse).unwrap_or(Kind::Department);
    let scenario = PathIds(shell.scenario()?.scenario.clone());
    match departments::create(State(app.clone()), admin, scenario, JsonBody(new)).await {
        Ok(_) => {
            settled(&app, &behind, &["units"]).await?;
            let next = shell.to(&of_kind("/departments", kind));
            Ok(done(&format!("The {} was added.", kind.as_str()), &next))
        }
        Err(problem) => {
            let wrong = Wrong::of(problem)?;
            with_status(StatusCode::UNPROCESSABLE_ENTITY, &Form { shell, typed, wrong })
        }
    }
}
