//! What is delivered: signed, in order, to those who wanted it at that moment.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use reqwest::Method;
use rollcall_domain::message::{EndpointSecret, bindbee_signature, webhook_signature};
use rollcall_simulators::sink::{Behaviour, Received, Sink};
use serde_json::json;

use super::{Scene, titles};
use crate::place::{PATIENCE, Place, eventually, on_both_databases};

on_both_databases!(
    a_change_is_delivered_signed_with_both_keys,
    an_endpoint_gets_what_it_wanted_at_that_moment,
    many_changes_of_many_people_stay_in_order,
    a_replaced_secret_signs_along_until_its_end,
    a_dead_endpoint_does_not_hold_up_another,
    a_rate_limit_is_kept,
    what_waits_for_a_removed_endpoint_is_not_sent,
);

fn signatures(received: &Received) -> Vec<String> {
    let all = received.header("webhook-signature").unwrap();
    all.split(' ').map(str::to_owned).collect()
}

/// Whether one of the signatures is made with this secret.
fn is_signed(received: &Received, secret: &str) -> bool {
    let (id, at) =
        (received.header("webhook-id").unwrap(), received.header("webhook-timestamp").unwrap());
    let at = chrono::DateTime::from_timestamp(at.parse().unwrap(), 0).unwrap();
    let secret = EndpointSecret::parse(secret).unwrap();
    let expected = webhook_signature(id, at, &received.body, &[secret]);
    signatures(received).contains(&expected)
}

async fn a_change_is_delivered_signed_with_both_keys(place: Place) {
    let scene = Scene::new(place).await;
    let headers = json!({ "headers": { "X-Team": "not-a-real-token" } });
    let (webhook, secret) = scene.endpoint_at(&scene.sink.url(), headers).await;
    assert!(STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).is_ok());
    scene.sink.behave(Behaviour::Text("thanks for not-a-real-token".to_owned()));

    let ada = scene.hire("Ada").await;

    let received = scene.received(1).await;
    let one = &received[0];
    let body = one.json();
    assert_eq!(body["webhook"]["event"], "employee_data_changed");
    assert_eq!(body["webhook"]["webhook_id"], webhook.as_str());
    assert_eq!(body["data"]["id"], ada.as_str());
    assert_eq!(one.header("webhook-id"), body["event_id"].as_str());
    assert_eq!(one.header("x-team"), Some("not-a-real-token"));
    assert!(is_signed(one, &secret));
    let key = scene.post("/webhooks/signing_key", json!(null)).await;
    let key = key["key"].as_str().unwrap();
    assert_eq!(
        one.header("x-bindbee-webhook-signature"),
        Some(bindbee_signature(key, &one.body).as_str())
    );
    let deliveries = scene.all_are(&webhook, "delivered", 1).await;
    assert_eq!(
        (&deliveries[0]["attempts"], &deliveries[0]["last_status"]),
        (&json!(1), &json!(200))
    );
    let attempts = scene.attempts(&webhook, &deliveries[0]).await;
    assert_eq!(attempts[0]["reply"], "thanks for •••", "secrets are not kept");
    let place = &scene.house.place;
    assert!(!place.holds("not-a-real-token").await, "a header's value lies in the clear");
    assert!(!place.holds(secret.strip_prefix("whsec_").unwrap()).await, "so does the secret");
    assert!(!place.holds("thanks for").await, "so does an answer");
}

async fn an_endpoint_gets_what_it_wanted_at_that_moment(place: Place) {
    let scene = Scene::new(place).await;
    scene.hire("Before").await;
    let (webhook, _) = scene.endpoint().await;
    let other = json!({ "events": ["connector_data_modified"] });
    let (modified, _) = scene.endpoint_at(&scene.sink.url(), other).await;
    let syncs = json!({ "events": ["connector_synced"] });
    let (synced, _) = scene.endpoint_at(&scene.sink.url(), syncs).await;

    scene.hire("Ada").await;
    let unit = format!("/scenarios/{}/departments", scene.baseline);
    scene.post(&unit, json!({ "name": "Engines" })).await;

    scene.all_are(&webhook, "delivered", 1).await;
    scene.all_are(&modified, "delivered", 2).await;
    assert_eq!(scene.deliveries(&synced).await, [] as [serde_json::Value; 0]);
    assert_eq!(scene.received(3).await.len(), 3);
    let everything = scene.get("/webhooks/deliveries").await;
    assert_eq!(everything["data"].as_array().unwrap().len(), 3);
}

