//! Does what somebody waits for, and keeps the answer. One file in `operations` per kind.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt;
use rollcall_commands::operations::{
    Answer, Asked, PERFORM_OPERATION, answer_operation, operation,
};
use rollcall_domain::vocabulary::FailureCode;

use crate::operations::{perform, refused};
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
        for Claim { tenant, payload: asked, attempts, .. } in work {
            let store = &self.engine.store;
            // Gone, or answered before a crash.
            let Some(open) = operation(store, tenant, &asked.operation).await? else { continue };
            if open.answer.is_some() {
                continue;
            }
            let performed = AssertUnwindSafe(perform(&self.engine, tenant, &open)).catch_unwind();
            let panicked = || Err(WorkError("it panicked; see the log".to_owned()));
            let answer = match performed.await.unwrap_or_else(|_| panicked()) {
                Ok(answer) => answer,
                Err(error) if attempts + 1 < Self::POLICY.tries => return Err(error),
                Err(error) => {
                    let kind = open.request.kind();
                    tracing::error!(kind, %error, "an operation was given up");
                    given_up()
                }
            };
            answer_operation(store, tenant, open, answer).await?;
        }
        Ok(Done::Yes)
    }
}

/// Whoever waits is answered, so nothing is left to park.
fn given_up() -> Answer {
    let why = "it could not be done for a reason of ours, which is in the server's log; ask again";
    refused(FailureCode::Storage.as_str(), why.to_owned())
}
