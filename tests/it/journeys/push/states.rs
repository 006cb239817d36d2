//! Test, live, paused, disabled: what a request does in each, and how one leads to the other.

use chrono::TimeDelta;
use reqwest::Method;
use rollcall_domain::tenant::Plan;
use serde_json::{Value, json};

use super::{Scene, snapshot, user};
use crate::place::{Place, on_both_databases};

on_both_databases!(
    a_change_of_settings_returns_to_test_mode_and_another_key_does_not,
    one_connection_is_live_at_a_time,
    a_disabled_endpoint_keeps_nothing,
    what_comes_during_a_pause_is_applied_at_its_end_and_only_the_latest,
    both_keys_open_during_a_rotation_and_the_old_one_not_after_it,
    without_live_sync_requests_are_kept_and_nothing_follows,
    who_only_looks_at_people_does_not_find_an_endpoint,
    a_new_scenario_becomes_a_target_without_a_test,
    nobody_is_asked_for_people_at_night,
    what_came_during_a_pause_is_not_pinned_for_ever,
    a_secret_of_another_kind_is_refused_and_takes_nothing_away,
    what_the_plan_did_not_include_is_applied_when_it_comes_again,
    an_endpoint_without_a_plan_is_in_test_mode_all_the_same,
);

async fn a_change_of_settings_returns_to_test_mode_and_another_key_does_not(place: Place) {
    let scene = Scene::live(place).await;
    assert_eq!(scene.state().await, "active");
    for settings in [
        json!({ "sync_type": "one_to_one" }),
        json!({ "fields": ["job_title"] }),
        json!({ "ignored_people": ["board@acme.example"] }),
        json!({ "ignored_departments": ["Board"] }),
        json!({ "targets": { "live_baseline": true, "all_future": true } }),
    ] {
        scene.change(settings.clone()).await;
        assert_eq!(scene.state().await, "test", "{settings}");
        let sent = scene.send(&snapshot(&[user("1", "Ada")]), &[]).await;
        assert_eq!(sent.json()["mode"], "test", "{settings}");
        scene.act("enable").await;
        scene.change(settings.clone()).await;
        assert_eq!(scene.state().await, "active", "{settings} is no change");
    }
    let path = format!("/hris_webhooks/{}/keys", scene.id);
    assert_eq!(scene.ask(Method::POST, &path, None).await.status, 201);
    scene.act("pause").await;
    scene.act("resume").await;
    assert_eq!(scene.state().await, "active");
    assert!(
        !scene.house.place.holds("board@acme.example").await,
        "who is ignored is no public fact"
    );
}

async fn one_connection_is_live_at_a_time(place: Place) {
    let scene = Scene::live(place).await;
    let made = scene.ask(Method::POST, "/hris_webhooks", Some(json!({}))).await;
    let other = made.json()["id"].as_str().unwrap().to_owned();

    let refused = scene.ask(Method::POST, &format!("/hris_webhooks/{other}/enable"), None).await;

    assert_eq!(refused.status, 409, "{}", refused.json());
    assert!(refused.json()["detail"].as_str().unwrap().contains(&scene.id), "{}", refused.json());
    scene.act("disable").await;
    let enabled = scene.ask(Method::POST, &format!("/hris_webhooks/{other}/enable"), None).await;
    assert_eq!(enabled.status, 204);
}

async fn a_disabled_endpoint_keeps_nothing(place: Place) {
    let scene = Scene::live(place).await;
    scene.act("disable").await;
    let log = scene.events().await;

    let refused = scene.send(&snapshot(&[user("1", "Ada")]), &[]).await;

    assert_eq!((refused.status, &refused.json()["code"]), (409, &json!("endpoint_disabled")));
    assert_eq!(scene.events().await, log);
    scene.act("enable").await;
    scene.push(&[user("1", "Ada")]).await;
    assert_eq!(scene.people().await.len(), 1);
}

async fn what_comes_during_a_pause_is_applied_at_its_end_and_only_the_latest(place: Place) {
    let scene = Scene::live(place).await;
    scene.act("pause").await;
    scene.push(&[user("1", "Ada")]).await;
    let latest = scene.push(&[user("2", "Bo")]).await;
    assert!(scene.people().await.is_empty());

    scene.act("resume").await;

    let people = scene.people().await;
    let names: Vec<&Value> = people.iter().map(|one| &one["first_name"]).collect();
    assert_eq!(names, ["Bo"]);
    assert_eq!(scene.request(&latest).await["status"], "succeeded");
}

