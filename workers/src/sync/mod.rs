//! The sync engine: read once, plan each target, guard, apply, finish. Plans are pure and live in the
//! domain; here is what talks to providers and to the log.

mod anew;
mod apply;
mod candidates;
mod direct;
mod dismissals;
mod execution;
mod full_read;
mod guard;
mod held;
mod managers_above;
mod named_read;
mod outcome;
mod plan;
mod posted;
mod preview;
mod reading;
mod rerun;
mod spill;
mod stored_plan;
mod target;
mod teller;
mod turn;
mod undo;

use std::sync::Arc;
use std::time::Duration;

use rollcall_commands::{CommandError, InboundPolicies, LoadError, Runs};
use rollcall_domain::{Refusal, connection, scenario};
use rollcall_projections::{Projections, ReadError, WaitError};
use rollcall_store::{Clock, Store, StoreError};

pub(crate) use preview::{Preview, Previewed};

use crate::outbound::Outbound;
use crate::providers::{ProviderError, Providers};
use crate::work::WorkError;

/// Who the engine is in the log.
pub(crate) const PRINCIPAL: &str = "engine";
/// How long a run waits for the roster to catch up before it is tried again later.
const ROSTER_DEADLINE: Duration = Duration::from_secs(30);

/// Everything a run needs.
pub struct Engine {
    pub store: Store,
    pub inbound_policies: Arc<InboundPolicies>,
    pub runs: Arc<Runs>,
    pub projections: Projections,
    pub providers: Arc<Providers>,
    pub clock: Clock,
    pub memory: Memory,
    pub outbound: Arc<Outbound>,
}

/// What a run keeps in memory; the rest is read again, or spilled.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// People of one target who differ from its roster.
    pub differing: usize,
    /// People of one target whose part of the plan has something to write.
    pub planned: usize,
}

impl Default for Memory {
    fn default() -> Self {
        Memory { differing: 20_000, planned: 20_000 }
    }
}

/// Why a run does not go on here.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Halt {
    /// The provider; by what can be done about it.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// Somebody else has the run now.
    #[error("the run was taken over")]
    Fenced,
    /// Or what is posted to it is not applied any more.
    #[error("the connection was disconnected")]
    Disconnected,
    /// One target must not be written any more; the others may.
    #[error("{0}")]
    TargetClosed(scenario::Refusal),
    /// The same people are changed faster than they can be planned.
    #[error("others keep changing the same people")]
    Contended,
    /// Ours; tried again.
    #[error(transparent)]
    Command(CommandError),
    #[error(transparent)]
    Wait(#[from] WaitError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("the run can't go on: {0}")]
    Broken(&'static str),
}

impl From<CommandError> for Halt {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Refused(Refusal::Connection(
                connection::Refusal::Disconnected | connection::Refusal::NotLive,
            )) => Halt::Disconnected,
            CommandError::Refused(Refusal::Scenario(refusal)) => Halt::TargetClosed(refusal),
            // Only the run's own stream is left by those who decide anew what else moved.
            CommandError::Moved(_) => Halt::Fenced,
            CommandError::Refused(_)
            | CommandError::Busy
            | CommandError::Malformed(_)
            | CommandError::Append(_) => Halt::Command(error),
        }
    }
}

impl From<LoadError> for Halt {
    fn from(error: LoadError) -> Self {
        Halt::Command(error.into())
    }
}

impl From<StoreError> for Halt {
    fn from(error: StoreError) -> Self {
        Halt::Command(error.into())
    }
}

impl From<Halt> for WorkError {
    fn from(halt: Halt) -> Self {
        WorkError(halt.to_string())
    }
}
