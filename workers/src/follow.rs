//! The loop behind the reactors: one follower per shard reads pages and stores what follows from
//! them together with its checkpoint.

use std::sync::Arc;
use std::time::Duration;

use rollcall_domain::{Fact, Recorded};
use rollcall_store::{Lease, Position, Shard, Store, StoreError, Stored, TakeReactor};
use tokio::sync::watch;

use crate::reactors::{LOOKS_AT, react};

const NAME: &str = "sync";
const VERSION: u16 = 1;
const PAGE: u32 = 500;
const LEASE: Duration = Duration::from_secs(15);
/// How long a follower sleeps when nothing wakes it: other nodes' appends are found by then.
const POLL: Duration = Duration::from_millis(250);

/// The running reactors of this node. They stop when this is dropped or `stop` is called.
pub struct Reactors {
    stop: watch::Sender<bool>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
    /// Told whenever intents were added.
    added: Arc<tokio::sync::Notify>,
}

impl Reactors {
    /// Starts following all shards.
    pub fn start(store: &Store, owner: &str, added: Arc<tokio::sync::Notify>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let tasks = (0..store.shards())
            .map(|shard| {
                let follower = Follower {
                    store: store.clone(),
                    owner: owner.to_owned(),
                    shard,
                    stopped: stopped.clone(),
                    added: added.clone(),
                };
                tokio::spawn(follower.run())
            })
            .collect();
        Reactors { stop, tasks, added }
    }

    /// Told whenever intents were added.
    pub fn added(&self) -> Arc<tokio::sync::Notify> {
        self.added.clone()
    }

    /// Lets every follower finish its page.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        for task in self.tasks {
            let _ = task.await;
        }
    }
}

struct Follower {
    store: Store,
    owner: String,
    shard: Shard,
    stopped: watch::Receiver<bool>,
    added: Arc<tokio::sync::Notify>,
}

impl Follower {
    async fn run(mut self) {
        while !*self.stopped.borrow() {
            match self.follow().await {
                Ok(()) => return,
                Err(StoreError::LeaseLost) => {
                    tracing::info!(shard = self.shard, "another node reacts on this shard now");
                }
                Err(error) => error.warn("reactors pause"),
            }
            self.rest(Duration::from_secs(1)).await;
        }
    }

    /// Follows until told to stop. An error gives the lease up.
    async fn follow(&mut self) -> Result<(), StoreError> {
        // This reactor came with the log itself, so it starts at the log's beginning. A later one,
        // or a new version, starts where the log is when it first runs.
        let place = TakeReactor {
            name: NAME,
            version: VERSION,
            shard: self.shard,
            owner: &self.owner,
            lease: LEASE,
            from: 0,
        };
        let mut freed = self.store.leases_freed();
        let taken = self.store.take_reactor(&place).await?;
        let Some(mut lease) = taken else {
            tokio::select! {
                _ = freed.changed() => {}
                () = self.rest(LEASE / 3) => {}
            }
            return Err(StoreError::LeaseLost);
        };
        let mut written = self.store.watch(self.shard);
        let mut renewed = tokio::time::Instant::now();
        loop {
            if *self.stopped.borrow() {
                // Gives the shard back; otherwise a node that starts now waits for the lease to end
                // (`rollcall bench`: 18 s before its first run on PostgreSQL).
                let (store, at) = (&self.store, lease.checkpoint);
                return store.commit_reactions(&lease, at, &[], Duration::ZERO).await;
            }
            let page = self.store.read_shard(self.shard, lease.checkpoint, PAGE).await?;
            let Some(last) = page.last().map(|stored| stored.position) else {
                if renewed.elapsed() > LEASE / 3 {
                    self.store.commit_reactions(&lease, lease.checkpoint, &[], LEASE).await?;
                    renewed = tokio::time::Instant::now();
                }
                self.sleep_until_written(&mut written).await;
                continue;
            };
            self.commit(&mut lease, &page, last).await?;
            renewed = tokio::time::Instant::now();
        }
    }

    async fn commit(
        &self,
        lease: &mut Lease,
        page: &[Stored],
        last: Position,
    ) -> Result<(), StoreError> {
        let mut facts = Vec::new();
        for stored in page.iter().filter(|stored| is_looked_at(&stored.kind)) {
            facts.push(recorded(stored)?);
        }
        let intents = react(&facts);
        fail::fail_point!("reactor.before_commit");
        self.store.commit_reactions(lease, last, &intents, LEASE).await?;
        fail::fail_point!("reactor.after_commit");
        lease.checkpoint = last;
        if !intents.is_empty() {
            self.added.notify_waiters();
            self.added.notify_one();
        }
        Ok(())
    }

    async fn sleep_until_written(&mut self, written: &mut watch::Receiver<Position>) {
        tokio::select! {
            _ = written.changed() => {}
            () = tokio::time::sleep(POLL) => {}
            _ = self.stopped.changed() => {}
        }
    }

    async fn rest(&mut self, time: Duration) {
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            _ = self.stopped.changed() => {}
        }
    }
}

fn is_looked_at(kind: &str) -> bool {
    LOOKS_AT.iter().any(|start| kind.starts_with(start))
}

/// What reactors look at has no personal part, so nothing is unsealed here.
fn recorded(stored: &Stored) -> Result<Recorded, StoreError> {
    let fact = Fact::read(&stored.kind, &stored.payload, None)
        .map_err(|_| StoreError::Damaged("an event that reactors need can't be read"))?;
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
        fact,
    })
}
