//! A connection's life at the API: tested, set, downgraded, disconnected, connected again.

use chrono::TimeDelta;
use reqwest::Method;
use rollcall_commands::change_plan;
use rollcall_domain::tenant::Plan;
use rollcall_domain::vocabulary::RunKind;
use rollcall_simulators::bamboohr::{Disturbance, Faults, RetryAfter, Wrong};
use rollcall_store::Cause;
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::place::{Place, eventually, on_both_databases};
use crate::provider::Provider;
use crate::roster::{assert_equal, everybody, ours, theirs};
use crate::stage::Stage;

on_both_databases!(
    credentials_are_tested_before_they_are_saved_and_nothing_of_them_stays,
    a_saved_connection_tells_what_it_can_read,
    what_is_set_is_shown_and_what_is_wrong_is_named,
    settings_and_targets_change_in_one_append,
    a_connection_is_in_error_until_a_run_ends_well,
    a_run_that_waits_for_the_provider_ends_with_its_connection,
    a_run_that_reads_ends_with_its_connection,
    the_same_account_connected_again_finds_the_same_people,
    a_downgrade_ends_what_waits_and_an_upgrade_reads_once,
    only_what_waits_for_its_turn_is_cancelled,
);

/// A connection to the stage's provider that is not saved.
fn draft(stage: &Stage, api_key: &str) -> Value {
    let base_url = stage.provider.simulator.origin();
    json!({ "provider": "bamboohr", "account": "acme", "base_url": base_url, "api_key": api_key })
}

fn only(disturbance: Disturbance) -> Faults {
    Faults { answers: vec![disturbance], ..Faults::default() }
}

fn at(stage: &Stage, action: &str) -> String {
    format!("/integrations/{}{action}", stage.connection)
}

async fn credentials_are_tested_before_they_are_saved_and_nothing_of_them_stays(place: Place) {
    let stage = Stage::synced(place, 12).await;
    let (desk, company) = (Desk::of(&stage).await, stage.provider.company());
    let (before, wrong_key) = (stage.head().await, "a-key-that-nobody-was-given");
    let test = async |api_key: &str| {
        let answer = desk.post("/integrations/test", Some(draft(&stage, api_key))).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
        answer.json()
    };

    let good = test(&Provider::api_key()).await;
    let report = &good["result"];
    assert_eq!((&report["all_readable"], &report["visible"]), (&json!(true), &json!(12)), "{good}");
    company.change_faults(|faults| {
        faults.hidden_fields.insert("hireDate".to_owned());
    });
    let less = test(&Provider::api_key()).await;
    let checks = less["result"]["checks"].as_array().unwrap();
    let hidden: Vec<_> = checks.iter().filter(|check| check["readable"] == false).collect();
    assert_eq!((hidden.len(), &hidden[0]["name"]), (1, &json!("hireDate")));
    assert!(!hidden[0]["remedy"].as_str().unwrap().is_empty());
    let forbidden = Disturbance::always(Wrong::Forbidden).on("/reports");
    let no_account = Disturbance::always(Wrong::Status(302));
    for (faults, key, code) in [
        (Faults::default(), wrong_key, "authentication"),
        (only(forbidden), "", "permission"),
        (only(no_account), "", "environment"),
    ] {
        company.set_faults(faults);
        let key = if key.is_empty() { Provider::api_key() } else { key.to_owned() };
        let answer = test(&key).await;
        assert_eq!(
            (&answer["status"], &answer["failure"]["code"]),
            (&json!("failed"), &json!(code))
        );
    }

    stage.settle().await;
    assert_eq!(stage.head().await, before);
    assert!(!stage.place.holds(wrong_key).await);
}

async fn a_saved_connection_tells_what_it_can_read(place: Place) {
    let stage = Stage::synced(place, 12).await;
    let desk = Desk::of(&stage).await;
    let before = stage.head().await;

    let report = desk.post(&at(&stage, "/test"), None).await.json();

    assert_eq!((&report["status"], &report["result"]["visible"]), (&json!("done"), &json!(12)));
    assert_eq!(stage.head().await, before);
    assert_eq!(desk.post(&at(&stage, "/disconnect"), None).await.status, 204);
    assert_eq!(desk.post(&at(&stage, "/test"), None).await.status, 409);
}

