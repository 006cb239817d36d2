//! What a database has to be able to do for the store. Two modules implement it; everything that
//! is not SQL (group commit, sealing, wake-ups, caches) stands above, once.
//!
//! It is one trait, `EventStore`, in five parts: `Log`, `Keys`, `Blobs`, `Work` and `State`. They are
//! apart because different parts are wanted alone: the writer is given a log and nothing else, keys
//! are backed up and restored by themselves. No other crate sees any of them: what they offer to the
//! world are methods of `Store`.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use tokio::sync::watch;

use crate::sealing::{KeyId, KeyPage};
use crate::types::{Expected, Position, Shard, StoreError, Stored, Version};
use crate::work::{
    Claim, Claimed, IntentStatus, Lease, NewIntent, Outcome, Refused, TakeReactor, TenantRow,
    TokenRow,
};

type Result<T> = std::result::Result<T, StoreError>;

/// First 16 bytes of SHA-256 over tenant, NUL and stream name: the narrow key of a stream.
pub(crate) type StreamHash = [u8; 16];

/// The narrow key of a stream.
pub(crate) fn stream_hash(tenant: &str, stream: &str) -> StreamHash {
    let digest = Sha256::new().chain_update(tenant).chain_update([0]).chain_update(stream);
    let mut hash = [0; 16];
    hash.copy_from_slice(&digest.finalize()[..16]);
    hash
}

/// What the log knows of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    /// Position of its first event; its number in the shard.
    pub(crate) first: Position,
    pub(crate) version: Version,
}

/// An idempotency key that was used before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UsedKey {
    pub(crate) request_hash: Vec<u8>,
    pub(crate) first: Position,
    pub(crate) last: Position,
}

/// The stream an event row belongs to, as the database must number it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StreamNumber {
    /// It exists: the position of its first event.
    Known(Position),
    /// It begins in this batch, with the row at this offset of its part (0 = first row).
    BeginsAt(u32),
}

impl StreamNumber {
    /// The number itself, once it is known where the part begins.
    pub(crate) fn position(self, base: Position) -> Position {
        match self {
            StreamNumber::Known(first) => first,
            StreamNumber::BeginsAt(offset) => base + u64::from(offset),
        }
    }
}

/// One row of the log, ready but for its position (base + offset in its part) and its time.
#[derive(Debug, Clone)]
pub(crate) struct EventRow {
    pub(crate) number: StreamNumber,
    pub(crate) version: Version,
    /// The rest, shared, so that a batch can be decided again.
    pub(crate) data: Arc<EventData>,
}

/// What a row says.
#[derive(Debug)]
pub(crate) struct EventData {
    pub(crate) tenant: Arc<str>,
    pub(crate) stream: Arc<str>,
    pub(crate) event_id: Arc<str>,
    pub(crate) kind: Arc<str>,
    pub(crate) schema_version: u16,
    pub(crate) effective_at: Option<DateTime<Utc>>,
    pub(crate) principal: Arc<str>,
    pub(crate) causation: Option<Arc<str>>,
    pub(crate) correlation: Option<Arc<str>>,
    pub(crate) subject: Option<Arc<str>>,
    pub(crate) payload: Vec<u8>,
    pub(crate) sealed: Option<Vec<u8>>,
}

impl std::ops::Deref for EventRow {
    type Target = EventData;
    fn deref(&self) -> &EventData {
        &self.data
    }
}

/// One chunk of a sealed blob.
#[derive(Debug, Clone)]
pub(crate) struct BlobRow {
    pub(crate) tenant: Arc<str>,
    pub(crate) id: String,
    /// From 0; all but the last have the full chunk size.
    pub(crate) chunk: u32,
    pub(crate) key_id: [u8; 16],
    pub(crate) sealed: Vec<u8>,
    /// Keyed hashes of the subjects it names, 16 bytes each, concatenated.
    pub(crate) subject_tags: Vec<u8>,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) pinned: bool,
    /// Whether an event names it. One that is never attached is swept.
    pub(crate) attached: bool,
}

/// An idempotency key that gets used: tenant, key, request hash, offsets of the first and last row.
pub(crate) type KeyRow = (Arc<str>, String, Vec<u8>, u32, u32);

/// What a transaction of the writer adds to one shard; offsets count from its first row.
#[derive(Debug, Default)]
pub(crate) struct Part {
    pub(crate) shard: Shard,
    pub(crate) rows: Vec<EventRow>,
    /// Streams that begin: hash, offset of their first row.
    pub(crate) begun: Vec<(StreamHash, u32)>,
    pub(crate) keys: Vec<KeyRow>,
}

/// Everything one transaction of the writer adds.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// One per shard, in ascending order.
    pub(crate) parts: Vec<Part>,
    pub(crate) blobs: Vec<Arc<BlobRow>>,
    /// Blobs that were written ahead in chunks and are named by an event of this batch.
    pub(crate) attach: Vec<String>,
    /// Subjects that got a key: tenant, subject, key id.
    pub(crate) subject_keys: Vec<(Arc<str>, String, [u8; 16])>,
    /// What `Log::era` was before anything was decided.
    pub(crate) era: u64,
    /// The time its events get, unless the shard's last one is later.
    pub(crate) recorded_at: DateTime<Utc>,
    /// A connection broke on it: takes one that is tested first.
    pub(crate) careful: bool,
}

/// The position of each part's first row: the row at offset n has position `base + n`.
pub(crate) type Bases = Vec<Position>;

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
    /// Keeps the newest 10,000.
    async fn refuse(&self, refused: &Refused) -> Result<()>;
    async fn refused(&self, tenant: &str, limit: u32) -> Result<Vec<Refused>>;
    /// Counts a delivery that had been received before.
    async fn count_duplicate(&self, tenant: &str, receipt: &str, at: DateTime<Utc>) -> Result<()>;
    async fn duplicates(&self, tenant: &str, receipts: &[String]) -> Result<Vec<(String, u64)>>;
}

/// A whole database.
#[async_trait]
pub(crate) trait EventStore: Log + Keys + Blobs + Work + State {
    /// Whether it answers.
    async fn ping(&self) -> Result<()>;
    /// Leaves it in good order: nothing of this process stays taken, and everything lies in the files
    /// that are meant to hold it. Nobody may use it afterwards.
    async fn close(&self) -> Result<()>;
}

impl Expected {
    /// Whether a stream at this version (0 = none) is as expected.
    pub(crate) fn holds(self, version: Version) -> bool {
        match self {
            Expected::Any => true,
            Expected::NoStream => version == 0,
            Expected::Exact(expected) => version == expected,
        }
    }
}

#[cfg(test)]
impl EventData {
    /// Something that happened to a thing.
    pub(crate) fn made_up(stream: &str) -> EventData {
        EventData {
            tenant: "acme".into(),
            stream: stream.into(),
            event_id: ulid::Ulid::generate().to_string().into(),
            kind: "thing.happened".into(),
            schema_version: 1,
            effective_at: None,
            principal: "test".into(),
            causation: None,
            correlation: None,
            subject: None,
            payload: b"{}".to_vec(),
            sealed: None,
        }
    }
}
