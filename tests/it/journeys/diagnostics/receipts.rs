//! Deliveries: what they said, as long as it is kept, and what they led to.

use chrono::{TimeDelta, Utc};
use rollcall_api::tokens::Scope;
use rollcall_domain::vocabulary::RunKind;
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::place::{Place, on_both_databases};
use crate::roster::everybody;
use crate::stage::Stage;

on_both_databases!(
    a_deliverys_body_is_shown_as_it_arrived_and_as_long_as_it_is_kept,
    a_body_is_erased_with_whom_it_names,
    a_delivery_leads_to_what_it_changed,
    who_was_linked_is_found_among_what_a_delivery_led_to,
);

fn path(receipt: &str, what: &str) -> String {
    format!("/receipts/{receipt}/{what}")
}

/// A change of somebody's name that we are told of; the delivery and its receipt.
async fn changed(stage: &Stage, id: u64) -> (Vec<u8>, String) {
    let company = stage.provider.company();
    company.change_faults(|faults| faults.reorder_deliveries = true);
    company.update(id, [("firstName", "Delivered")]).unwrap();
    let letter = stage.provider.update_of(id, Utc::now().timestamp());
    let receipt = stage.deliver(&letter).await.receipt();
    stage.settle_all_but_held_back().await;
    (letter.body, receipt)
}

async fn a_deliverys_body_is_shown_as_it_arrived_and_as_long_as_it_is_kept(place: Place) {
    let stage = Stage::synced(place, 12).await;
    let desk = Desk::of(&stage).await;
    let (body, receipt) = changed(&stage, 3).await;

    let raw = desk.raw(&path(&receipt, "raw")).await;

    assert_eq!(raw.status(), 200);
    assert_eq!(raw.headers()["content-type"], "application/octet-stream");
    let name = format!("attachment; filename=\"{receipt}.bin\"");
    assert_eq!(raw.headers()["content-disposition"], *name);
    assert_eq!(raw.bytes().await.unwrap(), body);
    let reader = Desk::with(&stage, vec![Scope::Read]).await;
    assert_eq!(reader.raw(&path(&receipt, "raw")).await.status(), 200);
    assert_eq!(desk.raw(&path("unknown", "raw")).await.status(), 404);

    stage.clock.reach(Utc::now() + TimeDelta::days(31));
    stage.node.store.sweep().await.unwrap();
    let gone = desk.ask(reqwest::Method::GET, &path(&receipt, "raw"), None).await;
    assert_eq!((gone.status, &gone.json()["code"]), (410, &json!("raw_expired")));
    desk.get(&format!("/receipts/{receipt}")).await;
}

async fn a_body_is_erased_with_whom_it_names(place: Place) {
    let stage = Stage::synced(place, 12).await;
    let desk = Desk::of(&stage).await;
    let (_, receipt) = changed(&stage, 3).await;
    let (_, other) = changed(&stage, 4).await;
    let subject = desk.get(&format!("/receipts/{receipt}")).await["subjects"][0].clone();

    stage.node.store.erase(&stage.tenant, subject.as_str().unwrap()).await.unwrap();

    let gone = desk.ask(reqwest::Method::GET, &path(&receipt, "raw"), None).await;
    assert_eq!((gone.status, &gone.json()["code"]), (410, &json!("erased")));
    assert_eq!(desk.raw(&path(&other, "raw")).await.status(), 200);
}

async fn a_delivery_leads_to_what_it_changed(place: Place) {
    let stage = Stage::synced(place, 12).await;
    let desk = Desk::of(&stage).await;
    let (_, receipt) = changed(&stage, 3).await;
    let (_, other) = changed(&stage, 4).await;

    let shown = desk.get(&path(&receipt, "consequences")).await;

    let [run] = shown["runs"].as_array().unwrap().as_slice() else { panic!("{shown}") };
    assert_eq!((&run["kind"], &run["status"]), (&json!("webhook"), &json!("succeeded")));
    let [event] = shown["data"].as_array().unwrap().as_slice() else { panic!("{shown}") };
    assert_eq!(event["type"], "actor.fields_changed");
    let people = everybody(stage.node.projections.db(), &stage.tenant, &stage.baseline).await;
    let person = people.iter().find(|one| one.source_id.as_deref() == Some("3")).unwrap();
    assert_eq!(event["stream"], format!("actor/{}", person.actor));
    for link in [&run["link"], &event["link"]] {
        desk.get(link.as_str().unwrap().strip_prefix("/api/v1").unwrap()).await;
    }
    let others = desk.get(&path(&other, "consequences")).await;
    assert_ne!(others["data"][0]["stream"], event["stream"]);
    assert_eq!(desk.ask(reqwest::Method::GET, &path("x", "consequences"), None).await.status, 404);
}

async fn who_was_linked_is_found_among_what_a_delivery_led_to(place: Place) {
    let stage = Stage::synced(place, 12).await;
    let (desk, company) = (Desk::of(&stage).await, stage.provider.company());
    let by_hand = json!({ "first_name": "Mara", "email": "mara.link@acme.example" });
    let made = desk.post(&format!("/scenarios/{}/actors", stage.baseline), Some(by_hand)).await;
    assert!(made.status < 300, "{}", made.json());
    company.change_faults(|faults| faults.reorder_deliveries = true);
    let hired =
        [("firstName", "Mara"), ("lastName", "Link"), ("workEmail", "mara.link@acme.example")];
    let id = company.hire(hired).unwrap();
    stage.ask_for(RunKind::Reconcile).await;
    stage.settle_all_but_held_back().await;

    let (_, receipt) = changed(&stage, id).await;

    let shown = desk.get(&format!("{}?limit=1", path(&receipt, "consequences"))).await;
    let event: &Value = &shown["data"][0];
    assert_eq!(
        (&event["type"], &shown["next_cursor"]),
        (&json!("actor.fields_changed"), &Value::Null)
    );
    assert_eq!(event["stream"], format!("actor/{}", made.json()["id"].as_str().unwrap()));
}
