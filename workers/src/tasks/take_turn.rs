//! Gives a queued run its turn on the lane, and sees it through.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::sync::Engine;
use crate::work::{Claim, Done, Policy, Task, WorkError, exponential};

pub(crate) struct TakeTurn {
    pub(crate) engine: Arc<Engine>,
}

/// Whose turn it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Turn {
    pub(crate) connection: String,
    pub(crate) run: String,
}

#[async_trait]
impl Task for TakeTurn {
    const KIND: &'static str = "take_turn";
    /// The engine ends a run that nobody can see through, long before its work would be parked.
    const POLICY: Policy = Policy {
        at_once: 8,
        merge: 1,
        tries: 60,
        lease: Duration::from_secs(30),
        backoff: exponential,
    };
    type Payload = Turn;

    fn key(_tenant: &str, turn: &Turn) -> String {
        turn.connection.clone()
    }

    async fn perform(&self, work: &[Claim<Turn>]) -> Result<Done, WorkError> {
        for Claim { tenant, payload: turn, attempts, .. } in work {
            let done =
                self.engine.take_turn(tenant, &turn.connection, &turn.run, *attempts).await?;
            if done != Done::Yes {
                return Ok(done);
            }
        }
        Ok(Done::Yes)
    }
}
