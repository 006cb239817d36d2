//! Messages to outbound endpoints: the queue of each endpoint, what became of its messages, every
//! attempt. No events: attempts are many, and what a receiver answers must not be kept for ever.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::backend::{AttemptRow, DeliveryFilter};
use crate::store::Store;
use crate::types::{Position, StoreError};

/// A message to be sent to one endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDelivery {
    /// Derived from endpoint and message, so that queueing twice is queueing once.
    pub id: String,
    pub endpoint: String,
    pub message: String,
    pub kind: String,
    /// Of one endpoint and key, one is sent after the other, in the order of the log.
    pub order_key: String,
    pub position: Position,
    /// Which of the event's messages.
    pub part: u16,
    pub run: Option<String>,
    /// Whom it tells of.
    pub subject: Option<String>,
}

/// Where a message to an endpoint stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// For its turn, or its next try.
    Waiting,
    Delivered,
    /// Until somebody sends it again.
    Parked,
    /// It will not be sent.
    Dropped,
}

impl DeliveryState {
    pub const ALL: [DeliveryState; 4] = [
        DeliveryState::Waiting,
        DeliveryState::Delivered,
        DeliveryState::Parked,
        DeliveryState::Dropped,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            DeliveryState::Waiting => "waiting",
            DeliveryState::Delivered => "delivered",
            DeliveryState::Parked => "parked",
            DeliveryState::Dropped => "dropped",
        }
    }
    pub fn parse(text: &str) -> Option<DeliveryState> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// A message to an endpoint, as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// In the order of queueing, over all endpoints.
    pub seq: i64,
    pub id: String,
    pub endpoint: String,
    pub message: String,
    pub kind: String,
    pub order_key: String,
    pub position: Position,
    pub run: Option<String>,
    pub state: DeliveryState,
    /// Why it is parked or was dropped.
    pub reason: Option<String>,
    /// Since it was queued last.
    pub tries: u32,
    /// All there were.
    pub attempts: u32,
    pub queued_at: DateTime<Utc>,
    /// When it is tried next; `None` while another one of its key comes first.
    pub due_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub last_at: Option<DateTime<Utc>>,
    pub last_status: Option<u16>,
    pub last_millis: Option<u64>,
    pub last_error: Option<String>,
}

/// One try of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub n: u32,
    pub at: DateTime<Utc>,
    pub millis: u64,
    /// What the receiver answered, if it did.
    pub status: Option<u16>,
    pub error: Option<String>,
    /// The head of its answer.
    pub reply: Option<Vec<u8>>,
}

/// What follows from an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    Delivered,
    Again(DateTime<Utc>),
    Parked(String),
    /// There was nothing to send.
    Dropped(String),
}

/// What became of a try, to be written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempted {
    pub delivery: String,
    pub order_key: String,
    pub at: DateTime<Utc>,
    pub millis: u64,
    pub status: Option<u16>,
    pub error: Option<String>,
    pub reply: Option<Vec<u8>>,
    pub fate: Fate,
}

/// How an endpoint is doing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EndpointHealth {
    /// The first failure without a success since.
    pub failing_since: Option<DateTime<Utc>>,
    pub succeeded_at: Option<DateTime<Utc>>,
    /// The receiver asked for it.
    pub quiet_until: Option<DateTime<Utc>>,
}

/// Which parked messages of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParkedSince<'a> {
    pub since: DateTime<Utc>,
    /// Only those parked for this.
    pub reason: Option<&'a str>,
}

/// Where the sealed head of an answer belongs; it opens nowhere else.
fn place(tenant: &str, delivery: &str) -> Vec<u8> {
    format!("outbound\0{tenant}\0{delivery}").into_bytes()
}

impl Store {
    /// Queues messages; those that were queued before are left alone. Returns how many are new.
    pub async fn add_deliveries(
        &self,
        tenant: &str,
        new: &[NewDelivery],
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        self.noted(self.db().add_deliveries(tenant, new, now).await)
    }

    /// What can be sent now: of each key the first, longest due first.
    pub async fn due_deliveries(
        &self,
        tenant: &str,
        endpoint: &str,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        self.noted(self.db().due_deliveries(tenant, endpoint, now, limit).await)
    }

    /// When something of an endpoint is due next.
    pub async fn next_delivery(
        &self,
        tenant: &str,
        endpoint: &str,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.noted(self.db().next_delivery(tenant, endpoint).await)
    }

