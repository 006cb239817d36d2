//! The rows of the people table where the source did not speak of a person, or not readably.

use super::{Absence, Action, Decision, RosterRow, Rules};
use crate::actor::{Cause, Event};
use crate::field::{Field, say_something};
use crate::run::NoteReason;

/// Somebody of the roster whom a complete read did not contain. It means something only for people
/// this source keeps in sync.
pub(super) fn plan_absent(known: &RosterRow, rules: &Rules) -> Decision {
    let decision = Decision::of(None, Some(known), rules);
    let ours = known.source.as_ref() == Some(&rules.source);
    if !ours || known.erased || known.source_deleted || !known.active {
        return decision;
    }
    if rules.ignores(known) {
        return decision.skipped(NoteReason::Ignored);
    }
    if known.out_of_sync_by_hand {
        return decision.skipped(NoteReason::OutOfSync);
    }
    if known.on_hold {
        return decision.skipped(NoteReason::OnHold);
    }
    if !known.synced {
        return decision;
    }
    let (actor, scenario) = (known.actor.clone(), rules.scenario.clone());
    match rules.absence {
        Absence::Deactivate => {
            let cause = Cause::Absent;
            decision.doing(Action::Deactivate, Event::Deactivated { actor, scenario, cause })
        }
        Absence::Unsync => {
            let unsynced = Event::Unsynced { actor, scenario, by_hand: false };
            leaving(decision.doing(Action::Unsync, unsynced), known, rules)
        }
    }
}

/// Somebody who is in a department of the source that is closed to whoever is not in sync with it.
pub(super) fn plan_outsider(known: &RosterRow, rules: &Rules) -> Decision {
    let decision = Decision::of(None, Some(known), rules);
    let ours = known.source.as_ref() == Some(&rules.source);
    if known.erased || (ours && known.synced) {
        return decision;
    }
    if rules.ignores(known) {
        return decision.skipped(NoteReason::Ignored);
    }
    if known.on_hold {
        return decision.skipped(NoteReason::OnHold);
    }
    let mut decision = leaving(decision, known, rules);
    if !decision.events.is_empty() {
        decision.action = Action::Update;
        decision.note(NoteReason::DepartmentClosed, vec![Field::Departments]);
    }
    decision
}

/// They leave the departments that are closed to them.
fn leaving(mut decision: Decision, known: &RosterRow, rules: &Rules) -> Decision {
    let changes = rules.leaving(&known.fields);
    if say_something(&changes) {
        let (actor, scenario) = (known.actor.clone(), rules.scenario.clone());
        decision.events.extend(Event::fields_changed(actor, scenario, changes));
    }
    decision
}

/// A re-read said there is no such employee (404). It alone proves nothing: only with
/// `confirmed_deleted` (a Deleted event, changed-since, a complete read) is the person deactivated.
pub(super) fn plan_not_found(
    source_id: &str,
    known: Option<&RosterRow>,
    confirmed_deleted: bool,
    rules: &Rules,
) -> Decision {
    let decision = Decision::of(Some(source_id), known, rules);
    let Some(known) = known else {
        return decision.skipped(if confirmed_deleted {
            NoteReason::DeletedUnknown
        } else {
            NoteReason::NotFound
        });
    };
    if known.erased {
        return decision.skipped(NoteReason::Erased);
    }
    if known.source_deleted {
        return decision;
    }
    if known.out_of_sync_by_hand {
        return decision.skipped(NoteReason::OutOfSync);
    }
    if known.on_hold {
        return decision.skipped(NoteReason::OnHold);
    }
    if confirmed_deleted {
        let action = if known.active { Action::Deactivate } else { Action::Update };
        let (actor, scenario) = (known.actor.clone(), rules.scenario.clone());
        let cause = Cause::SourceDeleted;
        return decision.doing(action, Event::Deactivated { actor, scenario, cause });
    }
    if known.active { decision.skipped(NoteReason::NotFound) } else { decision }
}

/// A re-read said we may not see the employee (403): noted, nothing changes.
pub(super) fn plan_not_visible(
    source_id: &str,
    known: Option<&RosterRow>,
    rules: &Rules,
) -> Decision {
    Decision::of(Some(source_id), known, rules).skipped(NoteReason::NotVisible)
}

/// The employee's record can't be read: noted, nothing changes.
pub(super) fn plan_unreadable(
    source_id: &str,
    known: Option<&RosterRow>,
    rules: &Rules,
) -> Decision {
    Decision::of(Some(source_id), known, rules).skipped(NoteReason::Unreadable)
}

/// The id came before in this read: the first one counts.
pub(super) fn plan_duplicate(
    source_id: &str,
    known: Option<&RosterRow>,
    rules: &Rules,
) -> Decision {
    Decision::of(Some(source_id), known, rules).skipped(NoteReason::Duplicate)
}
