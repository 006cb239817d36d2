//! Does what somebody waits for, and keeps the answer. One file in `operations` per kind.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rollcall_commands::operations::{Asked, PERFORM_OPERATION, answer_operation, operation};

use crate::operations::perform;
use crate::sync::Engine;
use crate::work::{Claim, Done, Policy, Task, WorkError, exponential};

pub(crate) struct PerformOperation {
    pub(crate) engine: Arc<Engine>,
}

#[async_trait]
impl Task for PerformOperation {
    const KIND: &'static str = PERFORM_OPERATION;
    /// Somebody waits, so it is not tried for long; what failed is asked for again.
    const POLICY: Policy = Policy {
        at_once: 8,
        merge: 1,
        tries: 5,
        lease: Duration::from_secs(30),
        backoff: exponential,
    };
    type Payload = Asked;

    fn key(_tenant: &str, asked: &Asked) -> String {
        asked.operation.clone()
    }

    async fn perform(&self, work: &[Claim<Asked>]) -> Result<Done, WorkError> {
        for Claim { tenant, payload: asked, .. } in work {
            let store = &self.engine.store;
            // Gone, or answered before a crash.
            let Some(open) = operation(store, tenant, &asked.operation).await? else { continue };
            if open.answer.is_none() {
                let answer = perform(&self.engine, tenant, &open).await?;
                answer_operation(store, tenant, open, answer).await?;
            }
        }
        Ok(Done::Yes)
    }
}
