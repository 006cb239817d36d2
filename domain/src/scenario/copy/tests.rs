//! What is the same in a copy, and what is its own.

use proptest::prelude::*;

use super::*;
use crate::Decider;
use crate::actor::{Actor, Event};
use crate::unit::Unit;
use crate::vocabulary::{Provider, Source};

fn deriver() -> Deriver {
    Deriver::new(&[7; 32])
}
fn copier() -> Copier {
    Copier::new("plan", deriver())
}
fn acme() -> Source {
    Source::new(Provider::BambooHr, "acme")
}
fn list(units: &[&str]) -> Value {
    Value::List(units.iter().map(|&unit| unit.to_owned()).collect())
}

fn platform() -> KnownUnit {
    KnownUnit {
        unit: "u1".into(),
        scenario: "live".into(),
        kind: unit::Kind::Department,
        name: "Platform".into(),
        source: None,
        source_key: None,
        claim: None,
        retired: false,
        parent: None,
    }
}

/// Entered by hand.
fn mira() -> KnownActor {
    KnownActor {
        actor: "a1".into(),
        scenario: "live".into(),
        subject: "mira".into(),
        source: None,
        source_id: None,
        claim: None,
        active: true,
        synced: false,
        out_of_sync_by_hand: false,
        on_hold: None,
        source_deleted: false,
        erased: false,
        fields: Fields::from([(Field::FirstName, "Mira".into())]),
    }
}

/// Read from employee 67.
fn synced() -> KnownActor {
    let (source, source_id) = (Some(acme()), Some("67".to_owned()));
    KnownActor { source, source_id, synced: true, ..mira() }
}

fn person(events: &[Event]) -> KnownActor {
    events.iter().fold(Actor::default(), Actor::evolve).known.unwrap()
}
fn copied(original: &KnownActor) -> KnownActor {
    person(&copier().person(original, None).unwrap().events)
}

#[test]
fn whoever_has_a_source_gets_the_id_that_a_sync_would_derive() {
    assert_eq!(copied(&synced()).actor, deriver().actor("plan", &acme(), "67"));
    let linked = KnownActor { claim: Some("claim".into()), ..synced() };
    assert_eq!(copied(&linked).actor, deriver().actor("plan", &acme(), "67"));
    assert_eq!(copied(&linked).claim, None);
    assert_eq!(copied(&mira()).actor, deriver().copy("plan", "a1"));
}

#[test]
fn a_unit_gets_its_id_likewise_and_remembers_where_it_comes_from() {
    let own = |unit: &KnownUnit| copier().unit(unit, "first");
    let (source, source_key) = (Some(acme()), Some("18301".to_owned()));
    let known = KnownUnit { source, source_key, ..platform() };

    assert_eq!(own(&known).unit, deriver().unit("plan", "department", &acme(), "18301"));
    assert_eq!(own(&platform()).unit, deriver().copy("plan", "u1"));
    let Some(unit::Event::Created { copied_from, name, .. }) = own(&known).events.pop() else {
        panic!("it is created")
    };
    assert_eq!((copied_from.as_deref(), &*name), (Some("first"), "Platform"));
}

#[test]
fn a_unit_that_the_source_lists_no_longer_is_retired_in_the_copy_too() {
    let events = copier().unit(&KnownUnit { retired: true, ..platform() }, "u1").events;
    let state = events.iter().fold(Unit::default(), Unit::evolve).known.unwrap();
    assert!(state.retired);
}

#[test]
fn a_unit_is_part_of_the_copy_of_what_it_is_part_of() {
    let mut copier = copier();
    let engineering = KnownUnit { unit: "u9".into(), claim: Some("claim".into()), ..platform() };
    let parent = copier.name_unit(&engineering);

    let events = copier.unit(&KnownUnit { parent: Some("u9".into()), ..platform() }, "u1").events;
    let state = events.iter().fold(Unit::default(), Unit::evolve).known.unwrap();
    assert_eq!(state.parent, Some(parent));

    let events = copier.unit(&KnownUnit { parent: Some("gone".into()), ..platform() }, "u1").events;
    let state = events.iter().fold(Unit::default(), Unit::evolve).known.unwrap();
    assert_eq!(state.parent, None);
}

#[test]
fn the_person_is_the_same_and_says_whose_copy_it_is() {
    let copy = copier().person(&synced(), None).unwrap();
    let Event::Created { copied_from, subject, .. } = &copy.events[0] else {
        panic!("it is created")
    };
    assert_eq!((copied_from.as_deref(), &**subject), (Some("a1"), "mira"));
    assert_eq!((&*copy.subject, &*copy.original), ("mira", "a1"));
}

