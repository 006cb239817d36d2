//! The loop of one kind of work: claims what is due and has a place, and starts it beside itself.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::FutureExt;
use rand::RngExt;
use rollcall_store::{Claimed, Clock, Outcome, Store, StoreError};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use super::hold::Hold;
use super::places::{Place, Places};
use super::registry::Kind;
use super::task::{Done, WorkError};

/// How long a stop waits for what is under way.
const GRACE: Duration = Duration::from_secs(10);
/// How long a loop sleeps when nothing wakes it.
const POLL: Duration = Duration::from_millis(250);

/// Who does one kind of work. Kinds share nothing but the database.
pub(super) struct Worker {
    pub(super) store: Store,
    pub(super) kind: Kind,
    pub(super) owner: String,
    pub(super) added: Arc<Notify>,
    pub(super) clock: Clock,
}

impl Worker {
    /// Works until whoever holds the other end of `stopped` drops it.
    pub(super) async fn run(self: Arc<Self>, mut stopped: watch::Receiver<()>) {
        let mut places = Places::new(self.kind.policy.at_once);
        let mut under_way = JoinSet::new();
        while stopped.has_changed().is_ok() {
            let added = self.added.notified();
            while under_way.try_join_next().is_some() {}
            match self.claim(&mut places, &mut under_way).await {
                Ok(0) => {}
                Ok(_) => continue,
                Err(error) => error.warn("can't claim work"),
            }
            tokio::select! {
                () = added => {}
                Some(_) = under_way.join_next() => {}
                () = tokio::time::sleep(POLL) => {}
                _ = stopped.changed() => {}
            }
        }
        // What takes longer, such as a provider that is silent, goes on where it is when it is next
        // claimed, as after a crash.
        let end = async { while under_way.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, end).await.is_err() {
            let kind = self.kind.name;
            tracing::warn!(kind, "some work did not end in time; it goes on after the next start");
        }
    }

    /// Claims what is due, as far as there are places, and starts it; how many intents that were.
    async fn claim(
        self: &Arc<Self>,
        places: &mut Places,
        under_way: &mut JoinSet<()>,
    ) -> Result<usize, StoreError> {
        let policy = &self.kind.policy;
        let room = places.room(under_way.len()) as u32;
        if room == 0 {
            return Ok(0);
        }
        let due = rollcall_store::Claim {
            kinds: &[self.kind.name],
            owner: &self.owner,
            keys: room,
            per_key: policy.merge,
            lease: policy.lease,
            now: self.clock.now(),
        };
        let claimed = self.store.claim(&due).await?;
        let count = claimed.len();
        for claimed in by_key(claimed) {
            if let Some(first) = claimed.first() {
                let place = places.take(&first.tenant);
                under_way.spawn(self.clone().see_through(claimed, place));
            }
        }
        Ok(count)
    }

    /// Does intents of one key, once there is a place for them.
    async fn see_through(
        self: Arc<Self>,
        claimed: Vec<Claimed>,
        place: impl Future<Output = Place>,
    ) {
        let lease = self.kind.policy.lease;
        let mut hold = Hold::on(&claimed, &self.store, &self.owner, lease);
        let _place = tokio::select! {
            place = place => place,
            () = hold.lost() => return self.lost(),
        };
        // One that can't be done must not take the others along a second time.
        let apart = claimed.iter().any(|intent| intent.attempts > 0);
        let size = if apart { 1 } else { claimed.len() };
        for work in claimed.chunks(size) {
            let done = tokio::select! {
                done = self.handle(work) => done,
                () = hold.lost() => return self.lost(),
            };
            match self.outcome(work, done) {
                Some(outcome) => hold.settle(work, &outcome).await,
                None => hold.let_go(work),
            }
        }
    }

    fn lost(&self) {
        tracing::warn!(kind = self.kind.name, "a lease was lost; the work goes on elsewhere");
    }

    /// A panic is an error like another one.
    async fn handle(&self, work: &[Claimed]) -> Result<Done, WorkError> {
        let done = AssertUnwindSafe(self.kind.handler.handle(work)).catch_unwind().await;
        done.unwrap_or_else(|_| Err(WorkError("it panicked; see the log".to_owned())))
    }

    /// What is to be recorded; nothing where somebody else has it now.
    fn outcome(&self, work: &[Claimed], done: Result<Done, WorkError>) -> Option<Outcome> {
        let (kind, policy) = (self.kind.name, &self.kind.policy);
        let attempts = work.iter().map(|intent| intent.attempts).max().unwrap_or(0);
        let error = match done {
            Ok(Done::Yes) => return Some(Outcome::Done),
            Ok(Done::Park(error)) => {
                tracing::error!(kind, error, "work is parked");
                return Some(Outcome::Parked { error });
            }
            Ok(Done::Later(at, error)) => return Some(Outcome::Retry { at, error }),
            Ok(Done::Lost) => return None,
            Err(WorkError(error)) => error,
        };
        // Of several nobody knows yet which of them it is.
        if work.len() == 1 && attempts + 1 >= policy.tries {
            tracing::error!(kind, error, "work is parked");
            return Some(Outcome::Parked { error });
        }
        tracing::warn!(kind, error, attempts, "work is tried again");
        let at = self.clock.now() + with_jitter((policy.backoff)(attempts));
        Some(Outcome::Retry { at, error })
    }
}

/// In the order of each key's first.
fn by_key(claimed: Vec<Claimed>) -> Vec<Vec<Claimed>> {
    let mut groups: Vec<Vec<Claimed>> = Vec::new();
    for intent in claimed {
        let same = |group: &&mut Vec<Claimed>| group.iter().any(|one| one.key == intent.key);
        match groups.iter_mut().find(same) {
            Some(group) => group.push(intent),
            None => groups.push(vec![intent]),
        }
    }
    groups
}

/// Up to a quarter more.
fn with_jitter(wait: Duration) -> TimeDelta {
    let millis = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX / 2);
    TimeDelta::milliseconds(millis + rand::rng().random_range(0..=millis / 4))
}
