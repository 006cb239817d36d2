//! The keys of an endpoint: a new one, shown once, and one less.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::super::Visit;
use super::super::confirm::Confirm;
use super::{BEHIND, HOME, page, place};
use crate::edge::{Code, Problem};
use crate::extractors::PathIds;
use crate::resources::hris_webhooks::acts::{drop_key, new_key};
use crate::resources::hris_webhooks::view::one;
use crate::web::form::Wrong;
use crate::web::shell::Shell;
use crate::web::{done, filters, settled, with_status};

#[derive(Template)]
#[template(path = "push/key.html")]
struct Page {
    shell: Shell,
    title: &'static str,
    api_key: String,
    /// Where it is sent along, as this installation was reached; of a new endpoint.
    endpoint: Option<String>,
    /// The endpoint's page.
    back: String,
}

impl Page {
    fn home(&self) -> &'static str {
        HOME
    }
}

/// The only page that holds the key.
pub(super) fn shown(
    visit: Visit,
    title: &'static str,
    webhook: String,
    api_key: String,
    endpoint: Option<String>,
) -> Result<Response, Problem> {
    let back = place(&webhook);
    with_status(StatusCode::CREATED, &Page { shell: visit.shell, title, api_key, endpoint, back })
}

pub(super) async fn add(
    visit: Visit,
    PathIds(webhook): PathIds<String>,
) -> Result<Response, Problem> {
    match new_key(&visit.app, &visit.reader, &webhook).await {
        Ok(key) => {
            settled(&visit.app, &visit.reader, &BEHIND).await?;
            shown(visit, "The key is made", webhook, key.api_key, None)
        }
        Err(problem) => page::refused(visit, &webhook, problem).await,
    }
}

pub(super) async fn ask_remove(
    visit: Visit,
    PathIds((webhook, fingerprint)): PathIds<(String, String)>,
) -> Result<Response, Problem> {
    question(visit, &webhook, &fingerprint, Wrong::default()).await?.shown()
}

async fn question(
    visit: Visit,
    webhook: &str,
    fingerprint: &str,
    wrong: Wrong,
) -> Result<Confirm, Problem> {
    let known = one(&visit.app, &visit.reader, webhook).await?;
    known.keys.iter().find(|one| one.fingerprint == fingerprint).ok_or(Code::NotFound)?;
    let happens = match known.keys.len() {
        1 => "It is the only one: every request is answered 401 until there is another.",
        _ => "Requests with it are answered 401 and not kept.",
    };
    Ok(Confirm {
        shell: visit.shell,
        title: format!("Remove the key {fingerprint}?"),
        above: (HOME, "HRIS Webhook"),
        happens: vec![happens.to_owned()],
        stays: vec!["What was sent with it before stays.".to_owned()],
        back: "Make a new key. The same one never comes back.",
        verb: "Remove the key",
        cancel: place(webhook),
        wrong,
    })
}

pub(super) async fn remove(
    visit: Visit,
    PathIds((webhook, fingerprint)): PathIds<(String, String)>,
) -> Result<Response, Problem> {
    match drop_key(&visit.app, &visit.reader, &webhook, &fingerprint).await {
        Ok(()) => {
            settled(&visit.app, &visit.reader, &BEHIND).await?;
            Ok(done("The key is removed.", &place(&webhook)))
        }
        Err(problem) => {
            let wrong = Wrong::of(problem)?;
            question(visit, &webhook, &fingerprint, wrong).await?.shown()
        }
    }
}
