//! The question before something that is not taken back by pressing another button.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::HOME;
use crate::edge::Problem;
use crate::web::form::Wrong;
use crate::web::shell::Shell;
use crate::web::{filters, with_status};

/// What most of them are about.
pub(super) const ABOVE: (&str, &str) = (HOME, "Connection");

#[derive(Template)]
#[template(path = "integrations/confirm.html")]
pub(super) struct Confirm {
    pub(super) shell: Shell,
    pub(super) title: String,
    /// The page that it stands below: address and name.
    pub(super) above: (&'static str, &'static str),
    pub(super) happens: Vec<String>,
    pub(super) stays: Vec<String>,
    /// How to get back.
    pub(super) back: &'static str,
    pub(super) verb: &'static str,
    pub(super) cancel: String,
    pub(super) wrong: Wrong,
}

impl Confirm {
    pub(super) fn shown(&self) -> Result<Response, Problem> {
        let refused = !self.wrong.is_empty();
        with_status(if refused { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }, self)
    }
}