async fn many_changes_of_many_people_stay_in_order(place: Place) {
    let scene = Scene::new(place).await;
    let (webhook, _) = scene.endpoint().await;
    let mut people = vec![];
    for name in ["Ada", "Ben", "Cyd", "Dan"] {
        people.push(scene.hire(name).await);
    }
    // Some fail the first time, so that their followers have to wait.
    scene.sink.behave_once([500, 204, 503, 500, 204, 429].map(Behaviour::Status));

    for turn in 0..6 {
        for person in &people {
            scene.title(person, &format!("Title {turn}")).await;
        }
    }

    let count = people.len() * 7;
    eventually("everything is delivered", async || {
        scene.later(TimeDelta::seconds(7));
        let all = scene.deliveries(&webhook).await;
        all.len() == count && all.iter().all(|one| one["status"] == "delivered")
    })
    .await;
    for (person, titles) in titles(&scene.sink.received()) {
        let expected: Vec<String> =
            [String::new()].into_iter().chain((0..6).map(|turn| format!("Title {turn}"))).collect();
        assert_eq!(titles, expected, "{person}");
    }
}

async fn a_replaced_secret_signs_along_until_its_end(place: Place) {
    let scene = Scene::new(place).await;
    let (webhook, old) = scene.endpoint().await;
    let path = format!("/webhooks/{webhook}/rotate_secret");

    let rotated = scene.post(&path, json!({ "overlap_hours": 24 })).await;
    let new = rotated["secret"].as_str().unwrap().to_owned();
    assert_ne!(new, old);
    scene.hire("Ada").await;
    let received = scene.received(1).await;
    assert!(is_signed(&received[0], &new) && is_signed(&received[0], &old));
    assert_eq!(signatures(&received[0]).len(), 2);

    scene.later(TimeDelta::hours(25));
    scene.hire("Ben").await;
    let received = scene.received(2).await;
    assert!(is_signed(&received[1], &new) && !is_signed(&received[1], &old));

    let refused = scene.ask(Method::POST, &path, Some(json!({ "overlap_hours": 169 }))).await;
    assert_eq!(refused.status, 422, "{}", refused.json());
}

async fn a_dead_endpoint_does_not_hold_up_another(place: Place) {
    let scene = Scene::new(place).await;
    let dead = Sink::start().await.unwrap();
    dead.behave(Behaviour::Hang);
    let (silent, _) = scene.endpoint_at(&dead.url(), json!({ "concurrency": 1 })).await;
    let (webhook, _) = scene.endpoint().await;

    for turn in 0..10 {
        scene.hire(&format!("Person {turn}")).await;
    }

    scene.received(10).await;
    scene.all_are(&webhook, "delivered", 10).await;
    assert!(dead.has_received(1, PATIENCE).await);
    assert!(scene.deliveries(&silent).await.iter().all(|one| one["status"] == "waiting"));
}

async fn a_rate_limit_is_kept(place: Place) {
    let scene = Scene::new(place).await;
    let limits = json!({ "rate_limit": 10, "concurrency": 8 });
    let (webhook, _) = scene.endpoint_at(&scene.sink.url(), limits).await;
    let begun = std::time::Instant::now();

    for turn in 0..10 {
        scene.hire(&format!("Person {turn}")).await;
    }
    scene.all_are(&webhook, "delivered", 10).await;

    assert!(begun.elapsed().as_millis() >= 850, "ten took {:?}", begun.elapsed());
}

async fn what_waits_for_a_removed_endpoint_is_not_sent(place: Place) {
    let scene = Scene::new(place).await;
    let (webhook, secret) = scene.endpoint().await;
    scene.sink.behave(Behaviour::Status(500));
    scene.hire("Ada").await;
    scene.received(1).await;

    let gone = scene.ask(Method::DELETE, &format!("/webhooks/{webhook}"), None).await;
    assert_eq!(gone.status, 204);
    scene.house.settle().await;
    scene.sink.behave(Behaviour::Status(204));
    scene.later(TimeDelta::hours(1));
    scene.hire("Ben").await;

    let deliveries = scene.all_are(&webhook, "dropped", 1).await;
    assert_eq!(deliveries[0]["reason"], "removed");
    assert_eq!(scene.ask(Method::GET, &format!("/webhooks/{webhook}"), None).await.status, 404);
    assert_eq!(scene.sink.count(), 1);
    assert!(!scene.house.place.holds(secret.strip_prefix("whsec_").unwrap()).await);
}
