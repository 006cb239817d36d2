//! One run from its turn on the lane to its end, resumable at any point.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;

use chrono::TimeDelta;
use futures_util::FutureExt;
use rollcall_commands::{
    Along, Ending, LaneError, Loaded, OpenConnection, RunRequest, load, written,
};
use rollcall_domain::connection::Targets;
use rollcall_domain::lane::Lane;
use rollcall_domain::run::{self, Failure, Known, Run, SkipReason, Status};
use rollcall_domain::vocabulary::{FailureCode, RunKind, Trigger};
use rollcall_domain::{Decider, lane};
use rollcall_projections::scenarios;
use rollcall_store::{Append, AppendError, Cause, Claimed};

use super::{Engine, Halt, Job, PRINCIPAL};
use crate::providers::ProviderError;
use crate::reactors::RunTurn;
use crate::work::{Done, WorkError};

/// How often a run waits for an unavailable provider before it fails.
const OUTAGES: u32 = 4;
/// How often it waits because the provider asked for it.
const THROTTLES: u32 = 12;
/// How often a run is tried that fails for reasons of ours.
const TRIES: u32 = 12;
const PATIENCE: TimeDelta = TimeDelta::minutes(10);

impl Engine {
    /// Gives a queued run its turn, or goes on where a crash left it.
    pub(crate) async fn take_turn(&self, claimed: &Claimed) -> Result<Done, WorkError> {
        let turn: RunTurn = serde_json::from_slice(&claimed.payload)
            .map_err(|_| WorkError("the intent can't be read".to_owned()))?;
        let gone = AssertUnwindSafe(self.go(&claimed.tenant, &turn, claimed.attempts));
        let gone =
            gone.catch_unwind().await.unwrap_or(Err(Halt::Broken("it panicked; see the log")));
        let done = match gone {
            Ok(done) => done,
            Err(Halt::Fenced) => return Ok(Done::Lost),
            // A run that can't go on must not keep its lane.
            Err(halt) if claimed.attempts >= TRIES && self.is_old(&turn.run) => {
                tracing::error!(run = turn.run, error = %halt, "a run is given up");
                self.give_up(&claimed.tenant, &turn.connection, &turn.run, &halt.to_string())
                    .await?;
                Done::Yes
            }
            Err(halt) => return Err(halt.into()),
        };
        if matches!(done, Done::Yes) {
            self.after_its_end(&claimed.tenant, &turn).await?;
        }
        Ok(done)
    }

    /// Whether a run was asked for so long ago that giving it up is right. Tries alone don't tell: a
    /// lost lease counts as one.
    fn is_old(&self, run: &str) -> bool {
        let made = ulid::Ulid::from_string(run).map_or(0, |id| id.timestamp_ms().cast_signed());
        (self.now)().timestamp_millis() - made > PATIENCE.num_milliseconds()
    }

    /// Ends a run that nobody can see through. Its deliveries ride on the next one.
    async fn give_up(
        &self,
        tenant: &str,
        connection: &str,
        run: &str,
        why: &str,
    ) -> Result<(), Halt> {
        let run: Loaded<Run> = load(&self.store, tenant, run).await?;
        let Some(known) = run.state.known.clone().filter(|known| !known.status.is_end()) else {
            return Ok(());
        };
        let summary = format!("the run was given up after {TRIES} tries: {why}; sync again");
        let failure = Failure { code: FailureCode::Storage, summary };
        let command = run::Command::Fail { failure, counts: known.counts };
        let ending = Ending {
            events: written(&run.state.decide(command)?, None),
            left_over: known.receipts,
            along: Along::default(),
        };
        let cause = Cause::by(PRINCIPAL);
        Ok(self.lanes.end(&self.store, tenant, connection, &run, ending, &cause).await?)
    }

    /// What follows from a run's end. Repeating it changes nothing.
    async fn after_its_end(&self, tenant: &str, turn: &RunTurn) -> Result<(), Halt> {
        let run: Loaded<Run> = load(&self.store, tenant, &turn.run).await?;
        let Some(known) = run.state.known else { return Ok(()) };
        let lane = self.lanes.load(&self.store, tenant, &turn.connection).await?.state;
        self.release(tenant, &known, &lane).await?;
        self.queue_left_over(tenant, &known, &lane).await
    }

    /// Lets the retention of what an ended run needed begin.
    async fn release(&self, tenant: &str, run: &Known, lane: &Lane) -> Result<(), Halt> {
        let mut blobs = run.fetched.as_ref().map_or(vec![], |fetched| fetched.blobs.clone());
        for id in &run.receipts {
            if lane.left_over().iter().any(|left| **left == **id) {
                continue;
            }
            for received in self.receipt(tenant, id).await? {
                blobs.push(received.blob);
            }
        }
        if !blobs.is_empty() {
            self.store.unpin(tenant, &blobs).await?;
        }
        Ok(())
    }

