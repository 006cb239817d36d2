//! Messages to outbound endpoints, as a database keeps them.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::Result;
use crate::outbound::{
    Attempt, Attempted, Delivery, DeliveryState, EndpointHealth, NewDelivery, ParkedSince,
};

/// A try, and the head of the answer sealed.
pub(crate) struct AttemptRow<'a> {
    pub(crate) attempt: &'a Attempted,
    pub(crate) reply: Option<Vec<u8>>,
}

/// Which of a tenant's, newest first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DeliveryFilter<'a> {
    pub(crate) tenant: &'a str,
    pub(crate) endpoint: Option<&'a str>,
    pub(crate) state: Option<DeliveryState>,
    pub(crate) before: Option<i64>,
    pub(crate) limit: u32,
}

/// Of each key of an endpoint the first that waits has a time when it is due, and no other: what
/// changes that is one transaction.
#[async_trait]
pub(crate) trait Outbound: Send + Sync {
    async fn add_deliveries(
        &self,
        tenant: &str,
        new: &[NewDelivery],
        now: DateTime<Utc>,
    ) -> Result<u64>;
    async fn due_deliveries(
        &self,
        tenant: &str,
        endpoint: &str,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Delivery>>;
    async fn next_delivery(&self, tenant: &str, endpoint: &str) -> Result<Option<DateTime<Utc>>>;
    async fn due_queues(&self, now: DateTime<Utc>) -> Result<Vec<(Arc<str>, String)>>;
    async fn record_attempts(
        &self,
        tenant: &str,
        endpoint: &str,
        rows: &[AttemptRow<'_>],
        health: EndpointHealth,
    ) -> Result<()>;
    async fn endpoint_health(&self, tenant: &str, endpoint: &str) -> Result<EndpointHealth>;
    async fn end_deliveries(
        &self,
        tenant: &str,
        endpoint: &str,
        state: DeliveryState,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<()>;
    async fn resend_delivery(
        &self,
        tenant: &str,
        endpoint: &str,
        id: &str,
        now: DateTime<Utc>,
    ) -> Result<bool>;
    async fn resend_parked(
        &self,
        tenant: &str,
        endpoint: &str,
        which: ParkedSince<'_>,
        now: DateTime<Utc>,
    ) -> Result<u64>;
    async fn parked_deliveries(
        &self,
        tenant: &str,
        endpoint: &str,
        which: ParkedSince<'_>,
    ) -> Result<u64>;
    async fn deliveries(&self, filter: DeliveryFilter<'_>) -> Result<Vec<Delivery>>;
    async fn delivery(&self, tenant: &str, id: &str) -> Result<Option<Delivery>>;
    async fn known_deliveries(&self, tenant: &str, ids: &[String]) -> Result<Vec<String>>;
    /// The newest hundred, oldest first; the replies sealed.
    async fn attempts(&self, tenant: &str, id: &str) -> Result<Vec<Attempt>>;
    async fn forget_replies(&self, tenant: &str, subject: &str) -> Result<()>;
    /// Removes what ended before.
    async fn sweep_deliveries(&self, before: DateTime<Utc>) -> Result<()>;
}
