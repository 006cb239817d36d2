//! The server: who asks, what is switched to go wrong, and which page answers.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::ask::Ask;
use super::faults::Wrong;
use super::shared::{Shared, locked};
use super::spoil::Spoil;
use super::{answer, control, dataset, employees, list, meta, photo, report, webhook_pages};

/// More than any client sends; a report of 400 fields is a few kilobytes.
const BODY_LIMIT: usize = 8 * 1024 * 1024;

pub(super) async fn entry(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_LIMIT).await else {
        return answer::refused(StatusCode::PAYLOAD_TOO_LARGE, "Request body too large");
    };
    if let Some(path) = parts.uri.path().strip_prefix("/_control/") {
        return control::answer(&shared, &parts.method, path, &body).await;
    }
    let company = &shared.config.company;
    match Ask::parse(company, parts.method, &parts.uri, parts.headers, body) {
        Err(_) => answer::refused(StatusCode::NOT_FOUND, "Not found"),
        Ok(ask) => disturbed(&shared, ask).await,
    }
}

/// The answer, or what the fault switches make of it.
async fn disturbed(shared: &Arc<Shared>, ask: Ask) -> Response {
    shared.count(&ask);
    let wrong = locked(&shared.faults).take(&format!("/{}", ask.path));
    let named = |status| StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let refused = |status| answer::refused(status, "Simulated failure");
    match wrong {
        None => encoded(shared, ask, false).await,
        Some(Wrong::Throttle { status, retry_after }) => answer::throttled(status, retry_after),
        Some(Wrong::Unauthorized) => answer::unauthorized(&shared.config.company),
        Some(Wrong::Forbidden) => refused(StatusCode::FORBIDDEN),
        Some(Wrong::NotFound) => refused(StatusCode::NOT_FOUND),
        Some(Wrong::Status(status)) => refused(named(status)),
        Some(Wrong::Html) => answer::web_page(StatusCode::OK),
        Some(Wrong::Page(status)) => answer::web_page(named(status)),
        Some(Wrong::ByteOrderMark) => encoded(shared, ask, true).await,
        Some(Wrong::Truncate) => answer::truncated(encoded(shared, ask, false).await).await,
        Some(Wrong::Hang) => {
            shared.stopped().await;
            refused(StatusCode::SERVICE_UNAVAILABLE)
        }
    }
}

/// The right answer, in the bytes the switches write it in.
async fn encoded(shared: &Arc<Shared>, ask: Ask, byte_order_mark: bool) -> Response {
    let (spoiled, gzip) = {
        let faults = locked(&shared.faults);
        (!faults.spoiled.is_empty(), faults.gzip && ask.takes_gzip())
    };
    let mut response = authenticated(shared, ask).await;
    if spoiled {
        response = answer::altered(response, Spoil::written).await;
    }
    if byte_order_mark {
        response = answer::behind_a_byte_order_mark(response).await;
    }
    match gzip {
        true => answer::compressed(response).await,
        false => response,
    }
}

async fn authenticated(shared: &Arc<Shared>, mut ask: Ask) -> Response {
    let user = ask.basic_user();
    let Some(key) = user.and_then(|user| shared.key(&user)) else {
        return answer::unauthorized(&shared.config.company);
    };
    ask.key = key;
    if ask.method == "POST" && ask.path == "reports/custom" {
        return report::custom(shared, ask).await;
    }
    page(shared, &ask)
}

/// Every page but the big one, which is rendered away from the network threads.
fn page(shared: &Shared, ask: &Ask) -> Response {
    let segments = ask.segments();
    match (ask.method.as_str(), ask.version.as_str(), segments.as_slice()) {
        ("GET", "v1", ["employees"]) => list::page(shared, ask),
        ("POST", "v1", ["employees"]) => employees::create(shared, ask),
        ("GET", "v1", ["employees", "directory"]) => employees::directory(shared, ask),
        ("GET", "v1", ["employees", "changed"]) => employees::changed(shared, ask),
        ("GET", "v1", ["employees", id, "photo", size]) => photo::page(shared, id, size),
        ("GET", "v1", ["employees", id]) => employees::one(shared, ask, id),
        ("POST", "v1", ["employees", id]) => employees::update(shared, ask, id),
        ("GET", "v1", ["meta", "fields"]) => meta::fields(shared, ask),
        ("GET", "v1", ["meta", "lists"]) => meta::lists(shared, ask),
        ("PUT", "v1", ["meta", "lists", list]) => meta::change_list(shared, ask, list),
        ("GET", "v1", ["meta", "users"]) => meta::users(shared, ask),
        (method, version @ ("v1_2" | "v2"), ["datasets", rest @ ..]) => {
            answer::traced(ask, dataset::page(shared, ask, method, version, rest))
        }
        (_, "v1", ["webhooks", rest @ ..]) => webhook_pages::page(shared, ask, rest),
        _ => answer::refused(StatusCode::NOT_FOUND, "Not found"),
    }
}
