//! What a kind of work declares: its name, its payload, its order, how it is tried, how it is done.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use rollcall_store::{NewIntent, StoreError};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A kind of work with its handler.
///
/// At least once: a lease can be lost when everything but its record is done. So a handler looks
/// first whether the effect is there already, and takes its effect id along as idempotency key.
#[async_trait]
pub(crate) trait Task: Send + Sync + 'static {
    /// Verb and object; stored with every intent.
    const KIND: &'static str;
    const POLICY: Policy;
    /// What an intent says, stored as JSON. Ids only: what is personal is read when it is done.
    type Payload: Serialize + DeserializeOwned + Send + Sync;

    /// What is done in order: of one key, one after the other. Of a kind's keys, whosesoever they are,
    /// no two may be alike by chance, so it is an id or begins with one.
    fn key(tenant: &str, payload: &Self::Payload) -> String;

    /// Does intents of one key: one, or as many as `POLICY` lets be merged. The answer is for all.
    async fn perform(&self, work: &[Claim<Self::Payload>]) -> Result<Done, WorkError>;

    /// An intent of this kind. Asking twice under one effect id is asking once.
    fn intent(effect_id: String, tenant: &Arc<str>, payload: &Self::Payload) -> NewIntent {
        NewIntent {
            effect_id,
            kind: Self::KIND.to_owned(),
            tenant: tenant.clone(),
            key: Self::key(tenant, payload),
            payload: serde_json::to_vec(payload).expect("payloads hold only text and lists"),
            run_at: None,
        }
    }
}

/// How a kind of work is tried.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    /// Keys that this node works on at a time.
    pub(crate) at_once: u32,
    /// Intents of one key that are handed over together, at most. Where it is more than one and they
    /// can't be done together, each is tried alone: then one that fails lets those behind it pass.
    pub(crate) merge: u32,
    /// Tries before an intent is parked with its reason. A lost lease counts as one.
    pub(crate) tries: u32,
    /// How long a node that has died keeps others from its work.
    pub(crate) lease: Duration,
    /// How long an intent waits that was tried this often before. Jitter is added to it.
    pub(crate) backoff: fn(u32) -> Duration,
}

/// From 200 milliseconds, doubling, up to five minutes.
pub(crate) fn exponential(attempts: u32) -> Duration {
    Duration::from_millis(200 << attempts.min(11)).min(Duration::from_secs(300))
}

/// An intent that a handler does now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claim<P> {
    pub(crate) effect_id: String,
    pub(crate) tenant: Arc<str>,
    pub(crate) payload: P,
    /// How often it was tried before.
    pub(crate) attempts: u32,
}

/// What a handler made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Done {
    Yes,
    /// It will not be otherwise the next time: parked with the reason, at once.
    Park(String),
    /// Not now; nobody is to blame.
    Later(DateTime<Utc>, String),
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
