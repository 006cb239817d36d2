//! Previews: a value with a hash, no event, and having exactly that done.

use std::collections::BTreeSet;

use rollcall_domain::vocabulary::RunKind;
use rollcall_simulators::bamboohr::{Disturbance, Wrong};
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::place::{Place, on_both_databases};
use crate::roster::{assert_equal, ours, theirs};
use crate::stage::Stage;

on_both_databases!(
    what_was_previewed_is_what_is_done,
    a_preview_of_some_people_re_reads_those,
    who_moved_since_is_named_and_nothing_is_done,
    what_a_preview_says_would_be_held_is_held,
    a_preview_says_why_the_provider_gives_nothing,
);

async fn preview(stage: &Stage, desk: &Desk, body: Option<Value>) -> Value {
    let path = format!("/integrations/{}/preview", stage.connection);
    let answer = desk.post(&path, body).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    assert_eq!(answer.json()["status"], "done", "{}", answer.json());
    answer.json()["result"].clone()
}

fn plan(stage: &Stage, hash: &Value) -> String {
    format!("/integrations/{}/plans/{}", stage.connection, hash.as_str().unwrap())
}

/// Somebody new, somebody changed, somebody gone; nobody told us.
async fn silent_changes(stage: &Stage) {
    let company = stage.provider.company();
    company.change_faults(|faults| faults.reorder_deliveries = true);
    company.hire([("firstName", "Un"), ("lastName", "Heard")]).unwrap();
    company.update(3, [("lastName", "Changed")]).unwrap();
    company.terminate(5, company.clock().date_naive()).unwrap();
}

async fn what_was_previewed_is_what_is_done(place: Place) {
    let stage = Stage::synced(place, 40).await;
    let desk = Desk::of(&stage).await;
    silent_changes(&stage).await;
    let before = stage.head().await;

    let shown = preview(&stage, &desk, None).await;
    let again = preview(&stage, &desk, None).await;

    assert_eq!(stage.head().await, before, "a preview writes no event");
    assert_eq!((&shown["hash"], &shown["held"]), (&again["hash"], &Value::Null));
    let counts = &shown["targets"][0]["counts"];
    assert_eq!(
        (&counts["created"], &counts["updated"], &counts["deactivated"]),
        (&json!(1), &json!(1), &json!(1))
    );
    let path = plan(&stage, &shown["hash"]);
    let rows = desk.get(&path).await;
    assert_eq!(rows["data"].as_array().unwrap().len(), 3, "{rows}");
    let answer = desk.post(&format!("{path}/apply"), None).await;
    assert_eq!(answer.status, 202, "{}", answer.json());
    stage.settle_all_but_held_back().await;
    let run = stage.run(answer.json()["run"].as_str().unwrap()).await;
    assert_eq!(
        (run.status.as_str(), run.counts.created, run.counts.updated, run.counts.deactivated),
        ("succeeded", 1, 1, 1)
    );
    let db = stage.node.projections.db();
    assert_equal(
        &ours(db, &stage.tenant, &stage.baseline).await,
        &theirs(&stage.provider.company()),
    );
    let log = stage.log(before).await;
    let touched: BTreeSet<_> = log
        .iter()
        .filter(|event| event.kind.starts_with("actor."))
        .map(|one| &one.stream)
        .collect();
    assert_eq!(touched.len(), 3);
    // Once more, and everybody in it has moved.
    let twice = desk.post(&format!("{path}/apply"), None).await;
    assert_eq!(twice.status, 409, "{}", twice.json());
    assert_eq!(twice.json()["errors"].as_array().unwrap().len(), 3, "{}", twice.json());
}

async fn a_preview_of_some_people_re_reads_those(place: Place) {
    let stage = Stage::synced(place, 20).await;
    let desk = Desk::of(&stage).await;
    silent_changes(&stage).await;
    let before = stage.head().await;

    let shown = preview(&stage, &desk, Some(json!({ "identities": ["3"] }))).await;

    assert_eq!(stage.head().await, before);
    let rows = desk.get(&plan(&stage, &shown["hash"])).await;
    let [row] = rows["data"].as_array().unwrap().as_slice() else { panic!("{rows}") };
    assert_eq!(
        (&row["source_hris_id"], &row["fields"][0]["new"]),
        (&json!("3"), &json!("Changed"))
    );
}

async fn who_moved_since_is_named_and_nothing_is_done(place: Place) {
    let stage = Stage::synced(place, 20).await;
    let desk = Desk::of(&stage).await;
    silent_changes(&stage).await;
    let shown = preview(&stage, &desk, None).await;
    let path = plan(&stage, &shown["hash"]);
    let rows = desk.get(&path).await;
    let row = rows["data"].as_array().unwrap().iter().find(|row| row["source_hris_id"] == "3");
    let row = row.unwrap();
    let unsync =
        format!("/scenarios/{}/actors/{}/unsync", stage.baseline, row["actor"].as_str().unwrap());
    assert!(desk.post(&unsync, None).await.status < 300);
    let before = stage.head().await;

    let answer = desk.post(&format!("{path}/apply"), None).await;

    assert_eq!(answer.status, 409, "{}", answer.json());
    let problem = answer.json();
    assert_eq!(problem["errors"].as_array().unwrap().len(), 1);
    let moved = &problem["errors"][0];
    assert_eq!((&moved["path"], &moved["hris_id"]), (&json!("/plan"), &json!("3")));
    assert!(moved["message"].as_str().unwrap().contains(row["name"].as_str().unwrap()));
    assert_eq!(stage.head().await, before);
    let unknown = plan(&stage, &json!("00"));
    assert_eq!(desk.post(&format!("{unknown}/apply"), None).await.status, 404);
}

async fn what_a_preview_says_would_be_held_is_held(place: Place) {
    let stage = Stage::synced(place, 30).await;
    let (desk, company) = (Desk::of(&stage).await, stage.provider.company());
    company.change_faults(|faults| faults.empty_report = true);
    let before = stage.head().await;

    let shown = preview(&stage, &desk, None).await;

    assert_eq!(shown["held"]["code"], "brake", "{shown}");
    let answer = desk.post(&format!("{}/apply", plan(&stage, &shown["hash"])), None).await;
    assert_eq!(answer.status, 202, "{}", answer.json());
    stage.settle().await;
    let run = stage.run(answer.json()["run"].as_str().unwrap()).await;
    assert_eq!(run.status, "held");
    assert_eq!(stage.count("actor.deactivated", before).await, 0);
    company.set_faults(Default::default());
    stage.sync(RunKind::Reconcile).await;
    assert_eq!(stage.run(&run.run).await.reason.as_deref(), Some("superseded"));
}

async fn a_preview_says_why_the_provider_gives_nothing(place: Place) {
    let stage = Stage::synced(place, 10).await;
    let (desk, company) = (Desk::of(&stage).await, stage.provider.company());
    company.change_faults(|faults| faults.answers = vec![Disturbance::always(Wrong::Unauthorized)]);
    let before = stage.head().await;

    let path = format!("/integrations/{}/preview", stage.connection);
    let answer = desk.post(&path, None).await;

    assert_eq!((answer.status, &answer.json()["status"]), (200, &json!("failed")));
    assert_eq!(answer.json()["failure"]["code"], "authentication", "{}", answer.json());
    assert_eq!(stage.head().await, before);
}
