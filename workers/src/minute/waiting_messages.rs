//! Has queues of endpoints looked at that have something to send. Whoever queues has them looked at, too:
//! this is for those who died in between, and for a clock that was set back.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use rollcall_commands::outbound::look_at_queue;

use super::Duty;
use crate::sync::{Engine, Halt};

pub(super) struct WaitingMessages {
    engine: Arc<Engine>,
}

impl WaitingMessages {
    pub(super) fn of(engine: &Arc<Engine>) -> WaitingMessages {
        WaitingMessages { engine: Arc::clone(engine) }
    }
}

#[async_trait]
impl Duty for WaitingMessages {
    fn name(&self) -> &'static str {
        "queues of endpoints could not be looked at; the next minute tries again"
    }

    async fn perform(&self, now: DateTime<Utc>) -> Result<(), Halt> {
        let (store, minute) = (&self.engine.store, now.timestamp().div_euclid(60));
        for (tenant, endpoint) in store.due_queues(now).await? {
            look_at_queue(store, &tenant, &endpoint, &format!("minute/{minute}")).await?;
        }
        self.engine.outbound.tell_of_intents();
        Ok(())
    }
}
