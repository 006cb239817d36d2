//! Where connections come in: every one has a deadline for each thing it may be slow at, and a cap.
//!
//! `axum::serve` never closes a slow or silent client (measured), so the accept loop is ours. On the
//! fast path it costs one timer per request (hyper's) and a few relaxed atomics.

mod body;
mod catalogue;
mod code;
mod deadlines;
mod limits;
mod listener;
mod problem;
mod request_id;
mod serve;
#[cfg(test)]
mod tests;
mod tls;

pub use body::{BodyError, read_body};
pub use catalogue::Entry;
pub use code::Code;
pub use limits::Limits;
pub use listener::{Listener, Peer};
pub use problem::{Problem, Violation};
pub(crate) use request_id::{REQUEST_ID, request_id};
pub use serve::{Closing, Drained, UnderWay, serve};
pub(crate) use tls::Encrypted;
pub use tls::{Tls, TlsError};
