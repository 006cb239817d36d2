//! Ends what is left on a connection that is disconnected, without waiting for its time.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::TakeTurn;
use crate::sync::Engine;
use crate::work::{Claim, Done, Policy, Task, WorkError, exponential};

pub(crate) struct EndRuns {
    pub(crate) engine: Arc<Engine>,
}

/// The connection that is there no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ended {
    pub(crate) connection: String,
}

#[async_trait]
impl Task for EndRuns {
    const KIND: &'static str = "end_runs";
    const POLICY: Policy = Policy {
        at_once: 4,
        merge: 1,
        tries: 60,
        lease: Duration::from_secs(30),
        backoff: exponential,
    };
    type Payload = Ended;

    fn key(_tenant: &str, ended: &Ended) -> String {
        ended.connection.clone()
    }

    /// Those on the lane end in their turn, which comes now; one that is held is on no lane.
    async fn perform(&self, work: &[Claim<Ended>]) -> Result<Done, WorkError> {
        for Claim { tenant, payload: Ended { connection }, .. } in work {
            self.engine.store.wake(tenant, TakeTurn::KIND, connection).await?;
            self.engine.cancel_held(tenant, connection).await?;
        }
        Ok(Done::Yes)
    }
}
