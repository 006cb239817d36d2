//! How fast PostgreSQL alone gives out the log.

use futures_util::TryStreamExt;
use secrecy::SecretString;
use sqlx::postgres::PgPoolCopyExt;

use super::postgres_pool;
use super::server::options;
use crate::types::StoreError;

/// What came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    pub rows: u64,
    pub bytes: u64,
}

/// `COPY log.events TO STDOUT`, as text, received and counted.
pub async fn copy_events(url: &SecretString) -> Result<Copied, StoreError> {
    let pool = postgres_pool(&options(url)?, 1);
    let mut copied = Copied { rows: 0, bytes: 0 };
    let mut pieces =
        pool.copy_out_raw("copy log.events to stdout").await.map_err(StoreError::unavailable)?;
    // The server sends one row per message.
    while let Some(piece) = pieces.try_next().await.map_err(StoreError::unavailable)? {
        copied.rows += 1;
        copied.bytes += piece.len() as u64;
    }
    Ok(copied)
}
