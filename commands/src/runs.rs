//! Runs and the lane they follow one another on, always changed together: the lane says whose turn
//! it is, the run what becomes of it.

mod by_hand;
mod nightly;

use futures_util::FutureExt;
use rollcall_domain::connection::{self, Connection, Status, Targets};
use rollcall_domain::lane::{self, Lane};
use rollcall_domain::run::{self, KnownRun, Run, RunSpec};
use rollcall_domain::scenario::Scenario;
use rollcall_domain::slot::{self, Slot};
use rollcall_domain::vocabulary::{Provider, RunKind};
use rollcall_domain::{Decider, Refusal, plan};
use rollcall_store::{AppendError, Cause, Expected, Moved, NewBlob, Store};

use crate::batch;
use crate::cache::StateCache;
use crate::error::{CommandError, LoadError};
use crate::unit_of_work::{Loaded, UnitOfWork, decided_anew, load};

pub use nightly::Night;

/// What asks for a run.
#[derive(Debug, Clone)]
pub struct RunRequest {
    /// A fresh ULID; the run's id unless a waiting one takes the request along.
    pub run: String,
    pub connection: String,
    pub spec: RunSpec,
    /// The effect id of the work that asks: asking again is then answered with nothing new.
    pub effect: Option<String>,
}

/// What a run writes at once.
#[derive(Debug, Clone, Default)]
pub struct RunWrite {
    /// What is decided on the run itself, before anything else.
    pub commands: Vec<run::Command>,
    /// What its plan does to people and units.
    pub batch: Option<plan::Batch>,
    /// Blobs that its events name, with their bytes or written ahead.
    pub blobs: Vec<NewBlob>,
    pub attach: Vec<String>,
    pub end: Option<RunEnd>,
}

/// How a run ends.
#[derive(Debug, Clone)]
pub struct RunEnd {
    pub command: run::Command,
    /// Receipts whose employees the next run has to re-read.
    pub left_over: Vec<String>,
    /// Those of them of whose employees the provider said nothing, though it answered.
    pub unread: Vec<String>,
}

/// All runs and lanes of an installation.
#[derive(Default)]
pub struct Runs {
    lanes: StateCache<Lane>,
    connections: StateCache<Connection>,
    scenarios: StateCache<Scenario>,
}

impl Runs {
    /// A connection's lane as it is now.
    pub async fn lane(
        &self,
        store: &Store,
        tenant: &str,
        connection: &str,
    ) -> Result<Loaded<Lane>, LoadError> {
        self.lanes.load(store, tenant, connection).await
    }

    /// Queues a run, or lets a waiting one take the request along. The run that answers to it, or
    /// `None` where nothing is new: every receipt was on the lane already, or the effect was there.
    pub async fn request(
        &self,
        store: &Store,
        tenant: &str,
        request: &RunRequest,
        cause: &Cause,
    ) -> Result<Option<String>, CommandError> {
        let requested =
            decided_anew(|| self.queue(store, tenant, request, None, cause).boxed()).await;
        match requested {
            // Somebody who lost the same work had put it there a moment before.
            Err(CommandError::Append(AppendError::KeyReused)) => Ok(None),
            requested => requested,
        }
    }

