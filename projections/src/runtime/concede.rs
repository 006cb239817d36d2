//! Why a page is not committed.

use rollcall_store::StoreError;

use crate::db::ReadError;
use crate::table::Mismatch;

/// Why a follower lets go of everything.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Concede {
    #[error("somebody else follows now")]
    Lost,
    /// The database refuses a value, and will again.
    #[error("the database refuses a value (SQLSTATE {0})")]
    Value(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for Concede {
    fn from(error: sqlx::Error) -> Self {
        // 22: a value no column takes; 54: one beyond a limit, such as an index entry's size.
        let code = error.as_database_error().and_then(|error| error.code());
        match code {
            Some(code) if code.starts_with("22") || code.starts_with("54") => {
                Concede::Value(code.into_owned())
            }
            Some(_) | None => Concede::Store(StoreError::unavailable(error)),
        }
    }
}

impl From<Mismatch> for Concede {
    fn from(_: Mismatch) -> Self {
        Concede::Store(StoreError::Damaged("a read model's row does not have its declared form"))
    }
}

impl From<ReadError> for Concede {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Store(error) => Concede::Store(error),
            ReadError::Cursor => Concede::Store(StoreError::Damaged("cursor")),
        }
    }
}
