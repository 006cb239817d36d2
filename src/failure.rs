//! How a command ends badly: said once on standard error, with what to do, and as an exit code.

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use rollcall_projections::{ReadError, WaitError};
use rollcall_store::StoreError;

/// Why a command did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It went wrong; exit code 1.
    #[error("{0}")]
    Failed(String),
    /// It can't be meant like this; exit code 2.
    #[error("{0}")]
    Usage(String),
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

    /// Says it and gives the exit code.
    pub(crate) fn tell(&self) -> ExitCode {
        let code = match self {
            Failure::Failed(_) => ExitCode::from(1),
            Failure::Usage(_) => ExitCode::from(2),
            Failure::Unread => return ExitCode::SUCCESS,
        };
        // Without a standard error there is still the exit code.
        let _ = writeln!(io::stderr(), "rollcall: {self}");
        code
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
        let remedy = match &error {
            StoreError::Unavailable(_) => "; check ROLLCALL_DATABASE_URL and that it is running",
            StoreError::Damaged(_) => "; check that the operator key is the one it was made with",
            StoreError::LeaseLost => "; try again",
            StoreError::NotFound(_) | StoreError::Exists(_) | StoreError::Setup(_) => "",
        };
        Failure::Failed(format!("{}{remedy}", chain(&error)))
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
            WaitError::TimedOut => Failure::failed(
                "the read models did not catch up in time; does any node have the role projector?",
            ),
            WaitError::Stopped { name } => Failure::Failed(format!(
                "the projection {name} has stopped; see `rollcall projections list`"
            )),
        }
    }
}
