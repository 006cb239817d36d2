//! One reactor on one shard.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use rollcall_domain::{Fact, Malformed, Recorded};
use rollcall_store::{Lease, NewIntent, Position, Shard, Store, StoreError, Stored, TakeReactor};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::pages::Pages;
use super::reactor::{Reactor, Start};

const LEASE: Duration = Duration::from_secs(15);
/// How long a follower sleeps when nothing wakes it. Appends do, this node's and others'; this is for
/// hints that were lost.
const POLL: Duration = Duration::from_secs(1);
/// How long nothing is written before a checkpoint is stored that has nothing but itself to store.
const QUIET: Duration = Duration::from_millis(50);
/// After what failed, before it is tried again.
const REST: Duration = Duration::from_secs(1);
/// How long a reactor lies still that can't go on, before it looks whether a newer node took it on.
const STUCK: Duration = Duration::from_secs(30);

pub(super) struct Follower {
    pub(super) store: Store,
    pub(super) reactor: Reactor,
    pub(super) shard: Shard,
    pub(super) pages: Arc<Pages>,
    pub(super) owner: String,
    pub(super) added: Arc<Notify>,
    pub(super) stopped: watch::Receiver<()>,
    /// Where it could not go on, so that it is said once.
    pub(super) stuck_at: Option<Position>,
}

/// Why a follower does not go on for now.
enum Pause {
    /// Another node has the place.
    Taken,
    Store(StoreError),
    /// This event can't be read, or the reactor fails on this page. What came before it is done.
    Stuck {
        at: Position,
        why: String,
    },
}

impl From<StoreError> for Pause {
    fn from(error: StoreError) -> Self {
        Pause::Store(error)
    }
}

/// How far a follower is. Pages that ask for nothing move `reached` only: reading them again is
/// cheaper than writing each down.
struct Progress {
    lease: Lease,
    reached: Position,
    renewed: Instant,
}

impl Progress {
    fn is_unsaved(&self) -> bool {
        self.reached > self.lease.checkpoint
    }
    fn is_due(&self) -> bool {
        self.renewed.elapsed() > LEASE / 3
    }
}

impl Follower {
    /// Follows until whoever holds the other end of `stopped` drops it.
    pub(super) async fn run(mut self) {
        let (reactor, shard) = (self.reactor.name, self.shard);
        let mut freed = self.store.leases_freed();
        while !self.is_stopped() {
            let rest = match self.follow().await {
                Ok(()) => return,
                Err(Pause::Taken) => LEASE / 3,
                Err(Pause::Store(StoreError::LeaseLost)) => {
                    tracing::info!(reactor, shard, "another node reacts on this shard now");
                    REST
                }
                Err(Pause::Store(error)) => {
                    error.warn("a reactor pauses");
                    REST
                }
                Err(Pause::Stuck { at, why }) => {
                    if self.stuck_at.replace(at) != Some(at) {
                        tracing::error!(
                            reactor,
                            shard,
                            position = at,
                            why,
                            "a reactor has stopped"
                        );
                    }
                    STUCK
                }
            };
            tokio::select! {
                () = tokio::time::sleep(rest) => {}
                // Whoever had the place may be dead.
                _ = freed.changed() => {}
                _ = self.stopped.changed() => {}
            }
        }
    }

    fn is_stopped(&self) -> bool {
        self.stopped.has_changed().is_err()
    }

    /// Follows until told to stop. After an error the place is taken anew.
    async fn follow(&mut self) -> Result<(), Pause> {
        let mut written = self.store.watch(self.shard);
        let mut progress = self.take().await?.ok_or(Pause::Taken)?;
        loop {
            if self.is_stopped() {
                // Gives the place back; otherwise a node that starts now waits for the lease to end
                // (measured: 18 s before its first run on PostgreSQL).
                return Ok(self.save(&mut progress, &[], Duration::ZERO).await?);
            }
            let page = self.pages.after(progress.reached).await?;
            if page.is_empty() {
                let quiet = !self.is_woken(&mut written, progress.is_unsaved()).await;
                if progress.is_unsaved() && quiet || progress.is_due() {
                    self.save(&mut progress, &[], LEASE).await?;
                }
                continue;
            }
            self.react(&mut progress, &page).await?;
        }
    }

