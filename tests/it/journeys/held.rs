//! Plans that are held: by which path too many leave makes no difference, and a person decides.

use chrono::TimeDelta;
use reqwest::Method;
use rollcall_domain::connection::Command;
use rollcall_domain::vocabulary::RunKind;
use rollcall_simulators::bamboohr::{Disturbance, Wrong};
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::place::{Place, on_both_databases};
use crate::roster::{assert_equal, everybody, ours, theirs};
use crate::stage::Stage;

on_both_databases!(
    a_read_that_lacks_many_is_held_and_approved,
    what_is_approved_in_part_is_done_in_part,
    whoever_is_absent_is_approved_by_source_id_too,
    what_is_rejected_is_not_done,
    many_small_deliveries_are_held_as_one_large_read_is,
    an_empty_answer_is_held_and_a_newer_read_takes_its_place,
    whoever_moved_since_is_planned_anew_and_shown,
    of_two_who_approve_at_once_one_does,
    a_plan_that_was_approved_on_a_paused_connection_waits_on,
    disconnecting_ends_what_is_held,
    a_field_that_many_would_lose_is_held,
    several_targets_are_held_together,
    a_plan_that_nobody_decides_on_expires_after_seven_days,
);

/// Everybody but the first few is gone at the source; the read that says so, seen through.
async fn too_many_leave(stage: &Stage) -> String {
    let company = stage.provider.company();
    let today = company.clock().date_naive();
    company.change_faults(|faults| faults.reorder_deliveries = true);
    for id in theirs(&company).keys().skip(4) {
        company.terminate(id.parse().unwrap(), today).unwrap();
    }
    let run = stage.ask_for(RunKind::Reconcile).await;
    stage.settle_all_but_held_back().await;
    let held = stage.run(&run).await;
    assert_eq!((held.status.as_str(), held.error_code.as_deref()), ("held", Some("brake")));
    run
}

async fn plan(desk: &Desk, run: &str) -> Vec<Value> {
    let plan = desk.get(&format!("/integration_sync_logs/{run}/plan?limit=200")).await;
    plan["data"].as_array().unwrap().clone()
}

fn path(run: &str, act: &str) -> String {
    format!("/integration_sync_logs/{run}/{act}")
}

async fn is_in_step(stage: &Stage) {
    let db = stage.node.projections.db();
    let ours = ours(db, &stage.tenant, &stage.baseline).await;
    assert_equal(&ours, &theirs(&stage.provider.company()));
}

async fn a_read_that_lacks_many_is_held_and_approved(place: Place) {
    let stage = Stage::synced(place, 40).await;
    let (desk, before) = (Desk::of(&stage).await, stage.head().await);
    let active = theirs(&stage.provider.company()).len();

    let run = too_many_leave(&stage).await;

    assert_eq!(stage.count("actor.deactivated", before).await, 0);
    let shown = desk.get(&format!("/integration_sync_logs/{run}")).await;
    let counts = &shown["plan"]["targets"][0]["counts"];
    assert_eq!(counts["deactivated"], active - 4, "{shown}");
    assert!(shown["error_summary"].as_str().unwrap().contains("most likely"), "{shown}");
    let people = plan(&desk, &run).await;
    assert_eq!(people.len(), active - 4);
    assert!(people.iter().all(|one| one["action"] == "deactivate" && one["name"].is_string()));
    let answer = desk.post(&path(&run, "approve"), Some(json!({ "hash": "00" }))).await;
    assert_eq!(answer.status, 409, "{}", answer.json());
    let seen = json!({ "hash": shown["plan"]["hash"] });
    assert_eq!(desk.post(&path(&run, "approve"), Some(seen)).await.status, 202);
    stage.settle_all_but_held_back().await;
    let run = stage.run(&run).await;
    assert_eq!((run.status.as_str(), run.counts.deactivated), ("succeeded", active as u64 - 4));
    assert!(run.decided_by.unwrap().starts_with("token:"));
    is_in_step(&stage).await;
    // What somebody approved is no reason to hold the next one.
    let company = stage.provider.company();
    let last = theirs(&company).keys().next().unwrap().parse().unwrap();
    company.terminate(last, company.clock().date_naive()).unwrap();
    let next = stage.ask_for(RunKind::Reconcile).await;
    stage.settle_all_but_held_back().await;
    assert_eq!(stage.run(&next).await.status, "succeeded");
    stage.projections_hold().await;
}

