//! `…/test`: what the credentials can read, before a connection is saved and after.

use axum::extract::State;
use axum::response::Response;
use rollcall_commands::operations::{Credentials, Request};
use secrecy::ExposeSecret;

use super::connect::New;
use super::runs::connected;
use crate::app::App;
use crate::caller::Admin;
use crate::edge::Problem;
use crate::extractors::{JsonBody, PathIds};
use crate::resources::operations::{Patience, perform};

/// The same body as a connection is made with; nothing of it is saved.
pub(crate) async fn before_saving(
    State(app): State<App>,
    admin: Admin,
    patience: Patience,
    JsonBody(new): JsonBody<New>,
) -> Result<Response, Problem> {
    new.check()?;
    let credentials = Credentials::Draft(new.credentials().expose_secret().to_owned());
    let request = Request::TestConnection { settings: new.settings(), credentials };
    perform(&app, &admin, request, patience).await
}

pub(crate) async fn saved(
    State(app): State<App>,
    admin: Admin,
    patience: Patience,
    PathIds(integration): PathIds<String>,
) -> Result<Response, Problem> {
    let known = connected(&app, &admin, &integration).await?;
    let (settings, credentials) = (known.settings, Credentials::Saved(known.credentials));
    perform(&app, &admin, Request::TestConnection { settings, credentials }, patience).await
}
