//! Answers in the forms BambooHR gives them, the wrong ones too.

use std::io::Write as _;

use axum::body::Body;
use axum::http::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use chrono::{TimeDelta, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::{StreamExt as _, stream};
use http_body_util::BodyExt as _;
use serde::Serialize;
use serde_json::{Value, json};

use super::ask::Ask;
use super::faults::RetryAfter;
use super::xml;

const JSON: &str = "application/json";

pub(super) fn bytes(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(Body::from(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

pub(super) fn json(status: StatusCode, value: &impl Serialize) -> Response {
    let body = serde_json::to_vec(value).expect("answers have text keys only");
    bytes(status, JSON, body)
}

/// JSON if it was asked for, else what `xml` makes of it.
pub(super) fn negotiated(ask: &Ask, value: &Value, xml: fn(&Value) -> String) -> Response {
    match ask.wants_json() {
        true => json(StatusCode::OK, value),
        false => bytes(StatusCode::OK, "application/xml", xml::document(&xml(value))),
    }
}

pub(super) fn text(status: StatusCode, body: &'static str) -> Response {
    bytes(status, "text/plain; charset=UTF-8", body)
}

/// The classic refusal: no body, the reason in a header and in its misspelled twin.
pub(super) fn refused(status: StatusCode, message: &str) -> Response {
    let mut response = bytes(status, "text/html; charset=UTF-8", Bytes::new());
    if let Ok(message) = HeaderValue::from_str(message) {
        let headers = response.headers_mut();
        headers.insert("x-bamboohr-error-message", message.clone());
        headers.insert("x-bamboohr-error-messsage", message);
    }
    response
}

pub(super) fn no_employee() -> Response {
    refused(StatusCode::NOT_FOUND, "Employee not found, Employee not found")
}

pub(super) fn unauthorized(company: &str) -> Response {
    let mut response = refused(StatusCode::UNAUTHORIZED, "API key not provided or invalid");
    let realm = format!("Basic realm=\"https://api.bamboohr.com/{company}\"");
    if let Ok(realm) = HeaderValue::from_str(&realm) {
        response.headers_mut().insert(WWW_AUTHENTICATE, realm);
    }
    response
}

pub(super) fn throttled(status: u16, retry_after: RetryAfter) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::TOO_MANY_REQUESTS);
    let mut response = refused(status, "Over rate limit");
    let value = match retry_after {
        RetryAfter::Seconds(seconds) => seconds.to_string(),
        RetryAfter::HttpDate(seconds) => {
            let at = Utc::now() + TimeDelta::seconds(i64::from(seconds));
            at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
        }
        RetryAfter::Absent => return response,
    };
    if let Ok(value) = HeaderValue::from_str(&value) {
        response.headers_mut().insert(RETRY_AFTER, value);
    }
    response
}

/// The style of the employee list: an error object with a text code.
pub(super) fn coded(status: StatusCode, code: &str, message: &str) -> Response {
    json(status, &json!({"error": {"code": code, "message": message}}))
}

/// The style of the datasets: RFC 7807.
pub(super) fn problem(status: StatusCode, code: &str, detail: &str) -> Response {
    let body = json!({
        "type": "about:blank", "title": status.canonical_reason(), "status": status.as_u16(),
        "detail": detail, "code": code,
    });
    bytes(status, "application/problem+json", body.to_string())
}

/// Under the client's name for its request, or one made up.
pub(super) fn traced(ask: &Ask, mut response: Response) -> Response {
    let made_up = || HeaderValue::from_str(&hex::encode(rand::random::<[u8; 16]>()));
    let id = ask.request_id().cloned().map_or_else(made_up, Ok);
    response.headers_mut().insert("x-request-id", id.expect("hex digits"));
    response
}

/// The style of the webhook pages.
pub(super) fn errors(status: StatusCode, errors: &Value) -> Response {
    json(status, &json!({ "errors": errors }))
}

pub(super) fn web_page(status: StatusCode) -> Response {
    let page = "<!DOCTYPE html><html><head><title>Log in</title></head><body>Log in</body></html>";
    bytes(status, "text/html; charset=UTF-8", page)
}

/// The same answer with another body.
pub(super) async fn altered(response: Response, alter: impl FnOnce(&[u8]) -> Vec<u8>) -> Response {
    let (parts, body) = response.into_parts();
    Response::from_parts(parts, Body::from(alter(&whole(body).await)))
}

pub(super) async fn behind_a_byte_order_mark(response: Response) -> Response {
    altered(response, |body| ["\u{feff}".as_bytes(), body].concat()).await
}

pub(super) async fn compressed(response: Response) -> Response {
    let gzip = |body: &[u8]| {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(body).and_then(|()| gzip.finish()).expect("memory takes everything")
    };
    let mut response = altered(response, gzip).await;
    response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    response
}

/// Promises the whole body, sends half of it and breaks the connection.
pub(super) async fn truncated(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let whole = whole(body).await;
    let half = whole.slice(..whole.len() / 2);
    let broken = std::io::Error::from(std::io::ErrorKind::ConnectionAborted);
    parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(whole.len()));
    let half = stream::once(async { Ok(half) });
    let break_off = stream::once(async {
        // What is written so far goes out before the connection is cut.
        tokio::task::yield_now().await;
        Err(broken)
    });
    Response::from_parts(parts, Body::from_stream(half.chain(break_off)))
}

async fn whole(body: Body) -> Bytes {
    body.collect().await.map(|body| body.to_bytes()).unwrap_or_default()
}
