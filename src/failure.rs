//! How a command ends badly: said once on standard error, with what to do, and as an exit code.

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use rollcall_api::edge::Code;
use rollcall_projections::{ReadError, WaitError};
use rollcall_store::StoreError;
use serde::Deserialize;
use serde_json::json;

/// Why a command did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It went wrong; exit code 1.
    #[error("{0}")]
    Failed(String),
    /// It can't be meant like this; exit code 2.
    #[error("{0}")]
    Usage(String),
    /// One of the two, with a code from a catalogue: the API's, or that of why runs fail.
    #[error("{message}")]
    Coded { code: String, message: String, usage: bool },
    /// Whoever read our output has gone, as `head` does. Nothing to say, and nobody to say it to.
    #[error("nobody reads the output")]
    Unread,
}

impl Failure {
    pub(crate) fn failed(text: impl Into<String>) -> Failure {
        Failure::Failed(text.into())
    }
    pub(crate) fn usage(text: impl Into<String>) -> Failure {
        Failure::Usage(text.into())
    }
    /// It went wrong for a reason programs know by its code.
    pub(crate) fn coded(code: impl Into<String>, message: impl Into<String>) -> Failure {
        Failure::Coded { code: code.into(), message: message.into(), usage: false }
    }

    /// What the API refused, in a command's words.
    pub(crate) fn refused(status: u16, body: &[u8]) -> Failure {
        let refusal: Refusal = serde_json::from_slice(body).unwrap_or_default();
        refusal.told(status)
    }

    /// Says it, to programs as one JSON value, and gives the exit code.
    pub(crate) fn tell(&self, json: bool) -> ExitCode {
        let (code, exit) = match self {
            Failure::Failed(_) => ("failed", 1),
            Failure::Usage(_) => ("usage", 2),
            Failure::Coded { code, usage, .. } => (code.as_str(), if *usage { 2 } else { 1 }),
            Failure::Unread => return ExitCode::SUCCESS,
        };
        let message = self.to_string();
        let said = match json {
            true => json!({ "error": { "code": code, "message": message } }).to_string(),
            false => format!("rollcall: {message}"),
        };
        // Without a standard error there is still the exit code.
        let _ = writeln!(io::stderr(), "{said}");
        ExitCode::from(exit)
    }
}

/// Problem details (RFC 9457), as far as a command tells of them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Refusal {
    title: String,
    detail: String,
    code: String,
    errors: Vec<Violation>,
}

#[derive(Debug, Deserialize)]
struct Violation {
    path: String,
    message: String,
}

impl Refusal {
    fn told(self, status: u16) -> Failure {
        if self.code.is_empty() {
            return Failure::Failed(format!("the server answered {status}"));
        }
        let known = Code::ALL.into_iter().find(|code| code.entry().code == self.code);
        // Where the API says no more than its catalogue, a command's own words fit better.
        let general = known.filter(|code| code.entry().remedy == self.detail);
        let detail = general.and_then(remedy).unwrap_or(&self.detail);
        let mut message = format!("{}. {detail}", self.title);
        for error in &self.errors {
            let path = error.path.trim_start_matches('/');
            message = format!("{message}\n  {path}: {}", error.message);
        }
        Failure::Coded { code: self.code, message, usage: status == 422 }
    }
}

/// What to do about an error, where the catalogue's remedy is for programs with a token.
fn remedy(code: Code) -> Option<&'static str> {
    match code {
        Code::NotFound => Some("Check the id, and which tenant is meant (--tenant)."),
        Code::InvalidRequest => Some("Nothing was changed:"),
        Code::Conflict => Some("Look at what there is now, then decide again."),
        Code::StorageUnavailable => {
            Some("Check that the database is running, then run the command again.")
        }
        Code::ProjectionBehind => {
            Some("Run the command again; if it stays so, see: rollcall projections list")
        }
        Code::RateLimited | Code::Overloaded => {
            Some("Wait a few seconds, then run the command again.")
        }
        Code::Internal => Some("It is a defect; the log of the server, or this one's, says more."),
        Code::Malformed
        | Code::Unauthenticated
        | Code::BadSignature
        | Code::Forbidden
        | Code::ReadOnlyToken
        | Code::MethodNotAllowed
        | Code::NotAcceptable
        | Code::Timeout
        | Code::EndpointDisabled
        | Code::SyncedField
        | Code::Gone
        | Code::RawExpired
        | Code::Erased
        | Code::PreconditionFailed
        | Code::PayloadTooLarge
        | Code::UnsupportedMediaType
        | Code::WrongHost
        | Code::IdempotencyKeyReused
        | Code::NoSecretProvisioned
        | Code::Incomplete => None,
    }
}

/// An error with everything that caused it.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() == io::ErrorKind::BrokenPipe {
            true => Failure::Unread,
            false => Failure::Failed(chain(&error)),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let (code, remedy) = match &error {
            StoreError::Unavailable(_) => {
                ("storage_unavailable", "; check ROLLCALL_DATABASE_URL and that it is running")
            }
            StoreError::Damaged(_) => {
                ("damaged", "; check that the operator key is the one it was made with")
            }
            StoreError::LeaseLost => ("conflict", "; try again"),
            StoreError::NotFound(_) => ("not_found", ""),
            StoreError::Exists(_) => ("conflict", ""),
            StoreError::Setup(_) => ("setup", ""),
        };
        Failure::coded(code, format!("{}{remedy}", chain(&error)))
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Store(error) => error.into(),
            ReadError::Cursor => Failure::Failed(error.to_string()),
        }
    }
}

impl From<WaitError> for Failure {
    fn from(error: WaitError) -> Self {
        match error {
            WaitError::Store(error) => error.into(),
            WaitError::TimedOut => Failure::coded(
                "projection_behind",
                "the read models did not catch up in time; does any node have the role projector?",
            ),
            WaitError::Stopped { name } => Failure::coded(
                "projection_behind",
                format!("the projection {name} has stopped; see: rollcall projections list"),
            ),
        }
    }
}
