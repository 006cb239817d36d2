//! How far a run is: state with a short life, told by the worker that has the run. No event says it,
//! and nothing rests on it.

use chrono::TimeDelta;
use rollcall_store::{Store, StoreError};
use serde::{Deserialize, Serialize};

const ENTRY: &str = "progress";
/// Nobody tells anything for longer than a provider may take to answer.
const KEPT_FOR: TimeDelta = TimeDelta::minutes(20);

/// What a running run is at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// It asks the provider.
    #[default]
    Reading,
    /// It compares what came with its targets.
    Planning,
    /// It writes.
    Applying,
}

/// How far it is. A resumed run begins anew.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    pub phase: Phase,
    /// People the provider has shown.
    pub read: u64,
    /// How many there are, if that is known.
    pub of: Option<u64>,
    /// People of all targets of whom something is written.
    pub planned: u64,
    /// Those of whom it is.
    pub applied: u64,
}

impl Phase {
    pub fn as_str(self) -> &'static str {
        match self {
            Phase::Reading => "reading",
            Phase::Planning => "planning",
            Phase::Applying => "applying",
        }
    }
}

/// Tells how far a run is.
pub async fn tell_progress(
    store: &Store,
    tenant: &str,
    run: &str,
    progress: &Progress,
) -> Result<(), StoreError> {
    let bytes = serde_json::to_vec(progress).expect("numbers and a word can be written");
    let until = store.clock().now() + KEPT_FOR;
    store.put_entry(tenant, ENTRY, run, &bytes, until).await
}

/// What was told last of a run; `None` of one that is not under way, or was too short to tell.
pub async fn progress(
    store: &Store,
    tenant: &str,
    run: &str,
) -> Result<Option<Progress>, StoreError> {
    let told = store.entry(tenant, ENTRY, run).await?;
    // One that can't be read was told by another version: the next one will be.
    Ok(told.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}