async fn what_is_set_is_shown_and_what_is_wrong_is_named(place: Place) {
    let stage = Stage::synced(place, 6).await;
    let desk = Desk::of(&stage).await;
    let patch = async |body: Value| desk.ask(Method::PATCH, &at(&stage, ""), Some(body)).await;
    let shown =
        async |position: &str| desk.get(&at(&stage, &format!("?min_position={position}"))).await;

    let body = json!({
        "schedule": { "hour": 5, "zone": "Pacific/Auckland" },
        "brake": { "deactivated": 40 }, "time_zone": "Europe/Berlin", "direct_apply": true,
    });
    let set = patch(body).await;
    assert_eq!(set.status, 204, "{}", set.json());
    let now = shown(&set.position.unwrap()).await;
    assert_eq!(now["schedule"], json!({ "hour": 5, "zone": "Pacific/Auckland" }));
    assert_eq!((&now["brake"]["deactivated"], &now["brake"]["changed"]), (&json!(40), &json!(10)));
    let next: chrono::DateTime<chrono::Utc> = now["next_run"].as_str().unwrap().parse().unwrap();
    assert!(["16", "17"].contains(&&*next.format("%H").to_string()), "{next}");

    let set = patch(json!({ "schedule": { "zone": null }, "brake": null })).await;
    let now = shown(&set.position.unwrap()).await;
    assert_eq!((&now["schedule"]["hour"], &now["schedule"]["zone"]), (&json!(5), &Value::Null));
    assert_eq!(
        (&now["brake"]["deactivated"], &now["settings"]["time_zone"]),
        (&json!(25), &json!("Europe/Berlin"))
    );

    let wrong = json!({
        "schedule": { "hour": 24 }, "time_zone": "Berlin", "freshness_seconds": 0,
        "base_url": "http://127.0.0.1:1",
    });
    let refused = patch(wrong).await;
    let errors = refused.json()["errors"].as_array().unwrap().clone();
    let mut paths: Vec<&str> = errors.iter().map(|one| one["path"].as_str().unwrap()).collect();
    paths.sort_unstable();
    assert_eq!(refused.status, 422);
    assert_eq!(paths, ["/base_url", "/freshness_seconds", "/schedule/hour", "/time_zone"]);

    let paused = desk.post(&at(&stage, "/pause"), None).await.position.unwrap();
    assert_eq!(shown(&paused).await["next_run"], Value::Null);
}

async fn settings_and_targets_change_in_one_append(place: Place) {
    let stage = Stage::synced(place, 6).await;
    let desk = Desk::of(&stage).await;
    let (store, cause) = (&stage.node.store, Cause::by("test"));
    let plan = "01PLAN";
    rollcall_commands::create_scenario(store, &stage.tenant, plan, "Plan", &cause).await.unwrap();
    let change = async |scenario: &str| {
        let body = json!({ "targets": { "add": [scenario] }, "schedule": { "hour": 4 } });
        desk.ask(Method::PATCH, &at(&stage, ""), Some(body)).await.status
    };
    let before = stage.head().await;

    assert_eq!(change("01NONE").await, 409);
    assert_eq!(stage.head().await, before);
    assert_eq!(change(plan).await, 204);

    let log = stage.log(before).await;
    let kinds: Vec<&str> = log.iter().take(2).map(|event| &*event.kind).collect();
    assert_eq!(kinds, ["connection.settings_changed", "connection.targets_changed"]);
}

async fn a_connection_is_in_error_until_a_run_ends_well(place: Place) {
    let stage = Stage::synced(place, 6).await;
    let (desk, company) = (Desk::of(&stage).await, stage.provider.company());
    let status = async || desk.get(&at(&stage, "")).await["status"].clone();
    assert_eq!(status().await, "active");

    company.set_faults(only(Disturbance::always(Wrong::Unauthorized)));
    stage.sync(RunKind::Reconcile).await;
    assert_eq!(status().await, "error");

    company.set_faults(Faults::default());
    stage.sync(RunKind::Reconcile).await;
    assert_eq!(status().await, "active");
}

async fn status_of(stage: &Stage, run: &str) -> String {
    let all = stage.runs().await;
    all.into_iter().find(|one| one.run == run).map(|one| one.status).unwrap_or_default()
}

/// A run that gets no further, and one behind it.
async fn two_runs(stage: &Stage, answer: Wrong, status: &str) -> [String; 2] {
    stage.provider.company().set_faults(only(Disturbance::always(answer)));
    let first = stage.ask_for(RunKind::Reconcile).await;
    eventually("the first one gets no further", async || status_of(stage, &first).await == status)
        .await;
    [first, stage.ask_for(RunKind::ManualSync).await]
}

fn throttled() -> Wrong {
    Wrong::Throttle { status: 429, retry_after: RetryAfter::Seconds(100_000) }
}

/// Disconnects, and sees through what follows without moving the clock.
async fn disconnect(stage: &Stage) {
    let desk = Desk::of(stage).await;
    assert_eq!(desk.post(&at(stage, "/disconnect"), None).await.status, 204);
    stage.settle().await;
}

async fn is_skipped(stage: &Stage, run: &str, reason: &str) {
    let run = stage.run(run).await;
    assert_eq!((&*run.status, run.reason.as_deref()), ("skipped", Some(reason)));
}

async fn a_run_that_waits_for_the_provider_ends_with_its_connection(place: Place) {
    let stage = Stage::synced(place, 6).await;
    let runs = two_runs(&stage, throttled(), "waiting").await;

    disconnect(&stage).await;

    for run in runs {
        is_skipped(&stage, &run, "disconnected").await;
    }
}

