//! The signature key, for whoever types their password.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use secrecy::SecretString;

use super::HOME;
use super::list;
use crate::app::App;
use crate::caller::Admin;
use crate::edge::Problem;
use crate::resources::webhooks::signing_key::{rotated, shown};
use crate::web::form::{Fields, Wrong};
use crate::web::shell::Shell;
use crate::web::{filters, page, with_status};

#[derive(Template)]
#[template(path = "webhooks/key.html")]
struct Page {
    shell: Shell,
    key: String,
    is_new: bool,
}

impl Page {
    fn home(&self) -> &'static str {
        HOME
    }
}

pub(super) async fn show(
    State(app): State<App>,
    shell: Shell,
    admin: Admin,
    typed: Fields,
) -> Result<Response, Problem> {
    let password = typed.text("password").map(SecretString::from);
    let is_new = typed.raw("act") == "regenerate";
    let found = match is_new {
        true => rotated(&app, &admin, password).await,
        false => shown(&app, &admin, password).await,
    };
    match found {
        Ok(found) => page(&Page { shell, key: found.key, is_new }),
        Err(problem) => {
            let wrong = Wrong::of(problem)?;
            let mut shown = list::Page::of(&app, shell, &admin, "").await?;
            shown.wrong = wrong;
            with_status(StatusCode::UNPROCESSABLE_ENTITY, &shown)
        }
    }
}
