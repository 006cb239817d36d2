//! Adds a new scenario to the targets of connections that want all future ones.

use std::time::Duration;

use async_trait::async_trait;
use rollcall_commands::add_future_target;
use rollcall_domain::Written;
use rollcall_domain::scenario::{Event, Kind, Scenario};
use rollcall_domain::{Decider, Malformed};
use rollcall_projections::{Projections, connections};
use rollcall_store::{Cause, Position, Store};
use serde::{Deserialize, Serialize};

use crate::sync::PRINCIPAL;
use crate::work::{Claim, Done, Policy, Task, WorkError, exponential};

/// How long the read model of connections may take before it is tried again later.
const DEADLINE: Duration = Duration::from_secs(30);

pub(crate) struct AddFutureTarget {
    pub(crate) store: Store,
    pub(crate) projections: Projections,
}

/// The scenario that is ready now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NewScenario {
    pub(crate) scenario: String,
}

#[async_trait]
impl Task for AddFutureTarget {
    const KIND: &'static str = "add_future_target";
    const POLICY: Policy = Policy {
        at_once: 4,
        merge: 1,
        tries: 60,
        lease: Duration::from_secs(30),
        backoff: exponential,
    };
    type Payload = NewScenario;

    fn key(_tenant: &str, new: &NewScenario) -> String {
        new.scenario.clone()
    }

    async fn perform(&self, work: &[Claim<NewScenario>]) -> Result<Done, WorkError> {
        for claim in work {
            self.add(claim).await?;
        }
        Ok(Done::Yes)
    }
}

impl AddFutureTarget {
    /// To each connection there was, on its own and once.
    async fn add(&self, claim: &Claim<NewScenario>) -> Result<(), WorkError> {
        let (tenant, scenario) = (&claim.tenant, &claim.payload.scenario);
        let Some(made_at) = self.made_at(tenant, scenario).await? else { return Ok(()) };
        self.projections.wait(tenant, made_at, &["connections"], DEADLINE).await?;
        let open = connections::open(self.projections.db(), tenant).await;
        let open = open.map_err(|error| WorkError(error.to_string()))?;
        let cause = Cause::by(PRINCIPAL).causation(scenario.as_str());
        for connection in open {
            let effect = format!("{}/{connection}", claim.effect_id);
            let of = (scenario.as_str(), made_at);
            add_future_target(&self.store, tenant, &connection, of, &effect, &cause)
                .await
                .map_err(|error| WorkError(error.to_string()))?;
        }
        Ok(())
    }

    /// Where a scenario was made; `None` for a live baseline or a snapshot.
    async fn made_at(&self, tenant: &str, scenario: &str) -> Result<Option<Position>, WorkError> {
        let stream = self.store.read_stream(tenant, &Scenario::stream(scenario), 0).await?;
        let Some(first) = stream.first() else { return Ok(None) };
        let unreadable = |error: Malformed| WorkError(error.to_string());
        let made = Event::read(&first.payload, None).map_err(unreadable)?;
        let wanted = matches!(made, Event::Created { kind: Kind::Scenario, .. });
        Ok(wanted.then_some(first.position))
    }
}
