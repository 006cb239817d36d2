//! The buttons of the connection's page.

use axum::response::Response;

use super::confirm::{ABOVE, Confirm};
use super::{BEHIND, HOME, Visit, label, operations, state};
use crate::edge::Problem;
use crate::extractors::{OptionalBody, PathIds};
use crate::resources::integrations::{View, changes, runs, test as tests};
use crate::resources::operations::Patience;
use crate::web::form::Wrong;
use crate::web::{done, settled};

/// What was asked for shows on the page, or why not.
async fn finish<T>(
    visit: Visit,
    answer: Result<T, Problem>,
    words: &str,
) -> Result<Response, Problem> {
    match answer {
        Ok(_) => {
            settled(&visit.app, &visit.reader, &BEHIND).await?;
            Ok(done(words, HOME))
        }
        Err(problem) => state::refused(visit, Wrong::of(problem)?).await,
    }
}

pub(super) async fn test(visit: Visit) -> Result<Response, Problem> {
    let id = PathIds(visit.connected().await?.id);
    let asked = tests::saved(visit.state(), visit.reader.clone(), Patience::of_a_page(), id).await;
    match asked {
        Ok(answer) => operations::follow(answer).await,
        Err(problem) => state::refused(visit, Wrong::of(problem)?).await,
    }
}

pub(super) async fn sync(visit: Visit) -> Result<Response, Problem> {
    let id = PathIds(visit.connected().await?.id);
    let asked = runs::sync(visit.state(), visit.reader.clone(), id).await;
    finish(visit, asked, "A sync is queued.").await
}

pub(super) async fn reconcile(visit: Visit) -> Result<Response, Problem> {
    let id = PathIds(visit.connected().await?.id);
    let asked = runs::reconcile(visit.state(), visit.reader.clone(), id, OptionalBody(None)).await;
    finish(visit, asked, "A reconciliation is queued.").await
}

pub(super) async fn pause(visit: Visit) -> Result<Response, Problem> {
    let id = PathIds(visit.connected().await?.id);
    let asked = changes::pause(visit.state(), visit.reader.clone(), id).await;
    finish(visit, asked, "The connection is paused; deliveries are kept.").await
}

pub(super) async fn resume(visit: Visit) -> Result<Response, Problem> {
    let id = PathIds(visit.connected().await?.id);
    let asked = changes::resume(visit.state(), visit.reader.clone(), id).await;
    finish(visit, asked, "The connection is resumed; a reconciliation catches up.").await
}

pub(super) async fn ask_disconnect(visit: Visit) -> Result<Response, Problem> {
    let known = visit.connected().await?;
    question(visit, &known, Wrong::default()).shown()
}

pub(super) async fn disconnect(visit: Visit) -> Result<Response, Problem> {
    let known = visit.connected().await?;
    let id = PathIds(known.id.clone());
    match changes::disconnect(visit.state(), visit.reader.clone(), id).await {
        Ok(_) => {
            settled(&visit.app, &visit.reader, &BEHIND).await?;
            let words = format!("{} is disconnected.", label(&known.provider));
            Ok(done(&words, "/settings/integrations"))
        }
        Err(problem) => question(visit, &known, Wrong::of(problem)?).shown(),
    }
}

fn question(visit: Visit, known: &View, wrong: Wrong) -> Confirm {
    let provider = label(&known.provider);
    Confirm {
        shell: visit.shell,
        title: format!("Disconnect {provider}?"),
        above: ABOVE,
        happens: vec![
            "Syncing stops, and what is queued is not run.".to_owned(),
            "The stored credentials and webhook secrets are destroyed.".to_owned(),
            format!("Deliveries from {provider} are answered as if nobody lived here (404)."),
        ],
        stays: vec![
            "All people stay as they are; nobody is deactivated or deleted.".to_owned(),
            "Sync logs and history stay readable.".to_owned(),
        ],
        back: "Connect again with a new key. The same account finds those people again whom no other one has taken over.",
        verb: "Disconnect",
        cancel: HOME.to_owned(),
        wrong,
    }
}
