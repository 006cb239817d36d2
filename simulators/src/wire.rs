//! Answers over HTTP, the broken ones too.

use std::io::Write as _;

use axum::body::Body;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use chrono::{TimeDelta, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::{StreamExt as _, stream};
use http_body_util::BodyExt as _;
use serde::Serialize;

use crate::disturbance::RetryAfter;

pub(crate) fn bytes(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(Body::from(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Response {
    let body = serde_json::to_vec(value).expect("answers have text keys only");
    bytes(status, "application/json", body)
}

pub(crate) fn web_page(status: StatusCode) -> Response {
    let page = "<!DOCTYPE html><html><head><title>Log in</title></head><body>Log in</body></html>";
    bytes(status, "text/html; charset=UTF-8", page)
}

/// The same answer with another body.
pub(crate) async fn altered(response: Response, alter: impl FnOnce(&[u8]) -> Vec<u8>) -> Response {
    let (parts, body) = response.into_parts();
    Response::from_parts(parts, Body::from(alter(&whole(body).await)))
}

pub(crate) async fn behind_a_byte_order_mark(response: Response) -> Response {
    altered(response, |body| ["\u{feff}".as_bytes(), body].concat()).await
}

pub(crate) async fn compressed(response: Response) -> Response {
    let gzip = |body: &[u8]| {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(body).and_then(|()| gzip.finish()).expect("memory takes everything")
    };
    let mut response = altered(response, gzip).await;
    response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    response
}

/// Promises the whole body, sends half of it and breaks the connection.
pub(crate) async fn truncated(response: Response) -> Response {
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

impl RetryAfter {
    /// Says in an answer when to come back.
    pub(crate) fn write(self, response: &mut Response) {
        let value = match self {
            RetryAfter::Seconds(seconds) => seconds.to_string(),
            RetryAfter::HttpDate(seconds) => {
                let at = Utc::now() + TimeDelta::seconds(i64::from(seconds));
                at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
            }
            RetryAfter::Absent => return,
        };
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(RETRY_AFTER, value);
        }
    }
}
