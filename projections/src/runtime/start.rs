//! The beginning and the end: making tables, starting followers, building what is missing.

use std::sync::Arc;
use std::time::Duration;

use rollcall_store::StoreError;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::concede::Concede;
use super::consumers::{self, State};
use super::follower::Follower;
use super::maintain;
use super::slot::{Slot, Tables};
use super::{BuildError, Inner};
use crate::db::{Dialect, Tx};
use crate::table::Declared;

/// Makes a new installation's tables, which need no building, and finds versions whose tables
/// changed without a new version number.
pub(super) async fn prepare(inner: &Arc<Inner>) -> Result<(), StoreError> {
    prepare_all(inner).await.map_err(|error| match error {
        Concede::Store(error) => error,
        Concede::Value(_) => StoreError::unavailable(error),
        Concede::Lost => StoreError::LeaseLost,
    })
}

async fn prepare_all(inner: &Arc<Inner>) -> Result<(), Concede> {
    let mut empty = true;
    for shard in 0..inner.store.shards() {
        empty &= inner.store.head(shard).await? == 0;
    }
    let mut tx = inner.db.begin().await?;
    match inner.db.dialect() {
        // Two nodes may start at the same time. One that was frozen in the middle of a page keeps its
        // rows until the database ends its transaction, half a minute later.
        Dialect::Postgres => {
            tx.script(
                "set local lock_timeout = '40s'; lock table views.consumers in exclusive mode",
            )
            .await?;
        }
        // Nobody else can have this directory open.
        Dialect::Sqlite => consumers::free_all(&mut tx, &inner.db).await?,
    }
    for declared in &inner.registry {
        prepare_one(inner, &mut tx, *declared, empty).await?;
    }
    tx.commit().await?;
    Ok(inner.db.look_for_wall().await?)
}

async fn prepare_one(
    inner: &Arc<Inner>,
    tx: &mut Tx,
    declared: Declared,
    empty: bool,
) -> Result<(), Concede> {
    let tables = |slot| Tables::new(declared, slot, inner.db.dialect());
    let first = tables(Slot::A);
    let rows = consumers::hold(tx, &inner.db, &first).await?;
    if rows.is_empty() && empty {
        tx.script(&(first.create() + &first.index() + &first.show())).await?;
        consumers::add(tx, &inner.db, &first, inner.store.shards(), State::Live).await?;
    }
    for row in &rows {
        if row.checkpoint > inner.store.head(row.shard).await? {
            let name = declared.name;
            tracing::warn!(
                projection = name,
                "the log ends before it (restored?); it is built anew"
            );
            for slot in [Slot::A, Slot::B] {
                consumers::forget(tx, &inner.db, &tables(slot)).await?;
            }
            return Ok(());
        }
    }
    let shape = first.shape();
    if let Some(live) = rows.iter().find(|row| row.state == State::Live && row.shape != shape) {
        tracing::warn!(projection = declared.name, "its tables changed; it is built anew");
        consumers::become_state(tx, &inner.db, &tables(live.slot), State::Built).await?;
    }
    Ok(())
}

/// Running followers. Dropping it stops them at once; their leases end by themselves.
pub struct Followers {
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Followers {
    pub(super) fn start(inner: &Arc<Inner>) -> Followers {
        let (stop, stopped) = watch::channel(false);
        let mut tasks: Vec<JoinHandle<()>> = (0..inner.store.shards())
            .map(|shard| tokio::spawn(Follower::new(inner.clone(), shard).run(stopped.clone())))
            .collect();
        tasks.push(tokio::spawn(build_missing(inner.clone(), stopped)));
        Followers { stop, tasks }
    }

    /// Lets the current pages end and gives leases back.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        for task in std::mem::take(&mut self.tasks) {
            if task.await.is_err() {
                tracing::warn!("a follower had failed");
            }
        }
    }
}

impl Drop for Followers {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Builds versions that are not there yet and goes on with what a crash interrupted. What another
/// node builds is left to it.
async fn build_missing(inner: Arc<Inner>, mut stop: watch::Receiver<bool>) {
    let mut tried: Vec<&str> = vec![];
    loop {
        for declared in &inner.registry {
            if tried.contains(&declared.name) {
                continue;
            }
            let outcome = tokio::select! {
                outcome = build_if_missing(&inner, *declared) => outcome,
                _ = stop.changed() => return,
            };
            match outcome {
                Ok(()) => tried.push(declared.name),
                Err(error @ BuildError::Busy) => {
                    tracing::info!(projection = declared.name, %error, "not built yet");
                }
                Err(BuildError::Store(error)) => {
                    inner.store.note(&error);
                    error.warn("a projection is not built yet");
                }
                Err(error) => {
                    tracing::error!(projection = declared.name, %error, "can't be built");
                    tried.push(declared.name);
                }
            }
        }
        if tried.len() == inner.registry.len() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(5)) => {}
            _ = stop.changed() => return,
        }
    }
}

async fn build_if_missing(inner: &Arc<Inner>, declared: Declared) -> Result<(), BuildError> {
    let _alone = inner.maintenance.lock().await;
    let rows = inner.consumers_of(declared).await?;
    let live = rows.iter().any(|row| row.state == State::Live);
    let begun = rows.iter().any(|row| row.state == State::Building);
    if live && !begun {
        return Ok(());
    }
    let built = maintain::rebuild(inner, declared, &|_| ()).await?;
    tracing::info!(projection = declared.name, events = built.events, "built");
    Ok(())
}
