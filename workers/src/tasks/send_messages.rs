//! Looks after the queue of an endpoint: now, or when something in it is due.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rollcall_commands::outbound::{Mailbox, SEND_MESSAGES, look_at_queue};
use serde::{Deserialize, Serialize};

use crate::outbound::Outbound;
use crate::work::{Claim, Done, Policy, Task, WorkError};

/// Failures here are ours alone: what a receiver does wrong is no failure of this work.
fn soon(attempts: u32) -> Duration {
    Duration::from_millis(200 << attempts.min(5))
}

pub(crate) struct SendMessages {
    pub(crate) outbound: Arc<Outbound>,
}

#[async_trait]
impl Task for SendMessages {
    const KIND: &'static str = SEND_MESSAGES;
    const POLICY: Policy = Policy {
        at_once: 64,
        merge: 64,
        tries: 10_000,
        lease: Duration::from_secs(30),
        backoff: soon,
    };
    type Payload = Mailbox;

    /// One at a time looks after a queue.
    fn key(_tenant: &str, mailbox: &Mailbox) -> String {
        mailbox.endpoint.clone()
    }

    async fn perform(&self, work: &[Claim<Mailbox>]) -> Result<Done, WorkError> {
        let Some(Claim { tenant, payload, .. }) = work.first() else { return Ok(Done::Yes) };
        self.outbound.look_after(tenant, &payload.endpoint).await?;
        Ok(Done::Yes)
    }
}

/// The queue is looked at when the time of the intent comes. A kind of its own: what waits for its time
/// must not hold up a look that is due.
pub(crate) struct LookLater {
    pub(crate) outbound: Arc<Outbound>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Look {
    pub(crate) endpoint: String,
    /// In micros since 1970: each time is a key of its own.
    pub(crate) at: i64,
}

#[async_trait]
impl Task for LookLater {
    const KIND: &'static str = "look_at_queue_later";
    const POLICY: Policy = Policy {
        at_once: 16,
        merge: 1,
        tries: 10_000,
        lease: Duration::from_secs(30),
        backoff: soon,
    };
    type Payload = Look;

    fn key(_tenant: &str, look: &Look) -> String {
        format!("{}/{}", look.endpoint, look.at)
    }

    async fn perform(&self, work: &[Claim<Look>]) -> Result<Done, WorkError> {
        for Claim { tenant, payload: Look { endpoint, at }, .. } in work {
            let effect = format!("at/{at}");
            look_at_queue(self.outbound.store(), tenant, endpoint, &effect).await?;
            self.outbound.tell_of_intents();
        }
        Ok(Done::Yes)
    }
}
