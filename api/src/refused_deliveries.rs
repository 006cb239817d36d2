//! Deliveries that were not let in: written down beside the request, so many per tenant and no
//! more, so that nobody can fill the disk or slow an answer down by knocking.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use rollcall_domain::catalogue::Explained;
use rollcall_domain::vocabulary::Provider;
use rollcall_store::{Refused, Store};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use crate::edge::Code;

/// So many at once per tenant (all unknown addresses together count as one), then one per `EVERY`.
const BURST: u32 = 60;
const EVERY: Duration = Duration::from_secs(2);
/// Waiting to be written; further ones are dropped.
const WAITING: usize = 256;
const MOST_BUCKETS: usize = 10_000;

/// A delivery that was turned away, and why.
pub(crate) struct RefusedDelivery<'a> {
    tenant: Option<&'a Arc<str>>,
    provider: Provider,
    code: Code,
    reason: Reason,
}

/// Why a delivery was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    UnknownAddress,
    NoSecretProvisioned,
    PayloadTooLarge,
    BodyStalled,
    BodyBrokeOff,
    NeitherSignatureNorSecret,
    SignatureWrong,
    SignatureUnclear,
    TimestampMissing,
    TimestampUnclear,
    SecretWrong,
    Disabled,
    WrongType,
    NotJson,
    TooManyPeople,
    AgainstSchema,
}

impl Reason {
    pub(crate) const ALL: [Reason; 16] = [
        Reason::UnknownAddress,
        Reason::NoSecretProvisioned,
        Reason::PayloadTooLarge,
        Reason::BodyStalled,
        Reason::BodyBrokeOff,
        Reason::NeitherSignatureNorSecret,
        Reason::SignatureWrong,
        Reason::SignatureUnclear,
        Reason::TimestampMissing,
        Reason::TimestampUnclear,
        Reason::SecretWrong,
        Reason::Disabled,
        Reason::WrongType,
        Reason::NotJson,
        Reason::TooManyPeople,
        Reason::AgainstSchema,
    ];
}

impl<'a> RefusedDelivery<'a> {
    pub(crate) fn new(tenant: Option<&'a Arc<str>>, code: Code, reason: Reason) -> Self {
        RefusedDelivery { tenant, provider: Provider::BambooHr, code, reason }
    }

    pub(crate) fn by(self, provider: Provider) -> Self {
        RefusedDelivery { provider, ..self }
    }
}

