//! Work to be done and the places of reactors, held under leases.

use std::time::Duration;

use tokio::sync::watch;

use crate::store::Store;
use crate::types::{Position, StoreError};
use crate::work::{Claim, Claimed, IntentStatus, Lease, NewIntent, Outcome, TakeReactor};

impl Store {
    /// A new name for somebody in this process who takes leases: they end with the process.
    pub fn new_owner(&self) -> String {
        self.db().new_owner()
    }

    /// Goes up whenever what dead processes had taken was freed: whoever waits for a lease looks again.
    pub fn leases_freed(&self) -> watch::Receiver<u64> {
        self.db().freed()
    }

    /// Adds intents; one whose effect id exists is left alone.
    pub async fn add_intents(&self, intents: &[NewIntent]) -> Result<(), StoreError> {
        self.noted(self.db().add_intents(intents).await)
    }

    /// Due intents, lowest first. Nothing of a key is claimable while an earlier intent of it is held
    /// or waiting.
    pub async fn claim(&self, claim: &Claim<'_>) -> Result<Vec<Claimed>, StoreError> {
        self.noted(self.db().claim(claim).await)
    }

    /// Prolongs leases; `LeaseLost` when any of them is somebody else's now.
    pub async fn heartbeat(
        &self,
        ids: &[i64],
        owner: &str,
        lease: Duration,
    ) -> Result<(), StoreError> {
        self.noted(self.db().heartbeat(ids, owner, lease).await)
    }

    /// Records what became of claimed intents; `LeaseLost` when any of them is somebody else's now.
    pub async fn settle(
        &self,
        ids: &[i64],
        owner: &str,
        outcome: &Outcome,
    ) -> Result<(), StoreError> {
        self.noted(self.db().settle(ids, owner, outcome).await)
    }

    /// Waiting and parked intents, oldest first.
    pub async fn intents(
        &self,
        tenant: Option<&str>,
        limit: u32,
    ) -> Result<Vec<IntentStatus>, StoreError> {
        self.noted(self.db().intents(tenant, limit).await)
    }

    /// Makes a parked intent due again, as if it had never been tried; whether there was one.
    pub async fn retry_parked(&self, tenant: &str, id: i64) -> Result<bool, StoreError> {
        self.noted(self.db().retry_parked(tenant, id).await)
    }

    /// Removes a parked intent: nobody does it any more. Whether there was one.
    pub async fn drop_parked(&self, tenant: &str, id: i64) -> Result<bool, StoreError> {
        self.noted(self.db().drop_parked(tenant, id).await)
    }

    /// Makes those of a kind and key that wait for a time due now. What is held stays held, and is
    /// tried as its holder says.
    pub async fn wake(&self, tenant: &str, kind: &str, key: &str) -> Result<(), StoreError> {
        self.noted(self.db().wake(tenant, kind, key).await)
    }

    /// How many intents are unfinished and not parked.
    pub async fn unfinished(&self) -> Result<u64, StoreError> {
        self.noted(self.db().unfinished().await)
    }

    /// Takes a reactor's place in a shard; `None` while somebody else holds it.
    pub async fn take_reactor(&self, place: &TakeReactor<'_>) -> Result<Option<Lease>, StoreError> {
        self.noted(self.db().take_reactor(place).await)
    }

    /// Stores a page's intents and moves the checkpoint, in one transaction, or `LeaseLost`.
    pub async fn commit_reactions(
        &self,
        lease: &Lease,
        to: Position,
        intents: &[NewIntent],
        renew: Duration,
    ) -> Result<(), StoreError> {
        self.noted(self.db().commit_reactions(lease, to, intents, renew).await)
    }
}
