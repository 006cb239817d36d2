//! What every answer carries to keep browsers from doing what it was not made for, and what is
//! compressed.

use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, ETAG, X_CONTENT_TYPE_OPTIONS};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::{Router, http};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{Predicate, SizeAbove};

use crate::origin::Origin;

/// Nothing from elsewhere, nothing inline, no frame around it.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; \
    base-uri 'none'; frame-ancestors 'none'";

const ALWAYS: [(HeaderName, &str); 6] = [
    (http::header::CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (http::header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
];

/// Only told to who came encrypted: to anybody else it would mean nothing, or lock them out.
const STAY_ENCRYPTED: HeaderValue = HeaderValue::from_static("max-age=31536000");

pub(crate) async fn headers(request: Request, next: Next) -> Response {
    let https = request.extensions().get::<Origin>().is_some_and(|origin| origin.https);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if https {
        headers.insert(http::header::STRICT_TRANSPORT_SECURITY, STAY_ENCRYPTED);
    }
    response
}

/// Answers to readings only: where something is shown once, its length must not tell what it is beside
/// what a stranger had put there.
#[derive(Clone)]
struct Reading;

const SMALL: u16 = 1024;

pub(crate) fn compressed<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    let fit = SizeAbove::new(SMALL).and(is_fit as Fit);
    router.layer(middleware::from_fn(mark)).layer(CompressionLayer::new().compress_when(fit))
}

type Fit = fn(StatusCode, Version, &HeaderMap, &Extensions) -> bool;

async fn mark(request: Request, next: Next) -> Response {
    let reads = request.method() == Method::GET;
    let mut response = next.run(request).await;
    if reads {
        response.extensions_mut().insert(Reading);
    }
    response
}

/// Text that is not a stream of events. An ETag means these very bytes, so they stay as they are.
fn is_fit(_: StatusCode, _: Version, headers: &HeaderMap, extensions: &Extensions) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default();
    let is_text = matches!(
        kind,
        "application/json"
            | "application/x-ndjson"
            | "image/svg+xml"
            | "text/css"
            | "text/csv"
            | "text/html"
            | "text/javascript"
    );
    is_text && extensions.get::<Reading>().is_some() && !headers.contains_key(ETAG)
}
