//! Load, decide, append: the loop behind every command. Any number of aggregates are decided on and
//! written together, or not at all.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use rollcall_domain::{Decider, Malformed, Written};
use rollcall_store::{
    Append, Appended, Cause, Expected, NewBlob, NewEvent, Position, Store, Stored, StreamAppend,
    Version,
};

use crate::error::{CommandError, LoadError};

/// How often a command is decided anew because somebody else was faster.
const CONFLICTS: u32 = 20;

/// What is known of one aggregate, and from which version.
#[derive(Debug, Clone, Default)]
pub struct Loaded<D> {
    pub state: D,
    /// 0 where it does not exist.
    pub version: Version,
}

impl<D: Decider> Loaded<D> {
    /// The expectation under which a decision on this state holds.
    pub fn expected(&self) -> Expected {
        match self.version {
            0 => Expected::NoStream,
            version => Expected::Exact(version),
        }
    }

    /// What it is after its next event.
    fn after(self, stored: &Stored) -> Result<Self, Malformed> {
        let event = D::Event::read(&stored.payload, stored.personal.as_deref())?;
        Ok(Loaded { state: self.state.evolve(&event), version: stored.version })
    }
}

/// Reads an aggregate's state.
pub async fn load<D: Decider>(
    store: &Store,
    tenant: &str,
    id: &str,
) -> Result<Loaded<D>, LoadError> {
    catch_up(store, tenant, id, Loaded { state: D::default(), version: 0 }).await
}

/// Reads an aggregate's state as it was at a position of its tenant's shard.
pub async fn load_at<D: Decider>(
    store: &Store,
    tenant: &str,
    id: &str,
    position: Position,
) -> Result<Loaded<D>, LoadError> {
    let mut known = Loaded { state: D::default(), version: 0 };
    let all = store.read_stream(tenant, &D::stream(id), 0).await?;
    for stored in all.iter().take_while(|stored| stored.position <= position) {
        known = known.after(stored)?;
    }
    Ok(known)
}

/// Brings a state up to date with what came after its version.
pub(crate) async fn catch_up<D: Decider>(
    store: &Store,
    tenant: &str,
    id: &str,
    mut known: Loaded<D>,
) -> Result<Loaded<D>, LoadError> {
    for stored in store.read_stream(tenant, &D::stream(id), known.version).await? {
        known = known.after(&stored)?;
    }
    Ok(known)
}

/// Events as the store takes them; `subject` is whose key seals the personal parts.
pub fn written<E: Written>(events: &[E], subject: Option<&str>) -> Vec<NewEvent> {
    events
        .iter()
        .map(|event| NewEvent {
            kind: event.kind().to_owned(),
            schema_version: event.schema_version(),
            payload: event.payload(),
            personal: event.personal_bytes(),
            subject: subject.map(str::to_owned),
            effective_at: None,
        })
        .collect()
}

/// Decisions that are written together. States evolve as they are decided on, so several commands
/// may follow one another; they are the log's only once `commit` has returned.
pub struct UnitOfWork {
    append: Append,
}

impl UnitOfWork {
    pub fn new(tenant: impl Into<Arc<str>>, cause: Cause) -> Self {
        UnitOfWork { append: Append::new(tenant, cause) }
    }

    /// Under this key it is written once, however often it is tried.
    #[must_use]
    pub fn key(mut self, key: Option<String>) -> Self {
        self.append.key = key;
        self
    }

    /// Decides on an aggregate as it was loaded.
    pub fn decide<D: Decider>(
        &mut self,
        id: &str,
        loaded: &mut Loaded<D>,
        command: D::Command,
    ) -> Result<Vec<D::Event>, CommandError> {
        self.decide_about(id, loaded, command, None)
    }

    /// The same where events tell something personal of `subject`.
    pub fn decide_about<D: Decider>(
        &mut self,
        id: &str,
        loaded: &mut Loaded<D>,
        command: D::Command,
        subject: Option<&str>,
    ) -> Result<Vec<D::Event>, CommandError> {
        let decided = loaded.state.decide(command);
        let events = decided.map_err(|refusal| CommandError::Refused(refusal.into()))?;
        let expected = loaded.expected();
        self.add(D::stream(id), expected, written(&events, subject));
        let state = std::mem::take(&mut loaded.state);
        loaded.state = events.iter().fold(state, D::evolve);
        loaded.version += events.len() as Version;
        Ok(events)
    }

    /// Adds events that a plan decided on. None is fine and still checks the expectation.
    pub(crate) fn add(&mut self, stream: String, expected: Expected, events: Vec<NewEvent>) {
        match self.append.streams.iter_mut().find(|known| known.stream == stream) {
            // The expectation it was first decided on is the one that counts.
            Some(known) => known.events.extend(events),
            None => self.append.streams.push(StreamAppend { stream, expected, events }),
        }
    }

    /// Adds streams that are not in it yet.
    pub(crate) fn extend(&mut self, streams: impl IntoIterator<Item = StreamAppend>) {
        self.append.streams.extend(streams);
    }

    pub(crate) fn blob(&mut self, blob: NewBlob) {
        self.append.blobs.push(blob);
    }

    /// Names a blob that was written ahead.
    pub(crate) fn attach(&mut self, blob: String) {
        self.append.attach.push(blob);
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.append.streams.iter().all(|stream| stream.events.is_empty())
    }

    /// Writes all of it, durably. `Moved` names every stream on which somebody else was faster.
    pub async fn commit(self, store: &Store) -> Result<Appended, CommandError> {
        Ok(store.append(self.append).await?)
    }
}

/// Repeats an attempt as long as somebody else was faster: each loads, decides and commits.
pub(crate) async fn decided_anew<'a, T>(
    mut attempt: impl FnMut() -> BoxFuture<'a, Result<T, CommandError>>,
) -> Result<T, CommandError> {
    for _ in 0..CONFLICTS {
        match attempt().await {
            Err(CommandError::Moved(_)) => {}
            done => return done,
        }
    }
    Err(CommandError::Busy)
}

/// What a command did.
#[derive(Debug)]
pub struct Handled<E> {
    pub events: Vec<E>,
    /// `None` where there was nothing new.
    pub appended: Option<Appended>,
}

/// Runs one command on one aggregate. `command` is called again when somebody else was faster.
pub async fn handle<D: Decider>(
    store: &Store,
    tenant: &str,
    id: &str,
    command: impl Fn() -> D::Command + Sync,
    cause: &Cause,
) -> Result<Handled<D::Event>, CommandError> {
    decided_anew(|| {
        async {
            let mut known: Loaded<D> = load(store, tenant, id).await?;
            let mut unit = UnitOfWork::new(tenant, cause.clone());
            let events = unit.decide(id, &mut known, command())?;
            let appended = match unit.is_empty() {
                true => None,
                false => Some(unit.commit(store).await?),
            };
            Ok(Handled { events, appended })
        }
        .boxed()
    })
    .await
}
