//! Runs of what was posted: its body is their recording, and stays what it is whatever comes of them.

use rollcall_commands::{Loaded, is_body_kept};
use rollcall_domain::run::{self, Failure, KnownRun, Run, SkipReason};
use rollcall_domain::vocabulary::{Counts, FailureCode, RunKind, Trigger};

use super::reading::Origin;
use super::turn::Turn;
use super::{Engine, Halt};
use crate::work::Done;

impl Engine {
    /// Where the bodies of these receipts are read from. A push has one.
    pub(super) async fn posted(&self, tenant: &str, receipts: &[String]) -> Result<Origin, Halt> {
        let receipt = receipts.first().ok_or(Halt::Broken("it answers to no request"))?;
        let received = self.receipt(tenant, receipt).await?;
        let received = received.ok_or(Halt::Broken("its request is not in the log"))?;
        Ok(Origin::Posted { blob: received.blob })
    }

    /// Ends a push whose body went after some of it was applied, since somebody in it was erased.
    pub(super) async fn cut_short(
        &self,
        tenant: &str,
        run: &mut Loaded<Run>,
    ) -> Result<Done, Halt> {
        let summary = "somebody in what was posted was erased while it was applied; what was applied \
                       before stays: send everybody again";
        let unread = Failure { code: FailureCode::IncompleteRead, summary: summary.to_owned() };
        let command = run::Command::Finish {
            uncounted: Counts::default(),
            targets: vec![],
            coverage: None,
            unread: Some(unread),
        };
        self.say(tenant, run, command, Some(vec![])).await?;
        Ok(Done::Yes)
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
            let is_sent = matches!(one.trigger, Trigger::Delivery | Trigger::CatchUp);
            one.kind == RunKind::Push && is_sent
        });
        if is_newer && run.spec.rerun_of.is_none() {
            return Ok(Some(SkipReason::Superseded));
        }
        let receipt = run.spec.receipts.first().ok_or(Halt::Broken("it answers to no request"))?;
        let kept = is_body_kept(&self.store, turn.tenant, receipt).await?;
        Ok((!kept).then_some(SkipReason::BodyGone))
    }
}
