//! The codes of all errors a caller can meet.

use std::time::Duration;

use axum::http::StatusCode;

use super::catalogue::{CATALOGUE, Entry};

/// Every error a caller can meet. Codes are stable: add some, never change one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    Malformed,
    Unauthenticated,
    BadSignature,
    Forbidden,
    ReadOnlyToken,
    NotFound,
    MethodNotAllowed,
    NotAcceptable,
    Timeout,
    Conflict,
    EndpointDisabled,
    SyncedField,
    Gone,
    RawExpired,
    Erased,
    PreconditionFailed,
    PayloadTooLarge,
    UnsupportedMediaType,
    WrongHost,
    InvalidRequest,
    IdempotencyKeyReused,
    RateLimited,
    Overloaded,
    NoSecretProvisioned,
    Incomplete,
    StorageUnavailable,
    ProjectionBehind,
    Internal,
}

impl Code {
    pub const ALL: [Code; CATALOGUE.len()] = {
        let mut all = [Code::Internal; CATALOGUE.len()];
        let mut i = 0;
        while i < all.len() {
            all[i] = CATALOGUE[i].0;
            i += 1;
        }
        all
    };

    pub fn entry(self) -> Entry {
        CATALOGUE[self as usize].1
    }

    pub fn status(self) -> StatusCode {
        StatusCode::from_u16(self.entry().status).expect("the catalogue holds valid statuses")
    }

    /// When to ask again, where asking again is the remedy.
    pub fn retry_after(self) -> Option<Duration> {
        match self.status() {
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
                Some(Duration::from_secs(5))
            }
            _ => None,
        }
    }
}
