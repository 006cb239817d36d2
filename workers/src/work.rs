//! The loop behind all work: claim intents, do them, record what became of them.

use std::sync::Arc;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use rand::RngExt;
use rollcall_store::{Claim, Claimed, Outcome, Store, StoreError};
use tokio::sync::{Notify, Semaphore, watch};

use crate::reactors::{ENQUEUE, RUN};
use crate::sync::Engine;

const LEASE: Duration = Duration::from_secs(30);
/// How long a stop waits for what is under way.
const GRACE: Duration = Duration::from_secs(10);
/// How long a worker sleeps when nothing wakes it.
const POLL: Duration = Duration::from_millis(250);
/// Connections whose runs this node executes at a time.
const AT_ONCE: usize = 8;
/// Wishes of one connection that are put on its lane together.
const MERGE: u32 = 50;
/// Tries before work is parked with its reason. A lost lease counts as one. Runs are ended, not
/// parked, long before.
const TRIES: u32 = 60;

/// What a worker makes of an intent.
pub(crate) enum Done {
    Yes,
    /// Not now; nobody is to blame.
    Later(chrono::DateTime<Utc>, String),
    /// Somebody else has it now.
    Lost,
}

/// Why work failed; it is tried again, and parked in the end.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct WorkError(pub(crate) String);

impl From<StoreError> for WorkError {
    fn from(error: StoreError) -> Self {
        WorkError(error.to_string())
    }
}

/// The running workers of this node.
pub struct Workers {
    stop: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

impl Workers {
    /// Starts working. `wake` is told when intents were added on this node.
    pub fn start(store: &Store, engine: Arc<Engine>, owner: &str, wake: Arc<Notify>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let worker = Worker {
            store: store.clone(),
            engine,
            owner: owner.to_owned(),
            wake,
            places: Arc::new(Semaphore::new(AT_ONCE)),
        };
        Workers { stop, task: tokio::spawn(worker.run(stopped)) }
    }

    /// Claims nothing more and waits a while for what is under way.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        let _ = self.task.await;
    }
}

#[derive(Clone)]
struct Worker {
    store: Store,
    engine: Arc<Engine>,
    owner: String,
    wake: Arc<Notify>,
    places: Arc<Semaphore>,
}

impl Worker {
    async fn run(self, mut stopped: watch::Receiver<bool>) {
        while !*stopped.borrow() {
            let woken = self.wake.notified();
            match self.claim_all().await {
                Ok(0) => {}
                Ok(_) => continue,
                Err(error) => error.warn("can't claim work"),
            }
            tokio::select! {
                () = woken => {}
                () = tokio::time::sleep(POLL) => {}
                _ = stopped.changed() => {}
            }
        }
        // What takes longer, such as a provider that is silent, goes on where it is when it is next
        // claimed, as after a crash.
        let all = self.places.acquire_many(AT_ONCE as u32);
        if tokio::time::timeout(GRACE, all).await.is_err() {
            tracing::warn!("some work did not end in time; it goes on after the next start");
        }
    }

    /// Claims what is due and starts it; how many intents that were.
    async fn claim_all(&self) -> Result<usize, StoreError> {
        let (owner, now) = (self.owner.as_str(), Utc::now());
        let claim = Claim { kinds: &[ENQUEUE], owner, keys: 16, per_key: MERGE, lease: LEASE, now };
        let wishes = self.store.claim(&claim).await?;
        let mut count = wishes.len();
        for wishes in by_key(wishes) {
            // One that can't be done must not take the others along a second time.
            let apart = wishes.iter().any(|wish| wish.attempts > 0);
            let size = if apart { 1 } else { wishes.len() };
            for wishes in wishes.chunks(size) {
                self.perform(wishes.to_vec()).await;
            }
        }
        let free = self.places.available_permits() as u32;
        if free == 0 {
            return Ok(count);
        }
        let claim = Claim { kinds: &[RUN], owner, keys: free, per_key: 1, lease: LEASE, now };
        let turns = self.store.claim(&claim).await?;
        count += turns.len();
        for turn in turns {
            let Ok(place) = self.places.clone().acquire_owned().await else { break };
            let worker = self.clone();
            tokio::spawn(async move {
                worker.perform(vec![turn]).await;
                drop(place);
                worker.wake.notify_one();
            });
        }
        Ok(count)
    }

    /// Does intents of one key, with a heartbeat beside it.
    async fn perform(&self, claimed: Vec<Claimed>) {
        let ids: Vec<i64> = claimed.iter().map(|intent| intent.id).collect();
        let attempts = claimed.iter().map(|intent| intent.attempts).max().unwrap_or(0);
        let outcome = tokio::select! {
            done = self.dispatch(&claimed) => match done {
                Ok(Done::Yes) => Outcome::Done,
                Ok(Done::Later(at, error)) => Outcome::Retry { at, error },
                Ok(Done::Lost) => return,
                Err(error) if attempts >= TRIES => {
                    tracing::error!(%error, "work is parked");
                    Outcome::Parked { error: error.to_string() }
                }
                Err(error) => {
                    tracing::warn!(%error, attempts, "work is tried again");
                    Outcome::Retry { at: Utc::now() + backoff(attempts), error: error.to_string() }
                }
            },
            () = self.keep_alive(&ids) => {
                tracing::warn!("a lease was lost; the work goes on elsewhere");
                return;
            }
        };
        fail::fail_point!("work.before_settle");
        match self.store.settle(&ids, &self.owner, &outcome).await {
            Ok(()) | Err(StoreError::LeaseLost) => {}
            // It is claimed again when the lease ends, and finds itself done.
            Err(error) => error.warn("can't record what became of work"),
        }
    }

    async fn dispatch(&self, claimed: &[Claimed]) -> Result<Done, WorkError> {
        match claimed.first() {
            Some(first) if first.kind == ENQUEUE => self.engine.enqueue(claimed).await,
            Some(first) => self.engine.take_turn(first).await,
            None => Ok(Done::Yes),
        }
    }

    /// Returns when the lease is gone.
    async fn keep_alive(&self, ids: &[i64]) {
        let mut failing_since: Option<tokio::time::Instant> = None;
        loop {
            tokio::time::sleep(LEASE / 3).await;
            match self.store.heartbeat(ids, &self.owner, LEASE).await {
                Ok(()) => failing_since = None,
                Err(StoreError::LeaseLost) => return,
                Err(_) => {
                    let since = *failing_since.get_or_insert_with(tokio::time::Instant::now);
                    if since.elapsed() > LEASE / 2 {
                        return;
                    }
                }
            }
        }
    }
}

fn by_key(claimed: Vec<Claimed>) -> Vec<Vec<Claimed>> {
    let mut groups: std::collections::BTreeMap<String, Vec<Claimed>> = Default::default();
    for intent in claimed {
        groups.entry(intent.key.clone()).or_default().push(intent);
    }
    groups.into_values().collect()
}

/// Exponential up to five minutes, with jitter added.
fn backoff(attempts: u32) -> TimeDelta {
    let base = 200_i64 << attempts.min(11);
    let base = base.min(300_000);
    TimeDelta::milliseconds(base + rand::rng().random_range(0..=base / 4))
}
