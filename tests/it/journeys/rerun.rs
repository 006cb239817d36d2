//! Running runs again: on whom, in which scenarios, and once however often it is asked for.

use chrono::TimeDelta;
use rollcall::{NodeOptions, Role};
use rollcall_commands::{
    Connect, Loaded, archive_scenario, change_targets, connect, create_scenario, disconnect, load,
    pause, resume,
};
use rollcall_domain::connection::{Targets, TargetsChange};
use rollcall_domain::receipt::Receipt;
use rollcall_domain::vocabulary::RunKind;
use rollcall_store::Cause;
use serde_json::json;

use crate::desk::Desk;
use crate::node::Node;
use crate::place::{Place, on_both_databases};
use crate::provider::Provider;
use crate::roster::{assert_equal, ours, theirs};
use crate::stage::Stage;

on_both_databases!(
    a_run_of_deliveries_reads_the_same_people_again,
    a_run_is_run_again_where_it_ran_whatever_the_targets_are_now,
    asked_for_twice_it_runs_once,
    what_can_not_be_run_again_is_refused_with_what_to_do,
);

const PLAN: &str = "01PLAN";

fn test() -> Cause {
    Cause::by("test")
}

fn path(run: &str) -> String {
    format!("/integration_sync_logs/{run}/rerun")
}

/// Running it again, and looking at what that would do.
async fn is_refused_alike(stage: &Stage, desk: &Desk, run: &str, expected: (u16, &str)) {
    let preview = format!("/integrations/{}/preview", stage.connection);
    let asked = json!({ "rerun_of": run });
    for answer in [desk.post(&path(run), None).await, desk.post(&preview, Some(asked)).await] {
        let said = answer.json();
        let reason = said["reason"].as_str().unwrap_or_default();
        assert_eq!((answer.status, reason), expected, "{said}");
    }
}

async fn choose(stage: &Stage, scenarios: &[&str]) {
    let scenarios = Some(scenarios.iter().map(|&one| one.to_owned()).collect());
    let change = TargetsChange { scenarios, ..TargetsChange::default() };
    let (store, tenant) = (&stage.node.store, &stage.tenant);
    change_targets(store, tenant, &stage.connection, &change, &test()).await.unwrap();
    stage.node.inbound_policies.forget();
}

/// A change that no delivery tells of.
fn changes_unheard(stage: &Stage, id: u64, name: &str) {
    let company = stage.provider.company();
    company.change_faults(|faults| faults.reorder_deliveries = true);
    company.advance(TimeDelta::seconds(1));
    company.update(id, [("lastName", name)]).unwrap();
}

async fn a_run_of_deliveries_reads_the_same_people_again(place: Place) {
    let stage = Stage::synced(place, 20).await;
    let desk = Desk::of(&stage).await;
    stage.provider.company().update(3, [("lastName", "Heard")]).unwrap();
    stage.settle().await;
    let run = stage.runs().await.remove(0);
    assert_eq!(run.kind, "webhook");
    changes_unheard(&stage, 3, "Unheard");
    changes_unheard(&stage, 4, "Another");

    let kept = desk.run(&path(&run.run)).await;
    stage.settle_all_but_held_back().await;
    let db = stage.node.projections.db();
    let seen = ours(db, &stage.tenant, &stage.baseline).await;
    // As when its retention has ended.
    for receipt in run.receipts.iter() {
        let receipt: Loaded<Receipt> =
            load(&stage.node.store, &stage.tenant, receipt).await.unwrap();
        let blob = receipt.state.received.unwrap().blob;
        stage.node.store.drop_blobs(&stage.tenant, &[blob]).await.unwrap();
    }
    changes_unheard(&stage, 3, "Later");
    let gone = desk.run(&path(&run.run)).await;
    stage.settle_all_but_held_back().await;

    assert_eq!(seen["3"].last_name.as_deref(), Some("Unheard"));
    assert_ne!(seen["4"].last_name.as_deref(), Some("Another"));
    let seen = ours(db, &stage.tenant, &stage.baseline).await;
    assert_eq!(seen["3"].last_name.as_deref(), Some("Later"));
    for again in [kept, gone] {
        let again = stage.run(&again).await;
        assert_eq!((again.status.as_str(), again.kind.as_str()), ("succeeded", "webhook"));
        assert_eq!((again.trigger.as_str(), again.rerun_of.as_ref()), ("rerun", Some(&run.run)));
        assert_eq!((&again.event_type, &again.receipts), (&run.event_type, &run.receipts));
    }
}

