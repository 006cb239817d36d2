//! One file per resource: its routes, what they answer, nothing else.

pub(crate) mod actors;
pub(crate) mod audit;
pub(crate) mod catalogue;
pub(crate) mod departments;
pub(crate) mod diff;
pub(crate) mod feed;
pub(crate) mod history;
pub(crate) mod hris_webhooks;
pub(crate) mod integrations;
pub(crate) mod invitations;
pub(crate) mod me;
pub(crate) mod me_mail;
pub(crate) mod members;
pub(crate) mod names;
pub(crate) mod notifications;
pub(crate) mod operations;
pub(crate) mod parked;
pub(crate) mod plan_units;
pub(crate) mod plans;
pub(crate) mod projections;
pub(crate) mod receipts;
pub(crate) mod rerun;
pub(crate) mod run_cancel;
pub(crate) mod run_plans;
pub(crate) mod scenarios;
pub(crate) mod session;
pub(crate) mod sync_logs;
pub(crate) mod tenant;
pub(crate) mod tenants;
pub(crate) mod tokens;
pub(crate) mod undo;
pub(crate) mod users;
pub(crate) mod webhooks;

use axum::Router;

use crate::app::App;
use crate::openapi::Operation;

/// Everything under `/api/v1` that asks for a caller.
pub(crate) fn routes() -> Router<App> {
    [
        actors::routes(),
        audit::routes(),
        catalogue::routes(),
        departments::routes(),
        diff::routes(),
        feed::routes(),
        integrations::routes(),
        invitations::routes(),
        me::routes(),
        me_mail::routes(),
        members::routes(),
        notifications::routes(),
        operations::routes(),
        parked::routes(),
        projections::routes(),
        receipts::routes(),
        rerun::routes(),
        run_cancel::routes(),
        run_plans::routes(),
        scenarios::routes(),
        session::routes(),
        sync_logs::routes(),
        tenant::routes(),
        tenants::routes(),
        tokens::routes(),
        undo::routes(),
        users::routes(),
        webhooks::routes(),
        hris_webhooks::routes(),
    ]
    .into_iter()
    .fold(Router::new(), Router::merge)
}

/// What all of them answer, for the document.
pub(crate) fn operations() -> Vec<Operation> {
    [
        actors::operations(),
        audit::operations(),
        catalogue::operations(),
        departments::operations(),
        diff::operations(),
        feed::operations(),
        integrations::operations(),
        invitations::operations(),
        me::operations(),
        me_mail::operations(),
        members::operations(),
        notifications::operations(),
        operations::described(),
        parked::operations(),
        projections::operations(),
        receipts::operations(),
        rerun::operations(),
        run_cancel::operations(),
        run_plans::operations(),
        scenarios::operations(),
        session::operations(),
        sync_logs::operations(),
        tenant::operations(),
        tenants::operations(),
        tokens::operations(),
        undo::operations(),
        users::operations(),
        webhooks::operations(),
        hris_webhooks::operations(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
