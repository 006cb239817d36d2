//! What has happened in one execution of the sync engine.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{RunSpec, StoredPlan};
use crate::actor::MatchedBy;
use crate::connection::Targets;
use crate::decider::Written;
use crate::vocabulary::{Counts, FailureCode, Provider};

/// Why a person was not brought in line, or only in part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteReason {
    /// Inactive at the source and unknown here.
    InactiveUnknown,
    /// Starts in the future.
    NotStarted,
    /// The source says it was deleted; it was never here.
    DeletedUnknown,
    /// The provider omitted fields; they keep their values.
    FieldsOmitted,
    /// The provider does not show this person to our credentials.
    NotVisible,
    /// The provider does not know the person and nothing confirms a deletion.
    NotFound,
    /// A person can't be their own manager.
    OwnManager,
    /// The manager would report to this person.
    ManagerCycle,
    /// Neither active nor inactive at the source.
    UnknownStatus,
    /// The source sent this id more than once in one read.
    Duplicate,
    /// The provider's record can't be read.
    Unreadable,
    /// Taken out of sync by hand.
    OutOfSync,
    /// Their personal data was erased.
    Erased,
    /// The source once said the record was deleted, and now speaks of it again.
    SourceDeleted,
    /// Whoever this should be by the identity map or by e-mail has another source id.
    Conflict,
    /// The identity map or the e-mail address names several people.
    Ambiguous,
    /// On hold since a run was taken back, until released.
    OnHold,
    /// A person approved the plan without this part of it.
    NotApproved,
    /// Changed since the plan was made that was to be applied as it is.
    Moved,
    /// The provider kept failing on this person; they are not asked for again by themselves.
    GivenUp,
    /// Changed by somebody since the run that is taken back, so it stays.
    ChangedSince,
    /// A source id that the person was given stays theirs, whatever else is taken back.
    StaysLinked,
    /// The source deleted the record: that id never matches again, whatever else is taken back.
    StaysDeleted,
    /// On the connection's list of those to whom nothing happens.
    Ignored,
    /// Not in sync with a source whose departments hold nobody else, so they left them.
    DepartmentClosed,
}

impl NoteReason {
    pub const ALL: [NoteReason; 25] = [
        NoteReason::InactiveUnknown,
        NoteReason::NotStarted,
        NoteReason::DeletedUnknown,
        NoteReason::FieldsOmitted,
        NoteReason::NotVisible,
        NoteReason::NotFound,
        NoteReason::OwnManager,
        NoteReason::ManagerCycle,
        NoteReason::UnknownStatus,
        NoteReason::Duplicate,
        NoteReason::Unreadable,
        NoteReason::OutOfSync,
        NoteReason::Erased,
        NoteReason::SourceDeleted,
        NoteReason::Conflict,
        NoteReason::Ambiguous,
        NoteReason::OnHold,
        NoteReason::NotApproved,
        NoteReason::Moved,
        NoteReason::GivenUp,
        NoteReason::ChangedSince,
        NoteReason::StaysLinked,
        NoteReason::StaysDeleted,
        NoteReason::Ignored,
        NoteReason::DepartmentClosed,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            NoteReason::InactiveUnknown => "inactive_unknown",
            NoteReason::NotStarted => "not_started",
            NoteReason::DeletedUnknown => "deleted_unknown",
            NoteReason::FieldsOmitted => "fields_omitted",
            NoteReason::NotVisible => "not_visible",
            NoteReason::NotFound => "not_found",
            NoteReason::OwnManager => "own_manager",
            NoteReason::ManagerCycle => "manager_cycle",
            NoteReason::UnknownStatus => "unknown_status",
            NoteReason::Duplicate => "duplicate",
            NoteReason::Unreadable => "unreadable",
            NoteReason::OutOfSync => "out_of_sync",
            NoteReason::Erased => "erased",
            NoteReason::SourceDeleted => "source_deleted",
            NoteReason::Conflict => "conflict",
            NoteReason::Ambiguous => "ambiguous",
            NoteReason::OnHold => "on_hold",
            NoteReason::NotApproved => "not_approved",
            NoteReason::Moved => "moved",
            NoteReason::GivenUp => "given_up",
            NoteReason::ChangedSince => "changed_since",
            NoteReason::StaysLinked => "stays_linked",
            NoteReason::StaysDeleted => "stays_deleted",
            NoteReason::Ignored => "ignored",
            NoteReason::DepartmentClosed => "department_closed",
        }
    }
}

/// What was noted of one person; sealed with that person's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotedPerson {
    pub source_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// How much of everybody a read showed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// How many people were shown.
    pub visible: u64,
    /// How many there are by another count of the provider, where it may be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// Whether absence from it means anything (product.md §8.0).
    pub complete: bool,
    /// Fields that were asked for and not answered, in the provider's words.
    #[serde(default)]
    pub omitted: Vec<String>,
}

impl Coverage {
    /// What is missing, as a sentence; `None` if nothing is.
    pub fn lack(&self) -> Option<Failure> {
        if self.complete {
            return None;
        }
        let mut lacks = Vec::new();
        if let Some(total) = self.total.filter(|total| *total > self.visible) {
            lacks.push(format!("{} of {total} visible", self.visible));
        }
        if !self.omitted.is_empty() {
            lacks.push(format!("without {}", self.omitted.join(", ")));
        }
        if lacks.is_empty() {
            lacks.push("some records can't be read or came twice".to_owned());
        }
        let lacks = lacks.join("; ");
        let summary = format!(
            "the read was not complete ({lacks}), so nobody was taken to have left; check what the \
             credentials may see at the provider, then sync again"
        );
        Some(Failure { code: FailureCode::IncompleteRead, summary })
    }
}