    /// Queues a run for deliveries that were left over, where nothing else will take them along. A
    /// run of deliveries does so only if it dealt with some of its own, so this comes to an end.
    async fn queue_left_over(&self, tenant: &str, ended: &Known, lane: &Lane) -> Result<(), Halt> {
        let left: HashSet<&str> = lane.left_over().iter().map(|receipt| &**receipt).collect();
        let dealt_with = ended.kind != RunKind::Webhook
            || ended.receipts.iter().any(|receipt| !left.contains(receipt.as_str()));
        let ended_well = matches!(ended.status, Status::Succeeded | Status::Partial);
        let is_free = lane.running().is_none() && lane.waiting().is_empty();
        if left.is_empty() || !(dealt_with && ended_well && is_free) {
            return Ok(());
        }
        let request = RunRequest {
            run: ulid::Ulid::generate().to_string(),
            connection: ended.connection.clone(),
            provider: ended.provider,
            kind: RunKind::Webhook,
            event_type: "left_over".to_owned(),
            trigger: Trigger::CatchUp,
            receipts: vec![],
            rerun_of: None,
            effect: Some(format!("left_over/{}", ended.run)),
        };
        self.lanes.request(&self.store, tenant, &request, &Cause::by(PRINCIPAL)).await?;
        Ok(())
    }

    async fn go(
        &self,
        tenant: &std::sync::Arc<str>,
        turn: &RunTurn,
        attempts: u32,
    ) -> Result<Done, Halt> {
        let known: Loaded<Run> = load(&self.store, tenant, &turn.run).await?;
        let Some(state) = known.state.known.clone() else {
            return Err(Halt::Broken("its first event is missing"));
        };
        if state.status.is_end() {
            return Ok(Done::Yes);
        }
        let gate = self.gates.open_now(&self.store, tenant).await?;
        let open = gate.as_ref().and_then(|gate| gate.connection.clone());
        let open = open.filter(|open| open.id == turn.connection);
        let entitled = gate.is_some_and(|gate| gate.entitled);
        let skip = match &open {
            None => Some(SkipReason::Disconnected),
            Some(_) if !entitled => Some(SkipReason::Entitlement),
            Some(open) if open.paused => Some(SkipReason::Paused),
            Some(_) => None,
        };
        if let (Some(reason), 0) = (skip, state.batches) {
            return self.skip(tenant, turn, &known, reason).await;
        }
        let Some(open) = open else { return self.disconnected(tenant, turn).await };
        let run = self.started(tenant, turn, &open).await?;
        let job = self.job(tenant, turn, open, &run, attempts)?;
        let done = match job.kind {
            RunKind::Webhook => self.sync_named(&job, run).await,
            RunKind::ManualSync | RunKind::Reconcile => self.sync_everyone(&job, run).await,
            RunKind::Push | RunKind::Undo => Err(Halt::Broken("this kind is not built yet")),
        };
        match done {
            Ok(()) => Ok(Done::Yes),
            Err(Halt::Provider(error)) => self.provider_said_no(&job, error).await,
            Err(Halt::Disconnected) => self.disconnected(tenant, turn).await,
            Err(halt) => Err(halt),
        }
    }

    async fn disconnected(&self, tenant: &str, turn: &RunTurn) -> Result<Done, Halt> {
        let why = "its connection was disconnected while it ran";
        self.give_up(tenant, &turn.connection, &turn.run, why).await?;
        Ok(Done::Yes)
    }

