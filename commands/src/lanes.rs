//! Runs and the lane they follow one another on, always changed together: the lane says whose turn
//! it is, the run what becomes of it.

use rollcall_domain::connection::Targets;
use rollcall_domain::lane::{self, Lane};
use rollcall_domain::run::{self, Run};
use rollcall_domain::vocabulary::{Provider, RunKind, Trigger};
use rollcall_domain::{Decider, Malformed};
use rollcall_store::{Append, AppendError, Cause, Expected, NewBlob, NewEvent, Store};

use crate::cache::StateCache;
use crate::handle::{LoadError, Loaded, load, written};

/// How often a change is decided anew because somebody else was faster.
const CONFLICTS: u32 = 20;

/// A wish for a run.
#[derive(Debug, Clone)]
pub struct RunRequest {
    /// A fresh ULID; the run's id unless a waiting one takes the wish along.
    pub run: String,
    pub connection: String,
    pub provider: Provider,
    pub kind: RunKind,
    pub event_type: String,
    pub trigger: Trigger,
    pub receipts: Vec<String>,
    pub rerun_of: Option<String>,
    /// The effect id of the work that asks: asking again is then answered with nothing new.
    pub effect: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum LaneError {
    #[error(transparent)]
    Lane(#[from] lane::Refusal),
    #[error(transparent)]
    Run(#[from] run::Refusal),
    #[error("the lane is being changed by somebody else; try again")]
    Busy,
    #[error(transparent)]
    Malformed(#[from] Malformed),
    #[error(transparent)]
    Append(#[from] AppendError),
}

impl From<LoadError> for LaneError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Store(error) => AppendError::from(error).into(),
            LoadError::Malformed(error) => error.into(),
        }
    }
}

/// What of an append belongs to the run beside its lane: more streams, written with the end.
#[derive(Debug, Clone, Default)]
pub struct Along {
    pub streams: Vec<(String, Expected, Vec<NewEvent>)>,
    pub attach: Vec<String>,
    pub blobs: Vec<NewBlob>,
}

/// All lanes of an installation.
#[derive(Default)]
pub struct Lanes {
    known: StateCache<Lane>,
}

impl Lanes {
    /// The lane as it is now.
    pub async fn load(
        &self,
        store: &Store,
        tenant: &str,
        connection: &str,
    ) -> Result<Loaded<Lane>, LoadError> {
        self.known.load(store, tenant, connection).await
    }

    /// Queues a run, or lets a waiting one take the wish along. The run that answers to it, or
    /// `None` where nothing is new: every receipt was on the lane already, or the effect was there.
    pub async fn request(
        &self,
        store: &Store,
        tenant: &str,
        request: &RunRequest,
        cause: &Cause,
    ) -> Result<Option<String>, LaneError> {
        'anew: for _ in 0..CONFLICTS {
            if let Some(effect) = &request.effect
                && store.key_used(tenant, effect).await.map_err(AppendError::from)?
            {
                return Ok(None);
            }
            let lane = self.load(store, tenant, &request.connection).await?;
            let events = lane.state.decide(lane::Command::Trigger {
                run: request.run.clone(),
                kind: request.kind,
                event_type: request.event_type.clone(),
                trigger: request.trigger,
                receipts: request.receipts.clone(),
            })?;
            if events.is_empty() {
                return Ok(None);
            }
            let mut append = Append::new(tenant, cause.clone()).stream(
                Lane::stream(&request.connection),
                lane.expected(),
                written(&events, None),
            );
            let mut answers = None;
            for event in &events {
                let followed = match follow(store, tenant, request, event).await {
                    // The lane moved on after we read it.
                    Err(LaneError::Run(run::Refusal::AlreadyStarted)) => continue 'anew,
                    followed => followed,
                };
                let (run, expected, run_events) = followed?;
                append = append.stream(Run::stream(&run), expected, written(&run_events, None));
                answers = Some(run);
            }
            append.key.clone_from(&request.effect);
            match store.append(append).await {
                Ok(_) => return Ok(answers),
                // Somebody who lost the same work had put it there a moment before.
                Err(AppendError::KeyReused) => return Ok(None),
                Err(AppendError::Conflict(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(LaneError::Busy)
    }

    /// Gives the next waiting run its turn; its id. Refused while another runs.
    pub async fn start(
        &self,
        store: &Store,
        tenant: &str,
        connection: &str,
        targets: &Targets,
        scenarios: &[String],
        cause: &Cause,
    ) -> Result<String, LaneError> {
        for _ in 0..CONFLICTS {
            let lane = self.load(store, tenant, connection).await?;
            let events = lane.state.decide(lane::Command::Start)?;
            let Some(lane::Event::RunStarted { run, receipts }) = events.first() else {
                return Err(lane::Refusal::NothingWaiting.into());
            };
            let known: Loaded<Run> = load(store, tenant, run).await?;
            let started = known.state.decide(run::Command::Start {
                targets: targets.clone(),
                scenarios: scenarios.to_vec(),
                receipts: receipts.clone(),
            })?;
            let append = Append::new(tenant, cause.clone().correlation(run.clone()))
                .stream(Lane::stream(connection), lane.expected(), written(&events, None))
                .stream(Run::stream(run), known.expected(), written(&started, None));
            match store.append(append).await {
                Ok(_) => return Ok(run.clone()),
                Err(AppendError::Conflict(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(LaneError::Busy)
    }

    /// Ends a run: its last events, the lane moving on, and whatever goes along, in one append.
    ///
    /// `Append(Conflict)` names the streams of `along` or of the run that had moved; the lane's own
    /// movements are decided anew in here.
    pub async fn end(
        &self,
        store: &Store,
        tenant: &str,
        connection: &str,
        run: &Loaded<Run>,
        ending: Ending,
        cause: &Cause,
    ) -> Result<(), LaneError> {
        let id = run.state.known.as_ref().map(|known| known.run.clone());
        let id = id.ok_or(run::Refusal::NotFound)?;
        for _ in 0..CONFLICTS {
            let lane = self.load(store, tenant, connection).await?;
            let left_over = ending.left_over.clone();
            let events = lane.state.decide(lane::Command::End { run: id.clone(), left_over })?;
            let lane_stream = Lane::stream(connection);
            let mut append = Append::new(tenant, cause.clone().correlation(id.clone()))
                .stream(lane_stream.clone(), lane.expected(), written(&events, None))
                .stream(Run::stream(&id), run.expected(), ending.events.clone());
            for (stream, expected, events) in ending.along.streams.clone() {
                append = append.stream(stream, expected, events);
            }
            append.attach.clone_from(&ending.along.attach);
            append.blobs.clone_from(&ending.along.blobs);
            match store.append(append).await {
                Ok(_) => return Ok(()),
                Err(AppendError::Conflict(moved))
                    if moved.iter().all(|one| one.stream == lane_stream) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(LaneError::Busy)
    }
}

/// How a run ends.
#[derive(Debug, Clone, Default)]
pub struct Ending {
    /// The run's own last events, written (a batch may come with them).
    pub events: Vec<NewEvent>,
    /// Receipts whose employees the next run has to re-read.
    pub left_over: Vec<String>,
    pub along: Along,
}

/// What a lane event means for the run it names: which run, from where, which events.
async fn follow(
    store: &Store,
    tenant: &str,
    request: &RunRequest,
    event: &lane::Event,
) -> Result<(String, Expected, Vec<run::Event>), LaneError> {
    match event {
        lane::Event::RunQueued { run, kind, event_type, trigger, receipts } => {
            let queued = Run::default().decide(run::Command::Queue {
                run: run.clone(),
                connection: request.connection.clone(),
                provider: request.provider,
                kind: *kind,
                event_type: event_type.clone(),
                trigger: *trigger,
                receipts: receipts.clone(),
                rerun_of: request.rerun_of.clone(),
            })?;
            Ok((run.clone(), Expected::NoStream, queued))
        }
        lane::Event::RunJoined { run, receipts } => {
            let known: Loaded<Run> = load(store, tenant, run).await?;
            let joined = known.state.decide(run::Command::Join { receipts: receipts.clone() })?;
            Ok((run.clone(), known.expected(), joined))
        }
        lane::Event::RunStarted { run, .. } | lane::Event::RunEnded { run, .. } => {
            Ok((run.clone(), Expected::Any, vec![]))
        }
    }
}
