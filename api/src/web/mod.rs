//! Pages for people: rendered here, readable and usable without script. A page asks the same functions
//! as the API (`resources`) and shows what they answer; what a page may do stands in `access`.

mod account;
mod assets;
mod chart;
mod departments;
mod engine;
pub(crate) mod filters;
mod form;
mod framed;
mod history;
mod integrations;
mod json;
mod navigation;
mod notifications;
mod people;
mod runs;
mod scenarios;
mod shell;
mod start;
mod tokens;
mod told;
mod webhooks;
mod who;

use askama::Template;
use axum::Router;
use axum::http::header::{CONTENT_TYPE, LOCATION, SET_COOKIE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

pub(crate) use framed::framed;

use crate::answer::{caught_up, position};
use crate::app::App;
use crate::caller::Reader;
use crate::edge::Problem;
use crate::problems::internal;

/// All pages, and what they are made of.
pub(crate) fn routes() -> Router<App> {
    [
        account::routes(),
        assets::routes(),
        chart::routes(),
        departments::routes(),
        engine::routes(),
        history::routes(),
        integrations::routes(),
        notifications::routes(),
        people::routes(),
        runs::routes(),
        scenarios::routes(),
        start::routes(),
        tokens::routes(),
        webhooks::routes(),
    ]
    .into_iter()
    .fold(Router::new(), Router::merge)
}

/// A page as an answer.
pub(crate) fn page(template: &impl Template) -> Result<Response, Problem> {
    with_status(StatusCode::OK, template)
}

/// The same for a form that is shown again with what was wrong.
pub(crate) fn with_status(
    status: StatusCode,
    template: &impl Template,
) -> Result<Response, Problem> {
    let html = template.render().map_err(|error| internal(&error))?;
    let html_type = HeaderValue::from_static("text/html; charset=utf-8");
    Ok((status, [(CONTENT_TYPE, html_type)], html).into_response())
}

/// What was asked for is done: shows another page, which says so once.
pub(crate) fn done(words: &str, next: &str) -> Response {
    let words = utf8_percent_encode(words, NON_ALPHANUMERIC);
    let toast = format!("{}={words}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax", shell::TOAST);
    let mut response = elsewhere(next);
    if let Ok(toast) = HeaderValue::from_str(&toast) {
        response.headers_mut().append(SET_COOKIE, toast);
    }
    response
}

/// Waits until everything written so far can be read, so that the next page shows it.
pub(crate) async fn settled(app: &App, reader: &Reader, behind: &[&str]) -> Result<(), Problem> {
    let now = position(app, &reader.tenant).await?;
    caught_up(app, reader, Some(now), behind).await
}

/// A query; what is empty is left out.
pub(crate) fn query(pairs: &[(&str, &str)]) -> String {
    let said = pairs.iter().filter(|(_, value)| !value.is_empty());
    form_urlencoded::Serializer::new(String::new()).extend_pairs(said).finish()
}

/// An address with a query, if there is anything in it.
pub(crate) fn address(path: &str, pairs: &[(&str, &str)]) -> String {
    match query(pairs) {
        query if query.is_empty() => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

/// Another page of ours.
pub(crate) fn elsewhere(next: &str) -> Response {
    let next = if is_ours(next) { next } else { "/" };
    let place = HeaderValue::from_str(next).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(LOCATION, place)]).into_response()
}

/// Whether an address that somebody sent stays on this site.
pub(crate) fn is_ours(address: &str) -> bool {
    let leaves = |c: char| c == '\\' || c.is_control();
    address.starts_with('/') && !address.starts_with("//") && !address.contains(leaves)
}
