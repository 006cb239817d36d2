//! Why a command did nothing: one error for all of them.

use rollcall_domain::{Malformed, Refusal};
use rollcall_store::{AppendError, Moved, StoreError};

#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The rules say no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Somebody else was faster on these streams: load them again and decide anew.
    #[error("{} of the streams have moved", .0.len())]
    Moved(Vec<Moved>),
    /// Somebody else kept changing the same thing; try again.
    #[error("it is being changed by somebody else; try again")]
    Busy,
    /// An event in the log can't be read.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The database; it may or may not have been written.
    #[error(transparent)]
    Append(AppendError),
}

impl CommandError {
    /// Logs what follows from it, as `StoreError::warn` does of a database that is away.
    pub fn warn(&self, what: &str) {
        match self {
            CommandError::Append(AppendError::Store(error)) => error.warn(what),
            CommandError::Append(_)
            | CommandError::Refused(_)
            | CommandError::Moved(_)
            | CommandError::Busy
            | CommandError::Malformed(_) => tracing::error!(error = %self, "{what}"),
        }
    }
}

impl From<AppendError> for CommandError {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Conflict(moved) => CommandError::Moved(moved),
            AppendError::KeyReused
            | AppendError::Erased { .. }
            | AppendError::Invalid(_)
            | AppendError::Store(_) => CommandError::Append(error),
        }
    }
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        CommandError::Append(error.into())
    }
}

/// Why a state could not be read.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

impl LoadError {
    /// Logs what follows from it, likewise.
    pub fn warn(&self, what: &str) {
        match self {
            LoadError::Store(error) => error.warn(what),
            LoadError::Malformed(error) => tracing::error!(%error, "{what}"),
        }
    }
}

impl From<LoadError> for CommandError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Store(error) => error.into(),
            LoadError::Malformed(error) => CommandError::Malformed(error),
        }
    }
}

impl From<LoadError> for StoreError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Store(error) => error,
            LoadError::Malformed(_) => StoreError::Damaged("an event can't be read"),
        }
    }
}
