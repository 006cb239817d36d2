//! Scenarios and targets as people choose them: what is made, shown, refused and why.

use axum::http::Method;
use rollcall_domain::connection::SignatureForm;
use serde_json::{Value, json};

use super::Home;
use super::home::Answer;
use super::people::SOON;

/// The tenant `acme` with a connection; nobody works, so that copies stay as they were asked for.
struct Place {
    home: Home,
    connection: String,
    baseline: String,
    _followers: rollcall_projections::Followers,
}

impl Place {
    async fn new() -> Place {
        let home = Home::new().await;
        let (_, connection) = home.acme(SignatureForm::BodyTimestamp).await;
        let followers = home.projections.start();
        home.projections.settle(SOON).await.unwrap();
        let scenarios = home.ask(Method::GET, "/scenarios", "acme", None).await.json();
        let baseline = scenarios["data"][0]["id"].as_str().unwrap().to_owned();
        Place { home, connection, baseline, _followers: followers }
    }

    async fn post(&self, path: &str, body: Option<Value>) -> Answer {
        self.home.ask(Method::POST, path, "acme", body).await
    }

    async fn get(&self, path: &str) -> Value {
        self.home.projections.settle(SOON).await.unwrap();
        self.home.ask(Method::GET, path, "acme", None).await.json()
    }

    /// An active one, empty; its id.
    async fn scenario(&self, name: &str) -> String {
        id_of(&self.post("/scenarios", Some(json!({ "name": name }))).await)
    }

    async fn copy(&self, name: &str, of: &str) -> Answer {
        self.post("/scenarios", Some(json!({ "name": name, "copied_from": of }))).await
    }

    async fn archive(&self, scenario: &str) {
        let archived = self.post(&format!("/scenarios/{scenario}/archive"), None).await;
        assert_eq!(archived.status, 204);
    }

    async fn choose(&self, targets: Value) -> Answer {
        let path = format!("/integrations/{}", self.connection);
        self.home.ask(Method::PATCH, &path, "acme", Some(json!({ "targets": targets }))).await
    }

    async fn targets(&self) -> Value {
        self.get(&format!("/integrations/{}", self.connection)).await["targets"].take()
    }
}

fn id_of(answer: &Answer) -> String {
    answer.json()["id"].as_str().unwrap().to_owned()
}

