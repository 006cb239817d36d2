//! `/settings/integrations/logs`: what the engine did, run by run, and what a person decides on; beside
//! it what would be done (`preview`) and what was delivered (`deliveries`).

mod acts;
mod days;
mod deliveries;
mod held;
mod labels;
mod list;
mod people;
mod planned;
mod preview;
mod query;
mod run;
mod simulation;
mod timeline;
mod undo;
mod waiting;
mod words;

use axum::Router;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::app::App;

const LOGS: &str = "/settings/integrations/logs";
const PREVIEWS: &str = "/settings/integrations/hris/preview";
const SIMULATE: &str = "/settings/integrations/hris-webhook/{webhook}/requests/{request}/simulate";
const SIMULATION: &str =
    "/settings/integrations/hris-webhook/{webhook}/requests/{request}/simulations/{operation}";
const APPLY_SIMULATION: &str = "/settings/integrations/hris-webhook/{webhook}/requests/{request}\
                                /simulations/{operation}/apply";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/settings/integrations/logs", get(list::show))
        .route("/settings/integrations/logs/{run}", get(run::show))
        .route("/settings/integrations/logs/{run}/rerun", post(acts::rerun))
        .route("/settings/integrations/logs/{run}/cancel", post(acts::cancel))
        .route("/settings/integrations/logs/{run}/approve", post(held::approve))
        .route("/settings/integrations/logs/{run}/reject", post(held::reject))
        .route("/settings/integrations/logs/{run}/undo", post(undo::confirm))
        .route("/settings/integrations/logs/{run}/undo/preview", post(undo::preview))
        .route("/settings/integrations/logs/{run}/undo/{operation}", get(undo::show))
        .route("/settings/integrations/hris/preview", post(preview::ask))
        .route("/settings/integrations/hris/preview/{operation}", get(preview::show))
        .route("/settings/integrations/hris/preview/{operation}/apply", post(preview::apply))
        .route(SIMULATE, post(simulation::ask))
        .route(SIMULATION, get(simulation::show))
        .route(APPLY_SIMULATION, post(simulation::apply))
        .route("/settings/integrations/deliveries", get(deliveries::list))
        .route("/settings/integrations/deliveries/{receipt}", get(deliveries::one))
}

/// The page of the run that an answer of the API leads to.
fn page_of_run(answer: impl IntoResponse) -> String {
    let answer: Response = answer.into_response();
    let place = answer.headers().get(LOCATION).and_then(|place| place.to_str().ok());
    let run = place.and_then(|place| place.rsplit('/').next()).unwrap_or_default();
    format!("{LOGS}/{run}")
}
