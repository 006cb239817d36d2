//! `/` and the look of the pages.

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::SET_COOKIE;
use axum::response::Response;
use axum::routing::{get, post};
use rollcall_domain::access::Permission;

use super::elsewhere;
use super::form::Fields;
use crate::app::App;
use crate::caller::Caller;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/", get(start)).route("/theme", post(theme))
}

/// The first page that somebody may see.
async fn start(caller: Caller) -> Response {
    let first = [
        (Permission::IntegrationsRead, "/settings/integrations"),
        (Permission::PeopleRead, "/people"),
    ];
    let tenant = caller.tenant.is_some();
    let found = first.into_iter().find(|(permission, _)| tenant && caller.may(*permission));
    let other = if caller.is_operator() { "/engine" } else { "/account" };
    elsewhere(found.map_or(other, |(_, path)| path))
}

/// Light, dark or as the system is; kept in the browser.
async fn theme(fields: Fields) -> Response {
    let cookie = match fields.raw("theme") {
        "light" => "theme=light; Path=/; Max-Age=31536000; SameSite=Lax",
        "dark" => "theme=dark; Path=/; Max-Age=31536000; SameSite=Lax",
        _ => "theme=; Path=/; Max-Age=0; SameSite=Lax",
    };
    let mut response = elsewhere(fields.raw("next"));
    response.headers_mut().append(SET_COOKIE, HeaderValue::from_static(cookie));
    response
}
