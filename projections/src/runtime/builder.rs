//! Builds a slot from position 0, shard by shard, beside what is live. Rows stay in memory and are
//! written back a few times, not once per event; a reader opens and decodes the next page meanwhile.
//!
//! A row stores the last event that was folded into it, so that rows may be written in many short
//! transactions ahead of the checkpoint: after a crash, events a row already has are passed over.

use std::sync::Arc;
use std::time::Instant;

use rollcall_store::{Position, Shard, StoreError};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use super::concede::Concede;
use super::consumers::{self, Consumer, LEASE, RENEWAL, State};
use super::fold::{Changes, Fold};
use super::page::{self, Page};
use super::slot::Tables;
use super::statements::Statements;
use super::{BuildError, Inner};
use crate::db::Tx;

/// Events the reader opens at once.
const PAGE: u32 = 2_000;
/// Rows per transaction; on SQLite the live followers wait for it.
const ROWS: usize = 4_000;

pub(crate) struct Builder {
    inner: Arc<Inner>,
    tables: Tables,
    pub(crate) consumer: Consumer,
    statements: Arc<Statements>,
    fold: Box<dyn Fold>,
    /// Folded in memory up to here; the consumer's checkpoint is what is stored.
    folded: Position,
    /// Nothing was ever written, so nothing has to be looked up.
    fresh: bool,
    /// Bytes it has told the others it uses.
    weight: usize,
    renewed: Instant,
    flushed: Instant,
    pub(crate) events: u64,
    pub(crate) rows: u64,
}

impl Builder {
    /// Takes the slot's place in a shard; `Busy` while another node builds it.
    pub(crate) async fn take(
        inner: &Arc<Inner>,
        tables: &Tables,
        shard: Shard,
    ) -> Result<Builder, BuildError> {
        let names = [format!("{}:{}", tables.declared.name, tables.declared.version)];
        let taken =
            consumers::take(&inner.db, &inner.owner, shard, State::Building, &names).await?;
        let Some(consumer) = taken.into_iter().find(|taken| taken.slot == tables.slot) else {
            return Err(BuildError::Busy);
        };
        let any = format!("select 1 from {} limit 1", tables.name());
        let fresh = consumer.checkpoint == 0
            && inner.db.rows_of(&any, vec![]).await.map_err(BuildError::from)?.is_empty();
        Ok(Builder {
            inner: inner.clone(),
            tables: tables.clone(),
            statements: Arc::new(Statements::of(tables)),
            fold: (tables.declared.folder)(),
            folded: consumer.checkpoint,
            fresh,
            weight: 0,
            renewed: Instant::now(),
            flushed: Instant::now(),
            events: 0,
            rows: 0,
            consumer,
        })
    }

