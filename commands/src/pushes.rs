//! Taking in what was posted to an endpoint: durable before it is answered, once however often it
//! comes.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use rollcall_domain::Decider;
use rollcall_domain::pushes::{self, Pushes, Taken};
use rollcall_domain::receipt::{Command, Proof, Receipt, Received, Verdict};
use rollcall_domain::vocabulary::Provider;
use rollcall_store::{Cause, NewBlob, Store, StoreError};
use sha2::{Digest, Sha256};

use crate::error::CommandError;
use crate::receipts::RETENTION;
use crate::unit_of_work::{Loaded, UnitOfWork, load};

/// More than this is written ahead, chunk by chunk.
const SMALL: usize = 1 << 19;
/// How often a request is decided on anew because another was faster.
const CONFLICTS: u32 = 20;

/// A request that was let in.
pub struct Pushed {
    pub tenant: Arc<str>,
    pub connection: String,
    /// As it is read: not compressed.
    pub body: Vec<u8>,
    pub content_type: String,
    pub headers: Vec<(String, String)>,
    /// How many people it names.
    pub people: u64,
    /// They, as subjects.
    pub subjects: Vec<String>,
    pub verdict: Verdict,
    /// See [`pushes::configuration`].
    pub configuration: String,
    pub idempotency_key: Option<String>,
    pub at: DateTime<Utc>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pushing {
    New {
        receipt: String,
        received: Received,
    },
    /// It had come before: nothing follows from it, and it has the first one's answer.
    Repeated {
        receipt: String,
        received: Received,
    },
    /// Something else came under the same key.
    KeyReused,
}

/// Stores a request. Only when it returns may it be answered. `counts` says whether the latest request
/// still stands for an equal one.
pub async fn accept_push<C: Future<Output = Result<bool, StoreError>>>(
    store: &Store,
    pushed: Pushed,
    counts: impl Fn(Taken) -> C,
) -> Result<Pushing, CommandError> {
    let tenant = pushed.tenant.clone();
    let body_sha256 = hex::encode(Sha256::digest(&pushed.body));
    let id = receipt_of(&pushed);
    if pushed.idempotency_key.is_some()
        && let Some(known) = known(store, &tenant, &id, &body_sha256).await?
    {
        return Ok(known);
    }
    let mut written_ahead = None;
    for _ in 0..CONFLICTS {
        let mut all: Loaded<Pushes> = load(store, &tenant, &pushed.connection).await?;
        if let Some(latest) = all.state.repeated_by(&body_sha256, &pushed.configuration)
            && counts(latest.clone()).await?
            && let Some(known) = known(store, &tenant, &latest.receipt, &body_sha256).await?
        {
            return Ok(known);
        }
        if written_ahead.is_none() && pushed.body.len() > SMALL {
            written_ahead = Some(write_ahead(store, &pushed).await?);
        }
        let blob = written_ahead.clone();
        let blob = blob.unwrap_or_else(|| ulid::Ulid::generate().to_string());
        let received = received(&pushed, blob.clone(), body_sha256.clone());
        let cause = Cause::by("provider:hris_webhook").causation(id.clone());
        let mut unit = UnitOfWork::new(tenant.clone(), cause);
        let receive = Command::Receive(received.clone());
        unit.decide(&id, &mut Loaded::<Receipt>::default(), receive)?;
        let taken = Taken {
            receipt: id.clone(),
            body_sha256: body_sha256.clone(),
            configuration: pushed.configuration.clone(),
            at: pushed.at,
        };
        unit.decide(&pushed.connection, &mut all, pushes::Command::Take(taken))?;
        match &written_ahead {
            Some(blob) => unit.attach(blob.clone()),
            None => unit.blob(small(&pushed, blob)),
        }
        match unit.commit(store).await {
            Ok(_) => return Ok(Pushing::New { receipt: id, received }),
            Err(CommandError::Moved(moved)) => {
                let same = Receipt::stream(&id);
                if moved.iter().any(|one| one.stream == same)
                    && let Some(known) = known(store, &tenant, &id, &body_sha256).await?
                {
                    return Ok(known);
                }
            }
            Err(error) => return Err(error),
        }
    }
    Err(CommandError::Busy)
}

/// What is answered to one that came before.
async fn known(
    store: &Store,
    tenant: &str,
    receipt: &str,
    body_sha256: &str,
) -> Result<Option<Pushing>, CommandError> {
    let known: Loaded<Receipt> = load(store, tenant, receipt).await?;
    Ok(known.state.received.map(|received| match received.body_sha256 == body_sha256 {
        true => Pushing::Repeated { receipt: receipt.to_owned(), received },
        false => Pushing::KeyReused,
    }))
}

/// By its key where it has one: then its stream is taken by the first. Else it is always another.
fn receipt_of(pushed: &Pushed) -> String {
    let fresh = ulid::Ulid::generate().to_string();
    let apart = pushed.idempotency_key.as_deref().unwrap_or(&fresh);
    let mut hash = Sha256::new();
    for part in [Provider::HrisWebhook.as_str(), &pushed.tenant, &pushed.connection, apart] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(hash.finalize())
}

fn received(pushed: &Pushed, blob: String, body_sha256: String) -> Received {
    Received {
        provider: Provider::HrisWebhook,
        connection: pushed.connection.clone(),
        blob,
        body_sha256,
        body_bytes: pushed.body.len() as u64,
        content_type: pushed.content_type.clone(),
        timestamp: None,
        headers: pushed.headers.clone(),
        event_type: "push_snapshot".to_owned(),
        subjects: vec![],
        people: Some(pushed.people),
        proof: Proof::ApiKey,
        verdict: pushed.verdict,
    }
}

fn small(pushed: &Pushed, id: String) -> NewBlob {
    NewBlob {
        id,
        bytes: pushed.body.clone(),
        subjects: pushed.subjects.clone(),
        expires_at: pushed.at + RETENTION,
        pinned: pushed.verdict.waits(),
    }
}

/// What was written ahead is pinned, and unpinned where nothing follows: by the run that follows.
async fn write_ahead(store: &Store, pushed: &Pushed) -> Result<String, StoreError> {
    let id = ulid::Ulid::generate().to_string();
    let mut writer = store.write_blob(&pushed.tenant, &id, pushed.at + RETENTION).await?;
    writer.push(&pushed.body).await?;
    let blob = writer.finish().await?;
    store.tag_blob(&pushed.tenant, &blob, &pushed.subjects).await?;
    if !pushed.verdict.waits() {
        store.unpin(&pushed.tenant, std::slice::from_ref(&blob)).await?;
    }
    Ok(blob)
}

/// Whether what was posted can still be read: it expires, and goes with whoever in it is erased.
pub async fn is_body_kept(
    store: &Store,
    tenant: &str,
    receipt: &str,
) -> Result<bool, CommandError> {
    let known: Loaded<Receipt> = load(store, tenant, receipt).await?;
    let Some(received) = known.state.received else { return Ok(false) };
    match store.read_blob_chunk(tenant, &received.blob, 0).await {
        Ok(_) => Ok(true),
        Err(StoreError::NotFound(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
