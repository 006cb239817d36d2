//! What the end of a run says of its connection's health.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use rollcall_commands::{CommandError, LoadError, assess_health, load, observed_run};
use rollcall_domain::connection::{Connection, Status};
use rollcall_domain::health::Command;
use rollcall_store::{Cause, Position};
use serde::{Deserialize, Serialize};

use crate::sync::{Engine, PRINCIPAL};
use crate::work::{Claim, Done, Policy, Task, WorkError, exponential};

pub(crate) struct AssessHealth {
    pub(crate) engine: Arc<Engine>,
}

/// A run whose turn is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OverRun {
    pub(crate) connection: String,
    pub(crate) run: String,
    /// Where that stands in the log; what the run did later is another turn.
    pub(crate) position: Position,
    pub(crate) at: DateTime<Utc>,
}

#[async_trait]
impl Task for AssessHealth {
    const KIND: &'static str = "assess_health";
    const POLICY: Policy = Policy {
        at_once: 4,
        merge: 1,
        tries: 60,
        lease: Duration::from_secs(30),
        backoff: exponential,
    };
    type Payload = OverRun;

    /// In the order in which the runs of a connection ended.
    fn key(_tenant: &str, over: &OverRun) -> String {
        over.connection.clone()
    }

    async fn perform(&self, work: &[Claim<OverRun>]) -> Result<Done, WorkError> {
        for claim in work {
            self.assess(claim).await?;
        }
        Ok(Done::Yes)
    }
}

impl AssessHealth {
    /// A connection that is gone has no health any more.
    async fn assess(&self, claim: &Claim<OverRun>) -> Result<(), WorkError> {
        let (store, tenant, over) = (&self.engine.store, &claim.tenant, &claim.payload);
        let known = load::<Connection>(store, tenant, &over.connection).await.map_err(unread)?;
        if known.state.status().is_none_or(|status| status == Status::Disconnected) {
            return Ok(());
        }
        let observed = observed_run(store, tenant, &over.run, over.position, over.at);
        let Some(observed) = observed.await.map_err(unread)? else { return Ok(()) };
        let cause = Cause::by(PRINCIPAL).causation(over.run.as_str());
        let (command, effect) = (Command::Observe(observed), Some(claim.effect_id.as_str()));
        assess_health(store, tenant, &over.connection, &command, effect, &cause)
            .await
            .map(drop)
            .map_err(undecided)
    }
}

fn unread(error: LoadError) -> WorkError {
    WorkError(error.to_string())
}

fn undecided(error: CommandError) -> WorkError {
    WorkError(error.to_string())
}
