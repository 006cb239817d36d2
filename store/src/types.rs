//! What goes into the log and what comes out of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

/// One independent part of the log. Order is promised within it, hence within a tenant.
pub type Shard = u16;
/// Place in a shard, from 1 without gaps.
pub type Position = u64;
/// Place in a stream, from 1 without gaps; 0 where the stream does not exist.
pub type Version = u64;

/// What a stream must look like for an append to pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Anything.
    Any,
    /// It must not exist yet.
    NoStream,
    /// Its last event must have this version.
    Exact(Version),
}

impl Expected {
    /// Whether a stream at this version (0 = none) is as expected.
    pub(crate) fn holds(self, version: Version) -> bool {
        match self {
            Expected::Any => true,
            Expected::NoStream => version == 0,
            Expected::Exact(expected) => version == expected,
        }
    }
}

/// One event to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// `aggregate.what_happened`.
    pub kind: String,
    pub schema_version: u16,
    /// The clear part, JSON.
    pub payload: Vec<u8>,
    /// The part to seal with the subject's key, JSON. Needs a `subject`.
    pub personal: Option<Vec<u8>>,
    /// The person it is about.
    pub subject: Option<String>,
    /// When it holds, where that differs from when it was recorded.
    pub effective_at: Option<DateTime<Utc>>,
}

/// The events one stream gets.
#[derive(Debug, Clone)]
pub struct StreamAppend {
    /// Kind and id, such as `actor/01J…`.
    pub stream: String,
    pub expected: Expected,
    pub events: Vec<NewEvent>,
}

/// Who did it and why; written with every event of an append.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cause {
    pub principal: String,
    pub causation: Option<String>,
    pub correlation: Option<String>,
}

impl Cause {
    /// A cause that is nothing but somebody's wish.
    pub fn by(principal: impl Into<String>) -> Self {
        Cause { principal: principal.into(), causation: None, correlation: None }
    }
    #[must_use]
    pub fn causation(mut self, id: impl Into<String>) -> Self {
        self.causation = Some(id.into());
        self
    }
    #[must_use]
    pub fn correlation(mut self, id: impl Into<String>) -> Self {
        self.correlation = Some(id.into());
        self
    }
}

/// Bytes that are not an event but belong to one: a request body, a provider's answer.
#[derive(Debug, Clone)]
pub struct NewBlob {
    /// A fresh ULID.
    pub id: String,
    pub bytes: Vec<u8>,
    /// The people it names, so that erasing one of them takes it along.
    pub subjects: Vec<String>,
    /// When it may go, unless it is pinned.
    pub expires_at: DateTime<Utc>,
    /// Kept until released: unprocessed or held work needs it.
    pub pinned: bool,
}

/// Any number of streams of one tenant, written all or nothing.
#[derive(Debug, Clone)]
pub struct Append {
    pub tenant: Arc<str>,
    pub streams: Vec<StreamAppend>,
    pub cause: Cause,
    /// A repeat under the same key returns the first result; other content is refused.
    pub key: Option<String>,
    pub blobs: Vec<NewBlob>,
    /// Blobs written ahead with `Store::write_blob` that an event of this append names.
    pub attach: Vec<String>,
}

impl Append {
    pub fn new(tenant: impl Into<Arc<str>>, cause: Cause) -> Self {
        Append {
            tenant: tenant.into(),
            streams: vec![],
            cause,
            key: None,
            blobs: vec![],
            attach: vec![],
        }
    }
    /// Adds the events of one stream; none is fine and still checks the expectation.
    #[must_use]
    pub fn stream(
        mut self,
        stream: impl Into<String>,
        expected: Expected,
        events: Vec<NewEvent>,
    ) -> Self {
        self.streams.push(StreamAppend { stream: stream.into(), expected, events });
        self
    }
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }
    #[must_use]
    pub fn blob(mut self, blob: NewBlob) -> Self {
        self.blobs.push(blob);
        self
    }
}

