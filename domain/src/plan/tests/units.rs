//! Rule 2: departments, divisions and locations by source key, by name only as fallback.

use super::*;
use crate::unit::{self, Kind};

fn option(key: &str, name: &str) -> UnitOption {
    UnitOption { kind: Kind::Department, source_key: key.into(), name: name.into(), parent: None }
}
fn units(options: &[UnitOption], known: &[(&str, &str)]) -> Vec<UnitDecision> {
    let rules = rules();
    let row = |(key, name): &(&str, &str)| {
        let known = UnitRow { source_key: Some((*key).to_owned()), ..unit_row(name) };
        (rules.unit_id(Kind::Department, key), known)
    };
    plan_units(options, &known.iter().map(row).collect(), &rules)
}
/// One of our source.
fn unit_row(name: &str) -> UnitRow {
    UnitRow {
        version: 2,
        kind: Kind::Department,
        name: name.to_owned(),
        source: Some(acme()),
        source_key: None,
        claim: None,
        retired: false,
        parent: None,
    }
}
fn actions(decisions: &[UnitDecision]) -> Vec<UnitAction> {
    decisions.iter().map(|decision| decision.action).collect()
}

#[test]
fn an_older_list_takes_nothing_back_of_a_newer_one() {
    let rules = rules();
    let row = |key: &str, name: &str, retired| {
        let known = UnitRow { source_key: Some(key.to_owned()), retired, ..unit_row(name) };
        (rules.unit_id(Kind::Department, key), known)
    };
    let known = [row("1", "Renamed", false), row("2", "Came", false), row("3", "Went", true)];
    let known = known.into_iter().collect();
    let older = [option("1", "Before"), option("3", "Went"), option("4", "Still to come")];

    let decisions = plan_units(&units_as_known(&older, &known, &rules), &known, &rules);

    let said = decisions.iter().filter(|one| !one.events.is_empty());
    let said: Vec<_> = said.map(|one| (one.unit.clone(), one.action)).collect();
    assert_eq!(said, [(rules.unit_id(Kind::Department, "4"), UnitAction::Create)]);
}

#[test]
fn a_unit_is_created_when_first_seen() {
    let decisions = units(&[option("18301", " Platform ")], &[]);
    let unit = rules().unit_id(Kind::Department, "18301");
    assert_eq!(
        decisions,
        [UnitDecision {
            unit: unit.clone(),
            expected: Expected::NoStream,
            action: UnitAction::Create,
            claims: None,
            events: vec![unit::Event::Created {
                unit,
                scenario: "live".into(),
                kind: Kind::Department,
                name: "Platform".into(),
                source: Some(acme()),
                source_key: Some("18301".into()),
                copied_from: None,
                parent: None,
            }],
        }]
    );
}

#[test]
fn a_unit_with_a_new_name_is_renamed() {
    let decisions = units(&[option("18301", "Engines")], &[("18301", "Platform")]);
    assert_eq!(actions(&decisions), [UnitAction::Rename]);
    assert_eq!(decisions[0].expected, Expected::Exact(2));
    let [unit::Event::Renamed { old, new, .. }] = decisions[0].events.as_slice() else {
        panic!("a rename")
    };
    assert_eq!((&**old, &**new), ("Platform", "Engines"));
}

#[test]
fn a_unit_with_the_same_name_is_unchanged_and_one_not_listed_is_retired() {
    let known = [("18301", "Platform"), ("9", "Gone")];
    let decisions = units(&[option("18301", "Platform")], &known);
    assert_eq!(actions(&decisions), [UnitAction::Unchanged, UnitAction::Retire]);
    assert!(decisions[0].events.is_empty());
    let listed_otherwise = UnitOption { kind: Kind::Location, ..option("1", "Oslo") };
    assert_eq!(actions(&units(&[listed_otherwise], &known)), [UnitAction::Create]);
}