    /// Queues that have something to send now, by tenant and endpoint; not those whose receiver asked
    /// to be left alone.
    pub async fn due_queues(
        &self,
        now: DateTime<Utc>,
    ) -> Result<Vec<(Arc<str>, String)>, StoreError> {
        self.noted(self.db().due_queues(now).await)
    }

    /// Writes down what became of some tries, and how the endpoint is doing after them: all or nothing.
    pub async fn record_attempts(
        &self,
        tenant: &str,
        endpoint: &str,
        attempts: &[Attempted],
        health: EndpointHealth,
    ) -> Result<(), StoreError> {
        let mut rows = Vec::with_capacity(attempts.len());
        for attempt in attempts {
            let reply = match &attempt.reply {
                Some(clear) => {
                    let place = place(tenant, &attempt.delivery);
                    let sealed = self.keys().seal_for_tenant(self.db(), tenant, &place, clear);
                    Some(self.noted(sealed.await)?)
                }
                None => None,
            };
            rows.push(AttemptRow { attempt, reply });
        }
        self.noted(self.db().record_attempts(tenant, endpoint, &rows, health).await)
    }

    pub async fn endpoint_health(
        &self,
        tenant: &str,
        endpoint: &str,
    ) -> Result<EndpointHealth, StoreError> {
        self.noted(self.db().endpoint_health(tenant, endpoint).await)
    }

    /// Forgets that it failed, and that it asked to be left alone.
    pub async fn reset_endpoint_health(
        &self,
        tenant: &str,
        endpoint: &str,
    ) -> Result<(), StoreError> {
        let known = self.endpoint_health(tenant, endpoint).await?;
        let health = EndpointHealth { failing_since: None, quiet_until: None, ..known };
        self.noted(self.db().record_attempts(tenant, endpoint, &[], health).await)
    }

    /// Parks or drops whatever waits, with its reason.
    pub async fn end_deliveries(
        &self,
        tenant: &str,
        endpoint: &str,
        state: DeliveryState,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.noted(self.db().end_deliveries(tenant, endpoint, state, reason, now).await)
    }

    /// Queues one anew, wherever it stands, or makes one due that waits; whether there is one.
    pub async fn resend_delivery(
        &self,
        tenant: &str,
        endpoint: &str,
        id: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        self.noted(self.db().resend_delivery(tenant, endpoint, id, now).await)
    }

    /// Queues parked ones anew; how many.
    pub async fn resend_parked(
        &self,
        tenant: &str,
        endpoint: &str,
        which: ParkedSince<'_>,
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        self.noted(self.db().resend_parked(tenant, endpoint, which, now).await)
    }

    /// How many that would be.
    pub async fn parked_deliveries(
        &self,
        tenant: &str,
        endpoint: &str,
        which: ParkedSince<'_>,
    ) -> Result<u64, StoreError> {
        self.noted(self.db().parked_deliveries(tenant, endpoint, which).await)
    }

    /// Newest first, of one endpoint or all, in one state or any, older than `before`.
    pub async fn deliveries(
        &self,
        tenant: &str,
        endpoint: Option<&str>,
        state: Option<DeliveryState>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        let filter = DeliveryFilter { tenant, endpoint, state, before, limit };
        self.noted(self.db().deliveries(filter).await)
    }

    pub async fn delivery(&self, tenant: &str, id: &str) -> Result<Option<Delivery>, StoreError> {
        self.noted(self.db().delivery(tenant, id).await)
    }

    /// Which of these are queued, or were.
    pub async fn known_deliveries(
        &self,
        tenant: &str,
        ids: &[String],
    ) -> Result<Vec<String>, StoreError> {
        self.noted(self.db().known_deliveries(tenant, ids).await)
    }

    /// All tries of one, oldest first.
    pub async fn attempts(&self, tenant: &str, id: &str) -> Result<Vec<Attempt>, StoreError> {
        let mut attempts = self.noted(self.db().attempts(tenant, id).await)?;
        for attempt in &mut attempts {
            if let Some(sealed) = attempt.reply.take() {
                let place = place(tenant, id);
                let opened = self.keys().open_for_tenant(self.db(), tenant, &place, &sealed).await;
                attempt.reply = Some(self.noted(opened)?);
            }
        }
        Ok(attempts)
    }

    /// Removes what receivers answered to messages about somebody.
    pub async fn forget_replies(&self, tenant: &str, subject: &str) -> Result<(), StoreError> {
        self.noted(self.db().forget_replies(tenant, subject).await)
    }
}