impl Explained for Reason {
    fn code(self) -> &'static str {
        match self {
            Reason::UnknownAddress => "unknown_address",
            Reason::NoSecretProvisioned => "no_secret_provisioned",
            Reason::PayloadTooLarge => "payload_too_large",
            Reason::BodyStalled => "body_stalled",
            Reason::BodyBrokeOff => "body_broke_off",
            Reason::NeitherSignatureNorSecret => "neither_signature_nor_secret",
            Reason::SignatureWrong => "signature_wrong",
            Reason::SignatureUnclear => "signature_unclear",
            Reason::TimestampMissing => "timestamp_missing",
            Reason::TimestampUnclear => "timestamp_unclear",
            Reason::SecretWrong => "secret_wrong",
            Reason::Disabled => "disabled",
            Reason::WrongType => "wrong_type",
            Reason::NotJson => "not_json",
            Reason::TooManyPeople => "too_many_people",
            Reason::AgainstSchema => "against_schema",
        }
    }

    fn meaning(self) -> &'static str {
        match self {
            Reason::UnknownAddress => "No connection takes deliveries at this address.",
            Reason::NoSecretProvisioned => "The connection has no webhook secret yet.",
            Reason::PayloadTooLarge => "The body is larger than what this address takes.",
            Reason::BodyStalled => "The body stopped arriving.",
            Reason::BodyBrokeOff => "The connection ended in the middle of the body.",
            Reason::NeitherSignatureNorSecret => "It carried neither signature nor secret.",
            Reason::SignatureWrong => "No live secret makes this signature of this body.",
            Reason::SignatureUnclear => "It carried several signatures, or one that is no text.",
            Reason::TimestampMissing => "The signature's form needs a timestamp header.",
            Reason::TimestampUnclear => "It carried several timestamps, or one that can't be one.",
            Reason::SecretWrong => "The shared secret or key is none of the live ones.",
            Reason::Disabled => "The endpoint is disabled.",
            Reason::WrongType => {
                "It is neither JSON nor lines of JSON, or packed otherwise than by gzip."
            }
            Reason::NotJson => "The body is not JSON.",
            Reason::TooManyPeople => "The body holds more than 50,000 users.",
            Reason::AgainstSchema => "Some values are not what the schema asks for.",
        }
    }

    fn remedy(self) -> &'static str {
        match self {
            Reason::UnknownAddress => "Compare the webhook's URL with the tenant; connect first.",
            Reason::NoSecretProvisioned => "Add the webhook's key to the connection.",
            Reason::PayloadTooLarge => "Let the webhook post fewer fields.",
            Reason::Disabled => "Enable the webhook, then send again.",
            Reason::WrongType => "Send application/json or application/x-ndjson, plain or gzip.",
            Reason::NotJson => "Look where it breaks off: the answer named line and column.",
            Reason::TooManyPeople => "Send a company in parts to endpoints of their own.",
            Reason::AgainstSchema => {
                "The answer named each value; hold the body against the schema."
            }
            Reason::BodyStalled | Reason::BodyBrokeOff => "Nothing: the sender comes again.",
            Reason::NeitherSignatureNorSecret | Reason::SignatureWrong | Reason::SecretWrong => {
                "Add the key that the provider gave for this very webhook, and compare the form."
            }
            Reason::SignatureUnclear | Reason::TimestampUnclear => {
                "Look for a proxy in between that adds or changes headers."
            }
            Reason::TimestampMissing => "Let proxies pass it, or choose the form without one.",
        }
    }
}

/// Writes refused deliveries down.
pub(crate) struct Refusals {
    queue: mpsc::Sender<Refused>,
    buckets: Mutex<HashMap<Option<Arc<str>>, Bucket>>,
}

struct Bucket {
    left: u32,
    since: Instant,
}

impl Refusals {
    /// The writer ends with the last clone of the app.
    pub(crate) fn start(store: Store) -> Self {
        let (queue, mut refused) = mpsc::channel::<Refused>(WAITING);
        tokio::spawn(async move {
            while let Some(one) = refused.recv().await {
                if let Err(error) = store.refuse(&one).await {
                    error.warn("a refused delivery was not written down");
                }
            }
        });
        Refusals { queue, buckets: Mutex::default() }
    }

    /// Never waits: beyond the limits nothing is written.
    pub(crate) fn note(
        &self,
        refused: &RefusedDelivery,
        headers: impl FnOnce() -> Vec<(String, String)>,
        body: &[u8],
        at: DateTime<Utc>,
    ) {
        if !self.grants(refused.tenant) {
            return;
        }
        tracing::info!(
            tenant = refused.tenant.map(|tenant| &**tenant),
            reason = refused.reason.code(),
            "a delivery was refused"
        );
        // A full queue means that the disk can't follow; the log line has to do.
        let _ = self.queue.try_send(Refused {
            at,
            tenant: refused.tenant.map(ToString::to_string),
            provider: refused.provider.as_str().to_owned(),
            status: refused.code.entry().status,
            reason: refused.reason.code().to_owned(),
            body_sha256: hex::encode(Sha256::digest(body)),
            headers: headers(),
        });
    }

    fn grants(&self, tenant: Option<&Arc<str>>) -> bool {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() > MOST_BUCKETS {
            buckets.clear();
        }
        let full = || Bucket { left: BURST, since: Instant::now() };
        buckets.entry(tenant.cloned()).or_insert_with(full).take()
    }
}

impl Bucket {
    fn take(&mut self) -> bool {
        let earned = self.since.elapsed().as_nanos() / EVERY.as_nanos();
        let earned = u32::try_from(earned).unwrap_or(BURST).min(BURST);
        if earned > 0 {
            self.left = (self.left + earned).min(BURST);
            self.since = Instant::now();
        }
        let granted = self.left > 0;
        self.left = self.left.saturating_sub(1);
        granted
    }
}
