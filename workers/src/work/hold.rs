//! What keeps claimed intents ours while they are done.

use std::time::Duration;

use rollcall_store::{Claimed, Outcome, Store, StoreError};
use tokio::time::Instant;

/// A hold on intents of one key. Somebody has to wait for `lost` all the time.
pub(super) struct Hold<'a> {
    store: &'a Store,
    owner: &'a str,
    lease: Duration,
    /// Those that are not settled yet.
    ids: Vec<i64>,
    renewed: Instant,
    next: Instant,
}

impl<'a> Hold<'a> {
    /// On what was claimed just now.
    pub(super) fn on(
        claimed: &[Claimed],
        store: &'a Store,
        owner: &'a str,
        lease: Duration,
    ) -> Self {
        let ids = claimed.iter().map(|intent| intent.id).collect();
        let renewed = Instant::now();
        Hold { store, owner, lease, ids, renewed, next: renewed + lease / 3 }
    }

    /// Renews the lease again and again. Returns when it is gone, or may be by now.
    pub(super) async fn lost(&mut self) {
        loop {
            tokio::time::sleep_until(self.next).await;
            match self.store.heartbeat(&self.ids, self.owner, self.lease).await {
                Ok(()) => {
                    self.renewed = Instant::now();
                    self.next = self.renewed + self.lease / 3;
                }
                Err(StoreError::LeaseLost) => return,
                Err(_) if self.renewed.elapsed() > self.lease * 5 / 6 => return,
                Err(_) => self.next = Instant::now() + self.lease / 12,
            }
        }
    }

    /// Records what became of some of them, and holds them no longer.
    pub(super) async fn settle(&mut self, done: &[Claimed], outcome: &Outcome) {
        let ids: Vec<i64> = done.iter().map(|intent| intent.id).collect();
        self.let_go(done);
        fail::fail_point!("work.before_settle");
        match self.store.settle(&ids, self.owner, outcome).await {
            Ok(()) | Err(StoreError::LeaseLost) => {}
            // It is claimed again when the lease ends, and finds itself done.
            Err(error) => error.warn("can't record what became of work"),
        }
    }

    /// Holds these no longer.
    pub(super) fn let_go(&mut self, done: &[Claimed]) {
        self.ids.retain(|id| done.iter().all(|intent| intent.id != *id));
    }
}