    async fn queue(
        &self,
        store: &Store,
        tenant: &str,
        request: &RunRequest,
        place: Option<&str>,
        cause: &Cause,
    ) -> Result<Option<String>, CommandError> {
        if let Some(effect) = &request.effect
            && store.key_used(tenant, effect).await?
        {
            return Ok(None);
        }
        let mut slot: Loaded<Slot> = match place {
            Some(place) => load(store, tenant, place).await?,
            None => Loaded::default(),
        };
        // Also by the run that would take this request along.
        if let Some(holder) = slot.state.holder() {
            let holder = holder.to_owned();
            return Err(Refusal::from(slot::Refusal::Taken { holder }).into());
        }
        let connection = &request.connection;
        let mut lane = self.lane(store, tenant, connection).await?;
        let rerun_of = request.spec.rerun_of.as_deref();
        if let Some(again) = rerun_of.and_then(|of| lane.state.rerun_of(of)) {
            return Ok(Some(again.run.to_string()));
        }
        let mut unit = UnitOfWork::new(tenant, cause.clone()).key(request.effect.clone());
        let (run, spec) = (request.run.clone(), request.spec.clone());
        let decided = unit.decide(connection, &mut lane, lane::Command::Trigger { run, spec })?;
        let (run, command) = match decided.into_iter().next() {
            None => return Ok(None),
            Some(lane::Event::RunQueued { run, spec }) => {
                let provider = self.provider_of(store, tenant, connection).await?;
                let connection = connection.clone();
                (run.clone(), run::Command::Queue { run, connection, provider, spec })
            }
            Some(lane::Event::RunJoined { run, receipts }) => {
                (run, run::Command::Join { receipts })
            }
            Some(
                lane::Event::RunReturned { .. }
                | lane::Event::RunStarted { .. }
                | lane::Event::RunEnded { .. }
                | lane::Event::DeliveriesSkipped { .. },
            ) => {
                return Err(CommandError::Busy);
            }
        };
        if let Some(plan) = &request.spec.plan {
            plan.blobs().into_iter().for_each(|blob| unit.attach(blob));
        }
        // Of a run that is queued just now nothing is found.
        let mut known: Loaded<Run> = load(store, tenant, &run).await?;
        match unit.decide(&run, &mut known, command) {
            // The lane moved on after we read it.
            Err(CommandError::Refused(Refusal::Run(
                run::Refusal::AlreadyStarted | run::Refusal::Ended { .. },
            ))) => {
                return Err(CommandError::Moved(vec![]));
            }
            decided => decided?,
        };
        if let Some(place) = place {
            unit.decide(place, &mut slot, slot::Command::Take { holder: run.clone() })?;
        }
        unit.commit(store).await?;
        Ok(Some(run))
    }

    async fn provider_of(
        &self,
        store: &Store,
        tenant: &str,
        connection: &str,
    ) -> Result<Provider, CommandError> {
        let known = self.connections.load(store, tenant, connection).await?.state.known;
        let known = known.ok_or(connection::Refusal::NotConnected).map_err(Refusal::from)?;
        Ok(known.settings.provider())
    }

    /// Gives the next waiting run its turn. Refused while another runs.
    pub async fn start(
        &self,
        store: &Store,
        tenant: &str,
        connection: &str,
        targets: &Targets,
        scenarios: &[String],
        cause: &Cause,
    ) -> Result<(String, Loaded<Run>), CommandError> {
        decided_anew(|| {
            async {
                let mut lane = self.lane(store, tenant, connection).await?;
                let next = lane.state.waiting().first().map(|next| next.run.to_string());
                let cause = Cause { correlation: next, ..cause.clone() };
                let mut unit = UnitOfWork::new(tenant, cause);
                let decided = unit.decide(connection, &mut lane, lane::Command::Start)?;
                let Some(lane::Event::RunStarted { run, receipts }) = decided.into_iter().next()
                else {
                    return Err(Refusal::from(lane::Refusal::NothingWaiting).into());
                };
                let mut known: Loaded<Run> = load(store, tenant, &run).await?;
                let (targets, scenarios) = (targets.clone(), scenarios.to_vec());
                let start = run::Command::Start { targets, scenarios, receipts };
                unit.decide(&run, &mut known, start)?;
                unit.commit(store).await?;
                Ok((run, known))
            }
            .boxed()
        })
        .await
    }

