//! What a plan decides: fixtures, and a file per part.

mod absence;
mod closed;
mod fingerprint;
mod ignored;
mod managers;
mod matching;
mod nested;
mod people;
mod properties;
mod records;
mod units;

use std::collections::HashMap;

use chrono::NaiveDate;

use super::absence::{
    plan_absent, plan_not_found, plan_not_visible, plan_outsider, plan_unreadable,
};
use super::hash::PlanHash;
use super::person::plan_person;
use super::*;
use crate::actor::{self, Cause, Event};
use crate::field::{Field, Fields, Seen, Value};
use crate::ids::Deriver;
use crate::run::NoteReason;
use crate::vocabulary::{Provider, Source};

pub(super) fn acme() -> Source {
    Source::new(Provider::BambooHr, "acme")
}

/// Under which Mira (67), who reports to Per (12), is planned on 15 June.
pub(super) fn rules() -> Rules {
    let expected = [Field::FirstName, Field::JobTitle];
    Rules::new("live", acme(), Deriver::new(&[7; 32]), day(15), &expected)
}

pub(super) fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 6, day).unwrap()
}

pub(super) fn employee(status: Status) -> Employee {
    Employee {
        source_id: "67".into(),
        status,
        starts_on: None,
        ends_on: None,
        seen: seen("Mira", "SRE"),
        unreadable: vec![],
    }
}

pub(super) fn seen(first_name: &str, job_title: &str) -> Seen {
    let text = |value: &str| Some(Value::from(value));
    Seen::from([
        (Field::FirstName, text(first_name)),
        (Field::JobTitle, text(job_title)),
        (Field::Manager, text("12")),
    ])
}

/// Mira's row, as `employee` reads.
pub(super) fn known(active: bool) -> RosterRow {
    let rules = rules();
    RosterRow {
        actor: rules.actor_id("67"),
        subject: rules.subject_id("67"),
        version: 3,
        active,
        synced: true,
        out_of_sync_by_hand: false,
        claim: Some(rules.actor_id("67")),
        source: Some(acme()),
        source_id: Some("67".into()),
        on_hold: false,
        source_deleted: false,
        erased: false,
        run: None,
        fields: Fields::from([
            (Field::FirstName, "Mira".into()),
            (Field::JobTitle, "SRE".into()),
            (Field::Manager, Value::Text(rules.actor_id("12"))),
        ]),
    }
}

pub(super) fn nobody() -> HashMap<String, String> {
    HashMap::new()
}

pub(super) fn plan(employee: &Employee, known: Option<&RosterRow>) -> Decision {
    plan_person(employee, known, &nobody(), &rules())
}

/// What the events of a decision about Mira do, in short.
pub(super) fn short(decision: &Decision) -> Vec<String> {
    let names = |changes: &crate::field::Changes| {
        changes.keys().map(|field| field.as_str()).collect::<Vec<_>>().join(",")
    };
    let each = |event: &Event| match event {
        Event::Created { active, .. } => format!("created active={active}"),
        Event::FieldsChanged { changes, personal, .. } => match personal {
            Some(actor::Personal::Changes(sealed)) => {
                format!("changed {} sealed {}", names(changes), names(sealed))
            }
            Some(actor::Personal::Profile { .. } | actor::Personal::Identity { .. }) | None => {
                format!("changed {}", names(changes))
            }
        },
        Event::Deactivated { cause, .. } => format!("deactivated {cause:?}"),
        Event::Reactivated { .. } => "reactivated".into(),
        Event::Unsynced { by_hand, .. } => format!("unsynced by_hand={by_hand}"),
        Event::Resynced { .. } => "resynced".into(),
        Event::PutOnHold { .. } => "on hold".into(),
        Event::Released { .. } => "released".into(),
        Event::Identified { matched_by, .. } => format!("identified by {}", matched_by.as_str()),
        Event::LinkedTo { .. } => "linked".into(),
    };
    decision.events.iter().map(each).collect()
}

pub(super) fn reasons(decision: &Decision) -> Vec<NoteReason> {
    decision.notes.iter().map(|note| note.reason).collect()
}

#[track_caller]
pub(super) fn assert_plan(
    decision: &Decision,
    action: Action,
    events: &[&str],
    notes: &[NoteReason],
) {
    assert_eq!(
        (decision.action, short(decision), reasons(decision)),
        (action, events.iter().map(|&e| e.to_owned()).collect(), notes.to_vec())
    );
}

#[test]
fn an_employee_stands_as_dates_and_status_say_today() {
    let stands = |status, starts_on, ends_on| {
        Employee { starts_on, ends_on, ..employee(status) }.standing(day(15))
    };
    assert_eq!(stands(Status::Active, None, None), Standing::Active);
    assert_eq!(stands(Status::Active, Some(day(15)), None), Standing::Active);
    assert_eq!(stands(Status::Active, Some(day(16)), None), Standing::NotStarted);
    assert_eq!(stands(Status::Inactive, Some(day(16)), None), Standing::NotStarted);
    assert_eq!(stands(Status::Unknown, Some(day(16)), None), Standing::Unknown);
    assert_eq!(stands(Status::Pending, Some(day(16)), None), Standing::NotStarted);
    assert_eq!(stands(Status::Pending, None, None), Standing::NotStarted);
    assert_eq!(stands(Status::Inactive, Some(day(16)), Some(day(15))), Standing::Inactive);
    assert_eq!(stands(Status::Active, Some(day(16)), Some(day(14))), Standing::NotStarted);
    assert_eq!(stands(Status::Active, Some(day(15)), Some(day(14))), Standing::Active);
    assert_eq!(stands(Status::Active, None, Some(day(14))), Standing::Active);
    assert_eq!(stands(Status::Inactive, None, Some(day(15))), Standing::Inactive);
    assert_eq!(stands(Status::Inactive, None, Some(day(16))), Standing::Active);
    assert_eq!(stands(Status::Deleted, Some(day(16)), None), Standing::Deleted);
    assert_eq!(stands(Status::Unknown, None, None), Standing::Unknown);
}

#[test]
fn the_cause_of_a_deletion_is_stored_with_the_person() {
    let decision = plan(&employee(Status::Deleted), Some(&known(true)));
    let state = decision.events.iter().fold(created(), crate::Decider::evolve);
    let row = RosterRow::from_actor(&state, 2).unwrap();
    assert!(row.source_deleted && !row.active && row.version == 2);
    assert!(short(&decision)[0].ends_with(&format!("{:?}", Cause::SourceDeleted)));
}

fn created() -> actor::Actor {
    let decision = plan(&employee(Status::Active), None);
    decision.events.iter().fold(actor::Actor::default(), crate::Decider::evolve)
}
