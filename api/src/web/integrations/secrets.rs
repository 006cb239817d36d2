//! What deliveries are proven with: another one, or one less. None is ever shown.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use form_urlencoded::Serializer;
use secrecy::SecretString;

use super::confirm::{ABOVE, Confirm};
use super::{BEHIND, HOME, Visit, label};
use crate::edge::{Code, Problem};
use crate::extractors::{JsonBody, PathIds};
use crate::params::Params;
use crate::resources::integrations::View;
use crate::resources::integrations::secrets::{New, add as keep, remove as forget};
use crate::web::form::{Fields, Wrong};
use crate::web::shell::Shell;
use crate::web::{done, filters, page, settled, with_status};

#[derive(Template)]
#[template(path = "integrations/secret.html")]
struct Form {
    shell: Shell,
    known: View,
    wrong: Wrong,
}

impl Form {
    fn label(&self) -> &str {
        label(&self.known.provider)
    }
}

pub(super) async fn show(visit: Visit) -> Result<Response, Problem> {
    let known = visit.connected().await?;
    page(&Form { shell: visit.shell, known, wrong: Wrong::default() })
}

pub(super) async fn add(visit: Visit, typed: Fields) -> Result<Response, Problem> {
    let known = visit.connected().await?;
    let new = New { secret: SecretString::from(typed.raw("secret").trim()) };
    let id = PathIds(known.id.clone());
    match keep(visit.state(), visit.reader.clone(), id, JsonBody(new)).await {
        Ok(_) => {
            settled(&visit.app, &visit.reader, &BEHIND).await?;
            Ok(done("The secret is live: deliveries signed with it are taken.", HOME))
        }
        Err(problem) => {
            let form = Form { shell: visit.shell, known, wrong: Wrong::of(problem)? };
            with_status(StatusCode::UNPROCESSABLE_ENTITY, &form)
        }
    }
}

/// The one that is meant; not found when it is gone.
fn question(visit: Visit, known: &View, fingerprint: &str) -> Result<Confirm, Problem> {
    let live = known.webhook_secrets.iter().find(|one| one.fingerprint == fingerprint);
    live.ok_or(Code::NotFound)?;
    let others = known.webhook_secrets.len() - 1;
    let deliveries = match others {
        0 => {
            "It is the only one: deliveries are answered 503 until there is another, and come again."
        }
        _ => "Deliveries signed with it are answered 401, and the provider never repeats those.",
    };
    Ok(Confirm {
        shell: visit.shell,
        title: format!("Remove the webhook secret {fingerprint}?"),
        above: ABOVE,
        happens: vec![deliveries.to_owned()],
        stays: vec!["What was delivered before stays, and is processed.".to_owned()],
        back: "Add the same secret again.",
        verb: "Remove the secret",
        cancel: HOME.to_owned(),
        wrong: Wrong::default(),
    })
}

pub(super) async fn ask_remove(
    visit: Visit,
    PathIds(fingerprint): PathIds<String>,
) -> Result<Response, Problem> {
    let known = visit.connected().await?;
    question(visit, &known, &fingerprint)?.shown()
}

pub(super) async fn remove(
    visit: Visit,
    PathIds(fingerprint): PathIds<String>,
) -> Result<Response, Problem> {
    let known = visit.connected().await?;
    let query = Serializer::new(String::new()).append_pair("fingerprint", &fingerprint).finish();
    let (id, params) = (PathIds(known.id.clone()), Params::read(&query));
    match forget(visit.state(), visit.reader.clone(), id, params).await {
        Ok(_) => {
            settled(&visit.app, &visit.reader, &BEHIND).await?;
            Ok(done("The webhook secret is removed.", HOME))
        }
        Err(problem) => {
            let wrong = Wrong::of(problem)?;
            Confirm { wrong, ..question(visit, &known, &fingerprint)? }.shown()
        }
    }
}
