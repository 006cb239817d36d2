//! Runs of what was posted: its body is their recording, and stays what it is whatever comes of them.

use rollcall_domain::run::{KnownRun, SkipReason};
use rollcall_domain::vocabulary::RunKind;
use rollcall_store::StoreError;

use super::reading::Origin;
use super::turn::Turn;
use super::{Engine, Halt};

impl Engine {
    /// Where the bodies of these receipts are read from. A push has one.
    pub(super) async fn posted(&self, tenant: &str, receipts: &[String]) -> Result<Origin, Halt> {
        let receipt = receipts.first().ok_or(Halt::Broken("it answers to no request"))?;
        let received = self.receipt(tenant, receipt).await?;
        let received = received.ok_or(Halt::Broken("its request is not in the log"))?;
        Ok(Origin::Posted { blob: received.blob })
    }

    /// Whether the body of a request can still be read.
    pub(crate) async fn is_kept(&self, tenant: &str, receipt: &str) -> Result<bool, Halt> {
        let Some(received) = self.receipt(tenant, receipt).await? else { return Ok(false) };
        match self.store.read_blob_chunk(tenant, &received.blob, 0).await {
            Ok(_) => Ok(true),
            Err(StoreError::NotFound(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Why a push that has applied nothing yet need not run: of those that wait the latest wins, and
    /// what can't be read any more can't be applied. What was written down is its own recording.
    pub(super) async fn needless(
        &self,
        turn: &Turn<'_>,
        run: &KnownRun,
    ) -> Result<Option<SkipReason>, Halt> {
        if run.spec.plan.is_some() || run.held.is_some() {
            return Ok(None);
        }
        let lane = self.runs.lane(&self.store, turn.tenant, &run.connection).await?.state;
        let mut later = lane.waiting().iter().skip_while(|one| *one.run != *run.run).skip(1);
        let is_newer = later.any(|one| {
            one.kind == RunKind::Push && one.rerun_of.is_none() && !one.receipts.is_empty()
        });
        if is_newer && run.spec.rerun_of.is_none() {
            return Ok(Some(SkipReason::Superseded));
        }
        let receipt = run.spec.receipts.first().ok_or(Halt::Broken("it answers to no request"))?;
        let kept = self.is_kept(turn.tenant, receipt).await?;
        Ok((!kept).then_some(SkipReason::BodyGone))
    }
}
