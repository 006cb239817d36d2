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

use chrono::{DateTime, NaiveDate, Utc};
use rollcall_commands::{Gates, LaneError, Lanes, LoadError, OpenConnection};
use rollcall_domain::run;
use rollcall_domain::vocabulary::{Provider as ProviderName, RunKind};
use rollcall_egress::Egress;
use rollcall_projections::{Projections, ReadError, WaitError};
use rollcall_store::{AppendError, Cause, Store, StoreError};
use secrecy::SecretString;

use crate::providers::bamboohr::{Account, BambooHr};
use crate::providers::{Provider, ProviderError};
use crate::work::WorkError;

/// Who the engine is in the log.
pub(crate) const PRINCIPAL: &str = "engine";
/// How long a run waits for the roster to catch up before it is tried again later.
const ROSTER_DEADLINE: Duration = Duration::from_secs(30);
/// Events of one batch, about.
const BATCH_EVENTS: usize = 500;

/// Opens providers; the one place that knows which there are.
pub struct Providers {
    egress: Egress,
}

impl Providers {
    /// `egress` decides which addresses may be reached.
    pub fn new(egress: Egress) -> Self {
        Providers { egress }
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
                Ok(Arc::new(bamboohr))
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
    /// Tells the time; tests bring their own.
    pub now: fn() -> DateTime<Utc>,
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
