//! A provider in every mood, and a connection that goes, while people steer: each is answered, nothing
//! is half done, and it heals.

use rollcall_domain::vocabulary::RunKind;
use rollcall_simulators::bamboohr::{Disturbance, RetryAfter, Wrong};
use serde_json::Value;

use crate::desk::Desk;
use crate::place::{Place, eventually, on_both_databases};
use crate::roster::{assert_equal, ours, theirs};
use crate::stage::Stage;

on_both_databases!(
    whatever_the_provider_does_people_are_answered_and_nobody_is_changed,
    what_was_previewed_on_a_connection_that_is_gone_is_not_done,
);

fn moods() -> [Wrong; 5] {
    let limited = Wrong::Throttle { status: 429, retry_after: RetryAfter::Absent };
    [Wrong::Unauthorized, limited, Wrong::Status(500), Wrong::Html, Wrong::Truncate]
}

/// The end of an operation, however long the provider takes.
async fn answered(desk: &Desk, path: &str) -> Value {
    let mut operation = desk.post(path, None).await.json();
    let read = format!("/operations/{}", operation["id"].as_str().unwrap());
    eventually("an operation is answered", async || {
        operation = desk.get(&read).await;
        operation["status"] != "running"
    })
    .await;
    operation
}

async fn whatever_the_provider_does_people_are_answered_and_nobody_is_changed(place: Place) {
    let stage = Stage::synced(place, 12).await;
    let (desk, company) = (Desk::of(&stage).await, stage.provider.company());
    let first = stage.runs().await.pop().unwrap().run;
    let connection = format!("/integrations/{}", stage.connection);
    company.change_faults(|faults| faults.reorder_deliveries = true);
    company.update(3, [("lastName", "Unseen")]).unwrap();
    for wrong in moods() {
        let before = stage.head().await;
        company.change_faults(|faults| faults.answers = vec![Disturbance::always(wrong.clone())]);

        for what in ["test", "preview"] {
            let answer = answered(&desk, &format!("{connection}/{what}")).await;
            assert_eq!(answer["status"], "failed", "{wrong:?}: {answer}");
            assert!(answer["failure"]["code"].is_string(), "{wrong:?}: {answer}");
        }
        assert_eq!(stage.head().await, before, "{wrong:?}");
        let again = desk.run(&format!("/integration_sync_logs/{first}/rerun")).await;
        stage.settle_waiting().await;

        assert_eq!(stage.run(&again).await.status, "failed", "{wrong:?}");
        let log = stage.log(before).await;
        assert!(log.iter().all(|event| !event.kind.starts_with("actor.")), "{wrong:?}");
    }
    // Taking back asks no provider.
    let undo = desk.run(&format!("/integration_sync_logs/{first}/undo")).await;
    stage.settle_all_but_held_back().await;
    let back = desk.run(&format!("/integration_sync_logs/{undo}/undo")).await;
    stage.settle_all_but_held_back().await;
    for run in [undo, back] {
        assert_eq!(stage.run(&run).await.status, "succeeded");
    }
    company.set_faults(Default::default());
    stage.sync(RunKind::Reconcile).await;
    let db = stage.node.projections.db();
    assert_equal(&ours(db, &stage.tenant, &stage.baseline).await, &theirs(&company));
}

async fn what_was_previewed_on_a_connection_that_is_gone_is_not_done(place: Place) {
    let stage = Stage::synced(place, 12).await;
    let (desk, company) = (Desk::of(&stage).await, stage.provider.company());
    company.change_faults(|faults| faults.reorder_deliveries = true);
    company.update(3, [("lastName", "Unseen")]).unwrap();
    let connection = format!("/integrations/{}", stage.connection);
    let shown = answered(&desk, &format!("{connection}/preview")).await;
    let plan = format!("{connection}/plans/{}", shown["result"]["hash"].as_str().unwrap());
    assert_eq!(desk.post(&format!("{connection}/disconnect"), None).await.status, 204);
    let before = stage.head().await;

    let answer = desk.post(&format!("{plan}/apply"), None).await;

    assert_eq!(answer.status, 409, "{}", answer.json());
    stage.settle_all_but_held_back().await;
    assert_eq!(stage.count("actor.fields_changed", before).await, 0);
}
