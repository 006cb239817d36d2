//! What becomes of a plan that is held: a person approves or rejects it, or something takes its place.

use futures_util::FutureExt;
use rollcall_domain::Refusal;
use rollcall_domain::lane;
use rollcall_domain::run::{self, Run};
use rollcall_store::{Cause, Store};

use crate::error::CommandError;
use crate::runs::Runs;
use crate::unit_of_work::{Loaded, UnitOfWork, decided_anew, load};

impl Runs {
    /// Lets a held plan be applied, or only what it does to `subjects`: the run takes its turn on the
    /// lane again. `hash` is that of the plan that was looked at; another one is refused, and so is
    /// whoever comes second.
    pub async fn approve(
        &self,
        store: &Store,
        tenant: &str,
        run: &str,
        hash: Option<String>,
        subjects: Option<Vec<String>>,
        cause: &Cause,
    ) -> Result<(), CommandError> {
        let approve = run::Command::Approve { hash, subjects };
        decided_anew(|| {
            async {
                let mut unit = UnitOfWork::new(tenant, about(run, cause));
                let mut known: Loaded<Run> = load(store, tenant, run).await?;
                unit.decide(run, &mut known, approve.clone())?;
                let known =
                    known.state.known.ok_or(run::Refusal::NotFound).map_err(Refusal::from)?;
                let mut lane = self.lane(store, tenant, &known.connection).await?;
                let kind = known.spec.kind;
                let back = lane::Command::Return { run: run.to_owned(), kind };
                unit.decide(&known.connection, &mut lane, back)?;
                let (stream, expected) = self.connected(store, tenant, &known.connection).await?;
                unit.add(stream, expected, vec![]);
                unit.commit(store).await.map(drop)
            }
            .boxed()
        })
        .await
    }

    /// Ends a run whose plan must not be applied: rejected, superseded, expired, or skipped since its
    /// connection is gone. What was approved and waits for its turn leaves the lane.
    pub async fn dismiss(
        &self,
        store: &Store,
        tenant: &str,
        run: &str,
        command: &run::Command,
        cause: &Cause,
    ) -> Result<(), CommandError> {
        decided_anew(|| {
            async {
                let mut unit = UnitOfWork::new(tenant, about(run, cause));
                let mut known: Loaded<Run> = load(store, tenant, run).await?;
                unit.decide(run, &mut known, command.clone())?;
                let known =
                    known.state.known.ok_or(run::Refusal::NotFound).map_err(Refusal::from)?;
                let mut lane = self.lane(store, tenant, &known.connection).await?;
                if lane.state.has(run) {
                    let (run, left_over, unread) = (run.to_owned(), vec![], vec![]);
                    let end = lane::Command::End { run, left_over, unread };
                    unit.decide(&known.connection, &mut lane, end)?;
                }
                unit.commit(store).await.map(drop)
            }
            .boxed()
        })
        .await
    }
}

/// The run's own history tells of it.
fn about(run: &str, cause: &Cause) -> Cause {
    Cause { correlation: Some(run.to_owned()), ..cause.clone() }
}
