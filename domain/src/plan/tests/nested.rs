//! Units that are part of others.

use std::collections::BTreeMap;

use super::*;
use crate::unit::{Event as UnitEvent, Kind};

type Units = BTreeMap<String, UnitRow>;

fn rules() -> Rules {
    let mut rules = super::rules();
    rules.lists = Lists::Named;
    rules
}
/// A department per level of a path, the last one first.
fn path(levels: &[&str]) -> Vec<UnitOption> {
    let key = |levels: &[&str]| format!("path:{}", levels.join(" > ").to_lowercase());
    let level = |depth: usize| UnitOption {
        kind: Kind::Department,
        source_key: key(&levels[..depth]),
        name: levels[depth - 1].to_owned(),
        parent: (depth > 1).then(|| key(&levels[..depth - 1])),
    };
    (1..=levels.len()).rev().map(level).collect()
}
fn id(levels: &[&str]) -> String {
    rules().unit_id(Kind::Department, &path(levels)[0].source_key)
}
fn by_hand(name: &str, parent: Option<&str>) -> UnitRow {
    UnitRow {
        version: 1,
        kind: Kind::Department,
        name: name.into(),
        source: None,
        source_key: None,
        claim: None,
        retired: false,
        parent: parent.map(str::to_owned),
    }
}
fn planned(paths: &[&[&str]], known: &Units) -> Vec<UnitDecision> {
    let options: Vec<UnitOption> = paths.iter().flat_map(|levels| path(levels)).collect();
    plan_units(&options, known, &rules())
}
/// What a plan makes of units.
fn applied(mut known: Units, decisions: &[UnitDecision]) -> Units {
    use crate::Decider;
    use crate::unit::Unit;
    for one in decisions {
        let created = one.events.iter().fold(Unit::default(), Unit::evolve).known;
        if let Some(new) = created {
            let row = UnitRow {
                version: 1,
                kind: new.kind,
                name: new.name,
                source: new.source,
                source_key: new.source_key,
                claim: None,
                retired: false,
                parent: new.parent,
            };
            known.insert(new.unit, row);
            continue;
        }
        let Some(row) = known.get_mut(&one.unit) else { continue };
        for event in &one.events {
            match event {
                UnitEvent::Identified { source, source_key, claim, .. } => {
                    row.source = Some(source.clone());
                    row.source_key = Some(source_key.clone());
                    row.claim = Some(claim.clone());
                }
                UnitEvent::Renamed { new, .. } => row.name.clone_from(new),
                UnitEvent::Created { .. }
                | UnitEvent::LinkedTo { .. }
                | UnitEvent::Retired { .. }
                | UnitEvent::Restored { .. } => panic!("{event:?}"),
            }
        }
    }
    known
}
fn created(decisions: &[UnitDecision]) -> Vec<(&str, Option<&str>)> {
    let created = decisions.iter().filter_map(|one| {
        let UnitEvent::Created { name, parent, .. } = one.events.first()? else { return None };
        Some((name.as_str(), parent.as_deref()))
    });
    created.collect()
}

#[test]
fn the_levels_of_a_path_are_created_from_the_top() {
    let decisions = planned(&[&["Engineering", "Mobile", "Apps"]], &Units::new());
    let (engineering, mobile) = (id(&["Engineering"]), id(&["Engineering", "Mobile"]));
    assert_eq!(
        created(&decisions),
        [("Engineering", None), ("Mobile", Some(&*engineering)), ("Apps", Some(&*mobile))]
    );
}

#[test]
fn departments_of_one_name_under_others_are_two() {
    let decisions = planned(&[&["A", "B"], &["X", "B"]], &Units::new());
    let (a, x) = (id(&["A"]), id(&["X"]));
    let created = created(&decisions);
    assert!(created.contains(&("B", Some(&*a))) && created.contains(&("B", Some(&*x))));
    assert_eq!(decisions.len(), 4);
}

#[test]
fn a_department_is_created_once_however_many_paths_name_it() {
    let decisions = planned(&[&["A", "B"], &["A"], &["A", "C"], &["A", "B"]], &Units::new());
    assert_eq!(decisions.len(), 3);
    assert_eq!(decisions, planned(&[&["A", "C"], &["A", "B"]], &Units::new()));
}

#[test]
fn a_path_adopts_the_departments_of_the_same_path_level_by_level() {
    let known: Units = [
        ("sales".to_owned(), by_hand("sales", None)),
        ("north".to_owned(), by_hand("NORTH", Some("sales"))),
        ("elsewhere".to_owned(), by_hand("North", None)),
    ]
    .into();
    let decisions = planned(&[&["Sales", "North", "Field"]], &known);
    let units: Vec<(&str, UnitAction)> =
        decisions.iter().map(|one| (one.unit.as_str(), one.action)).collect();
    let field = id(&["Sales", "North", "Field"]);
    assert_eq!(
        units,
        [("sales", UnitAction::Adopt), ("north", UnitAction::Adopt), (&*field, UnitAction::Create)]
    );
    assert_eq!(created(&decisions), [("Field", Some("north"))]);
}

#[test]
fn the_same_name_in_another_place_is_not_adopted() {
    let nested = [("b".to_owned(), by_hand("B", Some("gone")))].into();
    assert_eq!(created(&planned(&[&["B"]], &nested)), [("B", None)]);
    let plain = [("b".to_owned(), by_hand("B", None))].into();
    let a = id(&["A"]);
    assert_eq!(created(&planned(&[&["A", "B"]], &plain)), [("A", None), ("B", Some(&*a))]);
}

#[test]
fn the_same_paths_again_change_nothing() {
    let paths: [&[&str]; 3] = [&["Sales", "North"], &["A", "B"], &["X", "B"]];
    let known: Units = [("sales".to_owned(), by_hand("sales", None))].into();
    let known = applied(known.clone(), &planned(&paths, &known));
    let again = planned(&paths, &known);
    assert!(again.iter().all(|one| one.events.is_empty()), "{again:?}");
}

#[test]
fn what_is_not_named_is_not_retired() {
    let known = applied(Units::new(), &planned(&[&["A", "B"]], &Units::new()));
    assert!(planned(&[&["A"]], &known).iter().all(|one| one.events.is_empty()));
    let mut all = rules();
    all.lists = Lists::All;
    let decisions = plan_units(&path(&["A"]), &known, &all);
    assert_eq!(decisions.last().unwrap().action, UnitAction::Retire);
}

#[test]
fn an_older_list_leaves_nested_units_as_they_are_known() {
    let known = applied(Units::new(), &planned(&[&["A", "B"]], &Units::new()));
    let options = units_as_known(&path(&["A", "B", "C"]), &known, &rules());
    let a = path(&["A"])[0].source_key.clone();
    assert!(options.iter().any(|one| one.name == "B" && one.parent.as_ref() == Some(&a)));
    let b = id(&["A", "B"]);
    assert_eq!(created(&plan_units(&options, &known, &rules())), [("C", Some(&*b))]);
}

#[test]
fn units_that_go_round_in_a_circle_are_created_all_the_same() {
    let mut options = path(&["A", "B"]);
    options[1].parent = Some(options[0].source_key.clone());
    assert_eq!(created(&plan_units(&options, &Units::new(), &rules())).len(), 2);
}