    /// Takes the place, if it is free.
    async fn take(&self) -> Result<Option<Progress>, StoreError> {
        let from = match self.reactor.start {
            Start::Beginning => 0,
            Start::Now => self.store.head(self.shard).await?,
        };
        let Reactor { name, version, .. } = self.reactor;
        let (shard, owner, lease) = (self.shard, self.owner.as_str(), LEASE);
        let place = TakeReactor { name, version, shard, owner, lease, from };
        let lease = self.store.take_reactor(&place).await?;
        Ok(lease.map(|lease| {
            let (reached, renewed) = (lease.checkpoint, Instant::now());
            Progress { lease, reached, renewed }
        }))
    }

    /// Stores what follows from a page. Where one of its events can't be read, what follows from
    /// those before it; then the place is given back, and a newer node may know more.
    async fn react(&self, progress: &mut Progress, page: &[Stored]) -> Result<(), Pause> {
        let (recorded, broken) = self.decode(page);
        let reacted = catch_unwind(AssertUnwindSafe(|| (self.reactor.react)(&recorded)));
        let (intents, stuck) = match (reacted, broken) {
            (Err(_), _) => (vec![], Some((progress.reached + 1, "it panicked".to_owned()))),
            (Ok(intents), Some((at, why))) => (intents, Some((at, why.to_string()))),
            (Ok(intents), None) => (intents, None),
        };
        let last = page.last().map_or(progress.reached, |stored| stored.position);
        progress.reached = stuck.as_ref().map_or(last, |(at, _)| at - 1);
        if let Some((at, why)) = stuck {
            self.save(progress, &intents, Duration::ZERO).await?;
            return Err(Pause::Stuck { at, why });
        }
        if !intents.is_empty() || progress.is_due() {
            self.save(progress, &intents, LEASE).await?;
        }
        Ok(())
    }

    /// What the reactor reads of a page, up to the first event that can't be read.
    fn decode(&self, page: &[Stored]) -> (Vec<Recorded>, Option<(Position, Malformed)>) {
        let mut read = Vec::new();
        let reads = |kind: &str| self.reactor.reads.iter().any(|start| kind.starts_with(start));
        for stored in page.iter().filter(|stored| reads(&stored.kind)) {
            match recorded(stored) {
                Ok(recorded) => read.push(recorded),
                Err(malformed) => return (read, Some((stored.position, malformed))),
            }
        }
        (read, None)
    }

    /// Stores intents and place, both or neither.
    async fn save(
        &self,
        progress: &mut Progress,
        intents: &[NewIntent],
        renew: Duration,
    ) -> Result<(), StoreError> {
        if !intents.is_empty() {
            fail::fail_point!("reactor.before_commit");
        }
        let (lease, to) = (&progress.lease, progress.reached);
        self.store.commit_reactions(lease, to, intents, renew).await?;
        progress.lease.checkpoint = to;
        progress.renewed = Instant::now();
        if !intents.is_empty() {
            fail::fail_point!("reactor.after_commit");
            self.added.notify_waiters();
        }
        Ok(())
    }

    /// Waits for an append, not for long; whether there may be one.
    async fn is_woken(
        &mut self,
        written: &mut watch::Receiver<Position>,
        is_unsaved: bool,
    ) -> bool {
        tokio::select! {
            _ = written.changed() => true,
            () = tokio::time::sleep(if is_unsaved { QUIET } else { POLL }) => false,
            _ = self.stopped.changed() => false,
        }
    }
}

fn recorded(stored: &Stored) -> Result<Recorded, Malformed> {
    Ok(Recorded {
        shard: stored.shard,
        position: stored.position,
        tenant: stored.tenant.clone(),
        stream: stored.stream.clone(),
        version: stored.version,
        event_id: stored.event_id.clone(),
        kind: stored.kind.clone(),
        recorded_at: stored.recorded_at,
        effective_at: stored.effective_at,
        principal: stored.principal.clone(),
        causation: stored.causation.clone(),
        correlation: stored.correlation.clone(),
        subject: stored.subject.clone(),
        fact: Fact::read(&stored.kind, &stored.payload, None)?,
    })
}
