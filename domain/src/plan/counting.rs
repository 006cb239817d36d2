//! How decisions are counted, and which notes are worth an event.

use super::{Action, Decision};
use crate::run::NoteReason;
use crate::vocabulary::{Counts, RunKind};

/// Adds one decision to the counts.
pub fn count(counts: &mut Counts, decision: &Decision) {
    let bad = decision.notes.iter().any(|note| is_error(note.reason));
    match decision.action {
        Action::Create => counts.created += 1,
        Action::Update => counts.updated += 1,
        Action::Deactivate => counts.deactivated += 1,
        Action::Reactivate => counts.reactivated += 1,
        Action::Unsync => counts.unsynced += 1,
        Action::Unchanged => counts.unchanged += 1,
        Action::Skip if bad => {}
        Action::Skip => counts.skipped += 1,
    }
    counts.errors += u64::from(bad);
}

/// Whether a person could not be brought in line; the rest are facts about the source.
pub fn is_error(reason: NoteReason) -> bool {
    match reason {
        NoteReason::OwnManager
        | NoteReason::ManagerCycle
        | NoteReason::Duplicate
        | NoteReason::Unreadable
        | NoteReason::NotVisible
        | NoteReason::NotFound
        | NoteReason::UnknownStatus
        | NoteReason::Conflict
        | NoteReason::Moved
        | NoteReason::GivenUp
        | NoteReason::Ambiguous => true,
        NoteReason::InactiveUnknown
        | NoteReason::NotStarted
        | NoteReason::DeletedUnknown
        | NoteReason::SourceDeleted
        | NoteReason::FieldsOmitted
        | NoteReason::OutOfSync
        | NoteReason::OnHold
        | NoteReason::NotApproved
        | NoteReason::ChangedSince
        | NoteReason::StaysLinked
        | NoteReason::StaysDeleted
        | NoteReason::Ignored
        | NoteReason::DepartmentClosed
        | NoteReason::Erased => false,
    }
}

/// Whether a note is worth an event. A complete read meets the same former employees every night;
/// they are counted, not listed again and again.
pub fn is_listed(kind: RunKind, reason: NoteReason) -> bool {
    is_error(reason)
        || matches!(
            reason,
            NoteReason::FieldsOmitted | NoteReason::NotApproved | NoteReason::DepartmentClosed
        )
        || matches!(kind, RunKind::Webhook | RunKind::Undo)
}
