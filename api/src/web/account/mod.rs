//! Who looks at the pages: signing in, one's own account, and who else belongs to the tenant.

pub(crate) mod draft;
mod invitation;
mod members;
mod profile;
pub(crate) mod sign_in;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};

use super::form::Fields;
use super::{done, is_ours};
use crate::app::App;
use crate::caller::Caller;
use crate::edge::Problem;
use crate::resources::session::{enter, signed_in};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/sign-in", get(sign_in::show).post(sign_in::sign_in))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/tenant", post(change_tenant))
        .route("/account", get(profile::show))
        .route("/account/name", post(profile::rename))
        .route("/account/password", post(profile::change_password))
        .route("/account/mail", post(profile::change_mail))
        .route("/account/sessions/{session}/end", post(profile::end_session))
        .route("/invitations/{invitation}", get(invitation::show).post(invitation::accept))
        .route("/settings/members", get(members::list))
        .route("/settings/members/invite", post(members::invite))
        .route("/settings/members/{user}/role", post(members::change_role))
        .route("/settings/members/{user}/remove", post(members::remove))
        .route("/settings/members/invitations/{invitation}/revoke", post(members::revoke))
}

async fn change_tenant(
    State(app): State<App>,
    caller: Caller,
    chosen: Fields,
) -> Result<Response, Problem> {
    enter(&app, signed_in(&caller)?, chosen.raw("tenant")).await?;
    // What was looked at belongs to the other tenant.
    Ok(done("You are in another organisation now.", "/"))
}
