//! Fills a scenario that is made as a copy.

use std::time::Duration;

use async_trait::async_trait;
use rollcall_store::Position;
use serde::{Deserialize, Serialize};

use crate::copy::Copies;
use crate::work::{Claim, Done, Policy, Task, WorkError, exponential};

pub(crate) struct CopyScenario {
    pub(crate) copies: Copies,
}

/// Which one, and the position of its creation: that of the roster that is copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Copy {
    pub(crate) scenario: String,
    pub(crate) position: Position,
}

#[async_trait]
impl Task for CopyScenario {
    const KIND: &'static str = "copy_scenario";
    /// Whatever fails is tried again behind the last batch, for hours before it is parked.
    const POLICY: Policy = Policy {
        at_once: 2,
        merge: 1,
        tries: 60,
        lease: Duration::from_secs(30),
        backoff: exponential,
    };
    type Payload = Copy;

    fn key(_tenant: &str, copy: &Copy) -> String {
        copy.scenario.clone()
    }

    async fn perform(&self, work: &[Claim<Copy>]) -> Result<Done, WorkError> {
        for Claim { tenant, payload: copy, .. } in work {
            self.copies.copy(tenant, &copy.scenario, copy.position).await?;
        }
        Ok(Done::Yes)
    }
}
