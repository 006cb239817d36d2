//! Rule 3: managers by source id, there or not yet; nobody above themselves.

use std::sync::Arc;

use super::*;

/// `(employee, manager)` by source id.
fn reports(id: &str, manager: &str) -> Employee {
    let manager = (Field::Manager, Some(Value::from(manager)));
    Employee { source_id: id.into(), seen: Seen::from([manager]), ..employee(Status::Active) }
}
fn row(id: &str, manager: Option<&str>) -> RosterRow {
    let rules = rules();
    let manager = manager.map(|m| (Field::Manager, Value::Text(rules.actor_id(m))));
    RosterRow {
        actor: rules.actor_id(id),
        claim: Some(rules.actor_id(id)),
        subject: rules.subject_id(id),
        fields: Fields::from_iter(manager),
        ..known(true)
    }
}
fn base(rows: &[RosterRow]) -> HashMap<String, String> {
    let manager = |row: &RosterRow| row.fields.get(&Field::Manager)?.text().map(str::to_owned);
    rows.iter().filter_map(|row| Some((row.actor.clone(), manager(row)?))).collect()
}
/// Nothing but managers is read.
fn manager_rules() -> Rules {
    let mut rules = rules();
    rules.expected_fields.clear();
    rules
}
/// Plans these together; answers who was refused, by source id.
fn refused(employees: &[Employee], rows: &[RosterRow]) -> Vec<String> {
    let rules = manager_rules();
    let find = |e: &Employee| {
        let own = rows.iter().find(|row| row.actor == rules.actor_id(&e.source_id));
        Candidates { own: own.cloned(), ..Candidates::default() }
    };
    let people: Vec<_> =
        employees.iter().map(|e| (Observation::Present(Arc::new(e.clone())), find(e))).collect();
    let page: Vec<Row> = people.iter().map(|(seen, found)| (seen, found)).collect();
    let mut planner = Planner::new(manager_rules(), Unseen::Unknown, base(rows));
    planner.enter(&page);
    planner.announce(&page);
    planner.settle();
    let is_refused = |step: &&Step| reasons(&step.decision).contains(&NoteReason::ManagerCycle);
    let steps = planner.plan(&page);
    let mut refused: Vec<String> = steps
        .iter()
        .filter(is_refused)
        .filter_map(|step| step.decision.source_id.clone())
        .collect();
    refused.sort_unstable();
    refused
}

#[test]
fn a_manager_who_is_not_there_yet_is_stored_by_the_derived_id() {
    let decision = plan(&reports("67", "12"), Some(&row("67", None)));
    let [Event::FieldsChanged { changes, .. }] = decision.events.as_slice() else {
        panic!("one change")
    };
    let manager = Value::Text(rules().actor_id("12"));
    assert_eq!(changes[&Field::Manager], (None, Some(manager)));
}

#[test]
fn nobody_is_their_own_manager_and_the_rest_is_applied() {
    let mut employee = reports("67", "67");
    employee
        .seen
        .extend([(Field::JobTitle, Some("SRE".into())), (Field::FirstName, Some("Mira".into()))]);
    let decision = plan(&employee, Some(&row("67", None)));
    let events = ["changed job_title sealed first_name"];
    assert_plan(&decision, Action::Update, &events, &[NoteReason::OwnManager]);
    assert_eq!(decision.notes[0].fields, [Field::Manager]);
    let decision = plan(&employee, None);
    assert_plan(&decision, Action::Create, &["created active=true"], &[NoteReason::OwnManager]);
}

#[test]
fn a_manager_who_reports_to_the_person_is_refused() {
    let (mira, per, ada) = (row("67", None), row("12", Some("67")), row("8", Some("12")));
    assert_eq!(refused(&[reports("67", "8")], &[mira, per, ada]), ["67"]);
}

#[test]
fn a_cycle_within_one_read_is_refused_on_all_its_sides() {
    let employees = [reports("1", "2"), reports("2", "3"), reports("3", "1"), reports("4", "1")];
    assert_eq!(refused(&employees, &[]), ["1", "2", "3"]);
}

#[test]
fn two_people_can_swap_places_in_one_read() {
    let rows = [row("1", Some("2")), row("2", None)];
    let mut former_boss = reports("1", "2");
    former_boss.seen.insert(Field::Manager, None);
    assert!(refused(&[reports("2", "1"), former_boss], &rows).is_empty());
}

/// 1 and 3 want each other; 1 keeps 2, so 2 can't have 1; 2 keeps 4, so 4 can't have 2.
#[test]
fn who_is_refused_keeps_a_manager_that_others_must_not_close_a_cycle_with() {
    let rows = [row("1", Some("2")), row("2", Some("4")), row("3", None), row("4", None)];
    let employees = [reports("1", "3"), reports("3", "1"), reports("2", "1"), reports("4", "2")];
    assert_eq!(refused(&employees, &rows), ["1", "2", "3", "4"]);
}

#[test]
fn pages_announced_together_swap_places_too() {
    let rows = [row("1", Some("2")), row("2", None)];
    let (second, mut first) = (reports("2", "1"), reports("1", "2"));
    first.seen.insert(Field::Manager, None);
    let (second, first) =
        (Observation::Present(Arc::new(second)), Observation::Present(Arc::new(first)));
    let found = rows.clone().map(Candidates::from);
    let pages = [[(&second, &found[1])], [(&first, &found[0])]];
    let mut planner = Planner::new(manager_rules(), Unseen::Unknown, base(&rows));
    pages.iter().for_each(|page| planner.enter(page));
    pages.iter().for_each(|page| planner.announce(page));
    planner.settle();
    for page in pages {
        assert!(planner.plan(&page)[0].decision.notes.is_empty());
    }
}

#[test]
fn an_old_cycle_higher_up_neither_blocks_nor_hangs() {
    let rows = [row("1", Some("2")), row("2", Some("3")), row("3", Some("1")), row("9", None)];
    assert!(refused(&[reports("9", "1")], &rows).is_empty());
    assert_eq!(plan_person_alone(&reports("9", "1"), &rows), []);
}

fn plan_person_alone(employee: &Employee, rows: &[RosterRow]) -> Vec<NoteReason> {
    let rules = manager_rules();
    reasons(&plan_person(employee, rows.last(), &base(rows), &rules))
}
