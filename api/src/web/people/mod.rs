//! `/people`: who is in a scenario, and each of them.

mod acts;
mod choices;
mod edit;
mod fields;
mod form;
mod list;
mod new;
mod person;
mod told;
mod typed;

use axum::Router;
use axum::routing::{get, post};

use super::{address, done, elsewhere, filters, page, query, settled, who, with_status};
use crate::app::App;

/// What pages about people rest on.
const BEHIND: [&str; 4] = ["actors", "members", "units", "scenarios"];

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/people", get(list::show))
        .route("/people/new", get(new::show).post(new::create))
        .route("/people/{actor}", get(person::show))
        .route("/people/{actor}/edit", get(edit::show).post(edit::save))
        .route("/people/{actor}/unsync", post(acts::unsync))
        .route("/people/{actor}/resync", post(acts::resync))
        .route("/people/{actor}/release", post(acts::release))
}
