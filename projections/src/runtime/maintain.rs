//! What an operator asks for: rebuild, compare, switch.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rollcall_store::{Position, Shard};

use super::builder::Builder;
use super::compare::{Comparison, compare};
use super::consumers::{self, Consumer, State};
use super::slot::{Slot, Tables};
use super::{BuildError, Inner};
use crate::db::Tx;
use crate::table::Declared;

/// How far a rebuild is, in events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub done: u64,
    pub total: u64,
}

/// Called now and then while something long goes on.
pub type OnProgress<'a> = &'a (dyn Fn(Progress) + Send + Sync);

/// What a rebuild did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Built {
    /// Events folded and rows written.
    pub events: u64,
    pub rows: u64,
    pub elapsed: Duration,
}

/// A slot being built, all shards of it.
struct Build {
    inner: Arc<Inner>,
    tables: Tables,
    live: Option<Slot>,
    /// It must not get ahead of the live slot.
    compares: bool,
    shards: Vec<Builder>,
}

/// Builds the other slot and switches to it.
pub(crate) async fn rebuild(
    inner: &Arc<Inner>,
    declared: Declared,
    told: OnProgress<'_>,
) -> Result<Built, BuildError> {
    let started = Instant::now();
    let mut build = Build::begin(inner, declared, false).await?;
    build.catch_up(told).await?;
    build.index().await?;
    build.catch_up(&|_| ()).await?;
    build.switch().await?;
    let (events, rows) = build.done();
    Ok(Built { events, rows, elapsed: started.elapsed() })
}

/// Builds the other slot as far as the live one is, compares, and leaves the live one in place.
pub(crate) async fn verify(
    inner: &Arc<Inner>,
    declared: Declared,
    told: OnProgress<'_>,
) -> Result<Comparison, BuildError> {
    let mut build = Build::begin(inner, declared, true).await?;
    let live = build.live.ok_or(BuildError::NotBuilt)?;
    build.catch_up(told).await?;
    let (mut tx, checkpoints) = build.meet().await?;
    let live = Tables::new(declared, live, inner.db.dialect());
    let compared = compare(&mut tx, &live, &build.tables).await;
    match compared {
        Ok(compared) => {
            tx.commit().await?;
            tracing::debug!(?checkpoints, "compared at");
            build.rest().await?;
            Ok(compared)
        }
        Err(error) => Err(error.into()),
    }
}

/// Goes back to the slot that was live before, after bringing it up to date.
pub(crate) async fn switch_back(inner: &Arc<Inner>, declared: Declared) -> Result<(), BuildError> {
    let mut build = Build::again(inner, declared).await?;
    build.catch_up(&|_| ()).await?;
    build.switch().await
}

impl Build {
    /// Goes on with a build that was interrupted, or starts one. A comparison always starts anew:
    /// it must not be ahead of what is live.
    async fn begin(
        inner: &Arc<Inner>,
        declared: Declared,
        compares: bool,
    ) -> Result<Build, BuildError> {
        let rows = inner.consumers_of(declared).await?;
        let live = live_slot(&rows);
        let slot = live.map_or(Slot::A, Slot::other);
        let tables = Tables::new(declared, slot, inner.db.dialect());
        if compares || !all_are(&rows, &tables, State::Building) {
            let mut tx = inner.db.begin().await?;
            tx.script(&tables.create()).await?;
            consumers::add(&mut tx, &inner.db, &tables, inner.store.shards(), State::Building)
                .await?;
            tx.commit().await?;
        }
        Self::take(inner, tables, live, compares).await
    }

    /// Takes up a slot that was complete at some time.
    async fn again(inner: &Arc<Inner>, declared: Declared) -> Result<Build, BuildError> {
        let rows = inner.consumers_of(declared).await?;
        let live = live_slot(&rows).ok_or(BuildError::NotBuilt)?;
        let tables = Tables::new(declared, live.other(), inner.db.dialect());
        if !all_are(&rows, &tables, State::Built) {
            return Err(BuildError::NotBuilt);
        }
        let mut tx = inner.db.begin().await?;
        consumers::become_state(&mut tx, &inner.db, &tables, State::Building).await?;
        tx.commit().await?;
        Self::take(inner, tables, Some(live), false).await
    }

    async fn take(
        inner: &Arc<Inner>,
        tables: Tables,
        live: Option<Slot>,
        compares: bool,
    ) -> Result<Build, BuildError> {
        let mut shards = vec![];
        for shard in 0..inner.store.shards() {
            shards.push(Builder::take(inner, &tables, shard).await?);
        }
        Ok(Build { inner: inner.clone(), tables, live, compares, shards })
    }

