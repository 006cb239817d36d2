//! How fast PostgreSQL alone gives out the log.

use futures_util::TryStreamExt;
use secrecy::SecretString;
use sqlx::postgres::PgPoolCopyExt;

use super::postgres_pool;
use crate::failure::Failure;
use crate::postgres::options;

/// `COPY log.events TO STDOUT`, as text; how many rows came.
pub(crate) async fn copy_events(url: &SecretString) -> Result<u64, Failure> {
    let pool = postgres_pool(&options(url)?, 1);
    let mut rows = 0;
    let mut pieces = pool.copy_out_raw("copy log.events to stdout").await?;
    // The server sends one row per message.
    while pieces.try_next().await?.is_some() {
        rows += 1;
    }
    Ok(rows)
}