    /// Starts the run if it has not started. Only what is first on the lane starts.
    async fn started(
        &self,
        tenant: &str,
        turn: &RunTurn,
        open: &OpenConnection,
    ) -> Result<Loaded<Run>, Halt> {
        let lane = self.lanes.load(&self.store, tenant, &turn.connection).await?;
        if lane.state.running().is_none_or(|running| *running.run != turn.run) {
            // It ended elsewhere since we looked; whatever runs now is none of our business.
            if lane.state.waiting().iter().all(|waiting| *waiting.run != turn.run) {
                return Err(Halt::Fenced);
            }
            let targets = Targets { live_baseline: true, ..open.targets.clone() };
            self.projections.wait_for_head(tenant, &["scenarios"], super::ROSTER_DEADLINE).await?;
            let baseline = scenarios::live_baseline(self.projections.db(), tenant).await?;
            let scenarios: Vec<String> =
                baseline.into_iter().map(|scenario| scenario.scenario).collect();
            let cause = Cause::by(PRINCIPAL).correlation(turn.run.clone());
            let started = self
                .lanes
                .start(&self.store, tenant, &turn.connection, &targets, &scenarios, &cause)
                .await;
            match started {
                Ok(run) if run == turn.run => {}
                Ok(_) => return Err(Halt::Broken("another run was first on the lane")),
                Err(LaneError::Lane(lane::Refusal::Busy { run })) => {
                    return Err(self.make_way(tenant, turn, &run).await?);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(load(&self.store, tenant, &turn.run).await?)
    }

    /// Another run has the lane. If ours still waits, whatever should have ended that one is gone
    /// (work of one connection is done in order), so it is given up; if not, somebody else has ours.
    async fn make_way(&self, tenant: &str, turn: &RunTurn, run: &str) -> Result<Halt, Halt> {
        let lane = self.lanes.load(&self.store, tenant, &turn.connection).await?.state;
        let waits = lane.waiting().iter().any(|waiting| *waiting.run == turn.run);
        if run == turn.run || !waits {
            return Ok(Halt::Fenced);
        }
        self.give_up(tenant, &turn.connection, run, "its work was parked").await?;
        Ok(Halt::Broken("a run before it was given up"))
    }

    fn job(
        &self,
        tenant: &std::sync::Arc<str>,
        turn: &RunTurn,
        connection: OpenConnection,
        run: &Loaded<Run>,
        attempts: u32,
    ) -> Result<Job, Halt> {
        let known = run.state.known.as_ref().ok_or(Halt::Broken("it has no state"))?;
        let scope = known.scope.as_ref().ok_or(Halt::Broken("it has not started"))?;
        let receipts = known.receipts.clone();
        let mut cause = Cause::by(PRINCIPAL).correlation(turn.run.clone());
        cause.causation = Some(receipts.first().unwrap_or(&turn.run).clone());
        Ok(Job {
            tenant: tenant.clone(),
            connection,
            run: turn.run.clone(),
            kind: known.kind,
            receipts,
            scenarios: scope.scenarios.clone(),
            cause,
            today: (self.now)().date_naive(),
            attempts,
        })
    }

    /// Ends a run that must not do anything.
    async fn skip(
        &self,
        tenant: &str,
        turn: &RunTurn,
        run: &Loaded<Run>,
        reason: SkipReason,
    ) -> Result<Done, Halt> {
        let events = run.state.decide(run::Command::Skip { reason })?;
        // What a paused connection was told is processed when it is resumed.
        let kept = match (reason, &run.state.known) {
            (SkipReason::Paused, Some(known)) => known.receipts.clone(),
            (SkipReason::Paused, None)
            | (
                SkipReason::Entitlement
                | SkipReason::Superseded
                | SkipReason::NothingToDo
                | SkipReason::Disconnected,
                _,
            ) => vec![],
        };
        let ending =
            Ending { events: written(&events, None), left_over: kept, along: Along::default() };
        let cause = Cause::by(PRINCIPAL);
        self.lanes.end(&self.store, tenant, &turn.connection, run, ending, &cause).await?;
        Ok(Done::Yes)
    }

    /// Waits, tries again or fails, as the provider's answer asks for.
    async fn provider_said_no(&self, job: &Job, error: ProviderError) -> Result<Done, Halt> {
        let failure = error.failure();
        let run: Loaded<Run> = load(&self.store, &job.tenant, &job.run).await?;
        let known = run.state.known.as_ref();
        let (throttles, outages) = known.map_or((0, 0), |known| (known.throttles, known.outages));
        let wait = match &error {
            ProviderError::RateLimited { until } if throttles < THROTTLES => Some(*until),
            ProviderError::Unavailable(_) | ProviderError::Malformed { .. }
                if outages < OUTAGES =>
            {
                Some((self.now)() + TimeDelta::seconds(1 << (2 * outages).min(10)))
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
            self.fail(job, failure).await?;
            return Ok(Done::Yes);
        };
        let events = run.state.decide(run::Command::Wait { until, code: failure.code })?;
        if !events.is_empty() {
            let append = Append::new(job.tenant.clone(), job.cause.clone()).stream(
                Run::stream(&job.run),
                run.expected(),
                written(&events, None),
            );
            fenced(self.store.append(append).await)?;
        }
        Ok(Done::Later(until, failure.summary))
    }

    /// Ends a run as failed. The people it was told of ride on the connection's next run.
    pub(super) async fn fail(&self, job: &Job, failure: Failure) -> Result<(), Halt> {
        let run: Loaded<Run> = load(&self.store, &job.tenant, &job.run).await?;
        let counts = run.state.known.as_ref().map(|known| known.counts).unwrap_or_default();
        let keep = failure.code != FailureCode::MalformedDelivery;
        let events = run.state.decide(run::Command::Fail { failure, counts })?;
        let ending = Ending {
            events: written(&events, None),
            left_over: if keep { job.receipts.clone() } else { vec![] },
            along: Along::default(),
        };
        let connection = &job.connection.id;
        let end = self.lanes.end(&self.store, &job.tenant, connection, &run, ending, &job.cause);
        match end.await {
            Err(LaneError::Append(AppendError::Conflict(_))) => Err(Halt::Fenced),
            other => Ok(other?),
        }
    }
}

/// A conflict on the run's own stream means that somebody else works on it now.
pub(super) fn fenced<T>(result: Result<T, AppendError>) -> Result<T, Halt> {
    match result {
        Err(AppendError::Conflict(_)) => Err(Halt::Fenced),
        other => Ok(other?),
    }
}
