//! What people do with runs and deliveries that wait: cancel, try again, skip.

use futures_util::FutureExt;
use rollcall_domain::Refusal;
use rollcall_domain::lane;
use rollcall_domain::run::{self, Run, RunSpec, Status};
use rollcall_domain::vocabulary::Trigger;
use rollcall_store::{Cause, Store};

use super::{RunRequest, Runs};
use crate::error::CommandError;
use crate::unit_of_work::{Loaded, UnitOfWork, decided_anew, load};

impl Runs {
    /// Ends a run that waits for its turn; what was delivered rides on the next one. One that has had
    /// its turn is refused: what it has written can't be unwritten.
    pub async fn cancel(
        &self,
        store: &Store,
        tenant: &str,
        run: &str,
        cause: &Cause,
    ) -> Result<(), CommandError> {
        decided_anew(|| {
            async {
                let mut known: Loaded<Run> = load(store, tenant, run).await?;
                let state = known.state.known.as_ref().ok_or(run::Refusal::NotFound);
                let state = state.map_err(Refusal::from)?;
                let connection = state.connection.clone();
                // Also of one that was held, and has left the lane with them once before.
                let left_over = state.spec.receipts.clone();
                match state.status {
                    Status::Queued => {}
                    Status::Cancelled => return Ok(()),
                    Status::Running | Status::Waiting => {
                        return Err(Refusal::from(run::Refusal::UnderWay).into());
                    }
                    Status::Held => return Err(Refusal::from(run::Refusal::WaitsForPerson).into()),
                    status @ (Status::Succeeded
                    | Status::Partial
                    | Status::Failed
                    | Status::Skipped
                    | Status::Rejected) => {
                        return Err(Refusal::from(run::Refusal::Ended { status }).into());
                    }
                }
                let mut lane = self.lane(store, tenant, &connection).await?;
                // Its turn came after we looked at it.
                if lane.state.waiting().iter().all(|waiting| *waiting.run != *run) {
                    return Err(CommandError::Moved(vec![]));
                }
                let cause = Cause { correlation: Some(run.to_owned()), ..cause.clone() };
                let mut unit = UnitOfWork::new(tenant, cause);
                let reason = "a person cancelled it before its turn".to_owned();
                unit.decide(run, &mut known, run::Command::Cancel { reason })?;
                let end = lane::Command::End { run: run.to_owned(), left_over, unread: vec![] };
                unit.decide(&connection, &mut lane, end)?;
                unit.commit(store).await.map(drop)
            }
            .boxed()
        })
        .await
    }

    /// Asks for a run for a delivery that was given up; the run.
    pub async fn retry_delivery(
        &self,
        store: &Store,
        tenant: &str,
        connection: &str,
        receipt: &str,
        cause: &Cause,
    ) -> Result<String, CommandError> {
        self.has_given_up(store, tenant, connection, receipt).await?;
        let receipts = vec![receipt.to_owned()];
        let spec = RunSpec::of_deliveries("parked_delivery", Trigger::Person);
        let request = RunRequest {
            run: ulid::Ulid::generate().to_string(),
            connection: connection.to_owned(),
            spec: RunSpec { receipts, ..spec },
            effect: None,
        };
        match self.request(store, tenant, &request, cause).await? {
            Some(run) => Ok(run),
            // Somebody else did so in the same moment.
            None => Err(not_given_up(receipt)),
        }
    }

    /// Lets go of a delivery that was given up.
    pub async fn skip_delivery(
        &self,
        store: &Store,
        tenant: &str,
        connection: &str,
        receipt: &str,
        cause: &Cause,
    ) -> Result<(), CommandError> {
        decided_anew(|| {
            async {
                let mut lane = self.lane(store, tenant, connection).await?;
                let mut unit = UnitOfWork::new(tenant, cause.clone());
                let skip = lane::Command::SkipDelivery { receipt: receipt.to_owned() };
                unit.decide(connection, &mut lane, skip)?;
                unit.commit(store).await.map(drop)
            }
            .boxed()
        })
        .await
    }

    async fn has_given_up(
        &self,
        store: &Store,
        tenant: &str,
        connection: &str,
        receipt: &str,
    ) -> Result<(), CommandError> {
        let lane = self.lane(store, tenant, connection).await?;
        match lane.state.has_given_up(receipt) {
            true => Ok(()),
            false => Err(not_given_up(receipt)),
        }
    }
}

fn not_given_up(receipt: &str) -> CommandError {
    Refusal::from(lane::Refusal::NotGivenUp { receipt: receipt.to_owned() }).into()
}
