//! Queues messages for the endpoints that want them: those of new events, and those that were missed.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rollcall_commands::outbound::{Missed, SEND_MISSED};
use serde::{Deserialize, Serialize};

use crate::outbound::Outbound;
use crate::work::{Claim, Done, Policy, Task, WorkError, exponential};

pub(crate) struct QueueMessages {
    pub(crate) outbound: Arc<Outbound>,
}

/// Events of one tenant that may be told of, in the order of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Told {
    pub(crate) positions: Vec<u64>,
}

#[async_trait]
impl Task for QueueMessages {
    const KIND: &'static str = "queue_messages";
    const POLICY: Policy = Policy {
        at_once: 8,
        // Of several that can't be queued together, one that fails would let those behind it pass.
        merge: 1,
        tries: 10_000,
        lease: Duration::from_secs(60),
        backoff: exponential,
    };
    type Payload = Told;

    /// A later event must not overtake an earlier one.
    fn key(tenant: &str, _told: &Told) -> String {
        tenant.to_owned()
    }

    async fn perform(&self, work: &[Claim<Told>]) -> Result<Done, WorkError> {
        let Some(first) = work.first() else { return Ok(Done::Yes) };
        let positions: Vec<u64> =
            work.iter().flat_map(|claim| claim.payload.positions.iter().copied()).collect();
        self.outbound.fan_out(&first.tenant, &positions, &first.effect_id).await?;
        Ok(Done::Yes)
    }
}

pub(crate) struct SendMissedMessages {
    pub(crate) outbound: Arc<Outbound>,
}

#[async_trait]
impl Task for SendMissedMessages {
    const KIND: &'static str = SEND_MISSED;
    const POLICY: Policy = Policy {
        at_once: 2,
        merge: 1,
        tries: 60,
        lease: Duration::from_secs(60),
        backoff: exponential,
    };
    type Payload = Missed;

    fn key(_tenant: &str, missed: &Missed) -> String {
        missed.endpoint.clone()
    }

    async fn perform(&self, work: &[Claim<Missed>]) -> Result<Done, WorkError> {
        for Claim { tenant, payload: missed, effect_id, .. } in work {
            self.outbound.queue_missed(tenant, missed, effect_id).await?;
        }
        Ok(Done::Yes)
    }
}
