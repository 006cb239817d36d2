//! How runs end other than well, and what follows from any end.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::TimeDelta;
use rollcall_commands::{Loaded, RunEnd, RunRequest, RunWrite, load};
use rollcall_domain::lane::Lane;
use rollcall_domain::run::{self, Failure, KnownRun, Run, RunSpec, SkipReason, Status, StoredPlan};
use rollcall_domain::vocabulary::{FailureCode, RunKind, Trigger};
use rollcall_store::Cause;

use super::{Engine, Halt, PRINCIPAL};
use crate::providers::ProviderError;
use crate::tasks::{FindMissedDeliveries, Sender};
use crate::work::{Done, Task};

/// How often a run waits for an unavailable provider before it fails.
const OUTAGES: u32 = 4;
/// How often it waits because the provider asked for it.
const THROTTLES: u32 = 12;

/// Whether deliveries of a failed run ride on the connection's next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deliveries {
    RideOn,
    AreDone,
}

impl Engine {
    /// Writes one command on a run and nothing else; ends it with `left_over` if that is some.
    pub(super) async fn say(
        &self,
        tenant: &str,
        run: &mut Loaded<Run>,
        command: run::Command,
        left_over: Option<Vec<String>>,
    ) -> Result<(), Halt> {
        let cause = self.cause(run);
        let write = match left_over {
            Some(left_over) => {
                let end = Some(RunEnd { command, left_over, unread: vec![] });
                RunWrite { end, ..RunWrite::default() }
            }
            None => RunWrite { commands: vec![command], ..RunWrite::default() },
        };
        Ok(self.runs.write(&self.store, tenant, run, &write, &cause).await?)
    }

    /// What the engine writes of a run by itself.
    pub(super) fn cause(&self, run: &Loaded<Run>) -> Cause {
        let mut cause = Cause::by(PRINCIPAL);
        if let Some(known) = &run.state.known {
            cause.correlation = Some(known.run.clone());
            cause.causation = Some(known.spec.receipts.first().unwrap_or(&known.run).clone());
        }
        cause
    }

    /// Ends a run that must not do anything.
    pub(super) async fn skip(
        &self,
        tenant: &str,
        run: &mut Loaded<Run>,
        reason: SkipReason,
    ) -> Result<Done, Halt> {
        // What a paused connection was told is processed when it is resumed.
        let kept = match reason {
            // Nor is what there was no target for.
            SkipReason::Paused | SkipReason::NothingToDo => receipts(run),
            SkipReason::Entitlement
            | SkipReason::Superseded
            | SkipReason::Disconnected
            | SkipReason::NotLive
            | SkipReason::BodyGone => vec![],
        };
        self.say(tenant, run, run::Command::Skip { reason }, Some(kept)).await?;
        Ok(Done::Yes)
    }

    /// Ends a run as failed.
    pub(super) async fn fail(
        &self,
        tenant: &str,
        run: &mut Loaded<Run>,
        failure: Failure,
        deliveries: Deliveries,
    ) -> Result<(), Halt> {
        let left_over = match deliveries {
            Deliveries::RideOn => receipts(run),
            Deliveries::AreDone => vec![],
        };
        self.say(tenant, run, run::Command::Fail { failure }, Some(left_over)).await
    }

    /// Ends a run that nobody can see through. Its deliveries ride on the next one.
    pub(super) async fn give_up(
        &self,
        tenant: &str,
        run: &str,
        why: &str,
    ) -> Result<Loaded<Run>, Halt> {
        let mut run: Loaded<Run> = load(&self.store, tenant, run).await?;
        if run.state.status().is_some_and(|status| !status.is_end()) {
            let failure = Failure { code: FailureCode::Storage, summary: why.to_owned() };
            self.fail(tenant, &mut run, failure, Deliveries::RideOn).await?;
        }
        Ok(run)
    }

    /// Its connection went while it ran.
    pub(super) async fn disconnected(
        &self,
        tenant: &str,
        run: &mut Loaded<Run>,
    ) -> Result<Done, Halt> {
        let connection = run.state.known.as_ref().map(|known| known.connection.clone());
        let summary = match self.why_closed(tenant, &connection.unwrap_or_default()).await? {
            SkipReason::NotLive => {
                "its webhook was changed or disabled while it ran; simulate a request, enable the \
                 webhook, and send everybody again"
            }
            SkipReason::Entitlement
            | SkipReason::Paused
            | SkipReason::Superseded
            | SkipReason::NothingToDo
            | SkipReason::Disconnected
            | SkipReason::BodyGone => "its connection was disconnected while it ran; connect anew",
        };
        let summary = summary.to_owned();
        let failure = Failure { code: FailureCode::Environment, summary };
        // No run of this connection will follow.
        self.fail(tenant, run, failure, Deliveries::AreDone).await?;
        Ok(Done::Yes)
    }

    /// Waits, tries again or fails, as the provider's answer asks for.
    pub(super) async fn provider_said_no(
        &self,
        tenant: &str,
        run: &mut Loaded<Run>,
        error: ProviderError,
    ) -> Result<Done, Halt> {
        let failure = error.failure();
        let known = run.state.known.as_ref();
        let (throttles, outages) = known.map_or((0, 0), |known| (known.throttles, known.outages));
        let wait = match &error {
            ProviderError::RateLimited { until } if throttles < THROTTLES => Some(*until),
            ProviderError::Unavailable(_) | ProviderError::Malformed { .. }
                if outages < OUTAGES =>
            {
                Some(self.clock.now() + TimeDelta::seconds(1 << (2 * outages).min(10)))
            }
            ProviderError::RateLimited { .. }
            | ProviderError::Unavailable(_)
            | ProviderError::Malformed { .. }
            | ProviderError::Unauthorized { .. }
            | ProviderError::Forbidden { .. }
            | ProviderError::Rejected { .. }
            | ProviderError::Misconfigured(_)
            | ProviderError::Unsupported
            | ProviderError::Interrupted => None,
        };
        let Some(until) = wait else {
            self.fail(tenant, run, failure, Deliveries::RideOn).await?;
            return Ok(Done::Yes);
        };
        let why = failure.summary.clone();
        self.say(tenant, run, run::Command::Wait { until, failure }, None).await?;
        Ok(Done::Later(until, why))
    }

