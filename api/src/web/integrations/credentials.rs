//! A new key in place of the stored one, and the address it is sent to.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use secrecy::SecretString;

use super::{BEHIND, HOME, Visit, label};
use crate::edge::Problem;
use crate::extractors::{JsonBody, PathIds};
use crate::resources::integrations::View;
use crate::resources::integrations::change::{Change, change};
use crate::resources::integrations::credentials::{New, replace};
use crate::resources::integrations::settings::Wanted;
use crate::resources::integrations::targets::ChosenTargets;
use crate::web::form::{Fields, Wrong};
use crate::web::shell::Shell;
use crate::web::{done, filters, page, settled, with_status};

#[derive(Template)]
#[template(path = "integrations/credentials.html")]
struct Form {
    shell: Shell,
    known: View,
    base_url: String,
    wrong: Wrong,
}

impl Form {
    fn label(&self) -> &str {
        label(&self.known.provider)
    }
    fn has_another_address(&self) -> bool {
        !self.base_url.is_empty() || self.wrong.with("/base_url").is_some()
    }
}

fn base_url(known: &View) -> Option<&str> {
    known.settings.bamboohr()?.base_url.as_deref()
}

pub(super) async fn show(visit: Visit) -> Result<Response, Problem> {
    let known = visit.connected().await?;
    let base_url = base_url(&known).unwrap_or_default().to_owned();
    page(&Form { shell: visit.shell, known, base_url, wrong: Wrong::default() })
}

/// A stored key is sent to no other address than the one it was stored for: another address takes a key
/// along.
pub(super) async fn save(visit: Visit, typed: Fields) -> Result<Response, Problem> {
    let known = visit.connected().await?;
    let api_key = SecretString::from(typed.raw("api_key").trim());
    let new_address = typed.text("base_url");
    let (id, admin) = (PathIds(known.id.clone()), visit.reader.clone());
    let replaced = if new_address.as_deref() == base_url(&known) {
        replace(visit.state(), admin, id, JsonBody(New { api_key })).await.map(|_| ())
    } else {
        let settings = Wanted { base_url: Some(new_address), ..Wanted::default() };
        let targets = ChosenTargets::default();
        let body = JsonBody(Change { targets, api_key: Some(api_key), settings });
        change(visit.state(), admin, id, body).await.map(|_| ())
    };
    match replaced {
        Ok(()) => {
            settled(&visit.app, &visit.reader, &BEHIND).await?;
            Ok(done("The key is replaced. Test the connection to see what it can read.", HOME))
        }
        Err(problem) => {
            let (wrong, base_url) = (Wrong::of(problem)?, typed.raw("base_url").to_owned());
            let form = Form { shell: visit.shell, known, base_url, wrong };
            with_status(StatusCode::UNPROCESSABLE_ENTITY, &form)
        }
    }
}