    /// Writes what a run does, as long as nobody else has the run and, for a batch, its connection
    /// lives (an undo needs none) and its scenario may be written; with its end, the lane moves on in
    /// the same append. `run` is then as the log has it.
    ///
    /// `Moved` names the streams of people or units, or the run's own; the movements of the lane, the
    /// connection and the scenario are decided anew in here.
    pub async fn write(
        &self,
        store: &Store,
        tenant: &str,
        run: &mut Loaded<Run>,
        write: &RunWrite,
        cause: &Cause,
    ) -> Result<(), CommandError> {
        let known = run.state.known.as_ref().ok_or(run::Refusal::NotFound);
        let known = known.map_err(Refusal::from)?.clone();
        let (id, connection) = (&known.run, &known.connection);
        let scenario = write.batch.as_ref().map(|batch| Scenario::stream(&batch.scenario));
        let ours = [Lane::stream(connection), Connection::stream(connection)];
        let ours: Vec<String> = ours.into_iter().chain(scenario).collect();
        let written = decided_anew(|| {
            async {
                let mut now = run.clone();
                let mut unit = UnitOfWork::new(tenant, cause.clone());
                for command in &write.commands {
                    unit.decide(id, &mut now, command.clone())?;
                }
                write.blobs.iter().for_each(|blob| unit.blob(blob.clone()));
                write.attach.iter().for_each(|blob| unit.attach(blob.clone()));
                if let Some(planned) = &write.batch {
                    batch::add(&mut unit, id, &mut now, planned)?;
                }
                if let Some(end) = &write.end {
                    unit.decide(id, &mut now, end.command.clone())?;
                    let mut lane = self.lane(store, tenant, connection).await?;
                    let (left_over, unread) = (end.left_over.clone(), end.unread.clone());
                    let end = lane::Command::End { run: id.clone(), left_over, unread };
                    match unit.decide(connection, &mut lane, end) {
                        // It has ended elsewhere since we read it.
                        Err(CommandError::Refused(Refusal::Lane(lane::Refusal::NotOnLane {
                            ..
                        }))) => {
                            return Ok(Err(vec![moved(id, run)]));
                        }
                        decided => decided?,
                    };
                }
                if unit.is_empty() {
                    return Ok(Ok(now));
                }
                self.rests_on(store, tenant, &mut unit, &known, write).await?;
                match unit.commit(store).await {
                    Ok(_) => Ok(Ok(now)),
                    // Others' streams: for the caller to decide anew.
                    Err(CommandError::Moved(moved))
                        if moved.iter().any(|one| !ours.contains(&one.stream)) =>
                    {
                        Ok(Err(moved))
                    }
                    Err(error) => Err(error),
                }
            }
            .boxed()
        });
        *run = written.await?.map_err(CommandError::Moved)?;
        Ok(())
    }

    /// Says what is written rests on: a batch and a plan that is held on the connection, where a source
    /// is behind it, a batch on its scenario, too.
    async fn rests_on(
        &self,
        store: &Store,
        tenant: &str,
        unit: &mut UnitOfWork,
        run: &KnownRun,
        write: &RunWrite,
    ) -> Result<(), CommandError> {
        let is_held = |end: &RunEnd| matches!(end.command, run::Command::Hold { .. });
        let needs_connection = write.batch.is_some() || write.end.as_ref().is_some_and(is_held);
        if needs_connection && run.spec.kind != RunKind::Undo {
            let (stream, expected) = self.connected(store, tenant, &run.connection).await?;
            unit.add(stream, expected, vec![]);
        }
        if let Some(batch) = write.batch.as_ref().filter(|batch| batch.changes_anything()) {
            let (stream, expected) = self.writable(store, tenant, &batch.scenario).await?;
            unit.add(stream, expected, vec![]);
        }
        Ok(())
    }

    /// The connection as it is now, without an event: what takes its place away stops everything.
    pub(crate) async fn connected(
        &self,
        store: &Store,
        tenant: &str,
        connection: &str,
    ) -> Result<(String, Expected), CommandError> {
        let loaded = self.connections.load(store, tenant, connection).await?;
        let refusal = match loaded.state.status() {
            Some(Status::Active | Status::Paused) => None,
            Some(Status::Test | Status::Disabled) => Some(connection::Refusal::NotLive),
            Some(Status::Disconnected) | None => Some(connection::Refusal::Disconnected),
        };
        if let Some(refusal) = refusal {
            return Err(Refusal::from(refusal).into());
        }
        Ok((Connection::stream(connection), loaded.expected()))
    }

    /// The scenario as it is now, likewise: what is archived is written no more.
    pub async fn writable(
        &self,
        store: &Store,
        tenant: &str,
        scenario: &str,
    ) -> Result<(String, Expected), CommandError> {
        let loaded = self.scenarios.load(store, tenant, scenario).await?;
        loaded.state.writable().map_err(Refusal::from)?;
        Ok((Scenario::stream(scenario), loaded.expected()))
    }
}

/// What a conflict on the run's own stream says.
fn moved(id: &str, run: &Loaded<Run>) -> Moved {
    Moved { stream: Run::stream(id), expected: run.expected(), actual: run.version }
}

#[cfg(test)]
mod tests;