async fn what_is_approved_in_part_is_done_in_part(place: Place) {
    let stage = Stage::synced(place, 30).await;
    let desk = Desk::of(&stage).await;
    let run = too_many_leave(&stage).await;
    let people = plan(&desk, &run).await;
    let leave: Vec<&Value> = people.iter().take(3).map(|one| &one["source_hris_id"]).collect();
    let stranger = json!({ "identities": [leave[0], "nobody"] });
    let answer = desk.post(&path(&run, "approve"), Some(stranger)).await;
    assert_eq!(
        (answer.status, answer.json()["errors"][0]["path"].clone()),
        (422, "/identities/1".into())
    );

    let before = stage.head().await;
    let approved = json!({ "identities": leave });
    assert_eq!(desk.post(&path(&run, "approve"), Some(approved)).await.status, 202);
    stage.settle_all_but_held_back().await;

    assert_eq!(stage.count("actor.deactivated", before).await, 3);
    let ended = stage.run(&run).await;
    assert_eq!((ended.status.as_str(), ended.counts.deactivated), ("succeeded", 3));
    let rows = desk.get(&format!("/integration_sync_logs/{run}/identities?limit=200")).await;
    let not = rows["data"].as_array().unwrap().iter();
    let not = not.filter(|row| row["reasons"][0]["reason"] == "not_approved").count();
    assert_eq!(not, people.len() - 3);
}

async fn whoever_is_absent_is_approved_by_source_id_too(place: Place) {
    let stage = Stage::synced(place, 30).await;
    let desk = Desk::of(&stage).await;
    stage.provider.company().change_faults(|faults| faults.empty_report = true);
    let run = stage.sync(RunKind::Reconcile).await;
    let ids: Vec<Value> =
        plan(&desk, &run).await.iter().take(2).map(|one| one["source_hris_id"].clone()).collect();
    assert!(ids.iter().all(Value::is_string));

    let approved = json!({ "identities": ids });
    assert_eq!(desk.post(&path(&run, "approve"), Some(approved)).await.status, 202);
    stage.settle().await;

    assert_eq!(stage.run(&run).await.counts.deactivated, 2);
}

async fn what_is_rejected_is_not_done(place: Place) {
    let stage = Stage::synced(place, 30).await;
    let (desk, before) = (Desk::of(&stage).await, stage.head().await);
    let run = too_many_leave(&stage).await;

    assert_eq!(desk.post(&path(&run, "reject"), None).await.status, 204);
    stage.settle_all_but_held_back().await;

    assert_eq!(stage.run(&run).await.status, "rejected");
    assert_eq!(desk.post(&path(&run, "approve"), None).await.status, 409);
    assert_eq!(stage.count("actor.deactivated", before).await, 0);
    // Nobody was lost by it: the next read says the same again.
    let again = stage.ask_for(RunKind::Reconcile).await;
    stage.settle_all_but_held_back().await;
    assert_eq!(stage.run(&again).await.status, "held");
}

async fn many_small_deliveries_are_held_as_one_large_read_is(place: Place) {
    let stage = Stage::synced(place, 20).await;
    let (desk, company) = (Desk::of(&stage).await, stage.provider.company());
    let today = company.clock().date_naive();
    let active = theirs(&company);
    let most = (active.len() * 3 / 10).max(5);
    let before = stage.head().await;

    for id in active.keys().take(most + 2) {
        company.terminate(id.parse().unwrap(), today).unwrap();
        stage.settle().await;
    }

    assert_eq!(stage.count("actor.deactivated", before).await, most);
    let runs = stage.runs().await;
    let held: Vec<_> = runs.iter().filter(|run| run.status == "held").collect();
    assert_eq!((held.len(), held[0].kind.as_str()), (2, "webhook"));
    for run in &held {
        assert_eq!(desk.post(&path(&run.run, "approve"), None).await.status, 202);
    }
    stage.settle().await;
    is_in_step(&stage).await;
    // A day later a few may leave again.
    stage.clock.reach(stage.clock.clock().now() + TimeDelta::hours(25));
    let next = theirs(&company).keys().next().unwrap().parse().unwrap();
    company.terminate(next, today).unwrap();
    stage.settle().await;
    is_in_step(&stage).await;
}