#[test]
fn people_are_in_the_copies_of_their_units() {
    let mut copier = copier();
    let claimed = KnownUnit { claim: Some("claim".into()), unit: "u2".into(), ..platform() };
    let (one, other) = (copier.unit(&platform(), "u1").unit, copier.unit(&claimed, "u2").unit);
    let fields = Fields::from([
        (Field::Departments, list(&["claim", "gone", "u1"])),
        (Field::Division, "u2".into()),
        (Field::Location, "gone".into()),
    ]);

    let copy = copier.person(&KnownActor { fields, ..mira() }, None).unwrap();

    let expected = Fields::from([
        (Field::Departments, list(&[&other, &one])),
        (Field::Division, other.as_str().into()),
    ]);
    assert_eq!(person(&copy.events).fields, expected);
}

#[test]
fn a_manager_who_is_not_in_the_original_is_left_empty() {
    let fields = Fields::from([(Field::Manager, "elsewhere".into())]);
    assert_eq!(copied(&KnownActor { fields, ..mira() }).manager(), None);
}

#[test]
fn whoever_was_erased_is_not_copied() {
    assert_eq!(copier().person(&KnownActor { erased: true, ..synced() }, None), None);
}

/// Who they are, how they are known to their source, and whom they report to: `(id, by claim)`.
#[derive(Debug, Clone)]
struct One {
    known: KnownActor,
    manager: Option<(usize, bool)>,
}

fn people() -> impl Strategy<Value = Vec<One>> {
    let one = (any::<[bool; 7]>(), prop::option::of((0_usize..8, any::<bool>())));
    let units = prop::collection::vec(prop::sample::select(&["u1", "claim", "gone"][..]), 0..3);
    prop::collection::vec((one, units), 0..8).prop_map(|all| {
        let one = |(at, ((is, manager), units)): (usize, (_, Vec<&str>))| {
            let [sourced, linked, active, synced, by_hand, deleted, erased]: [bool; 7] = is;
            let mut fields = Fields::from([(Field::FirstName, format!("P{at}").as_str().into())]);
            if !units.is_empty() {
                fields.insert(Field::Departments, list(&units));
            }
            let known = KnownActor {
                actor: format!("a{at}"),
                subject: format!("s{at}"),
                source: sourced.then(acme),
                source_id: sourced.then(|| at.to_string()),
                claim: (sourced && linked).then(|| format!("c{at}")),
                active,
                synced: sourced && synced,
                out_of_sync_by_hand: sourced && !synced && by_hand,
                source_deleted: sourced && deleted,
                erased,
                fields,
                ..mira()
            };
            One { known, manager }
        };
        all.into_iter().enumerate().map(one).collect()
    })
}

/// The roster with managers filled in, by either of their ids.
fn roster(people: &[One]) -> Vec<KnownActor> {
    let with_manager = |one: &One| {
        let mut known = one.known.clone();
        let manager = one.manager.map(|(at, by_claim)| match people.get(at) {
            Some(One { known: KnownActor { claim: Some(claim), .. }, .. }) if by_claim => {
                claim.clone()
            }
            Some(One { known, .. }) => known.actor.clone(),
            None => "elsewhere".to_owned(),
        });
        known.fields.extend(manager.map(|id| (Field::Manager, Value::Text(id))));
        known
    };
    people.iter().map(with_manager).collect()
}

proptest! {
    #[test]
    fn a_copy_has_the_same_people_who_point_at_one_another(people in people()) {
        let originals = roster(&people);
        let mut copier = copier();
        let unit = KnownUnit { claim: Some("claim".into()), ..platform() };
        let department = copier.unit(&unit, "u1").unit;
        let holder = |id: &str| originals.iter().find(|one| {
            !one.erased && (one.actor == id || one.claim.as_deref() == Some(id))
        });
        let manager = |one: &KnownActor| one.manager().and_then(holder);
        let copy = |one| {
            let manager = manager(one).map(|manager| copier.person_id(manager));
            copier.person(one, manager.as_deref())
        };

        let copies: Vec<CopiedPerson> = originals.iter().filter_map(copy).collect();

        let there: Vec<&KnownActor> = originals.iter().filter(|one| !one.erased).collect();
        prop_assert_eq!(copies.len(), there.len());
        let ids: std::collections::BTreeSet<&String> = copies.iter().map(|one| &one.actor).collect();
        prop_assert_eq!(ids.len(), copies.len(), "an id was given twice");
        for (original, copy) in there.into_iter().zip(&copies) {
            let state = person(&copy.events);
            let mut expected = KnownActor {
                actor: copier.person_id(original),
                scenario: "plan".into(),
                claim: None,
                ..original.clone()
            };
            let units = original.fields.get(&Field::Departments).map_or(&[][..], Value::list);
            let kept = units.iter().filter(|unit| *unit != "gone").count();
            expected.fields.remove(&Field::Departments);
            if kept > 0 {
                let units = Value::List(vec![department.clone(); kept]);
                expected.fields.insert(Field::Departments, units);
            }
            expected.fields.remove(&Field::Manager);
            let reports_to = manager(original).map(|manager| copier.person_id(manager));
            prop_assert!(reports_to.as_ref().is_none_or(|id| ids.contains(id)));
            expected.fields.extend(reports_to.map(|id| (Field::Manager, Value::Text(id))));
            prop_assert_eq!(state, expected);
        }
    }
}
