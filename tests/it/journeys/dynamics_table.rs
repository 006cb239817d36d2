//! The lines of the people table (product.md §8.0) that Dynamics 365 HR can say, through its adapter.

use chrono::{Days, NaiveDate};
use rollcall_domain::connection::Surface;
use rollcall_domain::vocabulary::RunKind;
use rollcall_projections::actors::Actor;

use rollcall_simulators::dynamics::{Simulator, Spoil, Spoiled, personnel_number, worker_id};
use serde_json::json;

use super::dynamics::{company, connected};
use crate::desk::Desk;
use crate::place::{Place, on_both_databases};
use crate::roster::everybody;
use crate::stage::Stage;

on_both_databases!(
    what_dynamics_says_becomes_true_as_the_table_has_it,
    the_same_is_true_by_dataverse,
    who_is_absent_from_a_complete_read_has_left_and_nobody_else,
);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    Active,
    Terminated,
    StartsLater,
    EndsLater,
    /// A status that is no word we know.
    Unknown,
}

/// `(what is said, whether they are there before, there and active after, new name)`; before is
/// `None` for somebody who is not there, else whether they are active.
const TABLE: [(Says, Option<bool>, Option<bool>, bool); 15] = [
    (Says::Active, None, Some(true), true),
    (Says::Active, Some(true), Some(true), true),
    (Says::Active, Some(false), Some(true), true),
    (Says::Terminated, None, None, false),
    (Says::Terminated, Some(true), Some(false), false),
    (Says::Terminated, Some(false), Some(false), false),
    (Says::StartsLater, None, None, false),
    (Says::StartsLater, Some(true), Some(true), true),
    (Says::StartsLater, Some(false), Some(false), false),
    (Says::EndsLater, None, Some(true), true),
    (Says::EndsLater, Some(true), Some(true), true),
    (Says::EndsLater, Some(false), Some(true), true),
    (Says::Unknown, None, None, false),
    (Says::Unknown, Some(true), Some(true), false),
    (Says::Unknown, Some(false), Some(false), false),
];

fn in_days(company: &Simulator, days: u64) -> NaiveDate {
    company.clock().date_naive() + Days::new(days)
}

/// Somebody who works there already, of this name.
fn hired(company: &Simulator, name: &str) -> u64 {
    company.hire([("firstName", "Tabea"), ("lastName", name)]).unwrap()
}

fn says(company: &Simulator, id: u64, what: Says, before: Option<bool>) {
    let (tomorrow, next_week) = (in_days(company, 1), in_days(company, 7));
    if before == Some(false) && what != Says::Terminated {
        company.rehire(id).unwrap();
    }
    company.update(id, [("lastName", "New")]).unwrap();
    match what {
        Says::Active => {}
        Says::Terminated if before == Some(false) => {}
        Says::Terminated => company.terminate(id, in_days(company, 0)).unwrap(),
        Says::StartsLater => company.update(id, [("hireDate", tomorrow.to_string())]).unwrap(),
        Says::EndsLater => company.terminate(id, next_week).unwrap(),
        Says::Unknown => company.change_faults(|faults| {
            let places = [
                ("Workers", personnel_number(id), "WorkerStatus", json!("Furloughed")),
                ("cdm_workers", worker_id(id), "cdm_status", json!(754_400_009)),
            ];
            faults.spoiled.extend(places.map(|(set, key, column, odd)| Spoiled {
                set: set.to_owned(),
                key,
                column: column.to_owned(),
                how: Spoil::Shape(odd),
            }));
        }),
    }
}

async fn person(stage: &Stage, id: u64) -> Option<Actor> {
    let all = everybody(stage.node.projections.db(), &stage.tenant, &stage.baseline).await;
    all.into_iter().find(|one| one.source_id.as_deref() == Some(&personnel_number(id)))
}

