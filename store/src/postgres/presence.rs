//! Who is there. Each process on the database holds an advisory lock for as long as one session of
//! its own lasts. When a process dies, the server ends the session and gives up the lock, and
//! whatever the process had taken is freed: by the others, and by whoever starts next. Only a process
//! that is frozen keeps its session; there the leases' clock decides.
//!
//! A process whose session breaks while it lives takes the lock again. Should its leases go to others
//! in between, owners and epochs refuse what it still does under them.
//!
//! The session has to be the process's own: behind a pooler that hands sessions round (PgBouncer in
//! transaction mode) the lock would belong to nobody.

use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, PgConnection};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::Postgres;
use super::errors::unavailable;
use crate::types::StoreError;

/// How often it is looked who has gone.
const LOOK_EVERY: Duration = Duration::from_secs(1);
const AGAIN_AFTER: Duration = Duration::from_millis(250);
/// A session that does not answer for so long is given up for another.
const ANSWERS_WITHIN: Duration = Duration::from_secs(5);

/// A machine that vanished leaves its session behind: the server asks it, and ends it after 11 s.
const SESSION: [(&str, &str); 5] = [
    ("idle_session_timeout", "0"),
    ("statement_timeout", "4s"),
    ("tcp_keepalives_idle", "5"),
    ("tcp_keepalives_interval", "2"),
    ("tcp_keepalives_count", "3"),
];

/// Shared, so that a session that is not known to be over yet keeps no other from taking it.
const LOCK: &str = "
select pg_advisory_lock_shared(cast($1 as bigint))";

/// Others on the list, whose lock nobody holds. We are on it, whatever others took us for.
const GONE: &str = "
with here as (
    insert into log.nodes (id, since)
    values (cast($1 as bigint), clock_timestamp())
    on conflict do nothing
)
select n.id
from log.nodes as n
where n.id <> cast($1 as bigint)
  and not exists (
    select
    from pg_locks as l
    where l.locktype = 'advisory'
      and l.objsubid = 1
      and l.database = (select oid from pg_database where datname = current_database())
      and (cast(l.classid as bigint) << 32) | cast(l.objid as bigint) = n.id
  )
order by n.id";

/// Takes them off the list and ends their leases. Their owners stay written down: work that was under
/// way when a process died was tried once.
const FREE: &str = "
with gone as (
    delete from log.nodes
    where id = any(cast($1 as bigint[]))
    returning cast(id as text) as name
), intents as (
    update log.intents
    set lease_until = clock_timestamp()
    where split_part(owner, '/', 1) in (select name from gone) and lease_until > clock_timestamp()
), reactors as (
    update log.reactors
    set lease_until = clock_timestamp()
    where split_part(owner, '/', 1) in (select name from gone) and lease_until > clock_timestamp()
), consumers as (
    update views.consumers
    set lease_until = clock_timestamp()
    where split_part(owner, '/', 1) in (select name from gone) and lease_until > clock_timestamp()
)
select count(*)
from gone";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[LOCK, GONE, FREE];

/// This process, on the list for as long as this is kept.
pub(super) struct Presence {
    pub(super) node: i64,
    /// Goes up whenever leases of others were freed.
    pub(super) freed: watch::Sender<u64>,
    task: JoinHandle<()>,
}

impl Presence {
    /// Enters the list and frees what those had who are gone.
    pub(super) async fn begin(options: &PgConnectOptions) -> Result<Presence, StoreError> {
        let node = i64::from(rand::random::<u32>()) << 31 | i64::from(rand::random::<u32>() >> 1);
        let options = options.clone().options(SESSION);
        let mut session = connect(&options, node).await.map_err(unavailable)?;
        let freed = watch::Sender::new(0);
        let gone = look(&mut session, node).await.map_err(unavailable)?;
        if let Err(error) = free(&mut session, &gone).await {
            // Something they had begun is not over yet: the next look frees them.
            tracing::debug!(%error, "what others had taken is not free yet");
        }
        let task = tokio::spawn(stay(options, node, session, freed.clone()));
        Ok(Presence { node, freed, task })
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Keeps a session and looks, again and again, who has gone.
async fn stay(
    options: PgConnectOptions,
    node: i64,
    mut session: PgConnection,
    freed: watch::Sender<u64>,
) {
    loop {
        let error = watch_others(&mut session, node, &freed).await;
        tracing::debug!(%error, "the session that says we are here broke");
        session = loop {
            tokio::time::sleep(AGAIN_AFTER).await;
            match connect(&options, node).await {
                Ok(session) => break session,
                Err(error) => tracing::debug!(%error, "no session says that we are here"),
            }
        };
    }
}

/// Until the session breaks. Who is missing twice in a row is gone: after a restart of the server
/// everybody is, for a moment.
async fn watch_others(
    session: &mut PgConnection,
    node: i64,
    freed: &watch::Sender<u64>,
) -> sqlx::Error {
    let mut missing = vec![];
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let before = std::mem::take(&mut missing);
        let ended = async {
            missing = look(session, node).await?;
            let gone: Vec<i64> =
                missing.iter().copied().filter(|one| before.contains(one)).collect();
            free(session, &gone).await
        };
        match ended.await {
            Ok(0) => {}
            Ok(count) => {
                tracing::info!(count, "what processes had taken that are gone is free");
                freed.send_modify(|times| *times += 1);
            }
            Err(error) => return error,
        }
    }
}

/// A session that says we are here.
async fn connect(options: &PgConnectOptions, node: i64) -> sqlx::Result<PgConnection> {
    within(async {
        let mut session = options.connect().await?;
        sqlx::query(LOCK).bind(node).execute(&mut session).await?;
        Ok(session)
    })
    .await
}

async fn look(session: &mut PgConnection, node: i64) -> sqlx::Result<Vec<i64>> {
    within(sqlx::query_scalar(GONE).bind(node).fetch_all(session)).await
}

/// How many were still on the list.
async fn free(session: &mut PgConnection, gone: &[i64]) -> sqlx::Result<i64> {
    match gone {
        [] => Ok(0),
        gone => within(sqlx::query_scalar(FREE).bind(gone).fetch_one(session)).await,
    }
}

async fn within<T>(asking: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    let silent = |_| sqlx::Error::Io(std::io::ErrorKind::TimedOut.into());
    timeout(ANSWERS_WITHIN, asking).await.map_err(silent)?
}

impl Postgres {
    /// Takes this process off the list, with everything it had taken.
    pub(super) async fn leave(&self) -> Result<(), StoreError> {
        self.presence.task.abort();
        let query = sqlx::query(FREE).bind([self.presence.node]);
        query.execute(&self.calm).await.map_err(unavailable)?;
        Ok(())
    }
}
