//! Fingerprints and the hash of a plan.

use std::collections::BTreeMap;

use super::*;

fn expected(employee: &Employee) -> Option<u64> {
    expected_fingerprint(employee, &rules())
}

#[test]
fn the_fingerprint_of_who_is_unchanged_is_that_of_the_row() {
    let row = |active| fingerprint(active, &known(active).fields);
    assert_eq!(expected(&employee(Status::Active)), Some(row(true)));
    assert_eq!(expected(&employee(Status::Inactive)), Some(row(false)));
    assert_ne!(row(true), row(false));
}

#[test]
fn an_explicitly_empty_field_counts_as_one_that_is_not_there() {
    let mut employee = employee(Status::Active);
    employee.seen.insert(Field::Email, None);
    assert_eq!(expected(&employee), Some(fingerprint(true, &known(true).fields)));
}

#[test]
fn another_spelling_has_the_same_fingerprint() {
    let mut row = known(true);
    row.fields.insert(Field::FirstName, "Zoë".into());
    row.fields.insert(Field::PhotoUrl, "https://img.example/67.jpg?s=aaa".into());
    let mut employee = employee(Status::Active);
    employee.seen.insert(Field::FirstName, Some(" Zoe\u{308}".into()));
    employee.seen.insert(Field::PhotoUrl, Some("https://img.example/67.jpg?s=bbb".into()));
    assert_eq!(expected(&employee), Some(fingerprint(true, &row.fields)));
    employee.seen.insert(Field::PhotoUrl, Some("https://img.example/68.jpg?s=bbb".into()));
    assert_ne!(expected(&employee), Some(fingerprint(true, &row.fields)));
}

#[test]
fn any_difference_shows_in_the_fingerprint() {
    let changed = Employee { seen: seen("Mira", "Lead"), ..employee(Status::Active) };
    assert_ne!(expected(&changed), Some(fingerprint(true, &known(true).fields)));
}

#[test]
fn who_needs_a_closer_look_has_no_fingerprint() {
    let starting = Employee { starts_on: Some(day(20)), ..employee(Status::Active) };
    let mut omitting = employee(Status::Active);
    omitting.seen.remove(&Field::JobTitle);
    let mut own_manager = employee(Status::Active);
    own_manager.seen.insert(Field::Manager, Some("67".into()));
    let (deleted, unknown) = (employee(Status::Deleted), employee(Status::Unknown));
    let damaged = Employee { unreadable: vec![Field::Phone], ..employee(Status::Active) };
    for employee in [starting, omitting, own_manager, damaged, deleted, unknown] {
        assert_eq!(expected(&employee), None);
    }
}

#[test]
fn values_do_not_run_together() {
    let of = |value: Value| fingerprint(true, &Fields::from([(Field::Departments, value)]));
    let list = |items: &[&str]| Value::List(items.iter().map(|&item| item.to_owned()).collect());
    let all =
        [of(list(&["ab", "c"])), of(list(&["a", "bc"])), of(list(&["abc"])), of("abc".into())];
    let distinct: std::collections::HashSet<_> = all.iter().collect();
    assert_eq!(distinct.len(), all.len());
    assert!(!all.contains(&NO_FINGERPRINT));
}

#[test]
fn equal_plans_have_equal_hashes_and_others_do_not() {
    let hash = |decisions: &[Decision]| {
        let mut hash = PlanHash::default();
        decisions.iter().for_each(|decision| hash.add(decision));
        hash.finish()
    };
    let create = || plan(&employee(Status::Active), None);
    let update = |name| {
        let employee = Employee { seen: seen(name, "SRE"), ..employee(Status::Active) };
        plan(&employee, Some(&known(true)))
    };
    assert_eq!(hash(&[create()]), hash(&[create()]));
    assert_eq!(hash(&[create()]).len(), 64);
    let moved = Decision { expected: Expected::Exact(4), ..update("Ada") };
    let noted = plan_not_visible("67", None, &rules());
    let all = [
        hash(&[]),
        hash(&[create()]),
        hash(&[create(), create()]),
        hash(&[update("Ada")]),
        hash(&[update("Bea")]),
        hash(&[moved]),
        hash(&[noted]),
    ];
    let distinct: std::collections::HashSet<_> = all.iter().collect();
    assert_eq!(distinct.len(), all.len());
}

#[test]
fn units_count_in_the_hash() {
    let rules = rules();
    let kind = crate::unit::Kind::Department;
    let hash = |name: &str| {
        let option = UnitOption { kind, source_key: "1".into(), name: name.into(), parent: None };
        let mut hash = PlanHash::default();
        plan_units(&[option], &BTreeMap::new(), &rules).iter().for_each(|unit| hash.add_unit(unit));
        hash.finish()
    };
    assert_ne!(hash("North"), hash("South"));
    assert_eq!(hash("North"), hash("North"));
}
