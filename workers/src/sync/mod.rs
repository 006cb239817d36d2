//! The sync engine: fetch, plan, apply, finish. The plan is pure and lives in the domain; here is
//! what talks to providers and to the log.

mod apply;
mod counting;
mod everyone;
mod named;
mod reading;
mod scan;
mod target;
mod turn;

use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;
use rollcall_commands::{Gates, LaneError, Lanes, LoadError, OpenConnection, RunRequest};
use rollcall_domain::run;
use rollcall_domain::vocabulary::{Provider as ProviderName, RunKind};
use rollcall_egress::Egress;
use rollcall_projections::{Projections, ReadError, WaitError};
use rollcall_store::{AppendError, Cause, Claimed, Clock, Store, StoreError};
use secrecy::SecretString;

use crate::providers::bamboohr::{Account, BambooHr};
use crate::providers::{Provider, ProviderError};
use crate::reactors::Enqueue;
use crate::work::{Done, WorkError};

/// Who the engine is in the log.
const PRINCIPAL: &str = "engine";
/// How long a run waits for the roster to catch up before it is tried again later.
const ROSTER_DEADLINE: Duration = Duration::from_secs(30);
/// Events of one batch, about.
const BATCH_EVENTS: usize = 500;

/// Opens providers; the one place that knows which there are.
pub struct Providers {
    egress: Egress,
    clock: Clock,
}

impl Providers {
    /// `egress` decides which addresses may be reached.
    pub fn new(egress: Egress, clock: Clock) -> Self {
        Providers { egress, clock }
    }

    /// A provider for one run.
    pub fn open(
        &self,
        connection: &OpenConnection,
        credentials: SecretString,
    ) -> Result<Arc<dyn Provider>, ProviderError> {
        match connection.provider {
            ProviderName::BambooHr => {
                let account = Account {
                    subdomain: connection.settings.account.clone(),
                    base_url: connection.settings.base_url.clone(),
                    api_key: credentials,
                };
                let bamboohr = BambooHr::new(self.egress.clone(), account)?;
                Ok(Arc::new(bamboohr.with_clock(self.clock.clone())))
            }
            ProviderName::Dynamics365 | ProviderName::HrisWebhook => {
                Err(ProviderError::Unsupported)
            }
        }
    }
}

/// Everything a run needs.
pub struct Engine {
    pub store: Store,
    pub gates: Arc<Gates>,
    pub lanes: Arc<Lanes>,
    pub projections: Projections,
    pub providers: Providers,
    pub clock: Clock,
}

/// Why a run does not go on here.
#[derive(Debug, thiserror::Error)]
enum Halt {
    /// The provider; by what can be done about it.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// Somebody else has the run now.
    #[error("the run was taken over")]
    Fenced,
    #[error("the connection was disconnected")]
    Disconnected,
    /// Ours; tried again.
    #[error(transparent)]
    Append(#[from] AppendError),
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Lane(#[from] LaneError),
    #[error(transparent)]
    Wait(#[from] WaitError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Run(#[from] run::Refusal),
    #[error("the run can't go on: {0}")]
    Broken(&'static str),
}

impl From<StoreError> for Halt {
    fn from(error: StoreError) -> Self {
        Halt::Append(error.into())
    }
}

impl From<Halt> for WorkError {
    fn from(halt: Halt) -> Self {
        WorkError(halt.to_string())
    }
}

/// What one run works on.
struct Job {
    tenant: Arc<str>,
    connection: OpenConnection,
    run: String,
    kind: RunKind,
    receipts: Vec<String>,
    scenarios: Vec<String>,
    cause: Cause,
    today: NaiveDate,
    /// How often it was tried before.
    attempts: u32,
}

impl Engine {
    async fn active_connection(&self, tenant: &str) -> Result<Option<String>, WorkError> {
        let gate = self.gates.open_now(&self.store, tenant).await;
        let gate = gate.map_err(|error| WorkError(error.to_string()))?;
        Ok(gate.and_then(|gate| Some(gate.connection.as_ref()?.id.clone())))
    }

    /// Puts wishes of one connection on its lane; deliveries ride together.
    pub(crate) async fn enqueue(&self, claimed: &[Claimed]) -> Result<Done, WorkError> {
        for intent in claimed {
            let wish: Enqueue = serde_json::from_slice(&intent.payload)
                .map_err(|_| WorkError("the intent can't be read".to_owned()))?;
            let connection = match wish.connection {
                Some(connection) => Some(connection),
                None => self.active_connection(&intent.tenant).await?,
            };
            let Some(connection) = connection else { continue };
            let request = RunRequest {
                run: ulid::Ulid::generate().to_string(),
                connection,
                provider: wish.provider,
                kind: wish.kind,
                event_type: wish.event_type,
                trigger: wish.trigger,
                receipts: wish.receipts,
                rerun_of: None,
                effect: Some(intent.effect_id.clone()),
            };
            let cause = match request.receipts.first() {
                Some(receipt) => Cause::by(PRINCIPAL).causation(receipt.clone()),
                None => Cause::by(PRINCIPAL),
            };
            self.lanes
                .request(&self.store, &intent.tenant, &request, &cause)
                .await
                .map_err(|error| WorkError(error.to_string()))?;
        }
        Ok(Done::Yes)
    }
}