fn detail(answer: &Answer) -> String {
    answer.json()["detail"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_copy_is_under_way_until_it_is_filled() {
    let place = Place::new().await;

    let made = place.copy("Plan", &place.baseline).await;

    assert_eq!(made.status, 202);
    let id = id_of(&made);
    assert_eq!(made.header("location"), format!("/api/v1/scenarios/{id}"));
    assert!(!made.header("rollcall-position").is_empty());
    let shown = place.get(&format!("/scenarios/{id}")).await;
    assert_eq!(shown["status"], "preparing");
    assert_eq!(shown["copied_from"], json!(place.baseline));
    assert_eq!(shown["copied"], json!({"people": 0, "units": 0, "of_people": 0}));
    assert_eq!(shown["targetable"], false);
}

#[tokio::test]
async fn a_snapshot_has_a_name_whether_or_not_it_is_given_one() {
    let place = Place::new().await;
    let path = format!("/scenarios/{}/snapshot", place.baseline);

    let unnamed = place.post(&path, None).await;
    let named = place.post(&path, Some(json!({"name": "Before"}))).await;

    assert_eq!((unnamed.status.as_u16(), named.status.as_u16()), (202, 202));
    let shown = place.get(&format!("/scenarios/{}", id_of(&unnamed))).await;
    assert_eq!(shown["kind"], "snapshot");
    assert_eq!(shown["name"], "Live Baseline, 2026-01-31 18:42:00.000Z");
    let shown = place.get(&format!("/scenarios/{}", id_of(&named))).await;
    assert_eq!((&shown["name"], &shown["targetable"]), (&json!("Before"), &json!(false)));
}

#[tokio::test]
async fn only_what_is_active_is_copied() {
    let place = Place::new().await;
    let preparing = id_of(&place.copy("Plan", &place.baseline).await);
    let archived = place.scenario("Old").await;
    place.archive(&archived).await;

    for (original, why) in [(&preparing, "still being copied"), (&archived, "archived")] {
        let copied = place.copy("Another", original).await;
        assert_eq!(copied.problem(), (409, "conflict".into()));
        assert!(detail(&copied).contains(why), "{}", detail(&copied));
        let taken = place.post(&format!("/scenarios/{original}/snapshot"), None).await;
        assert_eq!(taken.problem(), (409, "conflict".into()));
    }
    assert_eq!(place.copy("Another", "01JZ").await.problem().0, 422);
    let nowhere = place.post("/scenarios/01JZ/snapshot", None).await;
    assert_eq!(nowhere.problem(), (404, "not_found".into()));
}

#[tokio::test]
async fn a_scenario_is_renamed_and_archived_and_the_live_baseline_is_not() {
    let place = Place::new().await;
    let id = place.scenario("Plan").await;
    let rename = async |id: &str| {
        let body = Some(json!({"name": "Merger"}));
        place.home.ask(Method::PATCH, &format!("/scenarios/{id}"), "acme", body).await
    };

    assert_eq!(rename(&id).await.status, 204);
    place.archive(&id).await;

    let shown = place.get(&format!("/scenarios/{id}")).await;
    assert_eq!((&shown["name"], &shown["status"]), (&json!("Merger"), &json!("archived")));
    assert_eq!(rename(&place.baseline).await.problem(), (409, "conflict".into()));
    let archived = place.post(&format!("/scenarios/{}/archive", place.baseline), None).await;
    assert_eq!(archived.problem(), (409, "conflict".into()));
}

#[tokio::test]
async fn what_a_change_of_targets_leaves_out_stays() {
    let place = Place::new().await;
    let plan = place.scenario("Plan").await;

    assert_eq!(place.choose(json!({"scenarios": [plan]})).await.status, 204);
    let both = json!({"live_baseline": true, "scenarios": [plan], "all_future": false});
    assert_eq!(place.targets().await, both);

    place.choose(json!({"live_baseline": false, "all_future": true})).await;
    let plans = json!({"live_baseline": false, "scenarios": [plan], "all_future": true});
    assert_eq!(place.targets().await, plans);
}

#[tokio::test]
async fn what_is_no_target_is_named_with_the_reason_and_nothing_changes() {
    let place = Place::new().await;
    let (good, archived) = (place.scenario("Plan").await, place.scenario("Old").await);
    place.archive(&archived).await;
    let preparing = id_of(&place.copy("Copy", &place.baseline).await);
    let snapshot = format!("/scenarios/{}/snapshot", place.baseline);
    let snapshot = id_of(&place.post(&snapshot, None).await);
    let before = place.targets().await;

    for (scenario, why) in [
        (&*archived, "it is archived"),
        (&*preparing, "it is still being copied"),
        (&*snapshot, "it is a snapshot"),
        (&*place.baseline, "it is the live baseline"),
        ("01JZ", "there is no such scenario"),
    ] {
        let refused = place.choose(json!({"scenarios": [good, scenario]})).await;
        assert_eq!(refused.problem(), (409, "conflict".into()), "{why}");
        let said = format!("cenario {scenario} can't be a target: {why}");
        assert!(detail(&refused).contains(&said), "{}", detail(&refused));
    }
    let none = place.choose(json!({"live_baseline": false})).await;
    assert_eq!(none.problem(), (422, "invalid_request".into()));
    assert!(detail(&none).starts_with("Choose at least one target"), "{}", detail(&none));
    assert_eq!(place.targets().await, before);
}

#[tokio::test]
async fn a_target_that_was_archived_later_may_stay_while_others_change() {
    let place = Place::new().await;
    let (old, new) = (place.scenario("Old").await, place.scenario("New").await);
    place.choose(json!({"scenarios": [old]})).await;
    place.archive(&old).await;

    assert_eq!(place.choose(json!({"scenarios": [old, new]})).await.status, 204);
    assert_eq!(place.choose(json!({"scenarios": [new]})).await.status, 204);

    assert_eq!(place.choose(json!({"scenarios": [old, new]})).await.problem().0, 409);
}

#[tokio::test]
async fn a_connection_is_not_made_with_a_target_that_is_none() {
    let place = Place::new().await;
    let path = format!("/integrations/{}/disconnect", place.connection);
    assert_eq!(place.post(&path, None).await.status, 204);
    let connect = async |targets: Value| {
        let body = json!({
            "provider": "bamboohr", "account": "acme", "api_key": "k", "targets": targets
        });
        place.post("/integrations", Some(body)).await
    };

    let unknown = connect(json!({"scenarios": ["01JZ"]})).await;

    assert_eq!(unknown.problem(), (409, "conflict".into()));
    assert_eq!(connect(json!({})).await.problem(), (422, "invalid_request".into()));
    let plan = place.scenario("Plan").await;
    assert_eq!(connect(json!({"scenarios": [plan]})).await.status, 201);
}

#[tokio::test]
async fn another_tenants_scenarios_are_not_there() {
    let place = Place::new().await;
    let plan = place.scenario("Plan").await;
    place.home.tenant("other", rollcall_domain::tenant::Plan::Business).await;

    for action in ["archive", "snapshot"] {
        let path = format!("/scenarios/{plan}/{action}");
        let foreign = place.home.ask(Method::POST, &path, "other", None).await;
        assert_eq!(foreign.problem(), (404, "not_found".into()), "{action}");
    }
    let body = Some(json!({ "name": "Mine", "copied_from": plan }));
    let copied = place.home.ask(Method::POST, "/scenarios", "other", body).await;
    assert_eq!(copied.problem().0, 422);
}
