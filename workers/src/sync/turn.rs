//! One run from its turn on the lane to its end, resumable at any point.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use chrono::TimeDelta;
use futures_util::FutureExt;
use rollcall_commands::{CommandError, Loaded, OpenConnection, load};
use rollcall_domain::connection::Targets;
use rollcall_domain::run::{Run, Scope, SkipReason, Status};
use rollcall_domain::vocabulary::RunKind;
use rollcall_domain::{Refusal, connection, lane};
use rollcall_store::Cause;

use super::{Engine, Halt, PRINCIPAL};
use crate::work::{Done, WorkError};

/// How often a run is tried that fails for reasons of ours.
pub(super) const TRIES: u32 = 12;
const PATIENCE: TimeDelta = TimeDelta::minutes(10);

/// Whose turn it is.
pub(super) struct Turn<'a> {
    pub(super) tenant: &'a Arc<str>,
    connection: &'a str,
    run: &'a str,
    pub(super) attempts: u32,
}

impl Engine {
    /// Gives a queued run its turn, or goes on where a crash left it.
    pub(crate) async fn take_turn(
        &self,
        tenant: &Arc<str>,
        connection: &str,
        run: &str,
        attempts: u32,
    ) -> Result<Done, WorkError> {
        let turn = Turn { tenant, connection, run, attempts };
        let mut state: Loaded<Run> = load(&self.store, tenant, run).await.map_err(Halt::from)?;
        let gone = AssertUnwindSafe(self.go(&turn, &mut state)).catch_unwind().await;
        let done = match gone.unwrap_or(Err(Halt::Broken("it panicked; see the log"))) {
            Ok(done) => done,
            Err(Halt::Fenced) => return Ok(Done::Lost),
            // A run that can't go on must not keep its lane.
            Err(halt) if attempts - waits(&state).min(attempts) >= TRIES && self.is_old(run) => {
                tracing::error!(run, error = %halt, "a run is given up");
                let why = format!("the run was given up after {TRIES} tries: {halt}; sync again");
                state = self.give_up(tenant, run, &why).await?;
                Done::Yes
            }
            Err(halt) => return Err(halt.into()),
        };
        if matches!(done, Done::Yes) {
            self.after_its_end(tenant, &state).await?;
        }
        Ok(done)
    }

    /// Whether a run was asked for so long ago that giving it up is right. Tries alone don't tell: a
    /// lost lease counts as one.
    fn is_old(&self, run: &str) -> bool {
        let made = ulid::Ulid::from_string(run).map_or(0, |id| id.timestamp_ms().cast_signed());
        self.clock.now().timestamp_millis() - made > PATIENCE.num_milliseconds()
    }

    async fn go(&self, turn: &Turn<'_>, run: &mut Loaded<Run>) -> Result<Done, Halt> {
        let Some(known) = &run.state.known else {
            return Err(Halt::Broken("its first event is missing"));
        };
        // What is held waits for a person, and then for another turn.
        if known.status.is_end() || known.status == Status::Held {
            return Ok(Done::Yes);
        }
        if known.spec.kind == RunKind::Undo {
            return self.take_back(turn, run).await;
        }
        let policy = self.inbound_policies.read(&self.store, turn.tenant).await?;
        let open = policy.as_ref().and_then(|policy| policy.connection.clone());
        let open = open.filter(|open| open.id == turn.connection);
        let entitled = policy.is_some_and(|policy| policy.entitled);
        let skip = match &open {
            None => Some(self.why_closed(turn.tenant, turn.connection).await?),
            Some(_) if !entitled => Some(SkipReason::Entitlement),
            Some(open) if open.status == connection::Status::Paused => Some(SkipReason::Paused),
            Some(_) if known.spec.kind == RunKind::Push => self.needless(turn, known).await?,
            Some(_) => None,
        };
        if let (Some(reason), 0) = (skip, known.batches) {
            return match known.approval.is_some() && reason != SkipReason::Disconnected {
                true => self.hold_again(turn.tenant, run).await,
                false => self.skip(turn.tenant, run, reason).await,
            };
        }
        let Some(open) = open else { return self.disconnected(turn.tenant, run).await };
        if skip == Some(SkipReason::BodyGone) {
            return self.cut_short(turn.tenant, run).await;
        }
        if let Some(reason) = self.start(turn, &open.targets, run).await? {
            return self.skip(turn.tenant, run, reason).await;
        }
        match self.execute(turn, open, run).await {
            Ok(()) => Ok(Done::Yes),
            // Nobody needs to wait for it where the connection is gone.
            Err(Halt::Provider(_)) if !self.is_open(turn).await? => {
                self.disconnected(turn.tenant, run).await
            }
            Err(Halt::Provider(error)) => {
                let done = self.provider_said_no(turn.tenant, run, error).await?;
                // Whoever disconnects from now on finds that it waits, and wakes it.
                let goes_on = !matches!(done, Done::Later(..)) || self.is_open(turn).await?;
                if goes_on { Ok(done) } else { self.disconnected(turn.tenant, run).await }
            }
            Err(Halt::Disconnected) => self.disconnected(turn.tenant, run).await,
            Err(halt) => Err(halt),
        }
    }

