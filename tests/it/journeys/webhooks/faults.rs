//! Everything a receiver does wrong, and what is made of it.

use std::time::Duration;

use chrono::TimeDelta;
use rollcall_simulators::sink::{Behaviour, RetryAfter, Sink};
use serde_json::{Value, json};

use super::Scene;
use crate::place::{PATIENCE, Place, eventually, on_both_databases};

on_both_databases!(
    what_fails_is_tried_again_and_says_why,
    nothing_is_read_of_an_answer_but_its_head,
    who_asks_to_wait_is_left_alone,
    a_redirect_is_not_followed,
    ten_tries_are_enough,
    addresses_inside_are_refused_before_and_after_saving,
);

async fn after_one_attempt(scene: &Scene, webhook: &str) -> Value {
    eventually("something was tried", async || {
        scene.deliveries(webhook).await.iter().any(|one| one["attempts"] == 1)
    })
    .await;
    scene.deliveries(webhook).await.remove(0)
}

async fn what_fails_is_tried_again_and_says_why(place: Place) {
    let scene = Scene::new(place).await;
    let dripping = Duration::from_millis(100);
    for (behaviour, said) in [
        (Behaviour::Status(500), "it answered 500"),
        (Behaviour::Status(404), "it answered 404"),
        (Behaviour::Status(599), "it answered 599"),
        (Behaviour::Hang, "did not begin to answer"),
        (Behaviour::Drip(dripping), "did not begin to answer"),
        (Behaviour::Reset, "could not be reached"),
    ] {
        let (webhook, _) = scene.endpoint().await;
        scene.sink.forget();
        scene.sink.behave_once([behaviour.clone()]);
        scene.hire("Ada").await;

        let failed = after_one_attempt(&scene, &webhook).await;
        assert_eq!(failed["status"], "waiting", "{behaviour:?}");
        let error = failed["error"].as_str().unwrap();
        assert!(error.contains(said), "{behaviour:?}: {error}");
        assert!(failed["next_attempt_at"].is_string());
        scene.later(TimeDelta::seconds(6));
        let delivered = scene.all_are(&webhook, "delivered", 1).await;
        assert_eq!(delivered[0]["attempts"], 2);
        let path = format!("/webhooks/{webhook}");
        assert_eq!(scene.ask(reqwest::Method::DELETE, &path, None).await.status, 204);
    }
}

async fn nothing_is_read_of_an_answer_but_its_head(place: Place) {
    let scene = Scene::new(place).await;
    let (webhook, _) = scene.endpoint().await;
    scene.sink.behave_once([
        Behaviour::Flood,
        Behaviour::DripBody(Duration::from_millis(200)),
        Behaviour::Text("x".repeat(100_000)),
    ]);

    for name in ["Ada", "Ben", "Cyd"] {
        scene.hire(name).await;
    }

    for delivery in scene.all_are(&webhook, "delivered", 3).await {
        for attempt in scene.attempts(&webhook, &delivery).await {
            let kept = attempt["reply"].as_str().unwrap_or_default().len();
            assert!(kept <= 4_096, "{kept} bytes are kept");
        }
    }
}

async fn who_asks_to_wait_is_left_alone(place: Place) {
    let scene = Scene::new(place).await;
    for as_date in [false, true] {
        let (webhook, _) = scene.endpoint().await;
        let until = scene.house.node.store.clock().now() + TimeDelta::minutes(40);
        let form = if as_date { RetryAfter::Date(until) } else { RetryAfter::Seconds(600) };
        scene.sink.forget();
        scene.sink.behave_once([Behaviour::Throttle(form.clone())]);
        scene.hire("Ada").await;
        scene.received(1).await;
        eventually("the wait is written down", async || {
            scene.status(&webhook).await["quiet_until"].is_string()
        })
        .await;
        scene.hire("Ben").await;
        eventually("both are queued", async || scene.deliveries(&webhook).await.len() == 2).await;

        scene.later(TimeDelta::minutes(6));
        let waiting = scene.deliveries(&webhook).await;
        assert!(waiting.iter().all(|one| one["status"] == "waiting"), "{form:?}: {waiting:?}");
        assert_eq!(scene.sink.count(), 1, "{form:?}: others wait as well");
        scene.later(TimeDelta::minutes(45));
        scene.all_are(&webhook, "delivered", 2).await;
        let path = format!("/webhooks/{webhook}");
        assert_eq!(scene.ask(reqwest::Method::DELETE, &path, None).await.status, 204);
    }
}

async fn a_redirect_is_not_followed(place: Place) {
    let scene = Scene::new(place).await;
    let elsewhere = Sink::start().await.unwrap();
    let (webhook, _) = scene.endpoint().await;
    scene.sink.behave(Behaviour::Redirect(elsewhere.url()));

    scene.hire("Ada").await;

    let failed = after_one_attempt(&scene, &webhook).await;
    let error = failed["error"].as_str().unwrap();
    assert!(error.contains("redirects are not followed"), "{error}");
    assert_eq!(elsewhere.count(), 0);
}

async fn ten_tries_are_enough(place: Place) {
    let scene = Scene::new(place).await;
    let (webhook, _) = scene.endpoint().await;
    scene.sink.behave(Behaviour::Status(500));
    scene.hire("Ada").await;

    for tries in 1..=10 {
        eventually(&format!("it was tried {tries} times"), async || {
            let all = scene.deliveries(&webhook).await;
            all.first().is_some_and(|one| one["attempts"] == tries)
        })
        .await;
        let waiting = scene.deliveries(&webhook).await.remove(0);
        if let Some(next) = waiting["next_attempt_at"].as_str() {
            scene.house.clock.reach(next.parse().unwrap());
        }
    }
    let parked = scene.deliveries(&webhook).await.remove(0);
    assert_eq!((&parked["attempts"], &parked["reason"]), (&json!(10), &json!("exhausted")));
    let count =
        scene.post(&format!("/webhooks/{webhook}/resend_failed?count=true"), json!({})).await;
    assert_eq!(count["count"], 1);
    scene.sink.behave(Behaviour::Status(204));
    let sent = scene.post(&format!("/webhooks/{webhook}/resend_failed"), json!({})).await;
    assert_eq!(sent["count"], 1);
    let delivered = scene.all_are(&webhook, "delivered", 1).await;
    assert_eq!(delivered[0]["attempts"], 11);
    assert!(scene.sink.has_received(11, PATIENCE).await);
}

async fn addresses_inside_are_refused_before_and_after_saving(place: Place) {
    let scene = Scene::new(place).await;
    // The nodes of tests may reach loopback and nothing else that is private.
    for url in [
        "https://10.0.0.1/",
        "https://192.168.1.1/hooks",
        "https://172.16.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://[fd00::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://0.0.0.0/",
        "https://[fe80::1]/",
        "https://100.64.0.1/",
        "https://224.0.0.1/",
    ] {
        let new = json!({ "name": "Inside", "url": url, "events": ["connector_synced"] });
        let refused = scene.ask(reqwest::Method::POST, "/webhooks", Some(new)).await;
        assert_eq!(refused.status, 422, "{url}: {}", refused.json());
        assert_eq!(refused.json()["errors"][0]["path"], "/url", "{url}");
        let tried = json!({ "url": url });
        let refused = scene.ask(reqwest::Method::POST, "/webhooks/test", Some(tried)).await;
        assert_eq!(refused.status, 422, "{url}: {}", refused.json());
    }
}