async fn an_empty_answer_is_held_and_a_newer_read_takes_its_place(place: Place) {
    let stage = Stage::synced(place, 4).await;
    let (desk, company) = (Desk::of(&stage).await, stage.provider.company());
    let before = stage.head().await;
    company.change_faults(|faults| faults.empty_report = true);
    let run = stage.sync(RunKind::Reconcile).await;
    let held = stage.run(&run).await;
    assert_eq!(held.status, "held", "{:?}", held.error_summary);
    company.set_faults(Default::default());

    stage.sync(RunKind::ManualSync).await;

    let run = stage.run(&run).await;
    assert_eq!((run.status.as_str(), run.reason.as_deref()), ("skipped", Some("superseded")));
    let answer = desk.post(&path(&run.run, "approve"), None).await;
    assert_eq!(answer.status, 409, "{}", answer.json());
    assert_eq!(stage.count("actor.deactivated", before).await, 0);
    is_in_step(&stage).await;
}

async fn whoever_moved_since_is_planned_anew_and_shown(place: Place) {
    let stage = Stage::synced(place, 30).await;
    let desk = Desk::of(&stage).await;
    let run = too_many_leave(&stage).await;
    let hash = stage.run(&run).await.plan.0.unwrap().hash;
    let people = plan(&desk, &run).await;
    let page = desk.get(&path(&run, "plan?limit=2")).await;
    assert_eq!(page["hash"], hash);
    let rest = format!("plan?cursor={}", page["next_cursor"].as_str().unwrap());
    let rest = path(&run, &rest.replace(':', "%3A"));
    assert_eq!(desk.get(&rest).await["data"].as_array().unwrap().len(), people.len() - 2);
    let moved = people[0]["actor"].as_str().unwrap();
    let unsync = format!("/scenarios/{}/actors/{moved}/unsync", stage.baseline);
    assert!(desk.post(&unsync, None).await.status < 300);

    assert_eq!(desk.post(&path(&run, "approve"), Some(json!({ "hash": hash }))).await.status, 202);
    stage.settle_all_but_held_back().await;

    let again = stage.run(&run).await;
    assert_eq!((again.status.as_str(), again.error_code.as_deref()), ("held", Some("plan_moved")));
    let anew = again.plan.0.unwrap().hash;
    assert_ne!(anew, hash);
    // Pages of two plans are never taken for one.
    assert_eq!(desk.ask(Method::GET, &rest, None).await.status, 422);
    let answer = desk.post(&path(&run, "approve"), Some(json!({ "hash": hash }))).await;
    assert_eq!(answer.status, 409);
    let row = plan(&desk, &run).await.into_iter().find(|one| one["actor"] == moved).unwrap();
    assert_eq!(
        (&row["action"], &row["reasons"][0]["reason"]),
        (&json!("skip"), &json!("out_of_sync"))
    );
    assert_eq!(desk.post(&path(&run, "approve"), Some(json!({ "hash": anew }))).await.status, 202);
    stage.settle_all_but_held_back().await;
    assert_eq!(stage.run(&run).await.counts.deactivated, people.len() as u64 - 1);
}

async fn of_two_who_approve_at_once_one_does(place: Place) {
    let stage = Stage::synced(place, 30).await;
    let desk = Desk::of(&stage).await;
    let run = too_many_leave(&stage).await;
    let before = stage.head().await;
    let approve = path(&run, "approve");

    let answers = tokio::join!(desk.post(&approve, None), desk.post(&approve, None));
    stage.settle_all_but_held_back().await;

    let mut statuses = [answers.0.status, answers.1.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [202, 409]);
    assert_eq!(stage.count("run.approved", before).await, 1);
    assert_eq!(stage.run(&run).await.status, "succeeded");
}

