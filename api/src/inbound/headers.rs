//! Which headers of a delivery are read and kept. Never one that carries a signature or a secret.

use axum::http::{HeaderMap, header};

pub(super) const SIGNATURE: &str = "x-bamboohr-signature";
pub(super) const TIMESTAMP: &str = "x-bamboohr-timestamp";
pub(super) const SHARED_SECRET: &str = "x-orgonaut-webhook-secret";

const KEPT: [&str; 5] = ["content-type", "user-agent", TIMESTAMP, "company-domain", "x-request-id"];
/// Longer values are nobody's we know, and would be kept for ever.
const LONGEST: usize = 256;

/// What was sent under one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sent<'a> {
    Nothing,
    One(&'a str),
    /// Several, or no text: it can't be said which one is meant.
    Unclear,
}

pub(super) fn sent<'a>(headers: &'a HeaderMap, name: &str) -> Sent<'a> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Sent::Nothing,
        (Some(value), None) => value.to_str().map_or(Sent::Unclear, Sent::One),
        (Some(_), Some(_)) => Sent::Unclear,
    }
}

pub(super) fn content_type(headers: &HeaderMap) -> &str {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    value.filter(|value| value.len() <= LONGEST).unwrap_or_default()
}

/// The headers worth keeping.
pub(super) fn kept(headers: &HeaderMap) -> Vec<(String, String)> {
    let value = |name| headers.get(name)?.to_str().ok().filter(|value| value.len() <= LONGEST);
    KEPT.iter().filter_map(|&name| Some((name.to_owned(), value(name)?.to_owned()))).collect()
}