async fn a_run_is_run_again_where_it_ran_whatever_the_targets_are_now(place: Place) {
    let stage = Stage::synced(place, 20).await;
    let desk = Desk::of(&stage).await;
    let (store, tenant) = (&stage.node.store, &stage.tenant);
    create_scenario(store, tenant, PLAN, "Plan", &test()).await.unwrap();
    create_scenario(store, tenant, "01OTHER", "Other", &test()).await.unwrap();
    choose(&stage, &[PLAN]).await;
    stage.settle_without_waiting().await;
    let run = stage.sync(RunKind::Reconcile).await;
    choose(&stage, &["01OTHER"]).await;
    stage.settle_without_waiting().await;
    changes_unheard(&stage, 3, "Unheard");

    let first = desk.run(&path(&run)).await;
    stage.settle_all_but_held_back().await;
    let db = stage.node.projections.db();
    for scenario in [stage.baseline.as_str(), PLAN] {
        assert_equal(&ours(db, tenant, scenario).await, &theirs(&stage.provider.company()));
    }
    let other = ours(db, tenant, "01OTHER").await;
    archive_scenario(store, tenant, PLAN, &test()).await.unwrap();
    changes_unheard(&stage, 3, "Later");
    let second = desk.run(&path(&first)).await;
    stage.settle_all_but_held_back().await;

    assert_ne!(other["3"].last_name.as_deref(), Some("Unheard"));
    let (first, second) = (stage.run(&first).await, stage.run(&second).await);
    assert_eq!(first.scenarios.0, [stage.baseline.as_str(), PLAN]);
    assert_eq!(second.scenarios.0, first.scenarios.0);
    assert_eq!((first.status.as_str(), second.status.as_str()), ("succeeded", "partial"));
    assert_eq!(second.rerun_of.as_ref(), Some(&first.run));
    let closed = second.outcomes.iter().find(|end| end.scenario == PLAN).unwrap();
    assert!(closed.failure.as_ref().unwrap().summary.contains("archived"), "{closed:?}");
    let live = ours(db, tenant, &stage.baseline).await;
    assert_eq!(live["3"].last_name.as_deref(), Some("Later"));
    assert_eq!(ours(db, tenant, PLAN).await["3"].last_name.as_deref(), Some("Unheard"));
}

async fn asked_for_twice_it_runs_once(place: Place) {
    let mut stage = Stage::synced(place, 10).await;
    let initial = stage.runs().await.remove(0).run;
    let roles = vec![Role::Api, Role::Projector];
    let options = NodeOptions { roles, ..NodeOptions::default() };
    let idle = Node::start(stage.node.store.clone(), options).await;
    std::mem::replace(&mut stage.node, idle).stop().await;
    let desk = Desk::of(&stage).await;

    let first = desk.run(&path(&initial)).await;
    let second = desk.run(&path(&initial)).await;
    is_refused_alike(&stage, &desk, &first, (409, "run.not_over")).await;
    stage.change_node().await;
    stage.settle().await;
    let desk = Desk::of(&stage).await;
    let third = desk.run(&path(&initial)).await;
    stage.settle().await;

    assert_eq!(first, second);
    assert_ne!(first, third);
    assert_eq!(stage.runs().await.len(), 3);
    assert_eq!(stage.run(&third).await.status, "succeeded");
}

async fn what_can_not_be_run_again_is_refused_with_what_to_do(place: Place) {
    let stage = Stage::synced(place, 10).await;
    let desk = Desk::of(&stage).await;
    let (store, tenant, id) = (&stage.node.store, &stage.tenant, &stage.connection);
    let initial = stage.runs().await.remove(0).run;
    let undo = desk.run(&format!("/integration_sync_logs/{initial}/undo")).await;
    stage.settle().await;

    let of_an_undo = desk.post(&path(&undo), None).await;
    let unknown = desk.post(&path("01NOBODY"), None).await;
    pause(store, tenant, id, &test()).await.unwrap();
    let paused = desk.post(&path(&initial), None).await;
    resume(store, tenant, id, &test()).await.unwrap();

    assert_eq!((of_an_undo.status, unknown.status, paused.status), (409, 404, 409));
    is_refused_alike(&stage, &desk, &undo, (409, "run.is_undo")).await;
    is_refused_alike(&stage, &desk, "01NOBODY", (404, "")).await;
    let detail = of_an_undo.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("take back the undo"), "{detail}");
    assert!(paused.json()["detail"].as_str().unwrap().contains("resume it first"));
    disconnect(store, tenant, id, &test()).await.unwrap();
    let new = Connect {
        id: "01OTHER".to_owned(),
        settings: stage.provider.settings(),
        targets: Targets { live_baseline: true, scenarios: vec![], all_future: false },
        credentials: Provider::api_key().into(),
    };
    connect(store, tenant, new, &test()).await.unwrap();
    let asked = Some(json!({ "rerun_of": initial }));
    let other = desk.post("/integrations/01OTHER/preview", asked).await;
    assert_eq!(other.status, 404, "{}", other.json());
}
