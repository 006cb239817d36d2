//! Load, decide, append: the loop behind every command.

use rollcall_domain::{Decider, Malformed, Written};
use rollcall_store::{
    Append, AppendError, Appended, Cause, Expected, NewEvent, Store, StoreError, Version,
};

/// How often a command is decided anew because somebody else was faster.
const CONFLICTS: u32 = 10;

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
}

/// What a command did.
#[derive(Debug)]
pub struct Handled<E> {
    pub events: Vec<E>,
    /// `None` where there was nothing new.
    pub appended: Option<Appended>,
}

/// Why a command did nothing.
#[derive(Debug, thiserror::Error)]
pub enum CommandError<R: std::error::Error + Send + Sync + 'static> {
    /// The rules say no.
    #[error(transparent)]
    Refused(R),
    /// Somebody else kept changing the same thing; try again.
    #[error("it is being changed by somebody else; try again")]
    Busy,
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The database; it may or may not have been written.
    #[error(transparent)]
    Append(#[from] AppendError),
}

impl<R: std::error::Error + Send + Sync + 'static> From<StoreError> for CommandError<R> {
    fn from(error: StoreError) -> Self {
        CommandError::Append(error.into())
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

/// Brings a state up to date with what came after its version.
pub(crate) async fn catch_up<D: Decider>(
    store: &Store,
    tenant: &str,
    id: &str,
    mut known: Loaded<D>,
) -> Result<Loaded<D>, LoadError> {
    for stored in store.read_stream(tenant, &D::stream(id), known.version).await? {
        let event = D::Event::read(&stored.payload, stored.personal.as_deref())?;
        known.state = known.state.evolve(&event);
        known.version = stored.version;
    }
    Ok(known)
}

/// Why a state could not be read.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

impl<R: std::error::Error + Send + Sync + 'static> From<LoadError> for CommandError<R> {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Store(error) => error.into(),
            LoadError::Malformed(error) => CommandError::Malformed(error),
        }
    }
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

/// Runs one command on one aggregate. `command` is called again when somebody else was faster.
pub async fn handle<D: Decider>(
    store: &Store,
    tenant: &str,
    id: &str,
    command: impl Fn() -> D::Command,
    cause: &Cause,
) -> Result<Handled<D::Event>, CommandError<D::Refusal>> {
    for _ in 0..CONFLICTS {
        let known: Loaded<D> = load(store, tenant, id).await?;
        let events = known.state.decide(command()).map_err(CommandError::Refused)?;
        if events.is_empty() {
            return Ok(Handled { events, appended: None });
        }
        let append = Append::new(tenant, cause.clone()).stream(
            D::stream(id),
            known.expected(),
            written(&events, None),
        );
        match store.append(append).await {
            Ok(appended) => return Ok(Handled { events, appended: Some(appended) }),
            Err(AppendError::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(CommandError::Busy)
}
