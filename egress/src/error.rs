//! Why a request brought no answer, told by what can be done about it.
//!
//! No message holds a secret, a path, a query string or a byte of a body: they are shown to people
//! and written to the log as they stand.

use std::error::Error as StdError;
use std::io;
use std::net::IpAddr;
use std::time::Duration;

use crate::address::Forbidden;

#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The URL has to be corrected.
    #[error("the URL cannot be used: {0}")]
    InvalidUrl(UrlFault),
    /// A header cannot be sent as it is; usually a credential pasted with a line break.
    #[error("the value for {name} holds characters that no header may contain")]
    InvalidHeader { name: String },
    /// The guard refused the address; only an operator can change that.
    #[error(
        "{host} leads to {why}, which may not be contacted; an operator can allow the network it is in"
    )]
    Refused { host: String, address: IpAddr, why: Forbidden },
    /// Something (a next link, a setting) points away from where the credentials belong.
    #[error("{host} does not belong to {expected}, where this request has to stay")]
    OutsideOrigin { host: String, expected: String },
    /// The name has no address: misspelt, or the name server is away.
    #[error("no address is known for {host}; check its spelling")]
    Unresolvable { host: String },
    /// Nothing accepts connections there, or the network is down. Asking again may help.
    #[error("{host} could not be reached")]
    Unreachable { host: String },
    /// The other side cannot prove who it is, or speaks no TLS that we do.
    #[error("no secure connection to {host}: {reason}")]
    Tls { host: String, reason: String },
    /// It took too long. Asking again may help.
    #[error("{host} {phase} within {after:?}")]
    Timeout { host: String, phase: Phase, after: Duration },
    /// The answer is larger than we are willing to read.
    #[error("{host} answered with more than {limit} bytes")]
    TooLarge { host: String, limit: u64 },
    /// The connection ended before the answer did. Asking again may help.
    #[error("{host} broke off its answer after {received} bytes of body")]
    Truncated { host: String, received: u64 },
    /// What came back is not HTTP.
    #[error("{host} did not answer in valid HTTP")]
    Protocol { host: String },
    /// The answer is not the JSON it should be.
    #[error("{host} answered with something else than expected at line {line}, column {column}")]
    Malformed { host: String, line: usize, column: usize },
    /// This machine cannot make requests at all.
    #[error("the HTTP client could not be set up: {reason}")]
    Setup { reason: String },
}

/// Where the time ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Phase {
    #[error("accepted no connection")]
    Connect,
    #[error("did not begin to answer")]
    FirstByte,
    #[error("stopped in the middle of its answer and sent nothing more")]
    Idle,
    #[error("did not finish its answer")]
    Total,
}

/// What is wrong with a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlFault {
    #[error("it is not a complete URL such as https://example.com/path")]
    Unreadable,
    #[error("it must begin with https://")]
    Scheme,
    #[error("it must not contain a user name or password")]
    UserInfo,
    #[error("this port is not allowed")]
    Port,
    #[error("it must not contain spaces, backslashes or control characters")]
    Characters,
}

impl Error {
    /// Whether the same request may succeed later without anybody changing anything.
    pub fn may_pass(&self) -> bool {
        match self {
            Error::Unresolvable { .. }
            | Error::Unreachable { .. }
            | Error::Timeout { .. }
            | Error::Truncated { .. }
            | Error::Protocol { .. } => true,
            Error::InvalidUrl(_)
            | Error::InvalidHeader { .. }
            | Error::Refused { .. }
            | Error::OutsideOrigin { .. }
            | Error::Tls { .. }
            | Error::TooLarge { .. }
            | Error::Malformed { .. }
            | Error::Setup { .. } => false,
        }
    }

    /// What went wrong before the answer's head was there.
    pub(crate) fn before_head(host: &str, cause: &reqwest::Error, connect_after: Duration) -> Self {
        let host = host.to_owned();
        if let Some(refusal) = find::<Error>(cause) {
            return refusal.clone();
        }
        if let Some(tls) = find::<rustls::Error>(cause) {
            return Error::Tls { host, reason: tls.to_string() };
        }
        if cause.is_connect() {
            return if cause.is_timeout() {
                Error::Timeout { host, phase: Phase::Connect, after: connect_after }
            } else {
                Error::Unreachable { host }
            };
        }
        if find::<hyper::Error>(cause).is_some_and(hyper::Error::is_incomplete_message) {
            return Error::Truncated { host, received: 0 };
        }
        match find::<io::Error>(cause) {
            Some(_) => Error::Unreachable { host },
            None if cause.is_builder() => Error::InvalidUrl(UrlFault::Unreadable),
            None => Error::Protocol { host },
        }
    }

    /// What went wrong inside the answer's body.
    pub(crate) fn inside_body(host: &str, cause: &reqwest::Error, received: u64) -> Self {
        let host = host.to_owned();
        let garbled = find::<io::Error>(cause).is_some_and(|io| {
            matches!(io.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData)
        });
        if garbled { Error::Protocol { host } } else { Error::Truncated { host, received } }
    }
}

/// The first error of this type in the chain of causes, wrappers of I/O errors included
/// (whose `source` skips the error they wrap).
fn find<'a, T: StdError + 'static>(outermost: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    let mut next = Some(outermost);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    None
}