    /// Why a connection is not the tenant's active one.
    pub(super) async fn why_closed(
        &self,
        tenant: &str,
        connection: &str,
    ) -> Result<SkipReason, Halt> {
        let known = load::<connection::Connection>(&self.store, tenant, connection);
        Ok(match known.await?.state.status() {
            Some(connection::Status::Test | connection::Status::Disabled) => SkipReason::NotLive,
            Some(
                connection::Status::Active
                | connection::Status::Paused
                | connection::Status::Disconnected,
            )
            | None => SkipReason::Disconnected,
        })
    }

    async fn is_open(&self, turn: &Turn<'_>) -> Result<bool, Halt> {
        let policy = self.inbound_policies.read(&self.store, turn.tenant).await?;
        let open = policy.as_ref().and_then(|policy| policy.connection.as_ref());
        Ok(open.is_some_and(|open| open.id == turn.connection))
    }

    async fn execute(
        &self,
        turn: &Turn<'_>,
        open: OpenConnection,
        run: &mut Loaded<Run>,
    ) -> Result<(), Halt> {
        let execution = self.execution(turn.tenant, open, run, turn.attempts).await?;
        if execution.exact {
            return self.apply_stored(&execution, run).await;
        }
        match execution.kind {
            RunKind::Webhook => self.sync_named(&execution, run).await,
            RunKind::ManualSync | RunKind::Reconcile | RunKind::Push => {
                let planned = self.plan_everyone(&execution, run).await?;
                self.carry_out(&execution, run, planned).await
            }
            RunKind::Undo => Err(Halt::Broken("it takes back, and reads nothing")),
        }
    }

    /// Starts the run if it has not started; why it is skipped if it has no target. Only what is
    /// first on the lane starts.
    pub(super) async fn start(
        &self,
        turn: &Turn<'_>,
        targets: &Targets,
        run: &mut Loaded<Run>,
    ) -> Result<Option<SkipReason>, Halt> {
        let lane = self.runs.lane(&self.store, turn.tenant, turn.connection).await?.state;
        if lane.running().is_some_and(|running| *running.run == *turn.run) {
            // It may have been started since we read it.
            if run.state.known.as_ref().is_some_and(|known| known.scope.is_none()) {
                *run = load(&self.store, turn.tenant, turn.run).await?;
            }
            return Ok(None);
        }
        // It ended elsewhere since we looked; whatever runs now is none of our business.
        if lane.waiting().iter().all(|waiting| *waiting.run != *turn.run) {
            return Err(Halt::Fenced);
        }
        let Scope { targets, scenarios } = self.scope(turn.tenant, run, targets).await?;
        if scenarios.is_empty() {
            return Ok(Some(SkipReason::NothingToDo));
        }
        let (cause, connection) = (Cause::by(PRINCIPAL), turn.connection);
        let started = self
            .runs
            .start(&self.store, turn.tenant, connection, &targets, &scenarios, &cause)
            .await;
        match started {
            Ok((id, started)) if id == turn.run => {
                *run = started;
                Ok(None)
            }
            Ok(_) => Err(Halt::Broken("another run was first on the lane")),
            Err(CommandError::Refused(Refusal::Lane(lane::Refusal::Busy { run }))) => {
                Err(self.make_way(turn, &run).await?)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Another run has the lane. If ours still waits, whatever should have ended that one is gone
    /// (work of one connection is done in order), so it is given up; if not, somebody else has ours.
    async fn make_way(&self, turn: &Turn<'_>, run: &str) -> Result<Halt, Halt> {
        let lane = self.runs.lane(&self.store, turn.tenant, turn.connection).await?.state;
        let waits = lane.waiting().iter().any(|waiting| *waiting.run == *turn.run);
        if run == turn.run || !waits {
            return Ok(Halt::Fenced);
        }
        let ended = self.give_up(turn.tenant, run, "its work was parked; sync again").await?;
        self.after_its_end(turn.tenant, &ended).await?;
        Ok(Halt::Broken("a run before it was given up"))
    }
}

/// How often it was put off for the provider's sake: each of those counts as an attempt.
fn waits(run: &Loaded<Run>) -> u32 {
    run.state.known.as_ref().map_or(0, |known| known.throttles + known.outages)
}
