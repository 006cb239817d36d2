//! Departments that hold only people whom the source keeps in sync.

use std::collections::HashSet;
use std::sync::Arc;

use super::*;
use crate::actor::MatchedBy;
use crate::connection::BrakeLimits;
use crate::unit::Kind;

fn pushed() -> Rules {
    let mut rules = rules();
    rules.absence = Absence::Unsync;
    rules.lists = Lists::Named;
    rules.closes_departments = true;
    rules.with_closed(HashSet::from(["closed".to_owned()]))
}
fn into(departments: &[&str], row: RosterRow) -> RosterRow {
    let mut row = row;
    let units = departments.iter().map(|&unit| unit.to_owned()).collect();
    row.fields.insert(Field::Departments, Value::List(units));
    row
}
/// Somebody entered by hand.
fn by_hand() -> RosterRow {
    let (claim, source) = (None, None);
    let actor = "a1".to_owned();
    RosterRow { actor, claim, source, source_id: None, synced: false, ..known(true) }
}
fn departments(decision: &Decision) -> Option<Value> {
    decision.events.iter().find_map(|event| {
        let Event::FieldsChanged { changes, .. } = event else { return None };
        changes.get(&Field::Departments)?.1.clone()
    })
}

#[test]
fn whoever_is_absent_leaves_the_closed_departments_in_the_same_decision() {
    let row = into(&["closed", "open"], known(true));
    let decision = plan_absent(&row, &pushed());
    let events = ["unsynced by_hand=false", "changed departments"];
    assert_plan(&decision, Action::Unsync, &events, &[]);
    assert_eq!(departments(&decision), Some(Value::List(vec!["open".into()])));

    let decision = plan_absent(&into(&["closed"], known(true)), &pushed());
    assert_plan(&decision, Action::Unsync, &events, &[]);
    assert_eq!(departments(&decision), None);

    let decision = plan_absent(&into(&["open"], known(true)), &pushed());
    assert_plan(&decision, Action::Unsync, &["unsynced by_hand=false"], &[]);
}

#[test]
fn whoever_is_deactivated_for_being_absent_stays_in_their_departments() {
    let mut rules = pushed();
    rules.absence = Absence::Deactivate;
    let decision = plan_absent(&into(&["closed"], known(true)), &rules);
    assert_plan(&decision, Action::Deactivate, &["deactivated Absent"], &[]);
}

#[test]
fn an_outsider_leaves_and_it_is_said_why() {
    let bamboo = Some(Source::new(Provider::BambooHr, "other"));
    let out = RosterRow { synced: false, out_of_sync_by_hand: true, ..known(true) };
    let elsewhere = RosterRow { source: bamboo, ..known(true) };
    let deleted = RosterRow { synced: false, source_deleted: true, ..known(false) };
    for row in [by_hand(), out, elsewhere, deleted] {
        let decision = plan_outsider(&into(&["closed", "open"], row), &pushed());
        let notes = [NoteReason::DepartmentClosed];
        assert_plan(&decision, Action::Update, &["changed departments"], &notes);
        assert_eq!(decision.notes[0].fields, [Field::Departments]);
        assert_eq!(departments(&decision), Some(Value::List(vec!["open".into()])));
        assert_eq!((decision.source_id, decision.expected), (None, Expected::Exact(3)));
    }
}

#[test]
fn whoever_is_in_sync_or_in_no_closed_department_is_no_outsider() {
    let in_sync = into(&["closed"], known(true));
    let inactive = into(&["closed"], known(false));
    let erased = RosterRow { erased: true, ..into(&["closed"], by_hand()) };
    for row in [in_sync, inactive, erased, into(&["open"], by_hand()), by_hand()] {
        assert_plan(&plan_outsider(&row, &pushed()), Action::Unchanged, &[], &[]);
    }
}

#[test]
fn an_outsider_who_is_on_hold_is_left_alone() {
    let row = RosterRow { on_hold: true, ..into(&["closed"], by_hand()) };
    assert_plan(&plan_outsider(&row, &pushed()), Action::Skip, &[], &[NoteReason::OnHold]);
}