/// What became of one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetEnd {
    pub scenario: String,
    pub counts: Counts,
    /// Why nothing, or not everything, was applied to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

/// Why a run failed, for people and for programs. Never a credential, never a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    pub code: FailureCode,
    /// One sentence: what happened and what to do.
    pub summary: String,
}

/// Why a run did nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    Entitlement,
    Paused,
    Superseded,
    NothingToDo,
    Disconnected,
    /// What is posted to its endpoint is not applied at present.
    NotLive,
    /// The body it was to apply is gone: it expired, or somebody in it was erased.
    BodyGone,
}

impl SkipReason {
    pub const ALL: [SkipReason; 7] = [
        SkipReason::Entitlement,
        SkipReason::Paused,
        SkipReason::Superseded,
        SkipReason::NothingToDo,
        SkipReason::Disconnected,
        SkipReason::NotLive,
        SkipReason::BodyGone,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            SkipReason::Entitlement => "entitlement",
            SkipReason::Paused => "paused",
            SkipReason::Superseded => "superseded",
            SkipReason::NothingToDo => "nothing_to_do",
            SkipReason::Disconnected => "disconnected",
            SkipReason::NotLive => "not_live",
            SkipReason::BodyGone => "body_gone",
        }
    }
}

/// Stored for ever: add kinds and optional fields, change nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Queued {
        run: String,
        connection: String,
        provider: Provider,
        #[serde(flatten)]
        spec: RunSpec,
    },
    /// More deliveries ride on it.
    Joined {
        receipts: Vec<String>,
    },
    /// It runs, on the targets as they are now.
    Started {
        targets: Targets,
        /// The scenarios those targets meant at that moment.
        scenarios: Vec<String>,
        /// All deliveries it answers to.
        #[serde(default)]
        receipts: Vec<String>,
    },
    /// What the provider answered lies in these blobs; a resumed run reads them instead of asking again.
    Fetched {
        blobs: Vec<String>,
        employees: u64,
        /// Of a read of everybody.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        coverage: Option<Coverage>,
    },
    /// It waits for the provider.
    Waiting {
        until: DateTime<Utc>,
        /// Why.
        #[serde(flatten)]
        failure: Failure,
    },
    /// A batch was applied in this very append; also the fence against a worker that lost its lease.
    Applied {
        batch: u32,
        scenario: String,
        counts: Counts,
    },
    /// One person was skipped, degraded or could not be brought in line.
    Noted {
        reason: NoteReason,
        scenario: String,
        subject: String,
        /// Who it is in the scenario, where they are there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        actor: Option<String>,
        /// Field names, where the reason is about fields.
        #[serde(default)]
        fields: Vec<String>,
        /// Other actors, where the reason is about them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        with: Vec<String>,
        /// How the person was found; `None` where nobody was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        matched_by: Option<MatchedBy>,
        #[serde(skip)]
        person: Option<NotedPerson>,
    },
    /// Its plan waits for a person; nothing of it was applied.
    Held {
        plan: StoredPlan,
        /// Why, and what is the likely cause.
        #[serde(flatten)]
        failure: Failure,
    },
    /// A person said that it may be applied; only what it does to these people, if some are named.
    Approved {
        hash: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subjects: Option<Vec<String>>,
    },
    /// A person said that it must not be applied.
    Rejected {
        hash: String,
    },
    Succeeded {
        counts: Counts,
        /// Where it had several targets.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        targets: Vec<TargetEnd>,
        /// Of a read of everybody.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        coverage: Option<Coverage>,
    },
    /// It ended with errors about single people, deliveries or targets, or its read was not complete.
    Partial {
        counts: Counts,
        failure: Failure,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        targets: Vec<TargetEnd>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        coverage: Option<Coverage>,
    },
    Failed {
        failure: Failure,
        counts: Counts,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        targets: Vec<TargetEnd>,
    },
    Skipped {
        reason: SkipReason,
    },
    Cancelled {
        reason: String,
    },
}

impl Written for Event {
    type Personal = NotedPerson;
    fn kind(&self) -> &'static str {
        match self {
            Event::Queued { .. } => "run.queued",
            Event::Joined { .. } => "run.joined",
            Event::Started { .. } => "run.started",
            Event::Fetched { .. } => "run.fetched",
            Event::Waiting { .. } => "run.waiting",
            Event::Applied { .. } => "run.applied",
            Event::Noted { .. } => "run.noted",
            Event::Held { .. } => "run.held",
            Event::Approved { .. } => "run.approved",
            Event::Rejected { .. } => "run.rejected",
            Event::Succeeded { .. } => "run.succeeded",
            Event::Partial { .. } => "run.partial",
            Event::Failed { .. } => "run.failed",
            Event::Skipped { .. } => "run.skipped",
            Event::Cancelled { .. } => "run.cancelled",
        }
    }
    fn personal(&self) -> Option<&NotedPerson> {
        match self {
            Event::Noted { person, .. } => person.as_ref(),
            Event::Queued { .. }
            | Event::Joined { .. }
            | Event::Started { .. }
            | Event::Fetched { .. }
            | Event::Waiting { .. }
            | Event::Applied { .. }
            | Event::Held { .. }
            | Event::Approved { .. }
            | Event::Rejected { .. }
            | Event::Succeeded { .. }
            | Event::Partial { .. }
            | Event::Failed { .. }
            | Event::Skipped { .. }
            | Event::Cancelled { .. } => None,
        }
    }
    fn with_personal(mut self, personal: Option<NotedPerson>) -> Self {
        if let Event::Noted { person, .. } = &mut self {
            *person = personal;
        }
        self
    }
}
