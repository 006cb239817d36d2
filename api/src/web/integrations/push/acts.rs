//! What is done to an endpoint by one press: disabling, pausing, resuming and disconnecting it.

use axum::extract::State;
use axum::response::Response;

use super::super::Visit;
use super::super::confirm::Confirm;
use super::{BEHIND, HOME, page, place};
use crate::edge::Problem;
use crate::extractors::PathIds;
use crate::resources::hris_webhooks::acts::switch_off;
use crate::resources::hris_webhooks::view::one;
use crate::resources::integrations::changes;
use crate::web::form::Wrong;
use crate::web::{done, settled};

/// What was asked for shows on the page, or why not.
async fn finish<T>(
    visit: Visit,
    webhook: &str,
    answer: Result<T, Problem>,
    words: &str,
) -> Result<Response, Problem> {
    match answer {
        Ok(_) => {
            settled(&visit.app, &visit.reader, &BEHIND).await?;
            Ok(done(words, &place(webhook)))
        }
        Err(problem) => page::refused(visit, webhook, problem).await,
    }
}

pub(super) async fn pause(
    visit: Visit,
    PathIds(webhook): PathIds<String>,
) -> Result<Response, Problem> {
    one(&visit.app, &visit.reader, &webhook).await?;
    let (admin, id) = (visit.reader.clone(), PathIds(webhook.clone()));
    let asked = changes::pause(State(visit.app.clone()), admin, id).await;
    finish(visit, &webhook, asked, "The webhook is paused; requests are kept.").await
}

pub(super) async fn resume(
    visit: Visit,
    PathIds(webhook): PathIds<String>,
) -> Result<Response, Problem> {
    one(&visit.app, &visit.reader, &webhook).await?;
    let (admin, id) = (visit.reader.clone(), PathIds(webhook.clone()));
    let asked = changes::resume(State(visit.app.clone()), admin, id).await;
    finish(visit, &webhook, asked, "The webhook is resumed; the newest request is applied.").await
}

pub(super) async fn ask_disable(
    visit: Visit,
    PathIds(webhook): PathIds<String>,
) -> Result<Response, Problem> {
    one(&visit.app, &visit.reader, &webhook).await?;
    Confirm {
        shell: visit.shell,
        title: "Disable HRIS Webhook?".to_owned(),
        above: (HOME, "HRIS Webhook"),
        happens: vec![
            "Requests are refused with 409 and not stored until you enable it again.".to_owned(),
        ],
        stays: vec![
            "All people stay as they are; nobody is deactivated or deleted.".to_owned(),
            "The address, the keys and the settings stay.".to_owned(),
        ],
        back: "Tick Enable webhook in the settings, and save them.",
        verb: "Disable",
        cancel: place(&webhook),
        wrong: Wrong::default(),
    }
    .shown()
}

pub(super) async fn disable(
    visit: Visit,
    PathIds(webhook): PathIds<String>,
) -> Result<Response, Problem> {
    let asked = switch_off(&visit.app, &visit.reader, &webhook).await;
    finish(visit, &webhook, asked, "The webhook is disabled; requests are refused.").await
}

pub(super) async fn ask_disconnect(
    visit: Visit,
    PathIds(webhook): PathIds<String>,
) -> Result<Response, Problem> {
    question(visit, &webhook, Wrong::default()).await?.shown()
}

pub(super) async fn disconnect(
    visit: Visit,
    PathIds(webhook): PathIds<String>,
) -> Result<Response, Problem> {
    one(&visit.app, &visit.reader, &webhook).await?;
    let (admin, id) = (visit.reader.clone(), PathIds(webhook.clone()));
    match changes::disconnect(State(visit.app.clone()), admin, id).await {
        Ok(_) => {
            settled(&visit.app, &visit.reader, &BEHIND).await?;
            Ok(done("HRIS Webhook is disconnected.", "/settings/integrations"))
        }
        Err(problem) => question(visit, &webhook, Wrong::of(problem)?).await?.shown(),
    }
}

async fn question(visit: Visit, webhook: &str, wrong: Wrong) -> Result<Confirm, Problem> {
    one(&visit.app, &visit.reader, webhook).await?;
    Ok(Confirm {
        shell: visit.shell,
        title: "Disconnect HRIS Webhook?".to_owned(),
        above: (HOME, "HRIS Webhook"),
        happens: vec![
            "Requests are answered as if nobody had this address (401), and what waits is not run."
                .to_owned(),
            "The keys and the list of ignored people are destroyed.".to_owned(),
        ],
        stays: vec![
            "All people stay as they are; nobody is deactivated or deleted.".to_owned(),
            "Sync logs and history stay readable.".to_owned(),
        ],
        back: "Make a new endpoint. It has another address and another key.",
        verb: "Disconnect",
        cancel: place(webhook),
        wrong,
    })
}
