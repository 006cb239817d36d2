//! The rows of the people table for people who were not read.

use super::*;

fn absent(known: &RosterRow) -> Decision {
    plan_absent(known, &rules())
}
fn not_found(known: Option<&RosterRow>, confirmed: bool) -> Decision {
    plan_not_found("67", known, confirmed, &rules())
}

#[test]
fn absent_from_a_complete_read_is_deactivated() {
    let decision = absent(&known(true));
    assert_plan(&decision, Action::Deactivate, &["deactivated Absent"], &[]);
    assert_eq!((decision.source_id, decision.expected), (None, Expected::Exact(3)));
}

#[test]
fn absent_and_inactive_there_is_unchanged() {
    assert_plan(&absent(&known(false)), Action::Unchanged, &[], &[]);
}

#[test]
fn absent_from_a_normal_push_is_out_of_sync_and_stays_active() {
    let mut rules = rules();
    rules.absence = Absence::Unsync;
    let decision = plan_absent(&known(true), &rules);
    assert_plan(&decision, Action::Unsync, &["unsynced by_hand=false"], &[]);
    let out = RosterRow { synced: false, ..known(true) };
    assert_plan(&plan_absent(&out, &rules), Action::Unchanged, &[], &[]);
}

#[test]
fn absence_never_touches_people_of_another_source_or_none() {
    let pushed = Source::new(Provider::HrisWebhook, "acme");
    let account = Source::new(Provider::BambooHr, "other");
    for source in [None, Some(pushed), Some(account)] {
        let other = RosterRow { source, ..known(true) };
        assert_plan(&absent(&other), Action::Unchanged, &[], &[]);
    }
}

#[test]
fn absent_and_taken_out_of_sync_by_hand_is_skipped() {
    let out = RosterRow { synced: false, out_of_sync_by_hand: true, ..known(true) };
    assert_plan(&absent(&out), Action::Skip, &[], &[NoteReason::OutOfSync]);
}

#[test]
fn absent_and_unsynced_or_deleted_or_erased_is_unchanged() {
    let unsynced = RosterRow { synced: false, ..known(true) };
    let deleted = RosterRow { source_deleted: true, ..known(false) };
    let erased = RosterRow { erased: true, ..known(true) };
    for known in [unsynced, deleted, erased] {
        assert_plan(&absent(&known), Action::Unchanged, &[], &[]);
    }
}

#[test]
fn not_found_and_not_there_is_skipped() {
    assert_plan(&not_found(None, false), Action::Skip, &[], &[NoteReason::NotFound]);
    assert_plan(&not_found(None, true), Action::Skip, &[], &[NoteReason::DeletedUnknown]);
}

#[test]
fn not_found_deactivates_only_when_a_deletion_is_confirmed() {
    let decision = not_found(Some(&known(true)), false);
    assert_plan(&decision, Action::Skip, &[], &[NoteReason::NotFound]);
    let decision = not_found(Some(&known(true)), true);
    assert_plan(&decision, Action::Deactivate, &["deactivated SourceDeleted"], &[]);
}

#[test]
fn not_found_and_inactive_there_is_unchanged_unless_deleted() {
    assert_plan(&not_found(Some(&known(false)), false), Action::Unchanged, &[], &[]);
    let decision = not_found(Some(&known(false)), true);
    assert_plan(&decision, Action::Update, &["deactivated SourceDeleted"], &[]);
    let deleted = RosterRow { source_deleted: true, ..known(false) };
    assert_plan(&not_found(Some(&deleted), true), Action::Unchanged, &[], &[]);
}

#[test]
fn not_found_changes_nobody_out_of_sync_or_erased() {
    let out = RosterRow { synced: false, out_of_sync_by_hand: true, ..known(true) };
    assert_plan(&not_found(Some(&out), true), Action::Skip, &[], &[NoteReason::OutOfSync]);
    let erased = RosterRow { erased: true, ..known(true) };
    assert_plan(&not_found(Some(&erased), true), Action::Skip, &[], &[NoteReason::Erased]);
}

#[test]
fn not_visible_changes_nothing_and_is_noted() {
    for known in [None, Some(known(true)), Some(known(false))] {
        let decision = plan_not_visible("67", known.as_ref(), &rules());
        assert_plan(&decision, Action::Skip, &[], &[NoteReason::NotVisible]);
    }
}

#[test]
fn an_unreadable_record_changes_nothing_and_is_noted() {
    let decision = plan_unreadable("67", Some(&known(true)), &rules());
    assert_plan(&decision, Action::Skip, &[], &[NoteReason::Unreadable]);
}
