//! What a request would do is what it does, and nothing else.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Scene, snapshot, user, with};
use crate::place::{Place, on_both_databases};

on_both_databases!(
    exactly_what_was_simulated_is_applied,
    a_simulation_is_refused_with_names_once_somebody_moved,
    in_test_mode_nothing_is_applied_however_it_is_asked_for,
    what_may_turn_out_otherwise_is_warned_of,
    of_those_that_wait_the_latest_wins,
    a_push_runs_again_with_what_was_posted,
    an_older_push_that_runs_again_leaves_a_newer_plan_held,
    two_requests_of_one_plan_are_both_applied_by_it,
    names_of_every_script_arrive_as_they_are,
    managers_who_are_nobody_oneself_or_below_are_refused_and_told,
);

fn titled(id: &str, first: &str, title: &str) -> Value {
    with(user(id, first), json!({ "job_title": title }))
}

async fn exactly_what_was_simulated_is_applied(place: Place) {
    let scene = Scene::live(place).await;
    scene.push(&[titled("1", "Ada", "Engineer"), titled("2", "Bo", "Clerk")]).await;
    scene.act("pause").await;
    let request = scene.push(&[titled("1", "Ada", "Lead"), user("3", "Cy")]).await;
    let log = scene.events().await;

    let simulation = scene.simulate(&request).await;
    let counts = simulation["targets"][0]["counts"].clone();
    assert_eq!(scene.events().await, log, "no event is written");
    let wanted = [("created", 1), ("updated", 1), ("unsynced", 1), ("deactivated", 0)];
    for (name, count) in wanted {
        assert_eq!(counts[name], count, "{counts}");
    }
    let refused = scene.apply(&request, &simulation).await;
    assert_eq!(refused.status, 409, "it is paused");
    let path = format!("/hris_webhooks/{}/requests/{request}/apply", scene.id);
    let other = scene.ask(Method::POST, &path, Some(json!({ "hash": "0000" }))).await;
    assert!(matches!(other.status, 404 | 409));
}

async fn a_simulation_is_refused_with_names_once_somebody_moved(place: Place) {
    let scene = Scene::live_with(place, json!({ "fields": ["job_title"] })).await;
    scene.push(&[titled("1", "Ada", "Engineer"), titled("2", "Bo", "Clerk")]).await;
    // Held, so that it is not applied by itself.
    let request = scene.push(&[]).await;
    assert_eq!(scene.request(&request).await["status"], "held");
    let simulation = scene.simulate(&request).await;
    assert!(simulation["held"].is_object(), "{simulation}");
    let ada = scene.person("Ada").await["id"].as_str().unwrap().to_owned();
    let path = format!("/scenarios/{}/actors/{ada}", scene.baseline);
    let moved = scene.ask(Method::PATCH, &path, Some(json!({ "phone": "+358 2" }))).await;
    assert_eq!(moved.status, 204);
    scene.settle().await;

    let refused = scene.apply(&request, &simulation).await;

    assert_eq!(refused.status, 409, "{}", refused.json());
    let told = refused.json().to_string();
    assert!(told.contains("Ada") && !told.contains("Bo Osei"), "{told}");
    assert_eq!(scene.person("Bo").await["synced"], true);
}

async fn in_test_mode_nothing_is_applied_however_it_is_asked_for(place: Place) {
    let scene = Scene::with(place, json!({})).await;
    let request = scene.push(&[user("1", "Ada")]).await;
    let simulation = scene.simulate(&request).await;

    let refused = scene.apply(&request, &simulation).await;

    assert_eq!(refused.status, 409, "{}", refused.json());
    let log = scene.events().await;
    for path in ["sync", "reconcile", "preview"] {
        let path = format!("/integrations/{}/{path}", scene.id);
        assert_eq!(scene.ask(Method::POST, &path, None).await.status, 409, "{path}");
    }
    assert_eq!(scene.events().await, log);
    scene.act("enable").await;
    let applied = scene.apply(&request, &simulation).await;
    assert_eq!(applied.status, 202, "{}", applied.json());
    assert_eq!(scene.person("Ada").await["synced"], true);
    let view = scene.request(&request).await;
    assert_eq!((&view["status"], &view["counts"]["created"]), (&json!("succeeded"), &json!(1)));
}

async fn what_may_turn_out_otherwise_is_warned_of(place: Place) {
    let scene = Scene::with(place, json!({})).await;
    let request = scene.push(&[user("ada@acme.example", "Ada"), user("2", "Bo")]).await;

    let simulation = scene.simulate(&request).await;

    let warning = simulation["warnings"][0].as_str().unwrap();
    assert!(warning.contains("ada@acme.example") && warning.contains("new person"), "{warning}");
}

