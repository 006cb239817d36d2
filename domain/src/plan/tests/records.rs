//! Records that say less than they should, or the same in another way.

use super::*;

fn lead() -> Employee {
    Employee { seen: seen("Mira", "Lead"), ..employee(Status::Active) }
}

#[test]
fn nothing_is_taken_over_from_a_record_of_unknown_status() {
    let emptied: Seen = Field::ALL.into_iter().map(|field| (field, None)).collect();
    for seen in [lead().seen, emptied] {
        let employee =
            Employee { status: Status::Unknown, seen, starts_on: Some(day(20)), ..lead() };
        for known in [known(true), known(false), RosterRow { synced: false, ..known(true) }] {
            let decision = plan(&employee, Some(&known));
            assert_plan(&decision, Action::Unchanged, &[], &[NoteReason::UnknownStatus]);
        }
        assert_plan(&plan(&employee, None), Action::Skip, &[], &[NoteReason::UnknownStatus]);
    }
}

#[test]
fn a_field_that_was_omitted_keeps_its_value_and_is_noted() {
    let mut employee = lead();
    employee.seen.remove(&Field::FirstName);
    let decision = plan(&employee, Some(&known(true)));
    let notes = [NoteReason::FieldsOmitted];
    assert_plan(&decision, Action::Update, &["changed job_title"], &notes);
    assert_eq!(decision.notes[0].fields, [Field::FirstName]);
}

#[test]
fn what_can_be_read_of_a_damaged_record_is_taken_over_and_the_rest_noted() {
    let mut employee = Employee { unreadable: vec![Field::FirstName], ..lead() };
    employee.seen.remove(&Field::FirstName);
    let decision = plan(&employee, Some(&known(true)));
    assert_plan(&decision, Action::Update, &["changed job_title"], &[NoteReason::Unreadable]);
    assert_eq!(decision.notes[0].fields, [Field::FirstName]);
    let gone = Employee { status: Status::Inactive, ..employee };
    let events = ["deactivated SourceInactive"];
    assert_plan(&plan(&gone, Some(&known(true))), Action::Deactivate, &events, &[]);
}

#[test]
fn nobody_is_made_of_a_damaged_record() {
    let damaged = |status| Employee { unreadable: vec![Field::FirstName], ..employee(status) };
    for status in [Status::Active, Status::Unknown] {
        let decision = plan(&damaged(status), None);
        assert_plan(&decision, Action::Skip, &[], &[NoteReason::Unreadable]);
        assert_eq!(decision.notes[0].fields, [Field::FirstName]);
    }
    for known in [known(true), known(false)] {
        let decision = plan(&damaged(Status::Unknown), Some(&known));
        assert_plan(&decision, Action::Unchanged, &[], &[NoteReason::Unreadable]);
    }
}

#[test]
fn another_spelling_changes_nothing_by_itself_and_goes_along() {
    let photo = |signed: &str| Value::Text(format!("https://img.example/67.jpg?s={signed}"));
    let mut row = known(true);
    row.fields.insert(Field::PhotoUrl, photo("aaa"));
    let mut employee = employee(Status::Active);
    employee.seen.insert(Field::FirstName, Some(" Mira\u{a0}".into()));
    employee.seen.insert(Field::PhotoUrl, Some(photo("bbb")));
    assert_plan(&plan(&employee, Some(&row)), Action::Unchanged, &[], &[]);

    employee.seen.insert(Field::JobTitle, Some("Lead".into()));
    let decision = plan(&employee, Some(&row));
    let events = ["changed job_title sealed first_name,photo_url"];
    assert_plan(&decision, Action::Update, &events, &[]);
}

#[test]
fn a_refused_manager_takes_no_spelling_along() {
    let mut employee = employee(Status::Active);
    employee.seen.insert(Field::Manager, Some("67".into()));
    employee.seen.insert(Field::FirstName, Some(" Mira".into()));
    let decision = plan(&employee, Some(&known(true)));
    assert_plan(&decision, Action::Unchanged, &[], &[NoteReason::OwnManager]);
}
