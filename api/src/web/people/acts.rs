//! What is done to a person with one button.

use axum::extract::State;
use axum::response::Response;

use super::{BEHIND, done, settled};
use crate::app::App;
use crate::caller::Reader;
use crate::edge::Problem;
use crate::extractors::PathIds;
use crate::resources::actors::by_hand;
use crate::web::shell::Shell;

pub(super) async fn unsync(
    State(app): State<App>,
    shell: Shell,
    admin: Reader,
    PathIds(actor): PathIds<String>,
) -> Result<Response, Problem> {
    let ids = PathIds((shell.scenario()?.scenario.clone(), actor.clone()));
    by_hand::unsync(State(app.clone()), admin.clone(), ids).await?;
    seen(&app, &shell, &admin, &actor, "Taken out of sync. Every field can be edited here.").await
}

pub(super) async fn resync(
    State(app): State<App>,
    shell: Shell,
    admin: Reader,
    PathIds(actor): PathIds<String>,
) -> Result<Response, Problem> {
    let ids = PathIds((shell.scenario()?.scenario.clone(), actor.clone()));
    by_hand::resync(State(app.clone()), admin.clone(), ids).await?;
    let words = "Back in sync. The next run that reads everybody brings the fields in step.";
    seen(&app, &shell, &admin, &actor, words).await
}

pub(super) async fn release(
    State(app): State<App>,
    shell: Shell,
    admin: Reader,
    PathIds(actor): PathIds<String>,
) -> Result<Response, Problem> {
    let ids = PathIds((shell.scenario()?.scenario.clone(), actor.clone()));
    by_hand::release(State(app.clone()), admin.clone(), ids).await?;
    seen(&app, &shell, &admin, &actor, "Released. Runs change this person again.").await
}

async fn seen(
    app: &App,
    shell: &Shell,
    admin: &Reader,
    actor: &str,
    words: &str,
) -> Result<Response, Problem> {
    settled(app, admin, &BEHIND).await?;
    Ok(done(words, &shell.to(&format!("/people/{actor}"))))
}
