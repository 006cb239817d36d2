//! Ends the plans that are held for a connection that is gone.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::sync::Engine;
use crate::work::{Claim, Done, Policy, Task, WorkError, exponential};

pub(crate) struct DropHeldPlans {
    pub(crate) engine: Arc<Engine>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GoneConnection {
    pub(crate) connection: String,
}

#[async_trait]
impl Task for DropHeldPlans {
    const KIND: &'static str = "drop_held_plans";
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

    async fn perform(&self, work: &[Claim<GoneConnection>]) -> Result<Done, WorkError> {
        for Claim { tenant, payload: gone, .. } in work {
            self.engine.drop_held_plans(tenant, &gone.connection).await?;
        }
        Ok(Done::Yes)
    }
}