async fn a_plan_that_was_approved_on_a_paused_connection_waits_on(place: Place) {
    let stage = Stage::synced(place, 30).await;
    let desk = Desk::of(&stage).await;
    let run = too_many_leave(&stage).await;
    stage.change(Command::Pause).await;

    let answer = desk.post(&path(&run, "approve"), None).await;

    assert_eq!(answer.status, 409, "{}", answer.json());
    stage.settle_all_but_held_back().await;
    assert_eq!(stage.run(&run).await.status, "held");
}

async fn disconnecting_ends_what_is_held(place: Place) {
    let stage = Stage::synced(place, 30).await;
    let desk = Desk::of(&stage).await;
    let run = too_many_leave(&stage).await;

    let path = format!("/integrations/{}/disconnect", stage.connection);
    assert_eq!(desk.post(&path, None).await.status, 204);
    stage.settle_all_but_held_back().await;

    let ended = stage.run(&run).await;
    assert_eq!((ended.status.as_str(), ended.reason.as_deref()), ("skipped", Some("disconnected")));
    let answer = desk.post(&format!("/integration_sync_logs/{run}/approve"), None).await;
    assert_eq!(answer.status, 409);
}

async fn a_field_that_many_would_lose_is_held(place: Place) {
    let stage = Stage::synced(place, 40).await;
    let company = stage.provider.company();
    company.change_faults(|faults| faults.reorder_deliveries = true);
    for id in theirs(&company).keys().take(20) {
        company.update(id.parse().unwrap(), [("workEmail", "")]).unwrap();
    }

    let run = stage.ask_for(RunKind::Reconcile).await;
    stage.settle_all_but_held_back().await;

    let held = stage.run(&run).await;
    assert_eq!(held.status, "held");
    assert!(held.error_summary.unwrap().contains("email"));
}

async fn several_targets_are_held_together(place: Place) {
    let stage = Stage::synced(place, 30).await;
    let (desk, cause) = (Desk::of(&stage).await, rollcall_store::Cause::by("test"));
    let store = &stage.node.store;
    rollcall_commands::create_scenario(store, &stage.tenant, "01PLAN", "Plan", &cause)
        .await
        .unwrap();
    let body = json!({ "targets": { "add": ["01PLAN"] } });
    let at = format!("/integrations/{}", stage.connection);
    assert_eq!(desk.ask(reqwest::Method::PATCH, &at, Some(body)).await.status, 204);
    stage.settle().await;

    let run = too_many_leave(&stage).await;
    let before = stage.head().await;
    assert_eq!(desk.post(&path(&run, "approve"), None).await.status, 202);
    stage.settle_all_but_held_back().await;

    let ended = stage.run(&run).await;
    assert_eq!((ended.status.as_str(), ended.outcomes.len()), ("succeeded", 2));
    let left = stage.count("actor.deactivated", before).await;
    assert_eq!(left as u64, ended.counts.deactivated);
    for scenario in [stage.baseline.as_str(), "01PLAN"] {
        let people = everybody(stage.node.projections.db(), &stage.tenant, scenario).await;
        assert_eq!(people.iter().filter(|one| one.active).count(), 4);
    }
}

async fn a_plan_that_nobody_decides_on_expires_after_seven_days(place: Place) {
    let stage = Stage::synced(place, 30).await;
    let desk = Desk::of(&stage).await;
    stage.provider.company().change_faults(|faults| faults.reorder_deliveries = true);
    let run = too_many_leave(&stage).await;
    let held = stage.run(&run).await.queued_at;

    for (days, status) in [(6, "held"), (8, "cancelled")] {
        stage.clock.reach(held + TimeDelta::days(days));
        // Without the nights that went by meanwhile: each would be held in its place.
        stage.provider.company().change_faults(|faults| faults.answers = vec![forbidden()]);
        stage.node.tick().await;
        stage.settle_all_but_held_back().await;
        assert_eq!(stage.run(&run).await.status, status);
    }

    assert!(stage.run(&run).await.reason.unwrap().contains("seven days"));
    assert_eq!(desk.post(&path(&run, "approve"), None).await.status, 409);
}

fn forbidden() -> Disturbance {
    Disturbance::always(Wrong::Forbidden)
}