async fn a_run_that_reads_ends_with_its_connection(place: Place) {
    let stage = Stage::synced(place, 6).await;
    let [reading, behind] = two_runs(&stage, Wrong::Hang, "running").await;

    disconnect(&stage).await;

    let run = stage.run(&reading).await;
    assert_eq!((&*run.status, run.error_code.as_deref()), ("failed", Some("environment")));
    assert!(run.error_summary.unwrap().contains("disconnected"));
    is_skipped(&stage, &behind, "disconnected").await;
}

/// Sees through what waits for the provider.
async fn time_flies(stage: &Stage) {
    stage.clock.reach(stage.clock.clock().now() + TimeDelta::hours(2));
    stage.settle().await;
}

async fn the_same_account_connected_again_finds_the_same_people(place: Place) {
    let stage = Stage::synced(place, 12).await;
    let desk = Desk::of(&stage).await;
    let db = stage.node.projections.db();
    let actors = async || {
        let people = everybody(db, &stage.tenant, &stage.baseline).await;
        people.into_iter().map(|one| (one.source_id, one.actor)).collect::<Vec<_>>()
    };
    let (people, before) = (actors().await, stage.head().await);
    let new = draft(&stage, &Provider::api_key());
    assert_eq!(desk.post("/integrations", Some(new.clone())).await.status, 409);

    assert_eq!(desk.post(&at(&stage, "/disconnect"), None).await.status, 204);
    stage.provider.company().update(3, [("firstName", "Meanwhile")]).unwrap();
    assert_eq!(desk.post("/integrations", Some(new.clone())).await.status, 201);
    assert_eq!(desk.post("/integrations", Some(new)).await.status, 409);
    stage.settle_all_but_held_back().await;

    assert_eq!(actors().await, people);
    assert_eq!(stage.count("actor.created", before).await, 0);
    assert_equal(
        &ours(db, &stage.tenant, &stage.baseline).await,
        &theirs(&stage.provider.company()),
    );
}

async fn a_downgrade_ends_what_waits_and_an_upgrade_reads_once(place: Place) {
    let stage = Stage::synced(place, 12).await;
    let (store, cause) = (&stage.node.store, Cause::by("test"));
    let db = stage.node.projections.db();
    let people = everybody(db, &stage.tenant, &stage.baseline).await;
    let runs = two_runs(&stage, throttled(), "waiting").await;
    let change = async |plan| {
        change_plan(store, &stage.tenant, plan, &cause).await.unwrap();
        stage.node.inbound_policies.forget();
        time_flies(&stage).await;
    };

    change(Plan::Free).await;

    for run in runs {
        is_skipped(&stage, &run, "entitlement").await;
    }
    assert_eq!(everybody(db, &stage.tenant, &stage.baseline).await, people);
    let before = stage.head().await;
    stage.provider.company().set_faults(Faults::default());
    change(Plan::Enterprise).await;
    let log = stage.log(before).await;
    assert_eq!(log.iter().filter(|event| &*event.kind == "run.queued").count(), 1);
    let run = stage.runs().await.remove(0);
    assert_eq!((&*run.kind, &*run.status), ("reconcile", "succeeded"));
}

async fn only_what_waits_for_its_turn_is_cancelled(place: Place) {
    let stage = Stage::synced(place, 12).await;
    let desk = Desk::of(&stage).await;
    let [first, behind] = two_runs(&stage, throttled(), "waiting").await;
    stage.provider.company().update(3, [("firstName", "Delivered")]).unwrap();
    eventually("its delivery is on the lane", async || {
        stage.runs().await.iter().any(|run| run.kind == "webhook" && run.status == "queued")
    })
    .await;
    let delivered = stage.runs().await.remove(0).run;
    let cancel =
        async |run: &str| desk.post(&format!("/integration_sync_logs/{run}/cancel"), None).await;

    let refused = cancel(&first).await;
    for run in [&behind, &delivered] {
        assert_eq!(cancel(run).await.status, 204);
        assert_eq!(cancel(run).await.status, 204, "it may be asked twice");
    }
    stage.provider.company().set_faults(Faults::default());
    time_flies(&stage).await;

    assert_eq!(refused.status, 409);
    assert!(refused.json()["detail"].as_str().unwrap().len() > 20, "{}", refused.json());
    for run in [&behind, &delivered] {
        assert_eq!(stage.run(run).await.status, "cancelled");
    }
    assert_eq!(stage.run(&first).await.status, "succeeded");
    assert_eq!(cancel(&first).await.status, 409);
    // What was delivered to one that was cancelled rode on with another.
    let next = stage.runs().await.remove(0);
    assert_eq!((&*next.kind, &*next.status, next.receipts.len()), ("webhook", "succeeded", 1));
}
