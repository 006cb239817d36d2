//! What becomes of an endpoint: warned, disabled, gone, recovered; and nothing is lost on the way.

use chrono::TimeDelta;
use reqwest::Method;
use rollcall_simulators::sink::Behaviour;
use serde_json::{Value, json};

use super::Scene;
use crate::place::{Place, eventually, on_both_databases};

on_both_databases!(
    after_five_days_of_failure_it_is_disabled_and_recovers_with_everything,
    who_is_gone_is_disabled_and_sent_nothing,
    somebody_disables_it_and_sends_what_it_missed,
    one_message_is_sent_again,
);

/// The types of events about an endpoint.
async fn told(scene: &Scene, webhook: &str) -> Vec<String> {
    scene.house.settle().await;
    let path = format!("/audit_events?stream=webhook_endpoint/{webhook}&limit=200");
    let found = scene.get(&path).await;
    let kind = |one: &Value| one["type"].as_str().unwrap_or_default().to_owned();
    let mut kinds: Vec<String> = found["data"].as_array().unwrap().iter().map(kind).collect();
    kinds.reverse();
    kinds
}

async fn after_five_days_of_failure_it_is_disabled_and_recovers_with_everything(place: Place) {
    let scene = Scene::new(place).await;
    let (webhook, _) = scene.endpoint().await;
    scene.sink.behave(Behaviour::Status(503));
    scene.hire("Ada").await;
    scene.received(1).await;

    for (hours, percent) in [(61, 50), (24, 70), (24, 90)] {
        scene.later(TimeDelta::hours(hours));
        eventually(&format!("it is warned of {percent} %"), async || {
            scene.status(&webhook).await["warned"] == percent
        })
        .await;
    }
    scene.later(TimeDelta::hours(12));
    eventually("it is disabled", async || scene.status(&webhook).await["status"] == "disabled")
        .await;
    let shown = scene.status(&webhook).await;
    assert_eq!((&shown["reason"], &shown["warned"]), (&json!("failing"), &json!(90)));
    let failing = "webhook_endpoint.failing";
    let kinds = told(&scene, &webhook).await;
    let expected =
        ["webhook_endpoint.created", failing, failing, failing, "webhook_endpoint.disabled"];
    assert_eq!(kinds, expected);
    let parked = scene.all_are(&webhook, "parked", 1).await;
    assert!(["disabled", "exhausted"].contains(&parked[0]["reason"].as_str().unwrap()));

    scene.sink.behave(Behaviour::Status(204));
    let path = format!("/webhooks/{webhook}/recover");
    assert_eq!(scene.post(&format!("{path}?count=true"), json!({})).await["count"], 1);
    assert_eq!(scene.post(&path, json!({})).await["count"], 1);
    scene.all_are(&webhook, "delivered", 1).await;
    eventually("its recovery is told", async || {
        told(&scene, &webhook).await.last().is_some_and(|last| last.ends_with(".recovered"))
    })
    .await;
    let shown = scene.status(&webhook).await;
    assert_eq!((&shown["status"], &shown["failing_since"]), (&json!("enabled"), &json!(null)));
}

async fn who_is_gone_is_disabled_and_sent_nothing(place: Place) {
    let scene = Scene::new(place).await;
    let (webhook, _) = scene.endpoint().await;
    scene.sink.behave(Behaviour::Status(410));

    let tried = scene.post(&format!("/webhooks/{webhook}/test"), json!(null)).await;
    assert_eq!(tried["result"]["status"], 410, "{tried}");
    assert_eq!(scene.status(&webhook).await["status"], "enabled", "a test disables nothing");

    scene.hire("Ada").await;
    eventually("it is disabled", async || scene.status(&webhook).await["status"] == "disabled")
        .await;
    assert_eq!(scene.status(&webhook).await["reason"], "gone");
    scene.all_are(&webhook, "parked", 1).await;
    let before = scene.sink.count();
    scene.hire("Ben").await;
    scene.later(TimeDelta::hours(2));
    let one = scene.deliveries(&webhook).await;
    let again = format!("/webhooks/{webhook}/deliveries/{}/resend", one[0]["id"].as_str().unwrap());
    assert_eq!(scene.ask(Method::POST, &again, None).await.status, 409);
    assert_eq!((scene.sink.count(), scene.deliveries(&webhook).await.len()), (before, 1));
}

async fn somebody_disables_it_and_sends_what_it_missed(place: Place) {
    let scene = Scene::new(place).await;
    let (webhook, _) = scene.endpoint().await;
    let path = format!("/webhooks/{webhook}");
    let set = async |enabled: bool| {
        let change = Some(json!({ "enabled": enabled }));
        assert_eq!(scene.ask(Method::PATCH, &path, change).await.status, 204);
        scene.house.settle().await;
    };
    set(false).await;
    scene.hire("Ada").await;
    scene.hire("Ben").await;
    scene.house.settle().await;
    set(true).await;
    scene.hire("Cyd").await;
    scene.all_are(&webhook, "delivered", 1).await;

    let since = |days| {
        let at = chrono::Utc::now() - TimeDelta::days(days);
        let since = at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        format!("{path}/send_missed?since={since}")
    };
    let missed = since(1);
    // What was sent so long ago is not known any more.
    assert_eq!(scene.ask(Method::POST, &since(31), None).await.status, 422);
    scene.house.settle().await;
    let count = scene.post(&format!("{missed}&count=true"), json!({})).await;
    assert_eq!(count, json!({ "count": 2, "more": false }));
    assert_eq!(scene.sink.count(), 1, "counting sends nothing");
    scene.post(&missed, json!({})).await;
    scene.all_are(&webhook, "delivered", 3).await;
    let count = scene.post(&format!("{missed}&count=true"), json!({})).await;
    assert_eq!(count["count"], 0);
    assert_eq!(scene.received(3).await.len(), 3);
}

async fn one_message_is_sent_again(place: Place) {
    let scene = Scene::new(place).await;
    let (webhook, _) = scene.endpoint().await;
    scene.hire("Ada").await;
    let delivered = scene.all_are(&webhook, "delivered", 1).await;
    let id = delivered[0]["id"].as_str().unwrap();

    let path = format!("/webhooks/{webhook}/deliveries/{id}/resend");
    assert_eq!(scene.ask(Method::POST, &path, None).await.status, 202);

    let received = scene.received(2).await;
    assert_eq!(received[0].body, received[1].body, "the same message is the same body");
    assert_eq!(received[0].header("webhook-id"), received[1].header("webhook-id"));
    eventually("both attempts stand in the log", async || {
        scene.attempts(&webhook, &delivered[0]).await.len() == 2
    })
    .await;
    let nobody = format!("/webhooks/{webhook}/deliveries/unknown/resend");
    assert_eq!(scene.ask(Method::POST, &nobody, None).await.status, 404);
}
