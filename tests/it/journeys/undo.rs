//! Taking runs back: what is as before, what stays, and that nothing does it all again by itself.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use reqwest::Method;
use rollcall::{NodeOptions, Role};
use rollcall_commands::{archive_scenario, change_targets, create_scenario, disconnect, pause};
use rollcall_domain::connection::TargetsChange;
use rollcall_domain::field::Fields;
use rollcall_domain::vocabulary::RunKind;
use rollcall_store::Cause;
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::node::Node;
use crate::place::{Place, on_both_databases};
use crate::roster::{assert_equal, everybody, ours, theirs};
use crate::stage::Stage;

on_both_databases!(
    what_a_run_did_is_taken_back_and_stays_so_until_people_are_released,
    an_undo_of_an_undo_restores_all_but_what_was_edited_since,
    the_initial_sync_is_taken_back_and_comes_again,
    a_run_is_taken_back_while_its_connection_is_paused_or_gone,
    a_target_that_was_archived_is_left_as_it_is,
    what_can_not_be_taken_back_is_refused_with_a_reason,
);

const PLAN: &str = "01PLAN";

fn test() -> Cause {
    Cause::by("test")
}

/// Everybody of a scenario as they are, by source id.
async fn faces(stage: &Stage, scenario: &str) -> BTreeMap<String, (bool, bool, Fields)> {
    let people = everybody(stage.node.projections.db(), &stage.tenant, scenario).await;
    let face = |one: &rollcall_projections::actors::Actor| (one.active, one.synced, one.fields());
    people.iter().map(|one| (one.source_id.clone().unwrap(), face(one))).collect()
}

/// The actor of a source id in the live baseline, and what keeps runs from them.
async fn actor(stage: &Stage, source_id: &str) -> (String, Option<String>) {
    let people = everybody(stage.node.projections.db(), &stage.tenant, &stage.baseline).await;
    let one = people.into_iter().find(|one| one.source_id.as_deref() == Some(source_id)).unwrap();
    (one.actor, one.on_hold)
}

/// A run that reads everybody, while deliveries are held back.
async fn reconcile(stage: &Stage) -> String {
    let run = stage.ask_for(RunKind::Reconcile).await;
    stage.settle_all_but_held_back().await;
    run
}

async fn undo(stage: &Stage, desk: &Desk, run: &str) -> String {
    let undo = desk.run(&format!("/integration_sync_logs/{run}/undo")).await;
    stage.settle_all_but_held_back().await;
    undo
}

async fn preview(stage: &Stage, desk: &Desk, run: &str) -> Value {
    let before = stage.head().await;
    let path = format!("/integration_sync_logs/{run}/undo?preview=true");
    let answer = desk.post(&path, None).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    assert_eq!(stage.head().await, before, "a preview wrote something");
    answer.json()["result"].clone()
}

/// A hire, a change of name and title, and somebody who leaves, in one run.
async fn a_busy_night(stage: &Stage) -> (String, u64) {
    let company = stage.provider.company();
    company.change_faults(|faults| faults.reorder_deliveries = true);
    company.advance(TimeDelta::seconds(1));
    let hired = company.hire([("firstName", "New"), ("lastName", "Comer")]).unwrap();
    company.update(3, [("lastName", "Changed"), ("jobTitle", "Chief of Nothing")]).unwrap();
    company.update(4, [("lastName", "Moved")]).unwrap();
    company.terminate(5, company.clock().date_naive()).unwrap();
    (reconcile(stage).await, hired)
}

async fn is_in_step(stage: &Stage) {
    let ours = ours(stage.node.projections.db(), &stage.tenant, &stage.baseline).await;
    assert_equal(&ours, &theirs(&stage.provider.company()));
}