async fn both_keys_open_during_a_rotation_and_the_old_one_not_after_it(place: Place) {
    let scene = Scene::live(place).await;
    let keys = format!("/hris_webhooks/{}/keys", scene.id);
    let made = scene.ask(Method::POST, &keys, None).await.json();
    let new = made["api_key"].as_str().unwrap();
    assert!(new.len() == 40 && new.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let third = scene.ask(Method::POST, &keys, None).await;
    assert_eq!(third.status, 409, "two at a time: {}", third.json());
    let body = snapshot(&[user("1", "Ada")]);
    for key in [scene.key.as_str(), new] {
        let status = scene.send(&body, &[("x-hris-authentication", key)]).await.status;
        assert!(matches!(status, 200 | 202), "{status}");
    }
    scene.settle().await;
    let view = scene.get(&format!("/hris_webhooks/{}", scene.id)).await;
    let old = view["keys"][0]["fingerprint"].as_str().unwrap();
    assert_eq!(scene.ask(Method::DELETE, &format!("{keys}/{old}"), None).await.status, 204);

    assert_eq!(scene.send(&body, &[]).await.status, 401);
    assert_eq!(scene.send(&body, &[("x-hris-authentication", new)]).await.status, 200);
}

async fn without_live_sync_requests_are_kept_and_nothing_follows(place: Place) {
    let scene = Scene::live(place).await;
    changes_plan(&scene, Plan::Team).await;

    let request = scene.push(&[user("1", "Ada")]).await;

    assert_eq!(scene.request(&request).await["verdict"], "skipped_entitlement");
    assert!(scene.people().await.is_empty());
}

async fn who_only_looks_at_people_does_not_find_an_endpoint(place: Place) {
    let scene = Scene::live(place).await;
    for (role, expected) in [("viewer", 404), ("editor", 404), ("auditor", 200)] {
        let (_, visitor) = scene.house.member(&format!("{role}@acme.example"), role).await;
        let path = format!("/hris_webhooks/{}", scene.id);
        assert_eq!(visitor.ask(Method::GET, &path, None).await.status, expected, "{role}");
        let act = visitor.ask(Method::POST, &format!("{path}/disable"), None).await.status;
        assert!(matches!(act, 403 | 404), "{role}: {act}");
    }
    assert_eq!(scene.state().await, "active");
}

async fn what_came_during_a_pause_is_not_pinned_for_ever(place: Place) {
    let scene = Scene::live(place).await;
    scene.act("pause").await;
    for name in ["Ada", "Bo", "Cy"] {
        let request = scene.push(&[user("1", name)]).await;
        let view = scene.request(&request).await;
        assert_eq!((&view["verdict"], &view["status"]), (&json!("paused"), &json!("skipped")));
    }
    let blobs = scene.house.place.table("blobs");
    let pinned = format!("select count(*) from {blobs} where pinned");
    assert_eq!(scene.house.place.count(&pinned).await, 0, "they go in thirty days");

    scene.act("resume").await;
    assert_eq!(scene.people().await.len(), 1);
    assert_eq!(scene.person("Cy").await["synced"], true);
}

async fn a_secret_of_another_kind_is_refused_and_takes_nothing_away(place: Place) {
    let scene = Scene::with(place, json!({ "ignored_people": ["board@acme.example"] })).await;
    let at = |path: &str| format!("/integrations/{}{path}", scene.id);
    for (method, path, body) in [
        (Method::PUT, at("/credentials"), json!({ "api_key": "k" })),
        (Method::PUT, at("/credentials"), json!({ "expires_on": "2027-06-30" })),
        (Method::PATCH, at(""), json!({ "api_key": "k" })),
        (Method::PATCH, at(""), json!({ "base_url": "https://acme.example" })),
        (Method::POST, at("/webhook_secrets"), json!({ "secret": "0".repeat(40) })),
    ] {
        let refused = scene.ask(method, &path, Some(body.clone())).await;
        assert!(matches!(refused.status, 409 | 422), "{body}: {}", refused.status);
    }
    scene.settle().await;
    let view = scene.get(&format!("/hris_webhooks/{}", scene.id)).await;
    assert_eq!(view["ignored_people"], json!(["board@acme.example"]));
    assert_eq!(view["keys"].as_array().unwrap().len(), 1);
}

async fn changes_plan(scene: &Scene, plan: Plan) {
    let path = format!("/tenants/{}", scene.house.acme);
    let plan = Some(json!({ "plan": plan.as_str() }));
    let changed = scene.house.operate(Method::PATCH, &path, "", plan).await;
    assert!(changed.status < 300, "{}", String::from_utf8_lossy(&changed.body));
    scene.house.node.inbound_policies.forget();
    scene.settle().await;
}

async fn what_the_plan_did_not_include_is_applied_when_it_comes_again(place: Place) {
    let scene = Scene::live(place).await;
    changes_plan(&scene, Plan::Team).await;
    scene.push(&[user("1", "Ada")]).await;
    changes_plan(&scene, Plan::Business).await;
    assert!(scene.people().await.is_empty(), "what was skipped is not replayed");

    scene.push(&[user("1", "Ada")]).await;

    assert_eq!(scene.person("Ada").await["synced"], true);
}

async fn an_endpoint_without_a_plan_is_in_test_mode_all_the_same(place: Place) {
    let scene = Scene::with(place, json!({})).await;
    changes_plan(&scene, Plan::Team).await;

    let sent = scene.send(&snapshot(&[user("1", "Ada")]), &[]).await;

    assert_eq!((sent.status, &sent.json()["mode"]), (202, &json!("test")));
}

async fn nobody_is_asked_for_people_at_night(place: Place) {
    let scene = Scene::live(place).await;
    scene.push(&[user("1", "Ada")]).await;
    let log = scene.events().await;

    scene.house.clock.forward(TimeDelta::days(3));
    scene.house.node.tick().await;
    scene.settle().await;

    assert_eq!(scene.events().await, log, "no run, and nothing that went stale");
    let view = scene.get(&format!("/integrations/{}", scene.id)).await;
    assert_eq!((&view["status"], &view["next_run"]), (&json!("active"), &Value::Null));
}

async fn a_new_scenario_becomes_a_target_without_a_test(place: Place) {
    let targets = json!({ "targets": { "live_baseline": true, "all_future": true } });
    let scene = Scene::live_with(place, targets).await;
    scene.push(&[user("1", "Ada")]).await;

    let made = scene.ask(Method::POST, "/scenarios", Some(json!({ "name": "Merger" }))).await;
    assert_eq!(made.status, 201, "{}", made.json());
    scene.settle().await;

    assert_eq!(scene.state().await, "active");
    let scenario = made.json()["id"].as_str().unwrap().to_owned();
    let view = scene.get(&format!("/hris_webhooks/{}", scene.id)).await;
    assert_eq!(view["targets"]["scenarios"], json!([scenario]));
}