/// Active or not, and the name; nothing for nobody.
async fn state(stage: &Stage, id: u64) -> Option<(bool, String)> {
    let person = person(stage, id).await?;
    Some((person.active, person.last_name.unwrap_or_default()))
}

async fn what_dynamics_says_becomes_true_as_the_table_has_it(place: Place) {
    table(place, Surface::FinanceOperations).await;
}

async fn the_same_is_true_by_dataverse(place: Place) {
    table(place, Surface::Dataverse).await;
}

async fn table(place: Place, surface: Surface) {
    let company = company().await;
    let before: Vec<Option<u64>> = TABLE
        .iter()
        .map(|row| row.1.map(|active| hired(&company, if active { "Old" } else { "Former" })))
        .collect();
    let stage = connected(place, &company, surface).await;
    for (id, _) in before.iter().zip(TABLE).filter(|(_, row)| row.1 == Some(false)) {
        company.terminate(id.unwrap(), in_days(&company, 0)).unwrap();
    }
    stage.sync(RunKind::Reconcile).await;

    let ids: Vec<u64> =
        before.into_iter().map(|id| id.unwrap_or_else(|| hired(&company, "New"))).collect();
    for (id, (what, before, ..)) in ids.iter().zip(TABLE) {
        says(&company, *id, what, before);
    }
    let run = stage.sync(RunKind::Reconcile).await;

    for (id, (what, before, after, taken)) in ids.iter().zip(TABLE) {
        let old = if before == Some(true) { "Old" } else { "Former" };
        let name = if taken { "New" } else { old };
        let expected = after.map(|active| (active, name.to_owned()));
        assert_eq!(state(&stage, *id).await, expected, "{id}: {what:?}, {before:?} before");
    }
    let rows = Desk::of(&stage).await.identities(&run).await;
    let row = |id: u64| rows.iter().find(|row| row["source_hris_id"] == personnel_number(id));
    let noted = |id: u64, reason: &str| {
        let reasons = row(id).map(|row| row["reasons"].to_string()).unwrap_or_default();
        assert!(reasons.contains(reason), "{id}: {:?}", row(id));
    };
    noted(ids[13], "unknown_status");
    assert_eq!(stage.run(&run).await.counts.deactivated, 1);
    // Everybody's day has come, and everybody is known by their word.
    company.change_faults(|faults| faults.spoiled.clear());
    company.advance(chrono::TimeDelta::days(2));
    stage.clock.forward(chrono::TimeDelta::days(2));
    stage.sync(RunKind::Reconcile).await;
    for (id, (what, ..)) in ids.iter().zip(TABLE) {
        let active = state(&stage, *id).await.is_some_and(|(active, _)| active);
        assert_eq!(active, what != Says::Terminated, "{id}: {what:?}");
    }
}

async fn who_is_absent_from_a_complete_read_has_left_and_nobody_else(place: Place) {
    let company = company().await;
    let id = hired(&company, "Old");
    let stage = connected(place, &company, Surface::FinanceOperations).await;
    let first = person(&stage, id).await.unwrap();
    let by_hand = json!({ "first_name": "Hanna", "last_name": "Hand" });
    let desk = Desk::of(&stage).await;
    let people = format!("/scenarios/{}/actors", stage.baseline);
    let by_hand = desk.post(&people, Some(by_hand)).await;
    assert_eq!(by_hand.status, 201, "{}", by_hand.json());

    company.delete(id).unwrap();
    let run = stage.sync(RunKind::Reconcile).await;

    assert_eq!(stage.run(&run).await.counts.deactivated, 1);
    let gone = person(&stage, id).await.unwrap();
    assert_eq!((&gone.actor, gone.active), (&first.actor, false));
    let hand = desk.get(&format!("/scenarios/{}/actors?q=Hanna", stage.baseline)).await;
    assert_eq!(hand["data"][0]["active"], true, "{hand}");
    let again = stage.sync(RunKind::Reconcile).await;
    assert_eq!(stage.run(&again).await.counts.deactivated, 0);
}