async fn what_a_run_did_is_taken_back_and_stays_so_until_people_are_released(place: Place) {
    let stage = Stage::synced(place, 30).await;
    let desk = Desk::of(&stage).await;
    let before = faces(&stage, &stage.baseline).await;
    let (run, hired) = a_busy_night(&stage).await;
    let hired = hired.to_string();

    let seen = preview(&stage, &desk, &run).await;
    let undo = undo(&stage, &desk, &run).await;

    assert_eq!(seen["counts"], json!({"reversed": 4, "kept": 0, "impossible": 0}));
    assert_eq!((&seen["more"], seen["people"].as_array().unwrap().len()), (&json!(0), 4));
    let left = seen["people"].as_array().unwrap().iter().find(|one| one["source_hris_id"] == "5");
    let active = json!({"part": "active", "bucket": "reversed", "old": "false", "new": "true",
        "reason": null, "changed_by": null});
    assert!(left.unwrap()["parts"].as_array().unwrap().contains(&active), "{seen}");
    let mut after = faces(&stage, &stage.baseline).await;
    assert!(!after.remove(&hired).unwrap().0);
    assert_eq!(after, before);
    let done = stage.run(&undo).await;
    assert_eq!((done.status.as_str(), done.kind.as_str()), ("succeeded", "undo"));
    assert_eq!(done.undoes.as_deref(), Some(run.as_str()));
    let counts = (done.counts.updated, done.counts.deactivated, done.counts.reactivated);
    assert_eq!(counts, (2, 1, 1));
    let touched = desk.identities(&undo).await;
    assert_eq!(touched.len(), 4);
    for one in &touched {
        let id = one["source_hris_id"].as_str().unwrap();
        assert_eq!(actor(&stage, id).await.1.as_deref(), Some(run.as_str()));
    }

    let head = stage.head().await;
    let again = reconcile(&stage).await;
    let log = stage.log(head).await;
    assert!(!log.iter().any(|event| event.kind.starts_with("actor.")), "it was done again");
    let skipped = stage.run(&again).await.counts.skipped;
    assert_eq!(skipped, 4 + stage.run(&run).await.counts.skipped);

    for id in ["3", "4", "5", hired.as_str()] {
        let (actor, _) = actor(&stage, id).await;
        let path = format!("/scenarios/{}/actors/{actor}/release", stage.baseline);
        assert_eq!(desk.post(&path, None).await.status, 204);
    }
    reconcile(&stage).await;
    is_in_step(&stage).await;
    let (three, hold) = actor(&stage, "3").await;
    let shown = desk.get(&format!("/scenarios/{}/actors/{three}", stage.baseline)).await;
    assert_eq!((hold, &shown["on_hold"]), (None, &Value::Null));
    stage.projections_hold().await;
}

async fn an_undo_of_an_undo_restores_all_but_what_was_edited_since(place: Place) {
    let stage = Stage::synced(place, 30).await;
    let desk = Desk::of(&stage).await;
    let (run, _) = a_busy_night(&stage).await;
    let after = faces(&stage, &stage.baseline).await;
    let first = undo(&stage, &desk, &run).await;
    let (three, hold) = actor(&stage, "3").await;
    assert_eq!(hold.as_deref(), Some(run.as_str()));
    let path = format!("/scenarios/{}/actors/{three}", stage.baseline);
    let edit = json!({"last_name": "By Hand"});
    assert_eq!(desk.ask(Method::PATCH, &path, Some(edit)).await.status, 204);

    let seen = preview(&stage, &desk, &first).await;
    let second = undo(&stage, &desk, &first).await;

    assert_eq!(seen["counts"], json!({"reversed": 4, "kept": 1, "impossible": 0}));
    let people = seen["people"].as_array().unwrap();
    let three = people.iter().find(|one| one["source_hris_id"] == "3").unwrap();
    let kept = three["parts"].as_array().unwrap().iter().find(|one| one["bucket"] == "kept");
    let kept = kept.unwrap();
    assert_eq!((&kept["part"], &kept["old"]), (&json!("last_name"), &json!("By Hand")));
    assert!(kept["changed_by"]["principal"].as_str().unwrap().starts_with("token:"), "{kept}");
    let mut now = faces(&stage, &stage.baseline).await;
    let edited = now.get_mut("3").unwrap();
    let name = rollcall_domain::field::Field::LastName;
    assert_eq!(edited.2.insert(name, "Changed".into()), Some("By Hand".into()));
    assert_eq!(now, after);
    let touched = desk.identities(&second).await;
    let three = touched.iter().find(|one| one["source_hris_id"] == "3").unwrap();
    assert_eq!(three["reasons"][0]["reason"], "changed_since");
    assert_eq!(three["reasons"][0]["fields"], json!(["last_name"]));
    for id in ["3", "4", "5"] {
        assert_eq!(actor(&stage, id).await.1, None);
    }
    reconcile(&stage).await;
    is_in_step(&stage).await;
}

async fn the_initial_sync_is_taken_back_and_comes_again(place: Place) {
    let stage = Stage::synced(place, 40).await;
    let desk = Desk::of(&stage).await;
    let before = faces(&stage, &stage.baseline).await;
    let initial = stage.runs().await.remove(0).run;

    let seen = preview(&stage, &desk, &initial).await;
    let first = undo(&stage, &desk, &initial).await;
    assert!(faces(&stage, &stage.baseline).await.values().all(|(active, _, _)| !active));
    let head = stage.head().await;
    stage.sync(RunKind::Reconcile).await;
    let again = stage.count("actor.reactivated", head).await;
    undo(&stage, &desk, &first).await;

    let units = seen["units"].as_array().unwrap();
    assert!(!units.is_empty() && units.iter().all(|one| one["bucket"] == "kept"), "{units:?}");
    assert_eq!(again, 0);
    assert_eq!(faces(&stage, &stage.baseline).await, before);
    is_in_step(&stage).await;
    assert_eq!(actor(&stage, "3").await.1, None);
    stage.projections_hold().await;
}

