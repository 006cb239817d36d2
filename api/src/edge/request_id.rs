//! The id of a request: what an answer, the log and a report about it have in common.

use axum::http::{HeaderMap, HeaderName, HeaderValue};

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The one the client gave, if it is plain; else a fresh one.
pub(crate) fn request_id(headers: &HeaderMap) -> HeaderValue {
    let given = headers.get(&REQUEST_ID).filter(|value| is_plain(value)).cloned();
    given.unwrap_or_else(fresh_id)
}

fn is_plain(value: &HeaderValue) -> bool {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"-_.".contains(b);
    (1..=64).contains(&value.len()) && value.as_bytes().iter().all(plain)
}

fn fresh_id() -> HeaderValue {
    let id = ulid::Ulid::generate().to_string();
    HeaderValue::from_str(&id).unwrap_or(HeaderValue::from_static("unknown"))
}
