//! The people table of product.md §8.0, row by row and cell by cell, for people who were read.

use super::*;

fn starting() -> Employee {
    Employee { starts_on: Some(day(20)), seen: seen("Mira", "Lead"), ..employee(Status::Active) }
}
fn leaving() -> Employee {
    Employee { ends_on: Some(day(20)), seen: seen("Mira", "Lead"), ..employee(Status::Active) }
}
fn changed() -> Employee {
    Employee { seen: seen("Mira", "Lead"), ..employee(Status::Active) }
}

#[test]
fn active_and_not_there_is_created() {
    let decision = plan(&employee(Status::Active), None);
    assert_plan(&decision, Action::Create, &["created active=true"], &[]);
    let rules = rules();
    assert_eq!(decision.actor, rules.actor_id("67"));
    assert_eq!(decision.subject, rules.subject_id("67"));
    assert_eq!(
        (decision.source_id.as_deref(), decision.expected),
        (Some("67"), Expected::NoStream)
    );
}

#[test]
fn who_is_created_has_personal_fields_sealed() {
    let decision = plan(&employee(Status::Active), None);
    let [Event::Created { fields, personal, source, .. }] = decision.events.as_slice() else {
        panic!("one creation")
    };
    assert!(fields.keys().copied().eq([Field::JobTitle, Field::Manager]));
    assert_eq!(*source, Some(acme()));
    assert_eq!(
        *personal,
        Some(actor::Personal::Profile {
            source_id: Some("67".into()),
            fields: Fields::from([(Field::FirstName, "Mira".into())]),
        })
    );
}

#[test]
fn active_and_active_there_is_updated_by_what_differs() {
    let decision = plan(&changed(), Some(&known(true)));
    assert_plan(&decision, Action::Update, &["changed job_title"], &[]);
    assert_eq!(decision.expected, Expected::Exact(3));
}

#[test]
fn a_personal_difference_is_sealed() {
    let employee = Employee { seen: seen("Mirabel", "Lead"), ..employee(Status::Active) };
    let decision = plan(&employee, Some(&known(true)));
    assert_plan(&decision, Action::Update, &["changed job_title sealed first_name"], &[]);
}

#[test]
fn active_and_the_same_there_is_unchanged() {
    assert_plan(&plan(&employee(Status::Active), Some(&known(true))), Action::Unchanged, &[], &[]);
}

#[test]
fn active_and_inactive_there_is_reactivated_and_updated() {
    let decision = plan(&changed(), Some(&known(false)));
    assert_plan(&decision, Action::Reactivate, &["reactivated", "changed job_title"], &[]);
}

#[test]
fn inactive_and_not_there_is_skipped() {
    let decision = plan(&employee(Status::Inactive), None);
    assert_plan(&decision, Action::Skip, &[], &[NoteReason::InactiveUnknown]);
}

#[test]
fn inactive_and_active_there_is_deactivated_and_keeps_the_rest() {
    let mut employee = employee(Status::Inactive);
    employee.seen = Seen::from([(Field::Manager, None), (Field::JobTitle, None)]);
    let decision = plan(&employee, Some(&known(true)));
    assert_plan(&decision, Action::Deactivate, &["deactivated SourceInactive"], &[]);
}

#[test]
fn the_last_day_of_who_leaves_is_recorded() {
    let mut employee = employee(Status::Inactive);
    employee.seen.insert(Field::TerminationDate, Some("2026-06-14".into()));
    let decision = plan(&employee, Some(&known(true)));
    let events = ["changed  sealed termination_date", "deactivated SourceInactive"];
    assert_plan(&decision, Action::Deactivate, &events, &[]);
}

#[test]
fn inactive_and_inactive_there_is_unchanged_whatever_the_fields() {
    let employee = Employee { seen: seen("Mira", "Lead"), ..employee(Status::Inactive) };
    assert_plan(&plan(&employee, Some(&known(false))), Action::Unchanged, &[], &[]);
}

