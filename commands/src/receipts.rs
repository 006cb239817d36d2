//! Taking in a delivery: durable before it is acknowledged, once however often it comes.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use rollcall_domain::receipt::{Command, Proof, Receipt, Received, Verdict};
use rollcall_domain::vocabulary::Provider;
use rollcall_store::{Cause, NewBlob, Store};
use sha2::{Digest, Sha256};

use crate::error::CommandError;
use crate::unit_of_work::{Loaded, UnitOfWork};

/// How long raw bodies are kept once they are processed.
pub(crate) const RETENTION: TimeDelta = TimeDelta::days(30);

/// A delivery that was let in.
pub struct Arrived {
    pub tenant: Arc<str>,
    pub connection: String,
    pub provider: Provider,
    pub body: Vec<u8>,
    pub content_type: String,
    /// The timestamp header, exactly as sent.
    pub timestamp: Option<String>,
    /// Whether header or body tell a time. Without one a repeat can't be told from a new change,
    /// so nothing is ever a duplicate.
    pub timed: bool,
    pub headers: Vec<(String, String)>,
    pub event_type: String,
    /// The people it names, as subjects.
    pub subjects: Vec<String>,
    pub proof: Proof,
    pub verdict: Verdict,
    pub at: DateTime<Utc>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    pub receipt: String,
    /// It had been received before; nothing follows from it.
    pub duplicate: bool,
}

/// The event idempotency key: SHA-256 over provider, tenant, raw body and timestamp header, hex.
/// The receipt's stream is named by it.
pub fn receipt_id(
    provider: Provider,
    tenant: &str,
    body: &[u8],
    timestamp: Option<&str>,
) -> String {
    let mut hash = Sha256::new();
    for part in [provider.as_str().as_bytes(), tenant.as_bytes(), body] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    if let Some(timestamp) = timestamp {
        hash.update(timestamp.as_bytes());
    }
    hex::encode(hash.finalize())
}

/// Stores a delivery. Only when it returns may the delivery be acknowledged.
pub async fn accept_delivery(store: &Store, arrived: Arrived) -> Result<Accepted, CommandError> {
    let fresh = ulid::Ulid::generate().to_string();
    let timestamp = arrived.timestamp.as_deref();
    let told_apart = if arrived.timed { timestamp } else { Some(fresh.as_str()) };
    let receipt = receipt_id(arrived.provider, &arrived.tenant, &arrived.body, told_apart);
    let received = Received {
        provider: arrived.provider,
        connection: arrived.connection,
        blob: fresh.clone(),
        body_sha256: hex::encode(Sha256::digest(&arrived.body)),
        body_bytes: arrived.body.len() as u64,
        content_type: arrived.content_type,
        timestamp: arrived.timestamp,
        headers: arrived.headers,
        event_type: arrived.event_type,
        subjects: arrived.subjects.clone(),
        people: None,
        proof: arrived.proof,
        verdict: arrived.verdict,
    };
    let blob = NewBlob {
        id: fresh,
        bytes: arrived.body,
        subjects: arrived.subjects,
        expires_at: arrived.at + RETENTION,
        pinned: arrived.verdict.waits(),
    };
    let cause =
        Cause::by(format!("provider:{}", arrived.provider.as_str())).causation(receipt.clone());
    let mut unit = UnitOfWork::new(arrived.tenant.clone(), cause);
    unit.decide(&receipt, &mut Loaded::<Receipt>::default(), Command::Receive(received))?;
    unit.blob(blob);
    match unit.commit(store).await {
        Ok(_) => Ok(Accepted { receipt, duplicate: false }),
        Err(CommandError::Moved(_)) => {
            // A count is not worth refusing a delivery for.
            if let Err(error) = store.count_duplicate(&arrived.tenant, &receipt, arrived.at).await {
                error.warn("a duplicate delivery was not counted");
            }
            Ok(Accepted { receipt, duplicate: true })
        }
        Err(error) => Err(error),
    }
}