    /// Folds and stores everything up to a position.
    pub(crate) async fn catch_up(
        &mut self,
        target: Position,
        advanced: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<(), BuildError> {
        if self.folded < target {
            let (mut pages, _stopped_with_us) = self.reader(target);
            while let Some(page) = pages.recv().await {
                let page = page?;
                let before = self.folded;
                self.fold_page(&page, target, None).await?;
                advanced(self.folded - before);
                self.now_and_then().await?;
            }
        }
        self.flush().await
    }

    /// Pages up to the target: one task reads, another opens and decodes what was read.
    fn reader(&self, target: Position) -> (Pages, [AbortOnDrop; 2]) {
        let (read, mut raw) = mpsc::channel(2);
        let (opened, pages) = mpsc::channel(2);
        let (store, shard) = (self.inner.store.clone(), self.consumer.shard);
        let (declared, mut after) = (self.tables.declared, self.folded);
        let reader = tokio::spawn(async move {
            while after < target {
                let stored = store.read_shard(shard, after, PAGE).await;
                let last = stored.as_ref().ok().and_then(|stored| Some(stored.last()?.position));
                if read.send(stored).await.is_err() {
                    return;
                }
                let Some(last) = last else { return };
                after = last;
            }
        });
        let store = self.inner.store.clone();
        let opener = tokio::spawn(async move {
            while let Some(stored) = raw.recv().await {
                let page = match stored {
                    Ok(stored) => page::open(&store, stored, |kind| declared.wants(kind)).await,
                    Err(error) => Err(error),
                };
                let Some(page) = page.transpose() else { return };
                if opened.send(page).await.is_err() {
                    return;
                }
            }
        });
        (pages, [reader, opener].map(|task| AbortOnDrop(task.abort_handle())))
    }

    /// Folds one page into memory; rows are looked up in `tx` or apart.
    async fn fold_page(
        &mut self,
        page: &Page,
        target: Position,
        tx: Option<&mut Tx>,
    ) -> Result<(), BuildError> {
        let upto = page.last.min(target);
        let wanted = match self.fold.plan(&page.events, self.folded, upto) {
            Ok(wanted) => wanted,
            Err(poison) => return Err(self.poisoned(&poison).await),
        };
        let rows = if self.fresh || (wanted.places.is_empty() && wanted.subjects.is_empty()) {
            vec![]
        } else if let Some(tx) = tx {
            self.statements.load(tx, &wanted).await?
        } else {
            let mut tx = self.inner.db.lookup().await?;
            let rows = self.statements.load(&mut tx, &wanted).await?;
            tx.rollback().await?;
            rows
        };
        self.fold.load(wanted, &rows).map_err(Concede::from)?;
        if let Err(poison) = self.fold.apply(&page.events) {
            return Err(self.poisoned(&poison).await);
        }
        self.folded = upto;
        self.events += page.events.len() as u64;
        Ok(())
    }

    async fn poisoned(&mut self, poison: &super::fold::Poison) -> BuildError {
        let (name, shard) = (self.tables.declared.name, self.consumer.shard);
        tracing::error!(projection = name, shard, %poison, "the rebuild has stopped");
        let reason = poison.to_string();
        let written = async {
            let mut tx = self.inner.db.begin().await?;
            let at = self.consumer.checkpoint;
            consumers::stop(&mut tx, &self.inner.db, &self.consumer, at, &reason).await?;
            tx.commit().await
        };
        match written.await {
            Ok(()) => BuildError::Stopped { name, reason },
            Err(error) => error.into(),
        }
    }

    /// Writes everything when somebody was erased or when a crash would cost too much, and a part
    /// when memory is full; keeps the lease otherwise.
    async fn now_and_then(&mut self) -> Result<(), BuildError> {
        if self.fold.has_erased() || self.flushed.elapsed() > LEASE * 2 {
            self.flush().await?;
        }
        for _ in 0..4 {
            if self.inner.build_memory.is_full(&mut self.weight, self.fold.weight()) {
                self.evict().await?;
            }
        }
        if self.renewed.elapsed() > RENEWAL {
            let mut tx = self.inner.db.begin().await?;
            self.fence(&mut tx).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Stores what is evicted, ahead of the checkpoint.
    async fn evict(&mut self) -> Result<(), BuildError> {
        let mut changes = self.fold.evict();
        while !changes.upserts.is_empty() {
            let rest = changes.upserts.split_off(changes.upserts.len().min(ROWS));
            let mut tx = self.inner.db.begin().await?;
            self.rows += self.statements.store(&mut tx, changes).await? as u64;
            self.fence(&mut tx).await?;
            tx.commit().await?;
            self.fresh = false;
            changes = Changes { upserts: rest, ..Changes::default() };
        }
        Ok(())
    }

    /// Prolongs the lease, or ends here if it was lost.
    async fn fence(&mut self, tx: &mut Tx) -> Result<(), BuildError> {
        let (db, held) = (&self.inner.db, [&self.consumer]);
        if consumers::renew(tx, db, self.consumer.shard, &held).await? {
            self.renewed = Instant::now();
            Ok(())
        } else {
            Err(BuildError::Busy)
        }
    }

    /// Writes all changed rows, the checkpoint with the last of them.
    async fn flush(&mut self) -> Result<(), BuildError> {
        loop {
            let changes = self.fold.take(ROWS);
            let (more, count) = (changes.more, changes.upserts.len());
            if !more && count == 0 && self.folded == self.consumer.checkpoint {
                break;
            }
            let mut tx = self.inner.db.begin().await?;
            self.rows += self.statements.store(&mut tx, changes).await? as u64;
            if more {
                self.fence(&mut tx).await?;
            } else {
                self.advance(&mut tx).await?;
            }
            fail::fail_point!("projection.before_commit");
            tx.commit().await?;
            fail::fail_point!("projection.after_commit");
            self.fresh = false;
            if !more {
                self.consumer.checkpoint = self.folded;
                break;
            }
        }
        self.flushed = Instant::now();
        Ok(())
    }

    async fn advance(&mut self, tx: &mut Tx) -> Result<(), BuildError> {
        let (db, held) = (&self.inner.db, [&self.consumer]);
        let shard = self.consumer.shard;
        if consumers::advance(tx, db, shard, &held, self.folded).await? {
            self.renewed = Instant::now();
            Ok(())
        } else {
            Err(BuildError::Busy)
        }
    }

    /// The last few events, inside a transaction that switches or compares.
    pub(crate) async fn close_gap(
        &mut self,
        tx: &mut Tx,
        target: Position,
    ) -> Result<(), BuildError> {
        let declared = self.tables.declared;
        let wants = |kind: &str| declared.wants(kind);
        while self.folded < target {
            let shard = self.consumer.shard;
            let page = page::read(&self.inner.store, shard, self.folded, PAGE, wants).await?;
            let Some(page) = page else { break };
            // What is in memory was stored, but rows this transaction has not seen are looked up.
            self.fold_page(&page, target, Some(&mut *tx)).await?;
            let changes = self.fold.take(usize::MAX);
            self.rows += self.statements.store(tx, changes).await? as u64;
            self.advance(tx).await?;
            self.consumer.checkpoint = self.folded;
        }
        Ok(())
    }
}

impl Drop for Builder {
    fn drop(&mut self) {
        self.inner.build_memory.free(self.weight);
    }
}

type Pages = mpsc::Receiver<Result<Page, StoreError>>;

struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
