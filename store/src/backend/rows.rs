//! What the writer hands to a database, and what it hears of streams and keys.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use crate::types::{Position, Shard, Version};

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