/// Plans somebody who is sent, and that they were found to be an outsider.
fn both(employee: Employee, found: Candidates) -> Vec<Decision> {
    let outsider = found.own.as_ref().or(found.same_email.first()).unwrap().clone();
    let actor = outsider.actor.clone();
    let seen = [Observation::Present(Arc::new(employee)), Observation::Outsider { actor }];
    let found = [found, Candidates { own: Some(outsider), ..Candidates::default() }];
    let page: Vec<Row> = seen.iter().zip(&found).collect();
    let mut planner = Planner::new(pushed(), Unseen::Known(HashSet::new()), nobody());
    planner.enter(&page);
    planner.announce(&page);
    planner.settle();
    planner.plan(&page).into_iter().map(|step| step.decision).collect()
}

#[test]
fn whoever_the_same_snapshot_brings_in_sync_is_no_outsider() {
    let mut mira = employee(Status::Active);
    mira.seen.insert(Field::Email, Some("mira@example.test".into()));
    let mut row = into(&["closed"], by_hand());
    row.fields.insert(Field::Email, "mira@example.test".into());
    let linked = both(mira.clone(), Candidates { same_email: vec![row], ..Candidates::default() });
    let [linked] = linked.as_slice() else { panic!("{linked:?}") };
    assert_eq!(linked.matched_by, Some(MatchedBy::Email));

    let out = into(&["closed"], RosterRow { synced: false, ..known(true) });
    let again = both(mira.clone(), Candidates::from(out.clone()));
    assert_eq!(again.len(), 1);
    assert_eq!(short(&again[0])[0], "resynced");

    let by_hand = RosterRow { out_of_sync_by_hand: true, ..out };
    let decisions = both(mira, Candidates::from(by_hand));
    assert_eq!(reasons(&decisions[0]), [NoteReason::OutOfSync]);
    assert_eq!(short(&decisions[1]), ["changed departments"]);
}

#[test]
fn leaving_closed_departments_never_counts_for_the_brake() {
    let mut outline = Outline::default();
    for _ in 0..50 {
        outline.add(&plan_absent(&into(&["closed"], known(true)), &pushed()));
        outline.add(&plan_outsider(&into(&["closed"], by_hand()), &pushed()));
    }
    assert!(outline.changed.is_empty());
    assert_eq!((outline.counts.unsynced, outline.counts.updated), (50, 50));
    let have = [(Field::Departments, 100)].into();
    let before = Standings { active: 100, have, ..Standings::default() };
    assert_eq!(brake(&outline, &before, Some(50), &BrakeLimits::default()), None);
}

#[test]
fn departments_of_the_source_are_closed_also_when_this_plan_adopts_them() {
    let mut rules = rules();
    let unit = |source: Option<Source>, key: Option<&str>, kind, name: &str| UnitRow {
        version: 1,
        kind,
        name: name.into(),
        source,
        source_key: key.map(str::to_owned),
        claim: None,
        retired: false,
        parent: None,
    };
    let other = Some(Source::new(Provider::Dynamics365, "other"));
    let known = [
        (
            rules.unit_id(Kind::Department, "1"),
            unit(Some(acme()), Some("1"), Kind::Department, "A"),
        ),
        (rules.unit_id(Kind::Location, "1"), unit(Some(acme()), Some("1"), Kind::Location, "Oslo")),
        ("adopted".to_owned(), unit(None, None, Kind::Department, "Sales")),
        ("by hand".to_owned(), unit(None, None, Kind::Department, "Choir")),
        ("other".to_owned(), unit(other, Some("9"), Kind::Department, "B")),
    ];
    let known = known.into_iter().collect();
    let sales = UnitOption {
        kind: Kind::Department,
        source_key: "2".into(),
        name: "sales".into(),
        parent: None,
    };
    let decisions = plan_units(&[sales], &known, &rules);
    assert!(closed_departments(&known, &decisions, &rules).is_empty());
    rules.closes_departments = true;
    let closed = closed_departments(&known, &decisions, &rules);
    let expected = [rules.unit_id(Kind::Department, "1"), "adopted".to_owned()];
    assert_eq!(closed, expected.into());
}