impl Append {
    /// Every text that ends up in a column of its own.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        let events = self.streams.iter().flat_map(|stream| {
            let names = stream.events.iter().flat_map(|event| {
                [Some(event.kind.as_str()), event.subject.as_deref()].into_iter().flatten()
            });
            names.chain([stream.stream.as_str()])
        });
        let cause = &self.cause;
        let optional =
            [self.key.as_deref(), cause.causation.as_deref(), cause.correlation.as_deref()];
        let single = [&*self.tenant, cause.principal.as_str()];
        let blobs = self.blobs.iter().map(|blob| blob.id.as_str());
        let attach = self.attach.iter().map(String::as_str);
        events.chain(optional.into_iter().flatten()).chain(single).chain(blobs).chain(attach)
    }
}

/// Where an append ended up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    pub shard: Shard,
    /// Positions of the first and last event.
    pub first: Position,
    pub last: Position,
    /// Each stream's version after it. Empty for a repeat.
    pub versions: BTreeMap<String, Version>,
    /// Whether an earlier append under the same key answered.
    pub repeated: bool,
}

/// One event as stored. `personal` is unsealed where the reader asked for it and its key lives.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    pub shard: Shard,
    pub position: Position,
    pub tenant: Arc<str>,
    pub stream: Arc<str>,
    pub version: Version,
    pub event_id: String,
    pub kind: Arc<str>,
    pub schema_version: u16,
    pub recorded_at: DateTime<Utc>,
    pub effective_at: Option<DateTime<Utc>>,
    pub principal: Arc<str>,
    pub causation: Option<Arc<str>>,
    pub correlation: Option<Arc<str>>,
    pub subject: Option<Arc<str>>,
    pub payload: Vec<u8>,
    /// As stored: sealed.
    pub sealed: Option<Vec<u8>>,
    /// Opened; `None` where there was nothing, or where it was erased.
    pub personal: Option<Vec<u8>>,
}

/// A stream that was not as expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    pub stream: String,
    pub expected: Expected,
    /// Its real version; 0 where it does not exist.
    pub actual: Version,
}

/// Why an append wrote nothing.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// Read the named streams again and decide anew.
    #[error("{} of the streams are not as expected", .0.len())]
    Conflict(Vec<Moved>),
    /// The caller used one key for two different things.
    #[error("this idempotency key was used before with other content")]
    KeyReused,
    /// The person's keys were destroyed; nothing personal can be written about them any more.
    #[error("the personal data of this subject was erased")]
    Erased { subject: String },
    /// The request itself can never pass: too large, a stream twice, personal data without a subject.
    #[error("the append is invalid: {0}")]
    Invalid(&'static str),
    /// Try again; it is unknown whether it was written, so use a key or an expectation.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why the store could not answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database is away, full or overloaded. Asking again may help. The store logs that it does
    /// not answer, and that it is back; whoever gets this has nothing to add.
    #[error("the database is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Somebody else owns this work now; drop it.
    #[error("the lease was lost")]
    LeaseLost,
    /// It is not there (any more).
    #[error("{0} was not found")]
    NotFound(&'static str),
    /// A unique thing exists already.
    #[error("{0} exists already")]
    Exists(&'static str),
    /// Stored bytes do not open or parse: a wrong operator key, or damage.
    #[error("{0}")]
    Damaged(&'static str),
    /// The operator has to change something before it can work.
    #[error("{0}")]
    Setup(String),
}

impl StoreError {
    /// Logs what follows from a failure. Of a database that is away the store has said all there is
    /// to say (`Store::note`).
    pub fn warn(&self, what: &str) {
        match self {
            StoreError::Unavailable(_) => tracing::debug!(error = %self, "{what}"),
            StoreError::LeaseLost
            | StoreError::NotFound(_)
            | StoreError::Exists(_)
            | StoreError::Damaged(_)
            | StoreError::Setup(_) => tracing::warn!(error = %self, "{what}"),
        }
    }

    pub fn unavailable(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        StoreError::Unavailable(error.into())
    }
}