#[test]
fn who_starts_later_and_is_not_there_is_skipped_until_the_day() {
    assert_plan(&plan(&starting(), None), Action::Skip, &[], &[NoteReason::NotStarted]);
}

#[test]
fn who_starts_later_and_is_active_there_is_updated() {
    let decision = plan(&starting(), Some(&known(true)));
    assert_plan(&decision, Action::Update, &["changed job_title"], &[]);
}

#[test]
fn who_starts_later_and_is_inactive_there_is_skipped_until_the_day() {
    let decision = plan(&starting(), Some(&known(false)));
    assert_plan(&decision, Action::Skip, &[], &[NoteReason::NotStarted]);
}

/// Who has left and will be back: the day they start lies ahead, the one they left on behind.
#[test]
fn who_plans_to_return_is_gone_until_the_day() {
    let away = Employee {
        status: Status::Inactive,
        ends_on: Some(day(10)),
        starts_on: Some(day(20)),
        ..changed()
    };
    let gone = ["deactivated SourceInactive"];
    assert_plan(&plan(&away, Some(&known(true))), Action::Deactivate, &gone, &[]);
    assert_plan(&plan(&away, Some(&known(false))), Action::Unchanged, &[], &[]);
    assert_plan(&plan(&away, None), Action::Skip, &[], &[NoteReason::InactiveUnknown]);
    assert!(expected_fingerprint(&away, &rules()).is_some());

    let back = Employee { status: Status::Active, ..away };
    let mut on_the_day = rules();
    on_the_day.today = day(20);
    let decision = plan_person(&back, Some(&known(false)), &nobody(), &on_the_day);
    assert_plan(&decision, Action::Reactivate, &["reactivated", "changed job_title"], &[]);
}

/// The company's day decides, wherever the server is: these two differ by it alone.
#[test]
fn a_day_begins_when_it_begins_for_the_company() {
    let starts = Employee { starts_on: Some(day(16)), ..changed() };
    let leaves = Employee { status: Status::Inactive, ends_on: Some(day(16)), ..changed() };
    for (today, joins, goes) in
        [(day(15), Action::Skip, Action::Update), (day(16), Action::Create, Action::Deactivate)]
    {
        let mut rules = rules();
        rules.today = today;
        assert_eq!(plan_person(&starts, None, &nobody(), &rules).action, joins);
        assert_eq!(plan_person(&leaves, Some(&known(true)), &nobody(), &rules).action, goes);
    }
}

#[test]
fn who_leaves_later_and_is_not_there_is_created() {
    assert_plan(&plan(&leaving(), None), Action::Create, &["created active=true"], &[]);
}

#[test]
fn who_leaves_later_is_updated_and_stays_active() {
    for status in [Status::Active, Status::Inactive] {
        let decision = plan(&Employee { status, ..leaving() }, Some(&known(true)));
        assert_plan(&decision, Action::Update, &["changed job_title"], &[]);
    }
}

#[test]
fn who_leaves_later_and_is_inactive_there_is_reactivated() {
    let decision = plan(&leaving(), Some(&known(false)));
    assert_plan(&decision, Action::Reactivate, &["reactivated", "changed job_title"], &[]);
}

#[test]
fn deleted_and_not_there_is_skipped() {
    let decision = plan(&employee(Status::Deleted), None);
    assert_plan(&decision, Action::Skip, &[], &[NoteReason::DeletedUnknown]);
}

#[test]
fn deleted_and_active_there_is_deactivated() {
    let decision = plan(&employee(Status::Deleted), Some(&known(true)));
    assert_plan(&decision, Action::Deactivate, &["deactivated SourceDeleted"], &[]);
}

#[test]
fn deleted_and_inactive_there_is_remembered() {
    let decision = plan(&employee(Status::Deleted), Some(&known(false)));
    assert_plan(&decision, Action::Update, &["deactivated SourceDeleted"], &[]);
}

