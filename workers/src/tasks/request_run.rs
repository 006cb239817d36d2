//! Asks a connection's lane for a run.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rollcall_commands::{InboundPolicies, LoadError, RunRequest, Runs, load};
use rollcall_domain::connection::{Connection, Status};
use rollcall_domain::lane;
use rollcall_domain::pushes::Pushes;
use rollcall_domain::receipt::{Receipt, Verdict};
use rollcall_domain::run::RunSpec;
use rollcall_domain::vocabulary::Trigger;
use rollcall_store::{Cause, Store};
use serde::{Deserialize, Serialize};

use crate::providers::Providers;
use crate::sync::PRINCIPAL;
use crate::work::{Claim, Done, Policy, Task, WorkError, exponential};

/// Deliveries one request carries at most; a lane takes no more at once.
pub(crate) const RECEIPTS: usize = lane::RECEIPTS_PER_RUN;

pub(crate) struct RequestRun {
    pub(crate) store: Store,
    pub(crate) inbound_policies: Arc<InboundPolicies>,
    pub(crate) runs: Arc<Runs>,
    pub(crate) providers: Arc<Providers>,
}

/// The run that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Request {
    /// `None`: the tenant's active one, if it has one.
    pub(crate) connection: Option<String>,
    /// `None`: what the provider says a connection asks for when it may have missed something.
    pub(crate) spec: Option<RunSpec>,
}

#[async_trait]
impl Task for RequestRun {
    const KIND: &'static str = "request_run";
    /// Many deliveries of one connection are soon on its lane, and ride on one run.
    const POLICY: Policy = Policy {
        at_once: 16,
        merge: 50,
        tries: 60,
        lease: Duration::from_secs(30),
        backoff: exponential,
    };
    type Payload = Request;

    fn key(tenant: &str, request: &Request) -> String {
        request.connection.as_deref().unwrap_or(tenant).to_owned()
    }

    async fn perform(&self, work: &[Claim<Request>]) -> Result<Done, WorkError> {
        for claim in work {
            self.request(claim).await?;
        }
        Ok(Done::Yes)
    }
}

impl RequestRun {
    async fn request(&self, claim: &Claim<Request>) -> Result<(), WorkError> {
        let wanted = claim.payload.clone();
        let connection = match wanted.connection {
            Some(connection) => Some(connection),
            None => self.active_connection(&claim.tenant).await?,
        };
        let Some(connection) = connection else { return Ok(()) };
        let cause = Cause::by(PRINCIPAL);
        let spec = match wanted.spec {
            Some(spec) => Some(spec),
            None => self.catch_up(&claim.tenant, &connection).await?,
        };
        let Some(spec) = spec else { return Ok(()) };
        let cause = match spec.receipts.first() {
            Some(receipt) => cause.causation(receipt.clone()),
            None => cause,
        };
        let request = RunRequest {
            run: ulid::Ulid::generate().to_string(),
            connection,
            spec,
            effect: Some(claim.effect_id.clone()),
        };
        let requested = self.runs.request(&self.store, &claim.tenant, &request, &cause).await;
        requested.map(drop).map_err(|error| WorkError(error.to_string()))
    }

    /// Nothing for a connection that is paused: it catches up when it is resumed.
    async fn catch_up(&self, tenant: &str, connection: &str) -> Result<Option<RunSpec>, WorkError> {
        let known = load::<Connection>(&self.store, tenant, connection).await;
        let known = known.map_err(|error| WorkError(error.to_string()))?.state.known;
        let active = known.filter(|known| known.status == Status::Active);
        if active.as_ref().is_some_and(|known| known.settings.is_pushed()) {
            return self.latest_push(tenant, connection).await;
        }
        Ok(active.and_then(|known| self.providers.catch_up(known.settings.provider())))
    }

    /// Of what was posted while nothing was applied, the latest stands for the rest.
    async fn latest_push(
        &self,
        tenant: &str,
        connection: &str,
    ) -> Result<Option<RunSpec>, WorkError> {
        let wrong = |error: LoadError| WorkError(error.to_string());
        let all = load::<Pushes>(&self.store, tenant, connection).await.map_err(wrong)?;
        let Some(latest) = all.state.latest else { return Ok(None) };
        let receipt = load::<Receipt>(&self.store, tenant, &latest.receipt).await.map_err(wrong)?;
        let applies = receipt.state.received.is_some_and(|received| match received.verdict {
            Verdict::Accepted | Verdict::Paused => true,
            Verdict::Stale | Verdict::SkippedEntitlement | Verdict::Malformed | Verdict::Test => {
                false
            }
        });
        Ok(applies.then(|| RunSpec::of_push(&latest.receipt, Trigger::CatchUp)))
    }

    async fn active_connection(&self, tenant: &str) -> Result<Option<String>, WorkError> {
        let policy = self.inbound_policies.read(&self.store, tenant).await;
        let policy = policy.map_err(|error| WorkError(error.to_string()))?;
        Ok(policy.and_then(|policy| Some(policy.connection.as_ref()?.id.clone())))
    }
}
