//! What waits for its place under a rate limit is looked at again before it leaves, and what nobody looks
//! at does not wait for the next message.

use std::sync::Arc;

use chrono::TimeDelta;
use futures_util::future::join_all;
use reqwest::Method;
use rollcall_commands::outbound::park;
use rollcall_simulators::sink::{Behaviour, RetryAfter, Sink};
use serde_json::{Value, json};

use super::Scene;
use crate::place::{Place, eventually, on_both_databases};

on_both_databases!(
    what_waits_for_its_place_goes_to_where_the_endpoint_is_then,
    what_waits_for_its_place_is_not_sent_once_the_endpoint_is_disabled,
    what_waits_for_its_place_is_not_sent_to_who_asks_to_wait,
    what_nobody_looks_at_is_sent_within_the_minute,
    what_is_parked_in_the_moment_in_which_somebody_enables_it_is_sent,
);

const PEOPLE: usize = 12;

/// An endpoint that gets two messages a second, of which two have left and the others wait.
async fn two_have_left(scene: &Scene) -> String {
    let limits = json!({ "rate_limit": 2, "concurrency": 8 });
    let (webhook, _) = scene.endpoint_at(&scene.sink.url(), limits).await;
    let names: Vec<String> = (0..PEOPLE).map(|number| format!("Person {number}")).collect();
    join_all(names.iter().map(|name| scene.hire(name))).await;
    scene.received(2).await;
    webhook
}

/// Changes an endpoint; how many messages had arrived by then.
async fn change(scene: &Scene, webhook: &str, change: Value) -> usize {
    let path = format!("/webhooks/{webhook}");
    assert_eq!(scene.ask(Method::PATCH, &path, Some(change)).await.status, 204);
    scene.sink.count()
}

async fn nobody_is_at_a_queue(scene: &Scene) {
    let place = &scene.house.place;
    let intents = place.table("intents");
    let looks = format!("select count(*) from {intents} where kind = 'send_messages'");
    eventually("nobody is at a queue", async || place.count(&looks).await == 0).await;
}

async fn what_waits_for_its_place_goes_to_where_the_endpoint_is_then(place: Place) {
    let scene = Scene::new(place).await;
    let elsewhere = Sink::start().await.unwrap();
    let webhook = two_have_left(&scene).await;

    let left = change(&scene, &webhook, json!({ "url": elsewhere.url() })).await;

    scene.all_are(&webhook, "delivered", PEOPLE).await;
    let there = scene.sink.count();
    assert!(there <= left + 1, "{there} arrived, {left} before the change, one may be under way");
    assert_eq!(there + elsewhere.count(), PEOPLE);
}

async fn what_waits_for_its_place_is_not_sent_once_the_endpoint_is_disabled(place: Place) {
    let scene = Scene::new(place).await;
    let webhook = two_have_left(&scene).await;

    let left = change(&scene, &webhook, json!({ "enabled": false })).await;

    nobody_is_at_a_queue(&scene).await;
    let there = scene.sink.count();
    assert!(there <= left + 1, "{there} arrived, {left} before that, one may be under way");
    let all = scene.deliveries(&webhook).await;
    let parked = all.iter().filter(|one| one["status"] == "parked").count();
    assert_eq!((all.len(), parked), (PEOPLE, PEOPLE - there));
    change(&scene, &webhook, json!({ "enabled": true, "rate_limit": 0 })).await;
    scene.all_are(&webhook, "delivered", PEOPLE).await;
    assert_eq!(scene.received(PEOPLE).await.len(), PEOPLE);
}

async fn what_waits_for_its_place_is_not_sent_to_who_asks_to_wait(place: Place) {
    let scene = Scene::new(place).await;
    let asks = Behaviour::Throttle(RetryAfter::Seconds(600));
    scene.sink.behave_once([Behaviour::Status(204), Behaviour::Status(204), asks]);
    let webhook = two_have_left(&scene).await;

    eventually("the wait is written down", async || {
        scene.status(&webhook).await["quiet_until"].is_string()
    })
    .await;

    nobody_is_at_a_queue(&scene).await;
    let there = scene.sink.count();
    assert!(there <= 4, "{there} arrived, of which the third asked to wait");
    scene.later(TimeDelta::minutes(11));
    scene.all_are(&webhook, "delivered", PEOPLE).await;
}

async fn what_nobody_looks_at_is_sent_within_the_minute(place: Place) {
    let scene = Scene::new(place).await;
    let (webhook, _) = scene.endpoint().await;
    scene.hire("Ada").await;
    let delivered = scene.all_are(&webhook, "delivered", 1).await;
    nobody_is_at_a_queue(&scene).await;

    // Somebody asks for it again, and their process dies before the queue is looked at.
    let (store, id) = (&scene.house.node.store, delivered[0]["id"].as_str().unwrap());
    let now = store.clock().now();
    assert!(store.resend_delivery(&scene.house.acme, &webhook, id, now).await.unwrap());
    scene.house.node.tick().await;
    scene.received(2).await;
    scene.all_are(&webhook, "delivered", 1).await;

    // A later look is gone, as after a clock that was set back.
    scene.sink.behave_once([Behaviour::Status(500)]);
    scene.hire("Ben").await;
    let intents = scene.house.place.table("intents");
    let of_looks = format!("from {intents} where kind = 'look_at_queue_later'");
    let looks = format!("select count(*) {of_looks}");
    eventually("there will be a look", async || scene.house.place.count(&looks).await == 1).await;
    nobody_is_at_a_queue(&scene).await;
    scene.house.place.sql(&format!("delete {of_looks}")).await.unwrap();
    scene.later(TimeDelta::seconds(7));
    scene.house.node.tick().await;
    scene.all_are(&webhook, "delivered", 2).await;
}

async fn what_is_parked_in_the_moment_in_which_somebody_enables_it_is_sent(place: Place) {
    let scene = Scene::new(place).await;
    let (webhook, _) = scene.endpoint().await;
    scene.sink.behave(Behaviour::Status(500));
    scene.hire("Ada").await;
    scene.received(1).await;
    change(&scene, &webhook, json!({ "enabled": false })).await;
    scene.all_are(&webhook, "parked", 1).await;
    change(&scene, &webhook, json!({ "enabled": true })).await;
    scene.all_are(&webhook, "waiting", 1).await;
    scene.sink.behave(Behaviour::Status(204));

    // Whoever saw it disabled before that parks only now.
    let (store, tenant) = (&scene.house.node.store, Arc::from(scene.house.acme.as_str()));
    park(store, &tenant, &webhook, store.clock().now()).await.unwrap();

    scene.all_are(&webhook, "delivered", 1).await;
}
