//! Pausing, resuming and disconnecting.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;

use crate::answer::{Stamped, position};
use crate::app::App;
use crate::caller::Admin;
use crate::edge::Problem;
use crate::extractors::PathIds;

pub(crate) async fn pause(
    State(app): State<App>,
    admin: Admin,
    PathIds(integration): PathIds<String>,
) -> Result<impl IntoResponse, Problem> {
    let cause = admin.caller.cause();
    rollcall_commands::pause(&app.store, admin.id(), &integration, &cause).await?;
    done(&app, &admin).await
}

/// What was kept in the meantime is caught up by a reconcile that follows from the event.
pub(crate) async fn resume(
    State(app): State<App>,
    admin: Admin,
    PathIds(integration): PathIds<String>,
) -> Result<impl IntoResponse, Problem> {
    let cause = admin.caller.cause();
    rollcall_commands::resume(&app.store, admin.id(), &integration, &cause).await?;
    done(&app, &admin).await
}

pub(crate) async fn disconnect(
    State(app): State<App>,
    admin: Admin,
    PathIds(integration): PathIds<String>,
) -> Result<impl IntoResponse, Problem> {
    let cause = admin.caller.cause();
    rollcall_commands::disconnect(&app.store, admin.id(), &integration, &cause).await?;
    done(&app, &admin).await
}

/// Deliveries to this node are judged by it at once; those to others within a second.
pub(crate) async fn done(app: &App, admin: &Admin) -> Result<Stamped<StatusCode>, Problem> {
    app.inbound_policies.forget();
    Ok(Stamped(position(app, &admin.tenant).await?, StatusCode::NO_CONTENT))
}
