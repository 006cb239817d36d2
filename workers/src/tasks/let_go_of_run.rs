//! What follows from the end of a run that did not end on its lane: it lets go of what it kept.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::sync::Engine;
use crate::work::{Claim, Done, Policy, Task, WorkError, exponential};

pub(crate) struct LetGoOfRun {
    pub(crate) engine: Arc<Engine>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EndedRun {
    pub(crate) run: String,
}

#[async_trait]
impl Task for LetGoOfRun {
    const KIND: &'static str = "let_go_of_run";
    const POLICY: Policy = Policy {
        at_once: 2,
        merge: 1,
        tries: 60,
        lease: Duration::from_secs(30),
        backoff: exponential,
    };
    type Payload = EndedRun;

    fn key(_tenant: &str, ended: &EndedRun) -> String {
        ended.run.clone()
    }

    async fn perform(&self, work: &[Claim<EndedRun>]) -> Result<Done, WorkError> {
        for Claim { tenant, payload: ended, .. } in work {
            self.engine.let_go(tenant, &ended.run).await?;
        }
        Ok(Done::Yes)
    }
}
