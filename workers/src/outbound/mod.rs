//! Messages on their way out: which endpoints want them, sending what waits, what becomes of an
//! endpoint by it.
//!
//! Each endpoint has a queue of its own, and one worker at a time looks after it, with as many
//! requests under way as the endpoint allows. So a dead receiver holds up nobody but itself.

mod desk;
mod fan_out;
mod health;
mod mask;
mod missed;
mod queue;
mod send;
mod test_url;
mod verdict;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rollcall_commands::StateCache;
use rollcall_domain::webhook_endpoint::WebhookEndpoint;
use rollcall_egress::{Egress, Policy};
use rollcall_projections::Projections;
use rollcall_projections::messages::MessageReader;
use rollcall_store::{Clock, Store};
use tokio::sync::Notify;
use tokio::time::Instant;

pub(crate) use send::{Posted, Sent};

/// Who sends, in the log.
pub(crate) const PRINCIPAL: &str = "engine";
/// What of an answer is read at all.
const MOST_READ: u64 = 64 * 1024;
/// Whoever wakes up that much too late for a place under a rate limit makes up for it with the next.
const LATE: Duration = Duration::from_millis(20);
/// What of an answer is kept.
const HEAD: usize = 4 * 1024;

/// How long a receiver may take: short, because every message waits for the one before.
pub fn policy(base: Policy) -> Policy {
    Policy {
        connect_timeout: base.connect_timeout.min(Duration::from_secs(5)),
        first_byte_timeout: base.first_byte_timeout.min(Duration::from_secs(15)),
        idle_timeout: base.idle_timeout.min(Duration::from_secs(5)),
        total_timeout: base.total_timeout.min(Duration::from_secs(20)),
        max_body_bytes: MOST_READ,
        ..base
    }
}

/// Everything that sending needs.
pub struct Outbound {
    store: Store,
    projections: Projections,
    messages: MessageReader,
    egress: Egress,
    clock: Clock,
    /// Told whenever intents were added.
    added: Arc<Notify>,
    endpoints: StateCache<WebhookEndpoint>,
    /// When the next request to an endpoint with a rate limit may leave, by endpoint.
    paces: Mutex<HashMap<String, Instant>>,
}

impl Outbound {
    pub fn new(
        store: &Store,
        projections: &Projections,
        egress: Egress,
        added: Arc<Notify>,
    ) -> Outbound {
        Outbound {
            store: store.clone(),
            projections: projections.clone(),
            messages: MessageReader::new(store),
            egress,
            clock: store.clock().clone(),
            added,
            endpoints: StateCache::default(),
            paces: Mutex::default(),
        }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// Whoever waits for intents looks again.
    pub(crate) fn tell_of_intents(&self) {
        self.added.notify_waiters();
    }

    /// When the next request may leave; `None` where it may now, and has taken that place.
    fn too_early(&self, endpoint: &str, rate: Option<u32>) -> Option<Instant> {
        let gap = Duration::from_secs(1) / rate?;
        let mut paces = self.paces.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        paces.retain(|_, next| *next + LATE > now);
        let next = paces.get(endpoint).copied().unwrap_or(now);
        if next > now {
            return Some(next);
        }
        paces.insert(endpoint.to_owned(), next + gap);
        None
    }
}
