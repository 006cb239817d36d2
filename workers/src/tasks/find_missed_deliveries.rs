//! Looks for deliveries that never arrived, and asks for a run that makes them good.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::operations::missed_deliveries::{NotFound, look};
use crate::providers::ProviderError;
use crate::sync::Engine;
use crate::work::{Claim, Done, Policy, Task, WorkError, exponential};

pub(crate) struct FindMissedDeliveries {
    pub(crate) engine: Arc<Engine>,
}

/// Of which connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sender {
    pub(crate) connection: String,
}

#[async_trait]
impl Task for FindMissedDeliveries {
    const KIND: &'static str = "find_missed_deliveries";
    const POLICY: Policy = Policy {
        at_once: 4,
        merge: 10,
        tries: 8,
        lease: Duration::from_secs(60),
        backoff: exponential,
    };
    type Payload = Sender;

    fn key(_tenant: &str, sender: &Sender) -> String {
        sender.connection.clone()
    }

    /// One look answers to all who asked. What a provider refuses is left at that: the next night
    /// looks again, and its log goes back for days.
    async fn perform(&self, work: &[Claim<Sender>]) -> Result<Done, WorkError> {
        let Some(Claim { tenant, payload: sender, .. }) = work.first() else {
            return Ok(Done::Yes);
        };
        let connection = &sender.connection;
        match look(&self.engine, tenant, connection).await {
            Ok(Some(found)) => tracing::debug!(connection, ?found, "the provider's log was read"),
            Ok(None) => {}
            Err(NotFound::Ours(error)) => return Err(error),
            Err(NotFound::Provider(error @ ProviderError::RateLimited { until })) => {
                return Ok(Done::Later(until, error.to_string()));
            }
            Err(NotFound::Provider(error @ ProviderError::Unavailable(_))) => {
                return Err(WorkError(error.to_string()));
            }
            Err(NotFound::Provider(error)) => {
                tracing::info!(connection, %error, "missed deliveries could not be looked for");
            }
        }
        Ok(Done::Yes)
    }
}
