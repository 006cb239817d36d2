//! Follows one shard: reads a page, folds it into every live read model this node holds, and
//! commits rows and checkpoints together.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rollcall_store::Shard;
use tokio::sync::watch;

use super::Inner;
use super::concede::Concede;
use super::consumers::{self, Consumer, RENEWAL, State};
use super::fold::Poison;
use super::held::Held;
use super::page::{self, Page};
use super::progress::Reached;

/// Events per transaction.
const PAGE: u32 = 1_000;

pub(crate) struct Follower {
    inner: Arc<Inner>,
    shard: Shard,
    held: Vec<Held>,
    /// Looked for leases last.
    looked: Option<Instant>,
    renewed: Instant,
    /// What stopped under this very binary; it would only stop again.
    gave_up: HashSet<String>,
}

impl Follower {
    pub(crate) fn new(inner: Arc<Inner>, shard: Shard) -> Self {
        Follower {
            inner,
            shard,
            held: vec![],
            looked: None,
            renewed: Instant::now(),
            gave_up: HashSet::new(),
        }
    }

    /// Follows until told to stop.
    pub(crate) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut written = self.inner.store.watch(self.shard);
        let mut changed = self.inner.changed.subscribe();
        let mut freed = self.inner.store.leases_freed();
        while !*stop.borrow_and_update() {
            let pause = match self.step().await {
                Ok(true) => continue,
                Ok(false) => self.inner.poll(),
                Err(Concede::Lost) => {
                    self.let_go();
                    Duration::from_millis(10)
                }
                Err(Concede::Store(error)) => {
                    self.inner.store.note(&error);
                    error.warn("a follower lets go and tries again");
                    self.let_go();
                    Duration::from_millis(500)
                }
                Err(error @ Concede::Value(_)) => {
                    tracing::warn!(shard = self.shard, %error, "a follower lets go and tries again");
                    self.let_go();
                    Duration::from_millis(500)
                }
            };
            tokio::select! {
                _ = written.changed() => {}
                _ = changed.changed() => self.looked = None,
                _ = freed.changed() => self.looked = None,
                _ = stop.changed() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
        let held: Vec<&Consumer> = self.held.iter().map(|held| &held.consumer).collect();
        if let Err(error) = consumers::release(&self.inner.db, self.shard, &held).await {
            tracing::debug!(shard = self.shard, %error, "leases end by themselves");
        }
    }

    fn let_go(&mut self) {
        self.held.clear();
        self.looked = None;
    }

    /// One page; whether there may be more.
    pub(crate) async fn step(&mut self) -> Result<bool, Concede> {
        self.take().await?;
        let Some(after) = self.held.iter().map(|held| held.consumer.checkpoint).min() else {
            return Ok(false);
        };
        let wants = |kind: &str| self.held.iter().any(|held| held.declared.wants(kind));
        let store = &self.inner.store;
        match page::read(store, self.shard, after, PAGE, wants).await? {
            Some(page) => {
                match self.commit(&page, None).await {
                    Err(Concede::Value(_)) => self.commit_apart(&page).await?,
                    done => done?,
                }
                Ok(page.full || self.held.iter().any(|held| held.consumer.checkpoint < page.last))
            }
            None => {
                self.renew().await?;
                Ok(false)
            }
        }
    }

    /// Takes what is free, now and then.
    async fn take(&mut self) -> Result<(), Concede> {
        if self.looked.is_some_and(|at| at.elapsed() < RENEWAL) {
            return Ok(());
        }
        let known = self.inner.registry.iter().filter(|declared| {
            !self.gave_up.contains(declared.name)
                && !self.held.iter().any(|held| held.declared.name == declared.name)
        });
        let names: Vec<String> =
            known.map(|declared| format!("{}:{}", declared.name, declared.version)).collect();
        self.looked = Some(Instant::now());
        if names.is_empty() {
            return Ok(());
        }
        let inner = &self.inner;
        let taken =
            consumers::take(&inner.db, &inner.owner, self.shard, State::Live, &names).await?;
        for consumer in taken {
            let Some(declared) = inner.declared(&consumer.name) else { continue };
            self.held.push(Held::new(declared, consumer, inner.db.dialect()));
        }
        self.renewed = Instant::now();
        self.tell();
        Ok(())
    }

    async fn renew(&mut self) -> Result<(), Concede> {
        if self.renewed.elapsed() < RENEWAL || self.held.is_empty() {
            return Ok(());
        }
        let held: Vec<&Consumer> = self.held.iter().map(|held| &held.consumer).collect();
        let mut tx = self.inner.db.begin().await?;
        let ours = consumers::renew(&mut tx, &self.inner.db, self.shard, &held).await?;
        tx.commit().await?;
        self.renewed = Instant::now();
        if ours { Ok(()) } else { Err(Concede::Lost) }
    }

    /// Each read model by itself, so that the one with a value the database refuses stops alone.
    async fn commit_apart(&mut self, page: &Page) -> Result<(), Concede> {
        let mut at = 0;
        while at < self.held.len() {
            self.held.iter_mut().for_each(|held| held.fold.reset());
            match self.commit(page, Some(at)).await {
                Err(error @ Concede::Value(_)) => self.stop_at(at, &error.to_string()).await?,
                done => {
                    done?;
                    at += 1;
                }
            }
        }
        Ok(())
    }

    async fn stop_at(&mut self, at: usize, why: &str) -> Result<(), Concede> {
        let held = self.held.remove(at);
        let mut tx = self.inner.db.begin().await?;
        let checkpoint = held.consumer.checkpoint;
        let ours =
            consumers::stop(&mut tx, &self.inner.db, &held.consumer, checkpoint, why).await?;
        tx.commit().await?;
        let name = held.declared.name;
        tracing::error!(projection = name, shard = self.shard, why, "a read model has stopped");
        self.gave_up.insert(name.to_owned());
        let reached = Reached { checkpoint, stopped: true };
        self.inner.progress.tell(self.shard, [(name, reached)].into_iter());
        if ours { Ok(()) } else { Err(Concede::Lost) }
    }

    /// Rows and checkpoints of all (or of one), in one transaction, or nothing.
    async fn commit(&mut self, page: &Page, only: Option<usize>) -> Result<(), Concede> {
        let inner = self.inner.clone();
        let mut tx = inner.db.begin().await?;
        let mut poisons: Vec<(usize, Poison)> = vec![];
        let meant = |at: usize| only.is_none_or(|one| one == at);
        for (at, held) in self.held.iter_mut().enumerate() {
            if meant(at)
                && held.consumer.checkpoint < page.last
                && let Some(poison) = held.fold(&mut tx, page).await?
            {
                poisons.push((at, poison));
            }
        }
        let stops = |at: usize| poisons.iter().any(|(stopped, _)| *stopped == at);
        let behind = |held: &Held| held.consumer.checkpoint < page.last;
        let moved: Vec<&Consumer> = self
            .held
            .iter()
            .enumerate()
            .filter(|(at, held)| meant(*at) && behind(held) && !stops(*at))
            .map(|(_, held)| &held.consumer)
            .collect();
        fail::fail_point!("projection.before_commit");
        let mut ours =
            consumers::advance(&mut tx, &inner.db, self.shard, &moved, page.last).await?;
        for (at, poison) in &poisons {
            let (held, last) = (&self.held[*at].consumer, poison.position - 1);
            let last = last.max(held.checkpoint);
            ours &= consumers::stop(&mut tx, &inner.db, held, last, &poison.to_string()).await?;
        }
        if !ours {
            tx.rollback().await?;
            return Err(Concede::Lost);
        }
        tx.commit().await?;
        fail::fail_point!("projection.after_commit");
        self.renewed = Instant::now();
        self.committed(page, only, &poisons);
        for held in &mut self.held {
            held.analyze(&inner.db).await;
        }
        Ok(())
    }

    fn committed(&mut self, page: &Page, only: Option<usize>, poisons: &[(usize, Poison)]) {
        for (at, held) in self.held.iter_mut().enumerate() {
            if only.is_none_or(|one| one == at) {
                held.consumer.checkpoint = held.consumer.checkpoint.max(page.last);
            }
        }
        for (at, poison) in poisons.iter().rev() {
            let mut held = self.held.remove(*at);
            tracing::error!(
                projection = held.declared.name,
                shard = self.shard,
                %poison,
                "a read model has stopped; rebuild it with a version that understands the event"
            );
            held.consumer.checkpoint = poison.position - 1;
            self.gave_up.insert(held.declared.name.to_owned());
            let reached = Reached { checkpoint: poison.position - 1, stopped: true };
            self.inner.progress.tell(self.shard, [(held.declared.name, reached)].into_iter());
        }
        let weight: usize = self.held.iter().map(|held| held.fold.weight()).sum();
        if weight > self.inner.live_cache_bytes() {
            self.held.iter_mut().for_each(|held| held.fold.reset());
        }
        self.tell();
    }

    fn tell(&self) {
        let reached = self.held.iter().map(|held| {
            let checkpoint = held.consumer.checkpoint;
            (held.declared.name, Reached { checkpoint, stopped: false })
        });
        self.inner.progress.tell(self.shard, reached);
    }
}
