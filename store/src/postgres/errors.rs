//! What the database's error codes mean to us. The only place that knows them.

use crate::backend::BatchError;
use crate::types::StoreError;

fn code(error: &sqlx::Error) -> Option<String> {
    error.as_database_error().and_then(|error| error.code()).map(Into::into)
}

/// It did not answer, or not in time; it is unknown whether it did anything.
pub(super) fn unavailable(error: sqlx::Error) -> StoreError {
    match code(&error).as_deref() {
        // insufficient_privilege
        Some("42501") => StoreError::Setup(format!(
            "the database role lacks a right ({error}); grant it rollcall_writer, or run \
             `rollcall migrate` as the owner"
        )),
        // undefined_table, undefined_column, invalid_schema_name
        Some("42P01" | "42703" | "3F000") => StoreError::Setup(format!(
            "the database schema is not ready ({error}): run `rollcall migrate`"
        )),
        Some(_) | None => StoreError::unavailable(error),
    }
}

/// Something with this name or key is there already.
pub(super) fn exists(error: sqlx::Error, what: &'static str) -> StoreError {
    match code(&error).as_deref() {
        // unique_violation
        Some("23505") => StoreError::Exists(what),
        Some(_) | None => unavailable(error),
    }
}

/// Another node wrote first, or the outcome is unknown.
pub(super) fn batch(error: sqlx::Error) -> BatchError {
    match code(&error).as_deref() {
        // unique_violation, serialization_failure, deadlock_detected: nothing was written
        Some("23505" | "40001" | "40P01") => BatchError::Raced,
        Some(_) | None => BatchError::Store(unavailable(error)),
    }
}

/// Whether the connection, not the statement, was at fault: another one may do better.
pub(super) fn connection_broke(error: &sqlx::Error) -> bool {
    let shut_down = code(error).is_some_and(|code| {
        // admin_shutdown, crash_shutdown, cannot_connect_now, connection exceptions
        matches!(code.as_str(), "57P01" | "57P02" | "57P03") || code.starts_with("08")
    });
    shut_down || matches!(error, sqlx::Error::Io(_) | sqlx::Error::Protocol(_))
}
