//! A new secret in place of the stored one, its last day, and the address or the app it is for.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::inputs::{self, Inputs, Kind, secret_of};
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
    inputs: Inputs,
    typed: Fields,
    wrong: Wrong,
}

impl Form {
    fn new(visit: Visit, known: View, typed: Fields, wrong: Wrong) -> Form {
        let inputs = inputs::replacing(known.settings.provider());
        Form { shell: visit.shell, known, inputs, typed, wrong }
    }
    fn label(&self) -> &str {
        label(&self.known.provider)
    }
    fn secret(&self) -> &'static str {
        secret_of(self.known.settings.provider())
    }
}

pub(super) async fn show(visit: Visit) -> Result<Response, Problem> {
    let known = visit.connected().await?;
    let stored = inputs::stored(&known);
    page(&Form::new(visit, known, stored, Wrong::default()))
}

pub(super) async fn save(visit: Visit, typed: Fields) -> Result<Response, Problem> {
    let known = visit.connected().await?;
    match stored(&visit, &known, &typed).await {
        Ok(words) => {
            settled(&visit.app, &visit.reader, &BEHIND).await?;
            Ok(done(&words, HOME))
        }
        Err(problem) => {
            let wrong = Wrong::of(problem)?;
            let form = Form::new(visit, known, typed, wrong);
            with_status(StatusCode::UNPROCESSABLE_ENTITY, &form)
        }
    }
}

/// What was typed is stored: a secret, its last day, or both. What then is said.
async fn stored(visit: &Visit, known: &View, typed: &Fields) -> Result<String, Problem> {
    let api_key = inputs::secret(typed, "api_key");
    let client_secret = inputs::secret(typed, "client_secret");
    let is_new = api_key.is_some() || client_secret.is_some();
    let (on, name) = (inputs::last_day(typed)?, secret_of(known.settings.provider()));
    let id = || PathIds(known.id.clone());
    let admin = visit.reader.clone();
    // Another secret has another last day: the one that was shown is the old one's.
    let on = on.filter(|on| !is_new || Some(*on) != known.health.credentials_expire_on);
    let said = match (is_new, on) {
        (true, Some(_)) => {
            format!("The {name} is replaced. Test the connection to see what can be read.")
        }
        (true, None) => format!(
            "The {name} is replaced, and has no last day. Test the connection to see what can be read."
        ),
        (false, _) => format!("What is said of the {name} is stored."),
    };
    if let Some(settings) = moved(known, typed) {
        let targets = ChosenTargets::default();
        let body = JsonBody(Change { targets, api_key, client_secret, settings });
        change(visit.state(), admin.clone(), id(), body).await?;
        let body = New { expires_on: Some(on), ..New::default() };
        replace(visit.state(), admin, id(), JsonBody(body)).await?;
        return Ok(said);
    }
    let is_other = is_new || on != known.health.credentials_expire_on;
    let body = New { api_key, client_secret, expires_on: is_other.then_some(on) };
    replace(visit.state(), admin, id(), JsonBody(body)).await?;
    Ok(said)
}

/// Another address than the stored one is for, or another app.
fn moved(known: &View, typed: &Fields) -> Option<Wanted> {
    let before = inputs::stored(known);
    let other = |name: &str| {
        let is_other = typed.has(name) && typed.text(name) != before.text(name);
        is_other.then(|| typed.text(name))
    };
    let moved = Wanted {
        base_url: other("base_url"),
        authority_url: other("authority_url"),
        client_id: other("client_id").map(Option::unwrap_or_default),
        ..Wanted::default()
    };
    let is_moved =
        moved.base_url.is_some() || moved.authority_url.is_some() || moved.client_id.is_some();
    is_moved.then_some(moved)
}
