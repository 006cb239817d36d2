//! What a person does with a run by one press: run it again, or keep it from running.

use axum::extract::State;
use axum::response::Response;

use super::query::Query;
use super::run::{Refused, shown};
use super::{LOGS, page_of_run};
use crate::app::App;
use crate::caller::Reader;
use crate::edge::Problem;
use crate::extractors::PathIds;
use crate::resources::{rerun as reruns, run_cancel};
use crate::web::form::Wrong;
use crate::web::shell::Shell;
use crate::web::{done, settled};

/// What the page of a run is made of.
pub(super) const BEHIND: [&str; 3] = ["runs", "audit_events", "identities"];

pub(super) async fn rerun(
    State(app): State<App>,
    shell: Shell,
    admin: Reader,
    PathIds(run): PathIds<String>,
) -> Result<Response, Problem> {
    let id = PathIds(run.clone());
    match reruns::rerun(State(app.clone()), admin.clone(), id).await {
        Ok(answer) => {
            let page = page_of_run(answer);
            settled(&app, &admin, &BEHIND).await?;
            Ok(done("It was asked to run again: this is the new run.", &page))
        }
        Err(problem) => refused(&app, shell, &admin, &run, problem).await,
    }
}

pub(super) async fn cancel(
    State(app): State<App>,
    shell: Shell,
    admin: Reader,
    PathIds(run): PathIds<String>,
) -> Result<Response, Problem> {
    let id = PathIds(run.clone());
    match run_cancel::cancel(State(app.clone()), admin.clone(), id).await {
        Ok(_) => {
            settled(&app, &admin, &BEHIND).await?;
            Ok(done("The run was cancelled before it did anything.", &format!("{LOGS}/{run}")))
        }
        Err(problem) => refused(&app, shell, &admin, &run, problem).await,
    }
}

/// The run again, with why not.
pub(super) async fn refused(
    app: &App,
    shell: Shell,
    admin: &Reader,
    run: &str,
    problem: Problem,
) -> Result<Response, Problem> {
    let refused = Refused { wrong: Wrong::of(problem)?, ..Refused::default() };
    shown(app, shell, admin, run, Query::default(), refused).await
}
