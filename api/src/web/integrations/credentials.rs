//! A new key in place of the stored one, its last day, and the address it is sent to.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::NaiveDate;
use rollcall_domain::vocabulary::Provider;
use secrecy::SecretString;

use super::{BEHIND, HOME, Visit, label};
use crate::edge::{Code, Problem};
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
    expires_on: String,
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

fn last_day(known: &View) -> Option<NaiveDate> {
    known.health.credentials_expire_on
}

pub(super) async fn show(visit: Visit) -> Result<Response, Problem> {
    let known = visit.connected().await?;
    let base_url = base_url(&known).unwrap_or_default().to_owned();
    let expires_on = last_day(&known).map(|on| on.to_string()).unwrap_or_default();
    page(&Form { shell: visit.shell, known, base_url, expires_on, wrong: Wrong::default() })
}

/// A stored key is sent to no other address than the one it was stored for: another address takes a key
/// along.
pub(super) async fn save(visit: Visit, typed: Fields) -> Result<Response, Problem> {
    let known = visit.connected().await?;
    match stored(&visit, &known, &typed).await {
        Ok(words) => {
            settled(&visit.app, &visit.reader, &BEHIND).await?;
            Ok(done(words, HOME))
        }
        Err(problem) => {
            let (wrong, base_url) = (Wrong::of(problem)?, typed.raw("base_url").to_owned());
            let expires_on = typed.raw("expires_on").to_owned();
            let form = Form { shell: visit.shell, known, base_url, expires_on, wrong };
            with_status(StatusCode::UNPROCESSABLE_ENTITY, &form)
        }
    }
}

/// What was typed is stored: a key, its last day, or both. What then is said.
async fn stored(visit: &Visit, known: &View, typed: &Fields) -> Result<&'static str, Problem> {
    let (api_key, client_secret) = secret(known, typed);
    let replaced = api_key.is_some() || client_secret.is_some();
    let (on, new_address) = (typed_day(typed)?, typed.text("base_url"));
    let id = || PathIds(known.id.clone());
    let admin = visit.reader.clone();
    if new_address.as_deref() != base_url(known) {
        let settings = Wanted { base_url: Some(new_address), ..Wanted::default() };
        let targets = ChosenTargets::default();
        let body = JsonBody(Change { targets, api_key, client_secret, settings });
        change(visit.state(), admin.clone(), id(), body).await?;
        let body = New { expires_on: Some(on), ..New::default() };
        replace(visit.state(), admin, id(), JsonBody(body)).await?;
        return Ok("The key is replaced. Test the connection to see what it can read.");
    }
    let words = match replaced {
        true => "The key is replaced. Test the connection to see what it can read.",
        false => "The last day of the key is stored.",
    };
    let said = replaced || on != last_day(known);
    let body = New { api_key, client_secret, expires_on: said.then_some(on) };
    replace(visit.state(), admin, id(), JsonBody(body)).await?;
    Ok(words)
}

/// The typed key, by the name that the connection's provider gives it: an API key or a client secret.
fn secret(known: &View, typed: &Fields) -> (Option<SecretString>, Option<SecretString>) {
    let key = typed.text("api_key").map(SecretString::from);
    match known.settings.provider() {
        Provider::BambooHr | Provider::HrisWebhook => (key, None),
        Provider::Dynamics365 => (None, key),
    }
}

fn typed_day(typed: &Fields) -> Result<Option<NaiveDate>, Problem> {
    let Some(text) = typed.text("expires_on") else { return Ok(None) };
    text.parse().map(Some).map_err(|_| {
        let what = "It must be a date such as 2027-06-30.";
        Problem::new(Code::InvalidRequest).violation("/expires_on", what)
    })
}
