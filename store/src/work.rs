//! Rows that are neither events nor read models: intents, consumers, tokens, refused deliveries.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::types::{Position, Shard};

/// Something to be done, put there by a reactor or directly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewIntent {
    /// Derived from what asked for it, so that asking twice is asking once.
    pub effect_id: String,
    pub kind: String,
    pub tenant: Arc<str>,
    /// Intents with the same key are done one after the other, in order.
    pub key: String,
    pub payload: Vec<u8>,
    /// Not before.
    pub run_at: Option<DateTime<Utc>>,
}

/// Who claims what.
#[derive(Debug, Clone)]
pub struct Claim<'a> {
    pub kinds: &'a [&'a str],
    pub owner: &'a str,
    /// At most so many different keys, and so many intents of each.
    pub keys: u32,
    pub per_key: u32,
    pub lease: Duration,
    /// What is due.
    pub now: DateTime<Utc>,
}

/// An intent a worker holds for the time of its lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    pub id: i64,
    pub effect_id: String,
    pub kind: String,
    pub tenant: Arc<str>,
    pub key: String,
    pub payload: Vec<u8>,
    /// How often it was tried before.
    pub attempts: u32,
}

/// What became of a claimed intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It goes.
    Done,
    /// It waits until then; `error` says why.
    Retry { at: DateTime<Utc>, error: String },
    /// It stays visible until somebody acts.
    Parked { error: String },
}

/// A parked or waiting intent, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntentStatus {
    pub id: i64,
    pub effect_id: String,
    pub kind: String,
    pub tenant: String,
    pub key: String,
    pub attempts: u32,
    pub parked: bool,
    pub run_at: DateTime<Utc>,
    pub error: Option<String>,
}

/// Who wants a reactor's place in a shard: one that is free, whose lease is over, or theirs already.
#[derive(Debug, Clone)]
pub struct TakeReactor<'a> {
    pub name: &'a str,
    pub version: u16,
    pub shard: Shard,
    pub owner: &'a str,
    pub lease: Duration,
    /// Where it begins if it is new: after this position.
    pub from: Position,
}

impl TakeReactor<'_> {
    /// The place, once it is theirs.
    pub(crate) fn held(&self, checkpoint: Position, epoch: i64) -> Lease {
        let (name, version, shard) = (self.name.to_owned(), self.version, self.shard);
        Lease { name, version, shard, checkpoint, epoch }
    }
}

/// A follower's place in one shard. Every page it commits checks `epoch` and the old checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    pub name: String,
    pub version: u16,
    pub shard: Shard,
    pub checkpoint: Position,
    pub epoch: i64,
}

/// An API token, as stored: never the secret itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    pub id: String,
    /// `None` for an operator's token.
    pub tenant: Option<String>,
    pub name: String,
    /// SHA-256 of the secret.
    pub hash: Vec<u8>,
    pub scopes: Vec<String>,
    pub created_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
    /// To the minute.
    pub used_at: Option<DateTime<Utc>>,
    /// Who made it, as in the log; `None` for one that is older than this field.
    pub created_by: Option<String>,
}

/// Somebody who is signed in, as stored: never the secret itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    pub id: String,
    /// SHA-256 of the secret.
    pub hash: Vec<u8>,
    pub user: String,
    /// Where they are at the moment.
    pub tenant: Option<String>,
    /// The vault entry of the password they signed in with: under another one it is over.
    pub credential: String,
    pub created_at: DateTime<Utc>,
    /// To the minute.
    pub seen_at: DateTime<Utc>,
    /// At the latest.
    pub ends_at: DateTime<Utc>,
    /// A part of it, enough to recognise.
    pub address: String,
    pub agent: String,
}

/// A tenant's place: its id, its name in paths, its shard for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantRow {
    pub id: Arc<str>,
    pub slug: String,
    pub shard: Shard,
}

/// A delivery that was not let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub at: DateTime<Utc>,
    pub tenant: Option<String>,
    pub provider: String,
    pub status: u16,
    pub reason: String,
    pub body_sha256: String,
    pub headers: Vec<(String, String)>,
}
