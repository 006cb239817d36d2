//! People to whom nothing happens.

use std::collections::HashSet;
use std::sync::Arc;

use super::*;

fn ignoring(whom: &str) -> Rules {
    let mut rules = rules();
    rules.absence = Absence::Deactivate;
    rules.ignored = [whom].into_iter().collect();
    rules
}
fn with_address(row: RosterRow) -> RosterRow {
    let mut row = row;
    row.fields.insert(Field::Email, "mira@example.test".into());
    row
}

#[test]
fn a_list_names_people_whatever_the_case_and_the_blanks() {
    let ignored: Ignored = [" Mira@Example.test", "67", "", " "].into_iter().collect();
    assert_eq!(ignored.len(), 2);
    assert!(ignored.names("mira@example.TEST ") && ignored.names("67"));
    assert!(!ignored.names("68") && !ignored.names("") && !Ignored::default().names("67"));
    assert_eq!(format!("{ignored:?}"), "Ignored(2 of them)");
}

#[test]
fn nothing_happens_to_whoever_is_sent_and_ignored() {
    let ignored = Employee { ends_on: Some(day(1)), ..employee(Status::Ignored) };
    assert_eq!(ignored.standing(day(15)), Standing::Ignored);
    let deleted = RosterRow { source_deleted: true, ..known(false) };
    let out = RosterRow { synced: false, ..known(true) };
    for known in [None, Some(known(true)), Some(known(false)), Some(deleted), Some(out)] {
        let decision = plan(&ignored, known.as_ref());
        assert_plan(&decision, Action::Skip, &[], &[NoteReason::Ignored]);
    }
    assert_eq!(expected_fingerprint(&ignored, &rules()), None);
}

#[test]
fn nothing_happens_to_whoever_of_the_roster_is_ignored() {
    let row = with_address(known(true));
    for whom in ["67", "MIRA@example.test"] {
        let decision = plan_absent(&row, &ignoring(whom));
        assert_plan(&decision, Action::Skip, &[], &[NoteReason::Ignored]);
        let gone = employee(Status::Inactive);
        let decision = plan_person(&gone, Some(&row), &nobody(), &ignoring(whom));
        assert_plan(&decision, Action::Skip, &[], &[NoteReason::Ignored]);
    }
    let decision = plan_absent(&row, &ignoring("other@example.test"));
    assert_plan(&decision, Action::Deactivate, &["deactivated Absent"], &[]);
}

#[test]
fn nobody_gets_another_source_id_who_is_ignored() {
    let mut zoe = Employee { source_id: "68".into(), ..employee(Status::Active) };
    zoe.seen.insert(Field::Email, Some("mira@example.test".into()));
    let row = with_address(known(true));
    let claim = crate::ids::id_bytes(row.claim.as_deref().unwrap()).unwrap();
    let seen = Observation::Present(Arc::new(zoe));
    let found = Candidates { same_email: vec![row], ..Candidates::default() };
    let unseen = Unseen::Known(HashSet::from([claim]));
    let mut planner = Planner::new(ignoring("67"), unseen, nobody());
    planner.enter(&[(&seen, &found)]);
    planner.announce(&[(&seen, &found)]);
    planner.settle();
    let steps = planner.plan(&[(&seen, &found)]);
    assert_plan(&steps[0].decision, Action::Skip, &[], &[NoteReason::Ignored]);
    assert_eq!(steps[0].decision.claims, None);
}

#[test]
fn an_id_on_the_list_is_one_of_this_source() {
    let elsewhere = Source::new(Provider::Dynamics365, "elsewhere");
    let row = RosterRow { source: Some(elsewhere), ..with_address(known(true)) };
    assert!(!ignoring("67").ignores(&row));
    assert!(ignoring("mira@example.test").ignores(&row));
}

#[test]
fn whoever_is_ignored_is_planned_so_that_it_is_shown() {
    let rules = rules();
    let mut comparison = Comparison::new(vec![], 10);
    comparison.take(&Arc::new(employee(Status::Ignored)), &rules);
    assert_eq!((comparison.differ.len(), comparison.skipped), (1, 0));
}
