//! What two versions of the organisation make of one another.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::field::{Field, Fields};
use crate::vocabulary::{Provider, Source};

fn facts(pairs: &[(&'static str, &str)]) -> Facts {
    pairs.iter().map(|(field, value)| (*field, Value::from(*value))).collect()
}

fn one(changed_in: Option<ChangedIn>) -> Option<Change> {
    Some(Change::Changed(vec![Difference { field: "job_title", changed_in }]))
}

#[test]
fn what_is_on_one_side_only_was_added_or_removed() {
    let ada = facts(&[("first_name", "Ada")]);
    assert_eq!(compare(Some(&ada), None, None), Some(Change::Added));
    assert_eq!(compare(None, Some(&ada), None), Some(Change::Removed));
    assert_eq!(compare(None, None, None), None);
}

#[test]
fn a_difference_is_on_the_side_that_left_the_common_origin() {
    let [sre, cto, cfo] = ["SRE", "CTO", "CFO"].map(|title| facts(&[("job_title", title)]));
    let none = facts(&[]);
    let side = |here, there, base| compare(Some(here), Some(there), Some(base));

    assert_eq!(compare(Some(&cto), Some(&sre), None), one(None));
    assert_eq!(side(&cto, &sre, &sre), one(Some(ChangedIn::Here)));
    assert_eq!(side(&sre, &cto, &sre), one(Some(ChangedIn::There)));
    assert_eq!(side(&cto, &cfo, &sre), one(Some(ChangedIn::Both)));
    assert_eq!(side(&cto, &none, &sre), one(Some(ChangedIn::Both)));
    assert_eq!(side(&none, &sre, &sre), one(Some(ChangedIn::Here)));
    assert_eq!(side(&cto, &cto, &sre), None, "changed in both, to the same");
}

#[test]
fn ids_are_compared_by_what_they_mean() {
    let told = |department: &str, manager: &str| {
        let departments = Value::List(vec![department.to_owned()]);
        let fields = Fields::from([
            (Field::Departments, departments),
            (Field::Manager, manager.into()),
            (Field::PhotoUrl, "https://img.example/1?signed=1".into()),
        ]);
        let same = |id: &str| id.trim_end_matches(['1', '2']).to_owned();
        facts_of_person(true, &fields, same, same)
    };
    assert_eq!(compare(Some(&told("d1", "m1")), Some(&told("d2", "m2")), None), None);
    assert_ne!(compare(Some(&told("d1", "m1")), Some(&told("e2", "m2")), None), None);
}

/// Somebody, by subject and source id.
fn person(actor: &str, subject: &str, source_id: Option<&str>) -> PersonIdentity {
    let source = || Source::new(Provider::BambooHr, "acme");
    PersonIdentity {
        actor: actor.to_owned(),
        subject: subject.to_owned(),
        source: source_id.map(|id| (source(), id.to_owned())),
    }
}

fn same(here: &[PersonIdentity], there: &[PersonIdentity]) -> Vec<(String, String)> {
    let mut pairs: Vec<_> = same_people(here, there).into_iter().collect();
    pairs.sort();
    pairs
}

#[test]
fn people_are_the_same_by_subject_else_by_source_id() {
    let pair = |here: &str, there: &str| (here.to_owned(), there.to_owned());
    let linked = [person("h1", "by hand", Some("15"))];
    let synced = person("t1", "derived", Some("15"));
    let copied = person("t2", "by hand", None);
    assert_eq!(same(&linked, std::slice::from_ref(&synced)), [pair("h1", "t1")]);
    assert_eq!(same(&linked, &[synced.clone(), copied]), [pair("h1", "t2")]);
    assert_eq!(same(&linked, &[person("t1", "derived", Some("16"))]), []);
    assert_eq!(same(&[person("h1", "p", None)], &[person("t1", "q", None)]), []);
    // Who got another source id, and whoever was made under the former one.
    let twice = [synced, person("t0", "derived", Some("16"))];
    assert_eq!(same(&[person("h1", "derived", Some("15"))], &twice), [pair("h1", "t1")]);
    assert_eq!(same(&[person("h1", "derived", Some("9"))], &twice), [pair("h1", "t0")]);
}

fn unit(id: &str, key: Option<&str>, lineage: &str) -> UnitIdentity {
    let acme = Source::new(Provider::BambooHr, "acme");
    UnitIdentity {
        unit: id.to_owned(),
        kind: "department".to_owned(),
        source: key.map(|key| (acme, key.to_owned())),
        lineage: lineage.to_owned(),
    }
}

#[test]
fn units_are_the_same_by_source_key_or_else_by_lineage() {
    let here = [unit("a", Some("1"), "a"), unit("b", None, "b"), unit("c", None, "c")];
    let there = [unit("x", None, "b"), unit("y", Some("1"), "y"), unit("z", Some("2"), "z")];

    let mut keys = UnitKeys::of(&here, &there);

    assert_eq!([keys.counterpart("a"), keys.counterpart("x")], [Some("y"), Some("b")]);
    assert_eq!([keys.counterpart("c"), keys.counterpart("z")], [None, None]);
    assert_eq!(keys.key("a"), keys.key("y"));
    assert_eq!(keys.key("b"), keys.key("x"));
    assert_eq!(keys.key("unheard of"), "unheard of");
    keys.know(&unit("origin", Some("1"), "origin"));
    assert_eq!(keys.key("origin"), keys.key("a"));
}

#[test]
fn a_unit_has_one_counterpart_also_where_two_would_fit() {
    // Copied by hand-made lineage, and told by the source in the copy under another id.
    let here = [unit("a", Some("1"), "a")];
    let there = [unit("copy", None, "a"), unit("synced", Some("1"), "synced")];
    let keys = UnitKeys::of(&here, &there);
    assert_eq!(keys.counterpart("a"), Some("synced"));
    assert_eq!(keys.counterpart("copy"), None);
}

/// A version of the organisation: people by subject.
type Version = BTreeMap<u8, Facts>;

fn versions() -> impl Strategy<Value = Version> {
    let names = prop::sample::select(&["first_name", "job_title", "manager"][..]);
    let values = prop::sample::select(&["a", "b", "c"][..]).prop_map(Value::from);
    let person = prop::collection::btree_map(names, values, 0..3);
    prop::collection::btree_map(0_u8..5, person, 0..5)
}

fn diff(here: &Version, there: &Version, base: &Version) -> BTreeMap<u8, Change> {
    let everybody: BTreeSet<u8> = here.keys().chain(there.keys()).copied().collect();
    let compared = everybody
        .into_iter()
        .filter_map(|one| Some((one, compare(here.get(&one), there.get(&one), base.get(&one))?)));
    compared.collect()
}

fn turned(change: Change) -> Change {
    match change {
        Change::Added => Change::Removed,
        Change::Removed => Change::Added,
        Change::Changed(differences) => {
            let turn =
                |one: Difference| Difference { changed_in: one.changed_in.map(other), ..one };
            Change::Changed(differences.into_iter().map(turn).collect())
        }
    }
}

fn other(side: ChangedIn) -> ChangedIn {
    match side {
        ChangedIn::Here => ChangedIn::There,
        ChangedIn::There => ChangedIn::Here,
        ChangedIn::Both => ChangedIn::Both,
    }
}

proptest! {
    #[test]
    fn a_version_differs_in_nothing_from_itself(one in versions(), base in versions()) {
        prop_assert!(diff(&one, &one, &base).is_empty());
    }

    #[test]
    fn turned_round_every_answer_is_turned_round(
        here in versions(),
        there in versions(),
        base in versions(),
    ) {
        let back: BTreeMap<u8, Change> =
            diff(&there, &here, &base).into_iter().map(|(one, change)| (one, turned(change))).collect();
        prop_assert_eq!(diff(&here, &there, &base), back);
    }

    /// With what differs taken over from there, nothing differs.
    #[test]
    fn a_diff_says_all_that_differs(here in versions(), there in versions(), base in versions()) {
        let mut patched = here.clone();
        for (one, change) in diff(&here, &there, &base) {
            match change {
                Change::Added => { patched.remove(&one); }
                Change::Removed => { patched.insert(one, there[&one].clone()); }
                Change::Changed(differences) => {
                    for Difference { field, .. } in differences {
                        let facts = patched.entry(one).or_default();
                        match there[&one].get(field) {
                            Some(value) => { facts.insert(field, value.clone()); }
                            None => { facts.remove(field); }
                        }
                    }
                }
            }
        }
        prop_assert_eq!(patched, there);
    }

    #[test]
    fn people_pair_up_the_same_way_round(
        here in prop::collection::btree_map(0_u8..6, (0_u8..4, prop::option::of(0_u8..6)), 0..6),
        there in prop::collection::btree_map(0_u8..6, (0_u8..4, prop::option::of(0_u8..6)), 0..6),
    ) {
        let people = |people: &BTreeMap<u8, (u8, Option<u8>)>| -> Vec<PersonIdentity> {
            let each = people.iter().map(|(id, (subject, source_id))| {
                let source_id = source_id.map(|id| id.to_string());
                person(&id.to_string(), &subject.to_string(), source_id.as_deref())
            });
            each.collect()
        };
        let (here, there) = (people(&here), people(&there));
        let (one, other) = (same_people(&here, &there), same_people(&there, &here));
        let turned: BTreeMap<_, _> = other.into_iter().map(|(there, here)| (here, there)).collect();
        prop_assert_eq!(one.into_iter().collect::<BTreeMap<_, _>>(), turned);
        let itself = same_people(&here, &here);
        prop_assert!(itself.iter().all(|(one, other)| one == other));
    }

    #[test]
    fn units_pair_up_the_same_way_round(
        here in prop::collection::btree_map(0_u8..6, prop::option::of(0_u8..6), 0..6),
        there in prop::collection::btree_map(0_u8..6, prop::option::of(0_u8..6), 0..6),
    ) {
        let units = |side: &str, lineages: &BTreeMap<u8, Option<u8>>| -> Vec<UnitIdentity> {
            let mut keys = BTreeSet::new();
            let each = lineages.iter().map(|(lineage, key)| {
                let key = key.filter(|key| keys.insert(*key)).map(|key| key.to_string());
                unit(&format!("{side}{lineage}"), key.as_deref(), &lineage.to_string())
            });
            each.collect()
        };
        let (here, there) = (units("h", &here), units("t", &there));
        let (one, other) = (UnitKeys::of(&here, &there), UnitKeys::of(&there, &here));
        for unit in here.iter().chain(&there) {
            prop_assert_eq!(one.counterpart(&unit.unit), other.counterpart(&unit.unit));
            if let Some(pair) = one.counterpart(&unit.unit) {
                prop_assert_eq!(one.counterpart(pair), Some(unit.unit.as_str()));
                prop_assert_eq!(one.key(pair), one.key(&unit.unit));
            }
        }
    }
}