async fn of_those_that_wait_the_latest_wins(place: Place) {
    let scene = Scene::live(place).await;
    let mut sent = vec![];
    for title in ["A", "B", "C", "D", "E"] {
        let answer = scene.send(&snapshot(&[titled("1", "Ada", title)]), &[]).await;
        assert_eq!(answer.status, 202);
        sent.push(answer.json()["request_id"].as_str().unwrap().to_owned());
    }
    scene.settle().await;

    assert_eq!(scene.person("Ada").await["job_title"], "E");
    assert_eq!(scene.request(&sent[4]).await["status"], "succeeded");
    for request in &sent {
        let status = scene.request(request).await["status"].clone();
        assert!(status == "succeeded" || status == "skipped", "{status}");
    }
}

async fn a_push_runs_again_with_what_was_posted(place: Place) {
    let scene = Scene::live_with(place, json!({ "fields": ["job_title"] })).await;
    let request = scene.push(&[titled("1", "Ada", "Lead")]).await;
    let run = scene.request(&request).await["runs"][0].as_str().unwrap().to_owned();

    let again = scene.ask(Method::POST, &format!("/integration_sync_logs/{run}/rerun"), None).await;

    assert_eq!(again.status, 202, "{}", again.json());
    scene.settle().await;
    let run = again.json()["run"].as_str().unwrap().to_owned();
    let view = scene.get(&format!("/integration_sync_logs/{run}")).await;
    assert_eq!((&view["kind"], &view["status"]), (&json!("push"), &json!("succeeded")));
    assert_eq!(view["counts"]["unchanged"], 1);
}

async fn an_older_push_that_runs_again_leaves_a_newer_plan_held(place: Place) {
    let scene = Scene::live(place).await;
    let first = scene.push(&[titled("1", "Ada", "Lead")]).await;
    let held = scene.push(&[]).await;
    assert_eq!(scene.request(&held).await["status"], "held");
    let run = scene.request(&first).await["runs"][0].as_str().unwrap().to_owned();

    let again = scene.ask(Method::POST, &format!("/integration_sync_logs/{run}/rerun"), None).await;

    assert_eq!(again.status, 202, "{}", again.json());
    scene.settle().await;
    assert_eq!(scene.request(&held).await["status"], "held", "older data takes nothing's place");
}

async fn two_requests_of_one_plan_are_both_applied_by_it(place: Place) {
    let scene = Scene::with(place, json!({})).await;
    let first = scene.push(&[user("1", "Ada")]).await;
    // Another body that says the same.
    let second = scene.push(&[with(user("1", "Ada"), json!({ "unknown": 1 }))]).await;
    let simulation = scene.simulate(&first).await;
    assert_eq!(scene.simulate(&second).await["hash"], simulation["hash"]);
    scene.act("enable").await;

    let applied = scene.apply(&first, &simulation).await;

    assert_eq!(applied.status, 202, "{}", applied.json());
    assert_eq!(scene.person("Ada").await["synced"], true);
}

async fn names_of_every_script_arrive_as_they_are(place: Place) {
    let scene = Scene::live(place).await;
    let names = ["Zoë", "Οδυσσέας", "Юлія", "美咲", "بشرى", "שירה", "นภา", "ñandú 🦤", "İpek"];
    let users: Vec<Value> = names
        .iter()
        .enumerate()
        .map(|(at, name)| {
            with(
                user(&at.to_string(), "x"),
                json!({
                    "first_name": name,
                    "email": format!("p{at}@acme.example"),
                }),
            )
        })
        .collect();

    scene.push(&users).await;

    for name in names {
        assert_eq!(scene.person(name).await["last_name"], "Osei");
    }
}

async fn managers_who_are_nobody_oneself_or_below_are_refused_and_told(place: Place) {
    let scene = Scene::live(place).await;
    let led = |id: &str, first: &str, by: &str| {
        with(user(id, first), json!({ "manager": { "hris_id": by } }))
    };

    let request = scene
        .push(&[
            led("1", "Ada", "2"),
            led("2", "Bo", "1"),
            led("3", "Cy", "3"),
            led("4", "Di", "99"),
        ])
        .await;

    let view = scene.request(&request).await;
    assert_eq!(view["counts"]["created"], 4, "{view}");
    let run = view["runs"][0].as_str().unwrap().to_owned();
    let all = scene.get(&format!("/integration_sync_logs/{run}/identities?limit=200")).await;
    let told = all.to_string();
    assert!(told.contains("manager_cycle") && told.contains("own_manager"), "{told}");
    scene
        .push(&[
            led("1", "Ada", "2"),
            led("2", "Bo", "1"),
            led("3", "Cy", "3"),
            led("4", "Di", "99"),
            user("99", "Eve"),
        ])
        .await;
    let eve = scene.person("Eve").await;
    assert_eq!(
        scene.person("Di").await["manager"]["id"],
        eve["id"],
        "the deferred one is resolved"
    );
}
