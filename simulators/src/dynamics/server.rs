//! The server of the environment: who asks, what is switched to go wrong, which surface answers.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::Response;

use super::ask::Ask;
use super::bearer::Unauthenticated;
use super::entra::{self, status_code};
use super::faults::{RetryAfter, Spoil, Wrong};
use super::shared::{Shared, locked};
use super::surface::Surface;
use super::{control, page};
use crate::wire;

/// More than any client sends: data are only read here.
const BODY_LIMIT: usize = 1024 * 1024;

/// Where tokens come from.
pub(super) async fn authority(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    match ask(request).await {
        Some(ask) => entra::page(&shared, &ask).await,
        None => wire::web_page(StatusCode::PAYLOAD_TOO_LARGE),
    }
}

/// Where data come from, and the control calls.
pub(super) async fn environment(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let Some(ask) = ask(request).await else {
        return wire::web_page(StatusCode::PAYLOAD_TOO_LARGE);
    };
    if let Some(path) = ask.path.strip_prefix("_control/") {
        return control::answer(&shared, &ask.method, path, &ask.body);
    }
    let path = without_namespace(&ask.path).to_owned();
    match Surface::of(&path) {
        Some((surface, rest)) => disturbed(&shared, ask, surface, rest).await,
        None => wire::web_page(StatusCode::NOT_FOUND),
    }
}

async fn ask(request: Request) -> Option<Ask> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, BODY_LIMIT).await.ok()?;
    Some(Ask::new(parts.method, &parts.uri, parts.headers, body))
}

/// Old environments have a prefix of their own: `namespaces/{guid}/data/…`.
fn without_namespace(path: &str) -> &str {
    let rest = path.strip_prefix("namespaces/").and_then(|rest| rest.split_once('/'));
    rest.map_or(path, |(_, rest)| rest)
}

/// The answer, or what the fault switches make of it.
async fn disturbed(shared: &Arc<Shared>, mut ask: Ask, surface: Surface, rest: &str) -> Response {
    let set = rest.split(['(', '/']).next().unwrap_or_default();
    let path = format!("{}/{set}", surface.root());
    locked(&shared.counts).count(ask.method.as_str(), &path, &format!("{}/{rest}", surface.root()));
    dawdle(shared).await;
    if let Some(retry_after) = throttled(shared) {
        return surface.throttled(StatusCode::TOO_MANY_REQUESTS, retry_after);
    }
    let wrong = {
        let mut faults = locked(&shared.faults);
        ask.calm = faults.take_calm();
        if ask.calm { None } else { faults.take(&format!("/{path}")) }
    };
    match wrong {
        None => encoded(shared, ask, surface, rest).await,
        Some(Wrong::Throttle { status, retry_after }) => {
            surface.throttled(status_code(status), retry_after)
        }
        Some(Wrong::Unauthorized) => surface.unauthorized(shared.environment(), false),
        Some(Wrong::Forbidden) => surface.forbidden(set),
        Some(Wrong::NotFound) => surface.no_such_set(set),
        Some(Wrong::Status(status)) => surface.failed(status_code(status)),
        Some(Wrong::Html) => wire::web_page(StatusCode::OK),
        Some(Wrong::Page(status)) => wire::web_page(status_code(status)),
        Some(Wrong::ByteOrderMark) => {
            wire::behind_a_byte_order_mark(encoded(shared, ask, surface, rest).await).await
        }
        Some(Wrong::Truncate) => wire::truncated(encoded(shared, ask, surface, rest).await).await,
        Some(Wrong::Hang) => {
            shared.stop.stopped().await;
            surface.failed(StatusCode::SERVICE_UNAVAILABLE)
        }
    }
}

/// Takes as long as is switched on.
pub(super) async fn dawdle(shared: &Shared) {
    let slow = locked(&shared.faults).slow_milliseconds;
    if slow > 0 {
        tokio::time::sleep(Duration::from_millis(slow)).await;
    }
}

/// Whether this request is one too many.
fn throttled(shared: &Shared) -> Option<RetryAfter> {
    let every = locked(&shared.faults).throttle_every;
    let mut asked = locked(&shared.asked);
    *asked += 1;
    let every = every.filter(|every| every.requests > 0 && asked.is_multiple_of(every.requests))?;
    Some(every.retry_after)
}

/// The right answer, in the bytes the switches write it in.
async fn encoded(shared: &Arc<Shared>, ask: Ask, surface: Surface, rest: &str) -> Response {
    let (spoiled, gzip) = {
        let faults = locked(&shared.faults);
        (!faults.spoiled.is_empty(), faults.gzip && ask.takes_gzip())
    };
    let mut response = authenticated(shared, ask, surface, rest).await;
    if spoiled {
        response = wire::altered(response, Spoil::written).await;
    }
    match gzip {
        true => wire::compressed(response).await,
        false => response,
    }
}

async fn authenticated(shared: &Arc<Shared>, ask: Ask, surface: Surface, rest: &str) -> Response {
    let now = shared.now();
    let (uses, unmapped) = {
        let faults = locked(&shared.faults);
        (faults.requests_per_token, faults.unmapped.filter(|_| !ask.calm))
    };
    let passed = locked(&shared.tokens).pass(ask.bearer(), now, uses);
    if let Err(why) = passed {
        let expired = why == Unauthenticated::Expired;
        return surface.unauthorized(shared.environment(), expired);
    }
    if let Some(how) = unmapped {
        return surface.unmapped(how, shared.environment());
    }
    if ask.method != Method::GET {
        return surface.failed(StatusCode::METHOD_NOT_ALLOWED);
    }
    // Big pages are rendered away from the network threads.
    let (shared, rest) = (Arc::clone(shared), rest.to_owned());
    let rendered =
        tokio::task::spawn_blocking(move || page::answer(&shared, &ask, surface, &rest)).await;
    rendered.unwrap_or_else(|_| surface.failed(StatusCode::INTERNAL_SERVER_ERROR))
}
