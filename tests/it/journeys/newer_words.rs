//! Plans that wait while the world goes on: an older word on somebody never takes back a newer one.

use rollcall_domain::vocabulary::RunKind;
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::place::{Place, on_both_databases};
use crate::roster::{everybody, theirs};
use crate::stage::Stage;

on_both_databases!(
    what_a_newer_run_did_is_not_taken_back_by_a_plan_that_waited,
    a_department_that_came_since_stays,
    an_older_preview_takes_no_newer_plans_place,
    an_empty_answer_is_held_however_few_people_there_are_and_whoever_applies_it,
    a_preview_is_not_applied_where_changes_apply_no_longer,
);

/// Leaves all but the first few out, without a delivery, and lets a read find it.
async fn held(stage: &Stage) -> String {
    let company = stage.provider.company();
    let today = company.clock().date_naive();
    for id in theirs(&company).keys().skip(4) {
        company.terminate(id.parse().unwrap(), today).unwrap();
    }
    let run = stage.ask_for(RunKind::Reconcile).await;
    stage.settle_all_but_held_back().await;
    assert_eq!(stage.run(&run).await.status, "held");
    run
}

async fn last_name(stage: &Stage, id: u64) -> String {
    let people = everybody(stage.node.projections.db(), &stage.tenant, &stage.baseline).await;
    let one = people.into_iter().find(|one| one.source_id == Some(id.to_string())).unwrap();
    one.last_name.unwrap()
}

async fn preview(stage: &Stage, desk: &Desk, body: Option<Value>) -> (String, Value) {
    let path = format!("/integrations/{}", stage.connection);
    let answer = desk.post(&format!("{path}/preview"), body).await.json();
    let result = answer["result"].clone();
    (format!("{path}/plans/{}", result["hash"].as_str().unwrap()), result)
}

async fn approve(stage: &Stage, desk: &Desk, run: &str) -> String {
    let path = format!("/integration_sync_logs/{run}/approve");
    assert_eq!(desk.post(&path, None).await.status, 202);
    stage.settle_all_but_held_back().await;
    stage.run(run).await.status
}

/// Synced, and deliveries do not arrive by themselves; the first of those who stay.
async fn stage_and_somebody(place: Place) -> (Stage, Desk, u64) {
    let stage = Stage::synced(place, 30).await;
    let company = stage.provider.company();
    company.change_faults(|faults| faults.reorder_deliveries = true);
    let somebody = theirs(&company).keys().next().unwrap().parse().unwrap();
    let desk = Desk::of(&stage).await;
    (stage, desk, somebody)
}

async fn what_a_newer_run_did_is_not_taken_back_by_a_plan_that_waited(place: Place) {
    let (stage, desk, somebody) = stage_and_somebody(place).await;
    let company = stage.provider.company();
    company.update(somebody, [("lastName", "Older")]).unwrap();
    let run = held(&stage).await;
    company.update(somebody, [("lastName", "Newer")]).unwrap();
    let body = json!({ "identities": [somebody.to_string()] });
    let (plan, _) = preview(&stage, &desk, Some(body)).await;
    desk.run(&format!("{plan}/apply")).await;
    stage.settle_all_but_held_back().await;
    assert_eq!(last_name(&stage, somebody).await, "Newer");

    assert_eq!(approve(&stage, &desk, &run).await, "held");

    let path = format!("/integration_sync_logs/{run}/plan?limit=200");
    let anew = desk.get(&path).await;
    let id = somebody.to_string();
    let about = |row: &Value| row["source_hris_id"] == id.as_str();
    assert!(!anew["data"].as_array().unwrap().iter().any(about), "{anew}");
    assert_eq!(approve(&stage, &desk, &run).await, "succeeded");
    assert_eq!(last_name(&stage, somebody).await, "Newer");
    let active = theirs(&company).len() as u64;
    assert_eq!((active, stage.run(&run).await.counts.updated), (4, 0));
}

async fn a_department_that_came_since_stays(place: Place) {
    let (stage, desk, somebody) = stage_and_somebody(place).await;
    let company = stage.provider.company();
    let run = held(&stage).await;
    company.update(somebody, [("department", "Brand New")]).unwrap();
    let body = json!({ "identities": [somebody.to_string()] });
    let (plan, _) = preview(&stage, &desk, Some(body)).await;
    desk.run(&format!("{plan}/apply")).await;
    stage.settle_all_but_held_back().await;
    let before = stage.head().await;

    assert_eq!(approve(&stage, &desk, &run).await, "held");
    assert_eq!(approve(&stage, &desk, &run).await, "succeeded");

    assert_eq!(stage.count("unit.retired", before).await, 0);
}

async fn an_older_preview_takes_no_newer_plans_place(place: Place) {
    let (stage, desk, somebody) = stage_and_somebody(place).await;
    stage.provider.company().update(somebody, [("lastName", "Previewed")]).unwrap();
    let (plan, _) = preview(&stage, &desk, None).await;
    let run = held(&stage).await;

    let applied = desk.run(&format!("{plan}/apply")).await;
    stage.settle_all_but_held_back().await;

    assert_eq!(stage.run(&applied).await.status, "succeeded");
    assert_eq!(stage.run(&run).await.status, "held");
}

async fn an_empty_answer_is_held_however_few_people_there_are_and_whoever_applies_it(place: Place) {
    let stage = Stage::synced(place, 4).await;
    let desk = Desk::of(&stage).await;
    assert!(theirs(&stage.provider.company()).len() <= 5);
    stage.provider.company().change_faults(|faults| faults.empty_report = true);
    let (plan, shown) = preview(&stage, &desk, None).await;
    assert_eq!(shown["held"]["code"], "brake", "{shown}");
    let before = stage.head().await;

    let run = desk.run(&format!("{plan}/apply")).await;
    stage.settle().await;

    assert_eq!(stage.run(&run).await.status, "held");
    assert_eq!(stage.count("actor.deactivated", before).await, 0);
}

async fn a_preview_is_not_applied_where_changes_apply_no_longer(place: Place) {
    let (stage, desk, somebody) = stage_and_somebody(place).await;
    let cause = rollcall_store::Cause::by("test");
    let store = &stage.node.store;
    let made = rollcall_commands::create_scenario(store, &stage.tenant, "01PLAN", "Plan", &cause);
    made.await.unwrap();
    let at = format!("/integrations/{}", stage.connection);
    let targets = async |change: Value| {
        let body = json!({ "targets": change });
        assert_eq!(desk.ask(reqwest::Method::PATCH, &at, Some(body)).await.status, 204);
        stage.settle_all_but_held_back().await;
    };
    targets(json!({ "add": ["01PLAN"] })).await;
    stage.provider.company().update(somebody, [("lastName", "Previewed")]).unwrap();
    let (plan, shown) = preview(&stage, &desk, None).await;
    assert_eq!(shown["targets"].as_array().unwrap().len(), 2);
    targets(json!({ "remove": ["01PLAN"] })).await;

    let answer = desk.post(&format!("{plan}/apply"), None).await;

    assert_eq!(answer.status, 409, "{}", answer.json());
    assert_ne!(last_name(&stage, somebody).await, "Previewed");
}
