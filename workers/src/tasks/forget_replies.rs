//! Removes what receivers answered to messages about somebody whose data was erased.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::outbound::Outbound;
use crate::work::{Claim, Done, Policy, Task, WorkError, exponential};

pub(crate) struct ForgetReplies {
    pub(crate) outbound: Arc<Outbound>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ErasedSubject {
    pub(crate) subject: String,
}

#[async_trait]
impl Task for ForgetReplies {
    const KIND: &'static str = "forget_replies";
    const POLICY: Policy = Policy {
        at_once: 2,
        merge: 1,
        tries: 60,
        lease: Duration::from_secs(30),
        backoff: exponential,
    };
    type Payload = ErasedSubject;

    fn key(_tenant: &str, erased: &ErasedSubject) -> String {
        erased.subject.clone()
    }

    async fn perform(&self, work: &[Claim<ErasedSubject>]) -> Result<Done, WorkError> {
        for Claim { tenant, payload: erased, .. } in work {
            self.outbound.store().forget_replies(tenant, &erased.subject).await?;
        }
        Ok(Done::Yes)
    }
}
