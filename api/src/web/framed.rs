//! What every page goes through: a problem becomes a page of its own, and who is not signed in is asked
//! to, without losing what was typed.

use askama::Template;
use axum::body::Body;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::account::sign_in::too_late;
use super::filters;
use super::shell::{Shell, TOAST, cookie};
use super::{elsewhere, with_status};
use crate::access;
use crate::app::App;
use crate::edge::{Code, Problem, Violation, read_body};
use crate::extractors::BODY_LIMIT;

#[derive(Template)]
#[template(path = "problem.html")]
struct Page {
    shell: Shell,
    title: String,
    icon: &'static str,
    detail: String,
    code: &'static str,
    status: u16,
    errors: Vec<Violation>,
    request_id: Option<String>,
}

pub(crate) async fn framed(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let body = match read_body(body, BODY_LIMIT).await {
        Ok(body) => body,
        Err(error) => return Problem::from(error).into_response(),
    };
    let kept = (parts.method == Method::POST).then(|| body.clone());
    let told = cookie(&parts.headers, TOAST).is_some();
    let again = Request::from_parts(parts.clone(), Body::from(body));
    let mut response = next.run(again).await;
    let problem = response.extensions().get::<Problem>().cloned();
    if let Some(problem) = problem.filter(|_| wants_page(&parts.headers)) {
        response = match problem.code == Code::Unauthenticated {
            // What another site's page sent is nothing that anybody typed here.
            true => {
                let typed = kept.filter(|_| access::from_here(&parts.headers));
                sign_in(&parts, typed.as_deref())
            }
            false => match shown(&app, &mut parts, problem.clone()).await {
                Ok(page) => page,
                Err(other) if other.code == Code::Unauthenticated => sign_in(&parts, None),
                Err(_) => problem.into_response(),
            },
        };
    }
    finish(response.headers_mut(), told);
    response
}

const NOWHERE: &str = "There is no such page, or your role does not show it. An owner or admin of the \
    organisation can change what you may see.";

/// Programs get the problem as it is.
fn wants_page(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|kinds| kinds.contains("text/html"))
}

/// Pages are nobody's to keep, and say what was done only once.
fn finish(headers: &mut HeaderMap, told: bool) {
    let html =
        headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if html && told {
        let gone = HeaderValue::from_static("toast=; Path=/; Max-Age=0; SameSite=Lax");
        headers.append(SET_COOKIE, gone);
    }
}

async fn shown(app: &App, parts: &mut Parts, problem: Problem) -> Result<Response, Problem> {
    let problem = problem.answering(&parts.headers);
    let shell = Shell::from_request_parts(parts, app).await?;
    let entry = problem.code.entry();
    let status = problem.code.status();
    // Who came by a link has no id or token to look at.
    let unsaid = problem.code == Code::NotFound && problem.detail == entry.remedy;
    let detail = if unsaid { NOWHERE.to_owned() } else { problem.detail.into_owned() };
    let page = Page {
        shell,
        title: entry.title.trim_end_matches('.').to_owned(),
        icon: if status.is_server_error() { "alert" } else { "search" },
        detail,
        code: entry.code,
        status: status.as_u16(),
        errors: problem.errors,
        request_id: problem.request_id,
    };
    with_status(status, &page)
}

/// Where to sign in, and back from there.
fn sign_in(parts: &Parts, typed: Option<&[u8]>) -> Response {
    let back = parts.uri.path_and_query().map_or("/", |place| place.as_str());
    if let Some(typed) = typed.filter(|typed| !typed.is_empty()) {
        return too_late(&parts.headers, back, typed).unwrap_or_else(IntoResponse::into_response);
    }
    let back = utf8_percent_encode(back, NON_ALPHANUMERIC);
    elsewhere(&format!("/sign-in?next={back}"))
}
