//! What may be asked of a run, and why it may be refused.

use chrono::{DateTime, Utc};

use super::{
    Coverage, Failure, NoteReason, NotedPerson, RunSpec, SkipReason, Status, StoredPlan, TargetEnd,
};
use crate::actor::MatchedBy;
use crate::connection::Targets;
use crate::vocabulary::{Counts, Provider};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Queue {
        run: String,
        connection: String,
        provider: Provider,
        spec: RunSpec,
    },
    /// More deliveries ride on it, as long as it is queued.
    Join {
        receipts: Vec<String>,
    },
    /// Its turn has come. Once started it keeps its targets: starting again, after a crash or a
    /// wait, changes nothing.
    Start {
        targets: Targets,
        scenarios: Vec<String>,
        receipts: Vec<String>,
    },
    RecordFetched {
        blobs: Vec<String>,
        employees: u64,
        coverage: Option<Coverage>,
    },
    Wait {
        until: DateTime<Utc>,
        failure: Failure,
    },
    /// Batches count from 1 without gaps. One that was applied before is refused, so that what is
    /// appended with it can't be appended twice.
    ApplyBatch {
        batch: u32,
        scenario: String,
        counts: Counts,
    },
    Note {
        reason: NoteReason,
        scenario: String,
        subject: String,
        actor: Option<String>,
        fields: Vec<String>,
        with: Vec<String>,
        matched_by: Option<MatchedBy>,
        person: Option<NotedPerson>,
    },
    /// It ends well; as partial if a target failed, a delivery could not be read, the read was not
    /// complete, or there were errors; as failed if every target failed.
    Finish {
        /// What no batch carried and no target; `fetched` in it is the whole run's.
        uncounted: Counts,
        /// What no batch carried, for each target, and why it failed if it did.
        targets: Vec<TargetEnd>,
        coverage: Option<Coverage>,
        unread: Option<Failure>,
    },
    Fail {
        failure: Failure,
    },
    /// Its plan has to wait for a person. A plan that was held before is replaced.
    Hold {
        plan: StoredPlan,
        failure: Failure,
    },
    /// `hash` is that of the plan that was looked at.
    Approve {
        hash: Option<String>,
        subjects: Option<Vec<String>>,
    },
    Reject {
        hash: Option<String>,
    },
    /// A newer read of everybody took its place.
    Supersede,
    /// Nobody decided on it in time.
    Expire,
    /// It does nothing; only before its first batch.
    Skip {
        reason: SkipReason,
    },
    Cancel {
        reason: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("there is no such run")]
    NotFound,
    #[error("the run is queued already")]
    AlreadyQueued,
    #[error("the run has not started")]
    NotStarted,
    #[error("the run has started: deliveries wait for the next one")]
    AlreadyStarted,
    #[error("what the provider answered is recorded already; read it instead of asking again")]
    AlreadyFetched,
    #[error("the next batch is {expected}, not {got}")]
    BatchOutOfOrder { expected: u32, got: u32 },
    #[error("the run has written already: it can no longer be skipped")]
    AlreadyApplied,
    #[error("the run is under way; wait for its end, or pause the connection to keep the next one")]
    UnderWay,
    #[error("the run's plan waits for a person; approve or reject it instead")]
    WaitsForPerson,
    #[error("the run is not held: it is {}", .status.as_str())]
    NotHeld { status: Status },
    #[error("the plan is another one by now; look at it again")]
    AnotherPlan,
    #[error("the run is over: {}", .status.as_str())]
    Ended { status: Status },
    #[error("the run is not over, it is {}; wait for its end", .status.as_str())]
    NotOver { status: Status },
    #[error("the run changed nobody, so there is nothing to take back")]
    ChangedNobody,
    #[error("nobody is known any more whom the run was about; sync now instead")]
    NamesNobody,
    #[error("an undo is not run again; take the run back once more, or take back the undo")]
    IsUndo,
    #[error("what was posted is not kept any more; have everybody sent once more")]
    BodyGone,
    #[error("what it would answer waits for a run already; wait for its end")]
    NothingNew,
}