async fn a_run_is_taken_back_while_its_connection_is_paused_or_gone(place: Place) {
    let stage = Stage::synced(place, 20).await;
    let desk = Desk::of(&stage).await;
    let before = faces(&stage, &stage.baseline).await;
    let (run, _) = a_busy_night(&stage).await;
    let after = faces(&stage, &stage.baseline).await;
    let (store, tenant, id) = (&stage.node.store, &stage.tenant, &stage.connection);

    pause(store, tenant, id, &test()).await.unwrap();
    let first = undo(&stage, &desk, &run).await;
    let mut paused = faces(&stage, &stage.baseline).await;
    disconnect(store, tenant, id, &test()).await.unwrap();
    stage.node.inbound_policies.forget();
    let second = undo(&stage, &desk, &first).await;

    paused.retain(|id, _| before.contains_key(id));
    assert_eq!(paused, before);
    assert_eq!(faces(&stage, &stage.baseline).await, after);
    for run in [first, second] {
        assert_eq!(stage.run(&run).await.status, "succeeded");
    }
}

async fn a_target_that_was_archived_is_left_as_it_is(place: Place) {
    let stage = Stage::synced(place, 20).await;
    let desk = Desk::of(&stage).await;
    let (store, tenant, id) = (&stage.node.store, &stage.tenant, &stage.connection);
    create_scenario(store, tenant, PLAN, "Plan", &test()).await.unwrap();
    let change = TargetsChange { scenarios: Some(vec![PLAN.to_owned()]), ..Default::default() };
    change_targets(store, tenant, id, &change, &test()).await.unwrap();
    stage.node.inbound_policies.forget();
    stage.settle_without_waiting().await;
    let before = faces(&stage, &stage.baseline).await;
    let (run, hired) = a_busy_night(&stage).await;
    archive_scenario(store, tenant, PLAN, &test()).await.unwrap();
    let archived = faces(&stage, PLAN).await;

    let seen = preview(&stage, &desk, &run).await;
    let undo = undo(&stage, &desk, &run).await;

    assert_eq!(
        (&seen["closed"][0]["scenario"], &seen["counts"]["reversed"]),
        (&json!(PLAN), &json!(4))
    );
    let mut after = faces(&stage, &stage.baseline).await;
    after.remove(&hired.to_string());
    assert_eq!(after, before);
    assert_eq!(faces(&stage, PLAN).await, archived);
    let undo = stage.run(&undo).await;
    assert_eq!(undo.status, "partial");
    let closed = undo.outcomes.iter().find(|end| end.scenario == PLAN).unwrap();
    assert!(closed.failure.as_ref().unwrap().summary.contains("archived"), "{closed:?}");
}

async fn what_can_not_be_taken_back_is_refused_with_a_reason(place: Place) {
    let mut stage = Stage::synced(place, 20).await;
    let initial = stage.runs().await.remove(0).run;
    let quiet = stage.sync(RunKind::Reconcile).await;
    let path = |run: &str| format!("/integration_sync_logs/{run}/undo");
    let (run, _) = a_busy_night(&stage).await;
    let roles = vec![Role::Api, Role::Projector];
    let options = NodeOptions { roles, ..NodeOptions::default() };
    let idle = Node::start(stage.node.store.clone(), options).await;
    std::mem::replace(&mut stage.node, idle).stop().await;
    let desk = Desk::of(&stage).await;

    let nothing = desk.post(&path(&quiet), None).await;
    let unknown = desk.post(&path("01NOBODY"), None).await;
    let first = desk.run(&path(&run)).await;
    let second = desk.post(&path(&run), None).await;
    let of_what_waits = desk.post(&path(&first), None).await;
    let other = desk.run(&path(&initial)).await;
    stage.change_node().await;
    stage.settle_all_but_held_back().await;
    let desk = Desk::of(&stage).await;
    let third = preview(&stage, &desk, &run).await;

    assert_eq!((nothing.status, unknown.status), (409, 404));
    assert!(nothing.json()["detail"].as_str().unwrap().contains("changed nobody"));
    assert_eq!((second.status, of_what_waits.status), (409, 409));
    assert!(second.json()["detail"].as_str().unwrap().contains(&first), "{}", second.json());
    assert_ne!(first, other);
    assert_eq!(third["counts"]["reversed"], 0, "{third}");
    assert!(third["counts"]["kept"].as_u64().unwrap() > 0);
}
