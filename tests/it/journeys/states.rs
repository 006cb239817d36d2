//! Paused, resumed, downgraded, disconnected: what is kept, what is skipped, what follows.

use chrono::Utc;
use rollcall_commands::{change_plan, disconnect, pause, resume};
use rollcall_domain::tenant::Plan;
use rollcall_domain::vocabulary::RunKind;
use rollcall_projections::receipts;
use rollcall_store::Cause;

use crate::place::{Place, on_both_databases};
use crate::roster::{assert_equal, everybody, ours, theirs};
use crate::stage::Stage;

on_both_databases!(
    what_is_delivered_during_a_pause_is_kept_and_looked_at_afterwards,
    who_is_deleted_during_a_pause_is_known_as_deleted_afterwards,
    a_plan_without_live_sync_acknowledges_and_skips,
    a_disconnected_connection_lets_nothing_in_and_forgets_its_credentials,
);

async fn verdict(stage: &Stage, receipt: &str) -> String {
    let db = stage.node.projections.db();
    receipts::one(db, &stage.tenant, receipt).await.unwrap().unwrap().receipt.verdict
}

async fn changed(stage: &Stage) -> bool {
    let db = stage.node.projections.db();
    let ours = ours(db, &stage.tenant, &stage.baseline).await;
    ours["3"].first_name.as_deref() == Some("Changed")
}

async fn what_is_delivered_during_a_pause_is_kept_and_looked_at_afterwards(place: Place) {
    let stage = Stage::synced(place, 20).await;
    let (store, cause) = (&stage.node.store, Cause::by("test"));
    pause(store, &stage.tenant, &stage.connection, &cause).await.unwrap();
    stage.node.inbound_policies.forget();

    stage.provider.company().update(3, [("firstName", "Changed")]).unwrap();
    let letter = stage.provider.update_of(3, Utc::now().timestamp());
    let answer = stage.deliver(&letter).await;
    stage.settle().await;
    assert_eq!(verdict(&stage, &answer.receipt()).await, "paused");
    assert!(!changed(&stage).await);

    resume(store, &stage.tenant, &stage.connection, &cause).await.unwrap();
    stage.node.inbound_policies.forget();
    stage.settle().await;

    let db = stage.node.projections.db();
    let company = stage.provider.company();
    assert_equal(&ours(db, &stage.tenant, &stage.baseline).await, &theirs(&company));
    let run = stage.runs().await.remove(0);
    assert_eq!((run.kind.as_str(), run.trigger.as_str()), ("reconcile", "catch_up"));
}

/// No read of everybody tells who was deleted: a run for the delivery follows.
async fn who_is_deleted_during_a_pause_is_known_as_deleted_afterwards(place: Place) {
    let stage = Stage::synced(place, 20).await;
    let (store, cause) = (&stage.node.store, Cause::by("test"));
    pause(store, &stage.tenant, &stage.connection, &cause).await.unwrap();
    stage.node.inbound_policies.forget();
    stage.provider.company().delete(3).unwrap();
    stage.settle().await;

    resume(store, &stage.tenant, &stage.connection, &cause).await.unwrap();
    stage.node.inbound_policies.forget();
    stage.settle().await;

    let db = stage.node.projections.db();
    let all = everybody(db, &stage.tenant, &stage.baseline).await;
    let gone = all.iter().find(|one| one.source_id.as_deref() == Some("3")).unwrap();
    assert!(!gone.active && gone.source_deleted);
    let kinds: Vec<String> = stage.runs().await.into_iter().map(|run| run.kind).collect();
    assert_eq!(kinds[..2], ["webhook", "reconcile"]);
}

async fn a_plan_without_live_sync_acknowledges_and_skips(place: Place) {
    let stage = Stage::synced(place, 20).await;
    let (store, cause) = (&stage.node.store, Cause::by("test"));
    change_plan(store, &stage.tenant, Plan::Team, &cause).await.unwrap();
    stage.node.inbound_policies.forget();
    let before = stage.head().await;

    stage.provider.company().update(3, [("firstName", "Changed")]).unwrap();
    let letter = stage.provider.update_of(3, Utc::now().timestamp());
    let answer = stage.deliver(&letter).await;
    let asked_for = stage.sync(RunKind::Reconcile).await;

    assert_eq!(verdict(&stage, &answer.receipt()).await, "skipped_entitlement");
    assert!(!changed(&stage).await);
    let run = stage.run(&asked_for).await;
    assert_eq!((run.status.as_str(), run.reason.as_deref()), ("skipped", Some("entitlement")));
    assert_eq!(stage.count("run.queued", before).await, 1);

    change_plan(store, &stage.tenant, Plan::Agency, &cause).await.unwrap();
    stage.node.inbound_policies.forget();
    stage.settle().await;
    assert!(changed(&stage).await);
    let run = stage.runs().await.remove(0);
    assert_eq!((run.kind.as_str(), run.trigger.as_str()), ("reconcile", "catch_up"));
}

async fn a_disconnected_connection_lets_nothing_in_and_forgets_its_credentials(place: Place) {
    let stage = Stage::synced(place, 12).await;
    let store = &stage.node.store;
    let letter = stage.provider.update_of(3, Utc::now().timestamp());

    disconnect(store, &stage.tenant, &stage.connection, &Cause::by("test")).await.unwrap();
    stage.node.inbound_policies.forget();

    assert_eq!(stage.deliver(&letter).await.status, 404);
    let (table, schema) =
        if stage.place.is_postgres() { ("keys.vault", true) } else { ("vault", false) };
    if schema {
        assert_eq!(stage.place.count(&format!("select count(*) from {table}")).await, 0);
    }
    stage.settle().await;
    assert!(stage.runs().await.iter().all(|run| run.status != "failed"));
}
