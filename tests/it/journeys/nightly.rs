//! Nights: each has one run, whoever asks for it and however often.

use chrono::{DateTime, TimeDelta, Utc};
use rollcall::NodeOptions;
use rollcall_commands::change_plan;
use rollcall_domain::tenant::Plan;
use rollcall_projections::runs::Run;
use rollcall_store::Cause;
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::node::Node;
use crate::place::{Place, on_both_databases};
use crate::stage::Stage;

on_both_databases!(
    a_night_has_one_run_however_often_the_clock_fires,
    several_missed_nights_run_once,
    who_is_paused_or_not_in_the_plan_has_no_nights,
    a_night_that_was_asked_for_from_outside_is_not_run_again,
);

/// When the connection is reconciled next, as its page says.
async fn next_run(stage: &Stage, desk: &Desk) -> DateTime<Utc> {
    stage.settle().await;
    let shown = desk.get(&format!("/integrations/{}", stage.connection)).await;
    shown["next_run"].as_str().unwrap().parse().unwrap()
}

/// It is then, and a little later.
fn reach(stage: &Stage, at: DateTime<Utc>) {
    stage.clock.reach(at + TimeDelta::seconds(30));
}

async fn nights(stage: &Stage) -> Vec<Run> {
    stage.settle().await;
    let runs = stage.runs().await.into_iter();
    runs.filter(|run| run.event_type == "nightly_reconciliation").collect()
}

async fn a_night_has_one_run_however_often_the_clock_fires(place: Place) {
    let stage = Stage::synced(place, 6).await;
    let desk = Desk::of(&stage).await;

    for night in 1..=3 {
        reach(&stage, next_run(&stage, &desk).await);
        for _ in 0..5 {
            stage.node.tick().await;
        }
        let runs = nights(&stage).await;
        assert_eq!(runs.len(), night);
        assert_eq!((&*runs[0].trigger, &*runs[0].status), ("schedule", "succeeded"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_three_nodes_whose_clocks_fire_five_times_each_one_runs_the_night() {
    let stage = Stage::synced(Place::postgres(), 6).await;
    let desk = Desk::of(&stage).await;
    let others = [
        Node::start(stage.place.open().await, NodeOptions::default()).await,
        Node::start(stage.place.open().await, NodeOptions::default()).await,
    ];

    reach(&stage, next_run(&stage, &desk).await);
    for _ in 0..5 {
        tokio::join!(stage.node.tick(), others[0].tick(), others[1].tick());
    }

    let runs = nights(&stage).await;
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].status, "succeeded");
    for node in others {
        node.stop().await;
    }
}

async fn several_missed_nights_run_once(place: Place) {
    let stage = Stage::synced(place, 6).await;
    let desk = Desk::of(&stage).await;

    reach(&stage, next_run(&stage, &desk).await + TimeDelta::days(5) + TimeDelta::hours(2));
    stage.node.tick().await;
    stage.node.tick().await;

    let runs = nights(&stage).await;
    assert_eq!((runs.len(), &*runs[0].trigger), (1, "catch_up"));
}

async fn who_is_paused_or_not_in_the_plan_has_no_nights(place: Place) {
    let stage = Stage::synced(place, 6).await;
    let (desk, cause) = (Desk::of(&stage).await, Cause::by("test"));
    let at = |action: &str| format!("/integrations/{}/{action}", stage.connection);
    let night = next_run(&stage, &desk).await;
    // Each night begins at a time of its own within ten minutes.
    let a_night_passes = async |days| {
        reach(&stage, night + TimeDelta::days(days) + TimeDelta::minutes(10));
        stage.settle().await;
        stage.node.tick().await;
        nights(&stage).await.len()
    };

    desk.post(&at("pause"), None).await;
    assert_eq!(a_night_passes(0).await, 0);
    assert_eq!(desk.post(&at("reconcile"), Some(json!({ "nightly": true }))).await.status, 409);
    desk.post(&at("resume"), None).await;
    stage.settle().await;
    stage.node.tick().await;
    // What it missed is in the run that follows the resumption.
    assert_eq!(nights(&stage).await.len(), 0);

    let (store, tenant) = (&stage.node.store, &stage.tenant);
    change_plan(store, tenant, Plan::Team, &cause).await.unwrap();
    assert_eq!(a_night_passes(1).await, 0);
    assert_eq!(desk.post(&at("reconcile"), Some(json!({ "nightly": true }))).await.status, 409);
    change_plan(store, tenant, Plan::Business, &cause).await.unwrap();
    stage.node.inbound_policies.forget();
    stage.node.tick().await;
    assert_eq!(nights(&stage).await.len(), 0);
    assert_eq!(a_night_passes(2).await, 1);
}

async fn a_night_that_was_asked_for_from_outside_is_not_run_again(place: Place) {
    let stage = Stage::synced(place, 6).await;
    let desk = Desk::of(&stage).await;
    let path = format!("/integrations/{}/reconcile", stage.connection);
    let ask = async |body: Value| desk.post(&path, Some(body)).await;
    reach(&stage, next_run(&stage, &desk).await);

    let first = ask(json!({ "nightly": true })).await;
    stage.settle().await;
    let second = ask(json!({ "nightly": true })).await;
    stage.node.tick().await;

    assert_eq!((first.status, &first.json()["queued"]), (202, &json!(true)));
    assert_eq!((second.status, &second.json()["queued"]), (200, &json!(false)));
    assert_eq!(first.json()["run"], second.json()["run"]);
    assert_eq!(nights(&stage).await.len(), 1);
    // One by hand is another matter.
    let by_hand = ask(json!({})).await;
    assert_eq!(by_hand.status, 202);
    assert_ne!(by_hand.json()["run"], first.json()["run"]);
}
