//! Ends what is left of a connection that is gone: plans that are held, and runs that wait.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::TakeTurn;
use crate::sync::Engine;
use crate::work::{Claim, Done, Policy, Task, WorkError, exponential};

pub(crate) struct CloseConnection {
    pub(crate) engine: Arc<Engine>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GoneConnection {
    pub(crate) connection: String,
}

#[async_trait]
impl Task for CloseConnection {
    const KIND: &'static str = "close_connection";
    const POLICY: Policy = Policy {
        at_once: 2,
        merge: 1,
        tries: 60,
        lease: Duration::from_secs(30),
        backoff: exponential,
    };
    type Payload = GoneConnection;

    fn key(_tenant: &str, gone: &GoneConnection) -> String {
        gone.connection.clone()
    }

    /// What is on the lane ends in its turn, which comes now; what is held is on no lane.
    async fn perform(&self, work: &[Claim<GoneConnection>]) -> Result<Done, WorkError> {
        for Claim { tenant, payload: gone, .. } in work {
            self.engine.store.wake(tenant, TakeTurn::KIND, &gone.connection).await?;
            self.engine.drop_held_plans(tenant, &gone.connection).await?;
            if self.engine.waits_for_provider(tenant, &gone.connection).await? {
                let soon = self.engine.clock.now() + TimeDelta::seconds(1);
                return Ok(Done::Later(soon, "a run is about to end".to_owned()));
            }
            self.engine.let_go_of_lane(tenant, &gone.connection).await?;
        }
        Ok(Done::Yes)
    }
}