    /// To the end of the log; a comparison only as far as the live slot.
    async fn catch_up(&mut self, told: OnProgress<'_>) -> Result<(), BuildError> {
        let targets = self.targets().await?;
        let missing = |(builder, target): (&Builder, &Position)| {
            target.saturating_sub(builder.consumer.checkpoint)
        };
        let total = self.shards.iter().zip(&targets).map(missing).sum();
        let done = AtomicU64::new(0);
        let advanced = |events: u64| {
            let done = done.fetch_add(events, Ordering::Relaxed) + events;
            told(Progress { done, total });
        };
        let mut work = vec![];
        for (builder, target) in self.shards.iter_mut().zip(targets) {
            work.push(builder.catch_up(target, &advanced));
        }
        use futures_util::stream::{StreamExt, TryStreamExt};
        futures_util::stream::iter(work).buffer_unordered(super::BUILD_AT_ONCE).try_collect().await
    }

    async fn targets(&self) -> Result<Vec<Position>, BuildError> {
        let rows = self.inner.consumers_of(self.tables.declared).await?;
        let mut targets = vec![];
        for shard in 0..self.inner.store.shards() {
            let live = rows.iter().find(|row| self.compares && is_live(row, shard));
            targets.push(match live {
                Some(live) => live.checkpoint,
                None => self.inner.store.head(shard).await?,
            });
        }
        Ok(targets)
    }

    /// Secondary indexes. Nothing is renewed meanwhile, so the shards are taken again.
    async fn index(&mut self) -> Result<(), BuildError> {
        let mut tx = self.inner.db.begin().await?;
        tx.script(&self.tables.index()).await?;
        tx.commit().await?;
        let tables = self.tables.clone();
        let again = Self::take(&self.inner, tables, self.live, self.compares).await?;
        *self = again.counting(self);
        Ok(())
    }

    fn counting(mut self, before: &Build) -> Build {
        for (builder, before) in self.shards.iter_mut().zip(&before.shards) {
            (builder.events, builder.rows) = (before.events, before.rows);
        }
        self
    }

    /// One transaction: the last events, the views, and whose turn it is.
    async fn switch(&mut self) -> Result<(), BuildError> {
        let (inner, tables) = (self.inner.clone(), self.tables.clone());
        let mut tx = inner.db.begin().await?;
        let rows = consumers::hold(&mut tx, &inner.db, &tables).await?;
        self.close_gaps(&mut tx, &rows).await?;
        consumers::become_state(&mut tx, &inner.db, &tables, State::Live).await?;
        if let Some(live) = self.live {
            let live = Tables { slot: live, ..tables.clone() };
            consumers::become_state(&mut tx, &inner.db, &live, State::Built).await?;
        }
        tx.script(&tables.show()).await?;
        tx.commit().await?;
        inner.changed.send_modify(|changes| *changes += 1);
        Ok(())
    }

    /// Brings every shard to where the live one stands in this transaction.
    async fn close_gaps(
        &mut self,
        tx: &mut Tx,
        rows: &[Consumer],
    ) -> Result<Vec<(Shard, Position)>, BuildError> {
        let mut checkpoints = vec![];
        for builder in &mut self.shards {
            let shard = builder.consumer.shard;
            if let Some(live) = rows.iter().find(|row| is_live(row, shard)) {
                builder.close_gap(tx, live.checkpoint).await?;
                checkpoints.push((shard, live.checkpoint));
            }
        }
        Ok(checkpoints)
    }

    /// A transaction that sees the live slot and this one at equal checkpoints.
    async fn meet(&mut self) -> Result<(Tx, Vec<(Shard, Position)>), BuildError> {
        // PostgreSQL: one snapshot, in which this build's own writes are visible. SQLite: writers
        // are kept out while the gap is closed, and until a reader has fixed that state.
        let held = consumers::hold_in_a_snapshot(&self.inner.db, &self.tables).await?;
        let (mut tx, rows) = held;
        let checkpoints = self.close_gaps(&mut tx, &rows).await?;
        Ok((self.inner.db.keep_sight(tx).await?, checkpoints))
    }

    /// Ends a build that is not switched to. The slot stays, complete but for its indexes.
    async fn rest(self) -> Result<(), BuildError> {
        let mut tx = self.inner.db.begin().await?;
        tx.script(&self.tables.index()).await?;
        consumers::become_state(&mut tx, &self.inner.db, &self.tables, State::Built).await?;
        Ok(tx.commit().await?)
    }

    fn done(&self) -> (u64, u64) {
        let count = |what: fn(&Builder) -> u64| self.shards.iter().map(what).sum();
        (count(|builder| builder.events), count(|builder| builder.rows))
    }
}

pub(crate) fn live_slot(rows: &[Consumer]) -> Option<Slot> {
    rows.iter().find(|row| row.state == State::Live).map(|row| row.slot)
}

/// Whether the slot has rows, all in this state and of the tables this binary knows.
fn all_are(rows: &[Consumer], tables: &Tables, state: State) -> bool {
    let shape = tables.shape();
    let mut rows = rows.iter().filter(|row| row.slot == tables.slot).peekable();
    rows.peek().is_some() && rows.all(|row| row.state == state && row.shape == shape)
}

fn is_live(row: &Consumer, shard: Shard) -> bool {
    row.state == State::Live && row.shard == shard
}
