//! Lets the retention of deliveries begin that nobody will read again.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::sync::Engine;
use crate::work::{Claim, Done, Policy, Task, WorkError, exponential};

pub(crate) struct LetGoOfDeliveries {
    pub(crate) engine: Arc<Engine>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Deliveries {
    pub(crate) receipts: Vec<String>,
}

#[async_trait]
impl Task for LetGoOfDeliveries {
    const KIND: &'static str = "let_go_of_deliveries";
    const POLICY: Policy = Policy {
        at_once: 2,
        merge: 1,
        tries: 60,
        lease: Duration::from_secs(30),
        backoff: exponential,
    };
    type Payload = Deliveries;

    fn key(_tenant: &str, deliveries: &Deliveries) -> String {
        deliveries.receipts.first().cloned().unwrap_or_default()
    }

    async fn perform(&self, work: &[Claim<Deliveries>]) -> Result<Done, WorkError> {
        for Claim { tenant, payload: deliveries, .. } in work {
            self.engine.let_go_of_deliveries(tenant, &deliveries.receipts).await?;
        }
        Ok(Done::Yes)
    }
}
