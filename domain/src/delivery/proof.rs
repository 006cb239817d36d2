//! Whether a delivery is genuine and recent.

use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::sent_at;
use crate::connection::SignatureForm;

/// Whether the time a delivery was sent at is recent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    Fresh,
    /// Too long ago, or too far ahead.
    Stale,
    /// The header is neither Unix seconds nor an ISO time.
    Unreadable,
}

/// The bytes a signature covers, in order. `body` needs no timestamp; give an empty one.
pub fn signature_message<'a>(
    form: SignatureForm,
    body: &'a [u8],
    timestamp: &'a str,
) -> [&'a [u8]; 3] {
    match form {
        SignatureForm::BodyTimestamp => [body, timestamp.as_bytes(), b""],
        SignatureForm::TimestampDotBody => [timestamp.as_bytes(), b".", body],
        SignatureForm::Body => [body, b"", b""],
    }
}

/// Whether `signature` (hex) was made with `key` over exactly these bytes; in constant time.
///
/// `key` is the private key's text as it is, not hex-decoded; `timestamp` is not interpreted.
pub fn verify(
    form: SignatureForm,
    key: &[u8],
    body: &[u8],
    timestamp: &str,
    signature: &str,
) -> bool {
    match hex::decode(signature) {
        Ok(tag) => mac(form, key, body, timestamp).verify_slice(&tag).is_ok(),
        Err(_) => false,
    }
}

/// The signature a sender would make, in hex.
pub fn sign(form: SignatureForm, key: &[u8], body: &[u8], timestamp: &str) -> String {
    hex::encode(mac(form, key, body, timestamp).finalize().into_bytes())
}

fn mac(form: SignatureForm, key: &[u8], body: &[u8], timestamp: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in signature_message(form, body, timestamp) {
        mac.update(part);
    }
    mac
}

/// Judges the timestamp header: Unix seconds or an ISO time, at most `window` away from now.
pub fn freshness(timestamp: &str, now: DateTime<Utc>, window: TimeDelta) -> Freshness {
    match sent_at(timestamp) {
        None => Freshness::Unreadable,
        Some(at) if (now - at).abs() <= window => Freshness::Fresh,
        Some(_) => Freshness::Stale,
    }
}
