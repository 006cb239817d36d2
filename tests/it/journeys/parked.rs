//! What was given up: it keeps nobody waiting, it is shown, and a person tries it again or lets it go.

use chrono::TimeDelta;
use rollcall_domain::lane::TRIES;
use rollcall_projections::{identities, runs};
use rollcall_simulators::bamboohr::{Disturbance, Faults, Wrong};
use rollcall_store::NewIntent;
use serde_json::Value;

use crate::desk::Desk;
use crate::place::{Place, on_both_databases};
use crate::roster::{assert_equal, ours, theirs};
use crate::stage::Stage;

on_both_databases!(
    a_delivery_about_somebody_unreadable_is_given_up_and_tried_again_by_a_person,
    a_delivery_that_is_skipped_is_gone,
    work_that_was_parked_is_tried_again_or_let_go,
    what_is_parked_is_listed_page_by_page,
);

async fn parked(desk: &Desk) -> Vec<Value> {
    desk.get("/parked").await["data"].as_array().unwrap().clone()
}

/// The record of employee 3 can't be read; others change until nobody tries it any more.
async fn given_up(stage: &Stage, desk: &Desk) -> Value {
    let company = stage.provider.company();
    let broken = Disturbance::always(Wrong::Html).on("/employees/3");
    company.set_faults(Faults { answers: vec![broken], ..Faults::default() });
    company.update(3, [("firstName", "Unread")]).unwrap();
    stage.settle_without_waiting().await;
    for turn in 0..TRIES {
        // Deliveries tell their time in seconds.
        company.advance(TimeDelta::seconds(1));
        company.update(4, [("firstName", format!("Name {turn}"))]).unwrap();
        stage.settle_without_waiting().await;
    }
    let mut all = parked(desk).await;
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

async fn a_delivery_about_somebody_unreadable_is_given_up_and_tried_again_by_a_person(
    place: Place,
) {
    let stage = Stage::synced(place, 12).await;
    let (desk, company) = (Desk::of(&stage).await, stage.provider.company());

    let one = given_up(&stage, &desk).await;

    let (db, receipt) = (stage.node.projections.db(), one["id"].as_str().unwrap());
    assert_eq!((&one["kind"], &one["key"]), (&"delivery".into(), &stage.connection.clone().into()));
    let tried = runs::of_receipt(db, &stage.tenant, receipt).await.unwrap();
    assert_eq!(tried.len(), TRIES as usize);
    assert_eq!(one["run"], *tried.last().unwrap().run);
    let noted = identities::list(db, &stage.tenant, &tried.last().unwrap().run, None, None, 200);
    let noted = noted.await.unwrap().rows;
    assert!(noted.iter().any(|row| format!("{:?}", row.reasons).contains("given_up")));
    // Later runs are not held up by it, and it is not skipped by accident.
    company.update(5, [("firstName", "Later")]).unwrap();
    stage.settle_without_waiting().await;
    assert_eq!(stage.runs().await[0].status, "succeeded");
    assert_eq!(parked(&desk).await.len(), 1);

    company.set_faults(Faults::default());
    let retried = desk.post(&format!("/parked/{receipt}/retry"), None).await;
    stage.settle_without_waiting().await;
    assert_eq!(retried.status, 202);
    let run = stage.runs().await.remove(0);
    assert_eq!((&retried.json()["run"], &*run.trigger), (&run.run.into(), "person"));
    assert_equal(&ours(db, &stage.tenant, &stage.baseline).await, &theirs(&company));
    assert_eq!(parked(&desk).await, [] as [Value; 0]);
    assert_eq!(desk.post(&format!("/parked/{receipt}/retry"), None).await.status, 404);
}

async fn a_delivery_that_is_skipped_is_gone(place: Place) {
    let stage = Stage::synced(place, 12).await;
    let desk = Desk::of(&stage).await;
    let one = given_up(&stage, &desk).await;
    let before = stage.runs().await.len();
    let kept = async || {
        let pinned = format!("select count(*) from {} where pinned", stage.place.table("blobs"));
        stage.place.count(&pinned).await
    };
    let kept_before = kept().await;
    let path = format!("/parked/{}/skip", one["id"].as_str().unwrap());

    let skipped = desk.post(&path, None).await;

    assert_eq!(skipped.status, 204, "{}", skipped.json());
    assert_eq!(parked(&desk).await, [] as [Value; 0]);
    assert_eq!(desk.post(&path, None).await.status, 404);
    stage.settle_without_waiting().await;
    assert_eq!(stage.runs().await.len(), before);
    assert_eq!(kept().await, kept_before - 1, "its body is kept for ever");
}

/// Work that nobody can do.
pub(crate) async fn damaged(stage: &Stage, key: &str) {
    let intent = NewIntent {
        effect_id: format!("damaged {key}"),
        kind: "perform_operation".to_owned(),
        tenant: stage.tenant.as_str().into(),
        key: key.to_owned(),
        payload: b"no JSON".to_vec(),
        run_at: None,
    };
    stage.node.store.add_intents(&[intent]).await.unwrap();
    stage.settle_without_waiting().await;
}

async fn what_is_parked_is_listed_page_by_page(place: Place) {
    let stage = Stage::synced(place, 4).await;
    let desk = Desk::of(&stage).await;
    let delivery = given_up(&stage, &desk).await;
    for key in ["a", "b"] {
        damaged(&stage, key).await;
    }

    let (mut found, mut cursor) = (vec![], String::new());
    loop {
        let page = desk.get(&format!("/parked?limit=1{cursor}")).await;
        found.extend(page["data"].as_array().unwrap().clone());
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
        // What is gone from a page before leaves out nobody.
        desk.post(&format!("/parked/{}/skip", found.last().unwrap()["id"].as_str().unwrap()), None)
            .await;
    }

    let keys: Vec<&str> = found.iter().map(|one| one["key"].as_str().unwrap()).collect();
    assert_eq!(keys, ["a", "b", &stage.connection]);
    assert_eq!(found[2], delivery);
    let odd = desk.ask(reqwest::Method::GET, "/parked?cursor=x", None).await;
    assert_eq!(odd.status, 422);
}

async fn work_that_was_parked_is_tried_again_or_let_go(place: Place) {
    let stage = Stage::synced(place, 4).await;
    let desk = Desk::of(&stage).await;
    damaged(&stage, "nothing").await;

    let one = parked(&desk).await.remove(0);
    let at = |act: &str| format!("/parked/{}/{act}", one["id"].as_str().unwrap());
    assert_eq!((&one["kind"], &one["key"]), (&"perform_operation".into(), &"nothing".into()));
    assert!(!one["error"].as_str().unwrap().is_empty());
    assert_eq!(desk.post(&at("retry"), None).await.status, 202);
    stage.settle_without_waiting().await;
    assert_eq!(parked(&desk).await.len(), 1);
    assert_eq!(desk.post(&at("skip"), None).await.status, 204);

    assert_eq!(parked(&desk).await, [] as [Value; 0]);
    assert_eq!(desk.post(&at("skip"), None).await.status, 404);
}