#[test]
fn a_retired_unit_is_retired_once_and_comes_back_when_it_is_listed() {
    let rules = rules();
    let gone = UnitRow { source_key: Some("9".into()), retired: true, ..unit_row("Gone") };
    let known = [(rules.unit_id(Kind::Department, "9"), gone)].into();
    let decisions = plan_units(&[option("1", "North")], &known, &rules);
    assert_eq!(actions(&decisions), [UnitAction::Create]);
    let decisions = plan_units(&[option("9", "Gone")], &known, &rules);
    assert_eq!(actions(&decisions), [UnitAction::Restore]);
}

#[test]
fn the_only_unit_of_that_name_without_a_key_of_its_own_is_taken_over() {
    let rules = rules();
    let by_hand = UnitRow { source: None, ..unit_row("platform") };
    let known = [("u1".to_owned(), by_hand.clone())].into();
    let decisions = plan_units(&[option("18301", "Platform")], &known, &rules);
    assert_eq!(actions(&decisions), [UnitAction::Adopt]);
    let claim = rules.unit_id(Kind::Department, "18301");
    assert_eq!(decisions[0].claims, Some(claim.clone()));
    let [unit::Event::Identified { .. }, unit::Event::Renamed { new, .. }] =
        decisions[0].events.as_slice()
    else {
        panic!("a key and the source's spelling")
    };
    assert_eq!(new, "Platform");
    let aliases = unit_aliases(&known, &decisions);
    let rules = rules.with_units(aliases);
    assert_eq!(rules.unit_id(Kind::Department, "18301"), "u1");

    let linked =
        UnitRow { claim: Some(claim), source_key: Some("18301".into()), ..unit_row("Platform") };
    let decisions =
        plan_units(&[option("18301", "Engines")], &[("u1".to_owned(), linked)].into(), &rules);
    assert_eq!(actions(&decisions), [UnitAction::Rename]);
    assert_eq!(decisions[0].unit, "u1");

    let options = [option("18301", "Platform"), option("5", "platform")];
    let known = [("u1".to_owned(), by_hand.clone())].into();
    let decisions = plan_units(&options, &known, &rules);
    assert_eq!(actions(&decisions), [UnitAction::Create, UnitAction::Create]);

    let two = [("u1".to_owned(), by_hand.clone()), ("u2".to_owned(), by_hand)].into();
    let decisions = plan_units(&[option("18301", "Platform")], &two, &rules);
    assert_eq!(actions(&decisions), [UnitAction::Create]);
}

#[test]
fn a_unit_that_is_renamed_to_anothers_name_stays_itself() {
    let known = [("1", "North"), ("2", "South")];
    let decisions = units(&[option("1", "South"), option("2", "South")], &known);
    assert_eq!(actions(&decisions), [UnitAction::Rename, UnitAction::Unchanged]);
}

#[test]
fn a_unit_without_an_id_is_keyed_by_its_name() {
    assert_eq!(name_key(" Site Reliability "), "name:site reliability");
    let key = name_key("Ops");
    let decisions = units(&[option(&key, "OPS")], &[(&key, "Ops")]);
    assert_eq!(actions(&decisions), [UnitAction::Rename]);
}

#[test]
fn units_of_different_kinds_do_not_meet() {
    let division = UnitOption { kind: Kind::Division, ..option("1", "North") };
    let decisions = units(&[option("1", "North"), division], &[]);
    assert_ne!(decisions[0].unit, decisions[1].unit);
}

#[test]
fn a_unit_listed_twice_is_planned_once() {
    let options = [option("1", "North"), option("1", "South"), option("", "Nameless")];
    let reversed = [option("1", "South"), option("1", "North")];
    assert_eq!(units(&options, &[]), units(&reversed, &[]));
    assert_eq!(actions(&units(&options, &[])), [UnitAction::Create]);
}

#[test]
fn a_unit_without_a_name_is_called_by_its_key() {
    let decisions = units(&[option("18301", " ")], &[]);
    assert!(
        matches!(&decisions[0].events[0], unit::Event::Created { name, .. } if name == "18301")
    );
}