#[test]
fn a_deleted_id_never_matches_again() {
    let deleted = RosterRow { source_deleted: true, ..known(false) };
    for employee in [changed(), starting(), leaving(), employee(Status::Unknown)] {
        let decision = plan(&employee, Some(&deleted));
        assert_plan(&decision, Action::Skip, &[], &[NoteReason::SourceDeleted]);
    }
    for status in [Status::Inactive, Status::Deleted] {
        assert_plan(&plan(&employee(status), Some(&deleted)), Action::Unchanged, &[], &[]);
    }
}

#[test]
fn an_unknown_status_creates_nobody() {
    let decision = plan(&employee(Status::Unknown), None);
    assert_plan(&decision, Action::Skip, &[], &[NoteReason::UnknownStatus]);
}

#[test]
fn who_is_pending_starts_later_whatever_the_dates_say() {
    let pending = Employee { status: Status::Pending, ..changed() };
    assert_plan(&plan(&pending, None), Action::Skip, &[], &[NoteReason::NotStarted]);
    let decision = plan(&pending, Some(&known(true)));
    assert_plan(&decision, Action::Update, &["changed job_title"], &[]);
    let decision = plan(&pending, Some(&known(false)));
    assert_plan(&decision, Action::Skip, &[], &[NoteReason::NotStarted]);
}

#[test]
fn who_was_taken_out_of_sync_by_hand_is_skipped_until_put_back() {
    for active in [true, false] {
        let out = RosterRow { synced: false, out_of_sync_by_hand: true, ..known(active) };
        for status in [Status::Active, Status::Inactive, Status::Deleted] {
            let decision = plan(&employee(status), Some(&out));
            assert_plan(&decision, Action::Skip, &[], &[NoteReason::OutOfSync]);
        }
    }
}

#[test]
fn who_was_unsynced_by_absence_and_is_sent_again_is_synced_again() {
    let out = |active| RosterRow { synced: false, ..known(active) };
    let sent = |employee: &Employee, active| plan(employee, Some(&out(active)));
    let back = sent(&employee(Status::Active), true);
    assert_plan(&back, Action::Update, &["resynced"], &[]);
    let back = sent(&changed(), false);
    let events = ["resynced", "reactivated", "changed job_title"];
    assert_plan(&back, Action::Reactivate, &events, &[]);
    let back = sent(&employee(Status::Inactive), true);
    assert_plan(&back, Action::Deactivate, &["resynced", "deactivated SourceInactive"], &[]);
    let back = sent(&employee(Status::Inactive), false);
    assert_plan(&back, Action::Update, &["resynced"], &[]);
}

#[test]
fn who_was_erased_is_left_alone_and_never_created_again() {
    let erased = RosterRow { erased: true, ..known(true) };
    let decision = plan(&changed(), Some(&erased));
    assert_plan(&decision, Action::Skip, &[], &[NoteReason::Erased]);
}

#[test]
fn an_explicitly_empty_field_is_cleared() {
    for empty in [None, Some(Value::from(""))] {
        let mut employee = employee(Status::Active);
        employee.seen.insert(Field::JobTitle, empty);
        let decision = plan(&employee, Some(&known(true)));
        assert_plan(&decision, Action::Update, &["changed job_title"], &[]);
    }
}

#[test]
fn departments_divisions_and_locations_are_stored_by_their_ids_here() {
    let mut employee = employee(Status::Active);
    let list = Value::List(vec!["18301".into(), "name:ops".into(), "18301".into()]);
    employee.seen.insert(Field::Departments, Some(list));
    employee.seen.insert(Field::Division, Some("18310".into()));
    let decision = plan(&employee, None);
    let [Event::Created { fields, .. }] = decision.events.as_slice() else { panic!("a creation") };
    let unit = |kind, key| rules().deriver.unit("live", kind, &acme(), key);
    assert_eq!(
        fields[&Field::Departments].list(),
        [unit("department", "18301"), unit("department", "name:ops")]
    );
    assert_eq!(fields[&Field::Division].text(), Some(&*unit("division", "18310")));
}
