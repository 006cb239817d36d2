//! Answers in the forms BambooHR gives them, the wrong ones too.

use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use serde_json::{Value, json};

use super::ask::Ask;
use super::faults::RetryAfter;
use super::xml;
pub(super) use crate::wire::{
    altered, behind_a_byte_order_mark, bytes, compressed, json, truncated, web_page,
};

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
    retry_after.write(&mut response);
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
