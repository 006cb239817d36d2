//! Wake-ups between nodes. Only hints: whoever follows the log polls as well.

use std::time::Duration;

use sqlx::postgres::{PgListener, PgPoolOptions};
use sqlx::{PgPool, Row};
use tokio::task::JoinHandle;

use super::errors::unavailable;
use super::{Postgres, unsigned};
use crate::types::{Position, Shard, StoreError};

const CHANNEL: &str = "rollcall_log";

const NOTIFY: &str = "
select pg_notify('rollcall_log', cast($1 as text))";

const HEADS: &str = "
select pos, shard
from log.heads
where pos > 0";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[NOTIFY, HEADS];

impl Postgres {
    /// Tells the other nodes, and this one's listener, how far a shard has come. After the commit.
    pub(crate) async fn notify(&self, shard: Shard, pos: Position) -> Result<(), StoreError> {
        let query = sqlx::query(NOTIFY).bind(format!("{shard}:{pos}"));
        query.execute(&self.calm).await.map_err(unavailable)?;
        Ok(())
    }

    /// Calls back for every hint, and for every shard's head after each (re)connection, since
    /// hints sent meanwhile are lost. Runs until the handle is aborted.
    pub(crate) fn listen(
        &self,
        hint: impl Fn(Shard, Position) + Send + Sync + 'static,
    ) -> JoinHandle<()> {
        let pool = PgPoolOptions::new().max_connections(1).connect_lazy_with(self.options.clone());
        let hot = self.hot.clone();
        tokio::spawn(async move {
            let mut pause = FIRST_PAUSE;
            loop {
                match follow(&pool, &hot, &hint, &mut pause).await {
                    Ok(()) => tracing::debug!("the listener lost its connection"),
                    Err(error) => tracing::debug!(%error, "the listener lost its connection"),
                }
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        })
    }
}

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Listens until the connection is lost.
async fn follow(
    pool: &PgPool,
    hot: &PgPool,
    hint: &(impl Fn(Shard, Position) + Send + Sync),
    pause: &mut Duration,
) -> sqlx::Result<()> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    for row in sqlx::query(HEADS).fetch_all(hot).await? {
        hint(row.try_get::<i16, _>(1)?.cast_unsigned(), unsigned(&row, 0)?);
    }
    *pause = FIRST_PAUSE;
    while let Some(notification) = listener.try_recv().await? {
        if let Some((shard, pos)) = parse(notification.payload()) {
            hint(shard, pos);
        }
    }
    Ok(())
}

fn parse(payload: &str) -> Option<(Shard, Position)> {
    let (shard, pos) = payload.split_once(':')?;
    Some((shard.parse().ok()?, pos.parse().ok()?))
}
