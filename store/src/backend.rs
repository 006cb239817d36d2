//! What a database has to be able to do for the store. Two modules implement it; everything that
//! is not SQL (group commit, sealing, wake-ups, caches) stands above, once.
//!
//! It is one trait, `EventStore`, in eight parts: `Log`, `Keys`, `Blobs`, `Work`, `State`, `Sessions`,
//! `Entries` and `Outbound`. They are apart because different parts are wanted alone: the writer is given a log and nothing else, keys
//! are backed up and restored by themselves. No other crate sees any of them: what they offer to the
//! world are methods of `Store`.

mod outbound;
mod rows;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio::sync::watch;

use crate::sealing::{KeyId, KeyPage};
use crate::types::{Position, Shard, StoreError, Stored, Version};
use crate::work::{
    Claim, Claimed, IntentStatus, Lease, NewIntent, Outcome, Refused, SessionRow, TakeReactor,
    TenantRow, TokenRow,
};

pub(crate) use outbound::*;
pub(crate) use rows::*;

type Result<T> = std::result::Result<T, StoreError>;

/// Why a batch was not written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BatchError {
    /// Another node moved one of the streams or keys first, or the era has changed: nothing was
    /// written, look again.
    #[error("another writer was faster")]
    Raced,
    /// The connection was lost: it may have been written or not. Look again.
    #[error("the connection to the database broke")]
    Broke(#[source] StoreError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The log itself. The only part a naive store has to imitate for the order oracle.
#[async_trait]
pub(crate) trait Log: Send + Sync {
    fn shards(&self) -> u16;
    /// Changes whenever this may be another server than before (PostgreSQL, after a failover): then
    /// what is remembered of streams may be ahead of it.
    fn era(&self) -> u64;
    /// What is known of these streams and keys, in the order asked.
    async fn look(
        &self,
        streams: &[(Shard, StreamHash)],
        keys: &[(Arc<str>, String)],
    ) -> Result<(Vec<Option<Head>>, Vec<Option<UsedKey>>)>;
    /// Writes a batch in one transaction and returns once it is durable. Positions follow the head
    /// of each shard without a gap and become visible in order. `Raced` when a stream does not end
    /// where the batch takes it to end, or one that begins is there.
    async fn write(&self, batch: &Batch) -> std::result::Result<Bases, BatchError>;
    /// The next events of a shard, sealed. No event ever appears behind one already read.
    async fn read_shard(&self, shard: Shard, after: Position, limit: u32) -> Result<Vec<Stored>>;
    /// The events of one stream after a version, oldest first, sealed.
    async fn read_stream(
        &self,
        shard: Shard,
        hash: StreamHash,
        after: Version,
    ) -> Result<Vec<Stored>>;
    /// The last position of a shard; 0 when it is empty.
    async fn head(&self, shard: Shard) -> Result<Position>;
}

/// Keys and the vault: backed up apart from the log.
#[async_trait]
pub(crate) trait Keys: Send + Sync {
    /// The tenant's wrapped key, storing `fresh` first where there is none.
    async fn tenant_key(&self, tenant: &str, fresh: &[u8]) -> Result<Vec<u8>>;
    /// Makes data keys durable ahead of their use.
    async fn add_keys(&self, tenant: &str, pages: &[KeyPage]) -> Result<()>;
    /// The pages of that id that are there.
    async fn load_keys(&self, pages: &[KeyId]) -> Result<Vec<KeyPage>>;
    /// The first key of each subject that has one, as (subject, key id).
    async fn subject_keys(
        &self,
        tenant: &str,
        subjects: &[String],
    ) -> Result<Vec<(String, [u8; 16])>>;
    /// How many subjects of the tenant other processes may have erased so far; a change tells a node
    /// that what it remembers of keys is no longer good.
    async fn erasures(&self, tenant: &str) -> Result<u64>;
    /// Which of these subjects were erased.
    async fn erased(&self, tenant: &str, subjects: &[String]) -> Result<Vec<String>>;
    /// Destroys every key of a subject and of every blob that names it, and remembers the erasure.
    async fn erase(
        &self,
        tenant: &str,
        subject: &str,
        tag: [u8; 16],
        at: DateTime<Utc>,
    ) -> Result<()>;
    /// Sealed credentials by name. `put` replaces.
    async fn vault_put(&self, tenant: &str, name: &str, sealed: &[u8]) -> Result<()>;
    async fn vault_get(&self, tenant: &str, name: &str) -> Result<Option<Vec<u8>>>;
    async fn vault_destroy(&self, tenant: &str, name: &str) -> Result<()>;
}

/// Bodies and pages.
#[async_trait]
pub(crate) trait Blobs: Send + Sync {
    /// Writes chunks ahead of the event that will name the blob.
    async fn put_chunk(&self, chunk: &BlobRow) -> Result<()>;
    /// All chunks in order; empty when it is gone.
    async fn blob(&self, tenant: &str, id: &str) -> Result<Vec<BlobRow>>;
    /// One chunk, for reading large blobs piece by piece.
    async fn blob_chunk(&self, tenant: &str, id: &str, chunk: u32) -> Result<Option<BlobRow>>;
    /// Says whom a blob that was written ahead names.
    async fn tag(&self, tenant: &str, id: &str, subject_tags: &[u8]) -> Result<()>;
    /// Lets retention take them.
    async fn unpin(&self, tenant: &str, ids: &[String]) -> Result<()>;
    /// Removes them now, keys included.
    async fn drop_blobs(&self, tenant: &str, ids: &[String]) -> Result<()>;
    /// Removes what expired before `now` and what was never attached and is older than an hour.
    async fn sweep(&self, now: DateTime<Utc>) -> Result<u64>;
}

/// Intents and the places of reactors.
#[async_trait]
pub(crate) trait Work: Send + Sync {
    /// A new name for somebody in this process who takes leases. They end with the process.
    fn new_owner(&self) -> String;
    /// Goes up whenever leases of processes that are gone were freed.
    fn freed(&self) -> watch::Receiver<u64>;
    /// Adds intents; one whose effect id exists is left alone.
    async fn add_intents(&self, intents: &[NewIntent]) -> Result<()>;
    /// Due intents, lowest first. Nothing of a key is claimable while an earlier intent of it is held
    /// or waiting.
    async fn claim(&self, claim: &Claim<'_>) -> Result<Vec<Claimed>>;
    /// Prolongs leases; `LeaseLost` when any of them is somebody else's now.
    async fn heartbeat(&self, ids: &[i64], owner: &str, lease: Duration) -> Result<()>;
    /// Records what became of claimed intents.
    async fn settle(&self, ids: &[i64], owner: &str, outcome: &Outcome) -> Result<()>;
    /// Waiting and parked intents, oldest first.
    async fn intents(&self, tenant: Option<&str>, limit: u32) -> Result<Vec<IntentStatus>>;
    /// Makes a parked intent due again, as if it had never been tried; whether there was one.
    async fn retry_parked(&self, tenant: &str, id: i64) -> Result<bool>;
    /// Removes a parked intent; whether there was one.
    async fn drop_parked(&self, tenant: &str, id: i64) -> Result<bool>;
    /// Makes those of a kind and key that wait for a time due now.
    async fn wake(&self, tenant: &str, kind: &str, key: &str) -> Result<()>;
    /// How many intents are unfinished and not parked.
    async fn unfinished(&self) -> Result<u64>;
    /// Takes a reactor's place in a shard; `None` while somebody else holds it.
    async fn take_reactor(&self, place: &TakeReactor<'_>) -> Result<Option<Lease>>;
    /// Stores a page's intents and moves the checkpoint, in one transaction, or `LeaseLost`.
    async fn commit_reactions(
        &self,
        lease: &Lease,
        to: Position,
        intents: &[NewIntent],
        renew: Duration,
    ) -> Result<()>;
}

/// Small state: tenants' places, tokens, refused deliveries, counters.
#[async_trait]
pub(crate) trait State: Send + Sync {
    /// Registers a tenant; `Exists` when the slug is taken by another id.
    async fn add_tenant(&self, tenant: &TenantRow) -> Result<()>;
    async fn tenants(&self) -> Result<Vec<TenantRow>>;
    async fn add_token(&self, token: &TokenRow) -> Result<()>;
    async fn token(&self, hash: &[u8]) -> Result<Option<TokenRow>>;
    async fn tokens(&self, tenant: Option<&str>) -> Result<Vec<TokenRow>>;
    async fn revoke_token(&self, id: &str, at: DateTime<Utc>) -> Result<()>;
    async fn use_token(&self, id: &str, at: DateTime<Utc>) -> Result<()>;
    /// Keeps the newest 10,000.
    async fn refuse(&self, refused: &Refused) -> Result<()>;
    async fn refused(&self, tenant: &str, limit: u32) -> Result<Vec<Refused>>;
    /// Counts a delivery that had been received before.
    async fn count_duplicate(&self, tenant: &str, receipt: &str, at: DateTime<Utc>) -> Result<()>;
    async fn duplicates(&self, tenant: &str, receipts: &[String]) -> Result<Vec<(String, u64)>>;
}

/// Who is signed in.
#[async_trait]
pub(crate) trait Sessions: Send + Sync {
    async fn add_session(&self, session: &SessionRow) -> Result<()>;
    async fn session(&self, hash: &[u8]) -> Result<Option<SessionRow>>;
    async fn sessions(&self, user: &str) -> Result<Vec<SessionRow>>;
    async fn see_session(&self, id: &str, at: DateTime<Utc>) -> Result<()>;
    async fn move_session(&self, id: &str, tenant: Option<&str>) -> Result<()>;
    /// Whether there was one.
    async fn end_session(&self, user: &str, id: &str) -> Result<bool>;
    async fn end_other_sessions(&self, user: &str, kept: &str) -> Result<()>;
    /// Removes those that are over.
    async fn sweep_sessions(&self, now: DateTime<Utc>) -> Result<()>;
}

/// Where an entry is found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EntryKey<'a> {
    pub(crate) tenant: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) key: &'a str,
}

/// Sealed values with a short life.
#[async_trait]
pub(crate) trait Entries: Send + Sync {
    /// Whether it was written: without `replace`, one that has not expired `now` stays.
    async fn put_entry(
        &self,
        at: EntryKey<'_>,
        sealed: &[u8],
        expires_at: DateTime<Utc>,
        now: DateTime<Utc>,
        replace: bool,
    ) -> Result<bool>;
    /// One that has not expired.
    async fn entry(&self, at: EntryKey<'_>, now: DateTime<Utc>) -> Result<Option<Vec<u8>>>;
    async fn drop_entry(&self, at: EntryKey<'_>) -> Result<()>;
    /// Removes all of a tenant's.
    async fn drop_entries(&self, tenant: &str) -> Result<()>;
    /// Removes what has expired.
    async fn sweep_entries(&self, now: DateTime<Utc>) -> Result<()>;
}

/// A whole database.
#[async_trait]
pub(crate) trait EventStore:
    Log + Keys + Blobs + Work + State + Sessions + Entries + Outbound
{
    /// Whether it answers.
    async fn ping(&self) -> Result<()>;
    /// Leaves it in good order: nothing of this process stays taken, and everything lies in the files
    /// that are meant to hold it. Nobody may use it afterwards.
    async fn close(&self) -> Result<()>;
}
