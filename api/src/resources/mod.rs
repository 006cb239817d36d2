//! One file per resource: its routes, what they answer, nothing else.

mod actors;
mod audit;
mod catalogue;
mod departments;
mod diff;
mod history;
mod integrations;
mod me;
mod names;
pub(crate) mod operations;
mod parked;
mod plans;
mod projections;
mod receipts;
mod run_cancel;
mod run_plans;
mod scenarios;
mod sync_logs;
mod tenants;
mod tokens;

use axum::Router;

use crate::app::App;

/// Everything under `/api/v1` that asks for a caller.
pub(crate) fn routes() -> Router<App> {
    [
        actors::routes(),
        audit::routes(),
        catalogue::routes(),
        departments::routes(),
        diff::routes(),
        integrations::routes(),
        me::routes(),
        operations::routes(),
        parked::routes(),
        projections::routes(),
        receipts::routes(),
        run_cancel::routes(),
        run_plans::routes(),
        scenarios::routes(),
        sync_logs::routes(),
        tenants::routes(),
        tokens::routes(),
    ]
    .into_iter()
    .fold(Router::new(), Router::merge)
}
