//! What events make of a person's row, and of the rows that hang on it.

use rollcall_domain::actor::{Cause, Event};
use rollcall_domain::field::Field;
use rollcall_domain::plan::{NO_FINGERPRINT, RosterRow, fingerprint};
use rollcall_domain::{Fact, actor, decider::Decider};

use super::{Actor, Actors};
use crate::members::Members;
use crate::table::Projection;
use crate::testing::{change, created, id, recorded, rows_after, stream_of};

fn happened(position: u64, event: Event) -> rollcall_domain::Recorded {
    recorded(position, &stream_of(1), "actor.happened", Fact::Actor(event))
}

fn after(events: &[Event]) -> Actor {
    let events: Vec<_> =
        (1..).zip(events).map(|(position, event)| happened(position, event.clone())).collect();
    rows_after::<Actors>(&events).remove(0)
}

fn place() -> (String, String) {
    (id(1), "live".to_owned())
}

#[test]
fn a_created_person_has_all_fields_and_a_fingerprint() {
    let actor = after(&[created(1)]);

    assert_eq!(actor.last_name.as_deref(), Some("Last00001"));
    assert_eq!(actor.departments.0, ["d1"]);
    assert_eq!(actor.source_id.as_deref(), Some("1"));
    assert_eq!(actor.sort_name, "last00001 first1");
    assert_eq!(actor.search, "first1 last00001 p1@example.com 1");
    assert_eq!(actor.fingerprint, fingerprint(true, &crate::testing::person(1)));
    assert_eq!(actor.version, 1);
}

#[test]
fn a_row_is_what_a_plan_would_read_from_the_stream() {
    let (actor, scenario) = place();
    let events = [
        created(1),
        change(1, Field::Email, "p1@example.com", "new@example.com"),
        change(1, Field::JobTitle, "Engineer", "Chief"),
        Event::Deactivated { actor, scenario, cause: Cause::SourceInactive },
    ];

    let row = after(&events);

    let state = events.iter().fold(actor::Actor::default(), actor::Actor::evolve);
    // Which run it was stands beside the events, not in them.
    let planned = RosterRow { run: None, ..row.roster_row() };
    assert_eq!(Some(planned), RosterRow::from_actor(&state, 4));
    assert_eq!(Some(row.known()), state.known);
}

#[test]
fn whoever_has_to_be_planned_in_any_case_has_no_fingerprint() {
    let out = |by_hand| {
        let (actor, scenario) = place();
        after(&[created(1), Event::Unsynced { actor, scenario, by_hand }])
    };
    assert_eq!(out(false).fingerprint, NO_FINGERPRINT);
    assert!(out(true).out_of_sync_by_hand);

    let (actor, scenario) = place();
    let back = after(&[
        created(1),
        Event::Unsynced { actor: actor.clone(), scenario: scenario.clone(), by_hand: true },
        Event::Resynced { actor, scenario },
    ]);
    assert!(back.synced && !back.out_of_sync_by_hand);
    assert_ne!(back.fingerprint, NO_FINGERPRINT);
}

#[test]
fn a_deleted_record_stays_deleted() {
    let (actor, scenario) = place();
    let gone = Event::Deactivated { actor, scenario, cause: Cause::SourceDeleted };
    let row = after(&[created(1), gone]);
    assert!(row.source_deleted && !row.active);
}

#[test]
fn a_creation_that_lost_its_personal_part_was_erased() {
    let Event::Created { actor, scenario, subject, source, active, fields, .. } = created(1) else {
        unreachable!("it is a creation")
    };
    let bare = Event::Created {
        actor,
        scenario,
        subject,
        source,
        active,
        fields,
        copied_from: None,
        personal: None,
    };
    let row = after(&[bare]);
    assert!(row.erased);
    assert_eq!((row.last_name, row.fingerprint), (None, NO_FINGERPRINT));
}

#[test]
fn who_moves_leaves_one_department_and_enters_another() {
    let moved = happened(
        2,
        Event::FieldsChanged {
            actor: id(1),
            scenario: "live".into(),
            changes: [(Field::Departments, (list(&["d1"]), list(&["d2", "d3"])))].into(),
            personal: None,
        },
    );
    assert_eq!(Members::keys(&moved).len(), 3);
    let units: Vec<String> = rows_after::<Members>(&[happened(1, created(1)), moved])
        .into_iter()
        .map(|member| member.unit)
        .collect();
    assert_eq!(units, ["d2", "d3"]);
}

fn list(units: &[&str]) -> Option<rollcall_domain::field::Value> {
    let units = units.iter().map(|unit| (*unit).to_owned()).collect();
    Some(rollcall_domain::field::Value::List(units))
}