    /// What follows from a run's end. Repeating it changes nothing.
    pub(super) async fn after_its_end(&self, tenant: &str, run: &Loaded<Run>) -> Result<(), Halt> {
        let Some(known) = &run.state.known else { return Ok(()) };
        let lane = self.runs.lane(&self.store, tenant, &known.connection).await?.state;
        self.supersede(tenant, known).await?;
        // What is held needs what it was told of.
        if known.status.is_end() {
            self.release(tenant, known, &lane).await?;
        }
        self.look_for_missed(tenant, known).await?;
        self.queue_left_over(tenant, known, &lane).await
    }

    /// The same for a run that ended away from its lane.
    pub(crate) async fn let_go(&self, tenant: &str, run: &str) -> Result<(), Halt> {
        let run: Loaded<Run> = load(&self.store, tenant, run).await?;
        self.after_its_end(tenant, &run).await
    }

    /// A reconciliation is the time to ask the provider what it could not deliver: what was deleted
    /// meanwhile shows in no read of everybody.
    async fn look_for_missed(&self, tenant: &str, ended: &KnownRun) -> Result<(), Halt> {
        let ended_well = matches!(ended.status, Status::Succeeded | Status::Partial);
        if ended.spec.kind != RunKind::Reconcile || !ended_well {
            return Ok(());
        }
        let sender = Sender { connection: ended.connection.clone() };
        let effect = format!("missed/{}", ended.run);
        let look = FindMissedDeliveries::intent(effect, &Arc::from(tenant), &sender);
        Ok(self.store.add_intents(&[look]).await?)
    }

    /// Lets the retention of what an ended run needed begin.
    async fn release(&self, tenant: &str, run: &KnownRun, lane: &Lane) -> Result<(), Halt> {
        let mut blobs = run.fetched.as_ref().map_or(vec![], |fetched| fetched.blobs.clone());
        let plans = run.held.iter().map(|held| &held.plan).chain(run.spec.plan.as_deref());
        blobs.extend(plans.flat_map(StoredPlan::blobs));
        // What is left over or given up is still to be read.
        let given_up = lane.given_up().iter().map(|one| &one.receipt);
        let left: HashSet<&str> =
            lane.left_over().iter().chain(given_up).map(|receipt| &**receipt).collect();
        let done = run.spec.receipts.iter().filter(|id| !left.contains(id.as_str()));
        let done: Vec<String> = done.cloned().collect();
        if !blobs.is_empty() {
            self.store.unpin(tenant, &blobs).await?;
        }
        self.let_go_of_deliveries(tenant, &done).await
    }

    /// Lets the retention of deliveries begin.
    pub(crate) async fn let_go_of_deliveries(
        &self,
        tenant: &str,
        receipts: &[String],
    ) -> Result<(), Halt> {
        let mut blobs = Vec::with_capacity(receipts.len());
        for id in receipts {
            blobs.extend(self.receipt(tenant, id).await?.map(|received| received.blob));
        }
        if !blobs.is_empty() {
            self.store.unpin(tenant, &blobs).await?;
        }
        Ok(())
    }

    /// The same for what nobody will take along any more, since the connection is gone.
    pub(crate) async fn let_go_of_lane(&self, tenant: &str, connection: &str) -> Result<(), Halt> {
        let lane = self.runs.lane(&self.store, tenant, connection).await?.state;
        let given_up = lane.given_up().iter().map(|one| &one.receipt);
        let left = lane.left_over().iter().chain(given_up);
        let left: Vec<String> = left.map(ToString::to_string).collect();
        self.let_go_of_deliveries(tenant, &left).await
    }

    /// Queues a run for deliveries that were left over, where nothing else will take them along. A
    /// run of deliveries does so only if it dealt with some of its own, so this comes to an end.
    async fn queue_left_over(
        &self,
        tenant: &str,
        ended: &KnownRun,
        lane: &Lane,
    ) -> Result<(), Halt> {
        let left: HashSet<&str> = lane.left_over().iter().map(|receipt| &**receipt).collect();
        let some_of_its_own =
            || ended.spec.receipts.iter().any(|receipt| !left.contains(receipt.as_str()));
        let dealt_with = match ended.spec.kind {
            RunKind::Webhook => some_of_its_own(),
            RunKind::ManualSync | RunKind::Reconcile | RunKind::Push => true,
            RunKind::Undo => false,
        };
        let ended_well = matches!(ended.status, Status::Succeeded | Status::Partial);
        let is_free = lane.running().is_none() && lane.waiting().is_empty();
        if left.is_empty() || !(dealt_with && ended_well && is_free) {
            return Ok(());
        }
        let request = RunRequest {
            run: ulid::Ulid::generate().to_string(),
            connection: ended.connection.clone(),
            spec: RunSpec::of_deliveries("left_over", Trigger::CatchUp),
            effect: Some(format!("left_over/{}", ended.run)),
        };
        self.runs.request(&self.store, tenant, &request, &Cause::by(PRINCIPAL)).await?;
        Ok(())
    }
}

fn receipts(run: &Loaded<Run>) -> Vec<String> {
    run.state.known.as_ref().map_or_else(Vec::new, |known| known.spec.receipts.clone())
}
