//! Departments by path: nested, made once, closed to whoever is not synced.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Scene, user, with};
use crate::place::{Place, on_both_databases};

on_both_databases!(
    paths_are_nested_made_once_and_told_apart,
    a_department_made_by_hand_is_adopted_and_who_is_not_synced_leaves_it,
    who_is_not_synced_does_not_get_into_a_synced_department,
    what_is_not_named_stays,
);

fn placed(id: &str, first: &str, paths: &[&str]) -> Value {
    with(user(id, first), json!({ "departments": paths }))
}

async fn paths(scene: &Scene) -> Vec<String> {
    let all = scene.departments().await;
    let mut paths: Vec<String> =
        all.iter().map(|one| one["path"].as_str().unwrap().to_owned()).collect();
    paths.sort();
    paths
}

async fn paths_are_nested_made_once_and_told_apart(place: Place) {
    let scene = Scene::live(place).await;
    scene
        .push(&[
            placed("1", "Ada", &["Engineering > Mobile", " engineering  >  MOBILE "]),
            placed("2", "Bo", &["Sales > Mobile", "Engineering"]),
        ])
        .await;

    assert_eq!(
        paths(&scene).await,
        ["Engineering", "Engineering > MOBILE", "Sales", "Sales > Mobile"]
    );
    assert_eq!(scene.person("Ada").await["departments"].as_array().unwrap().len(), 1);
    assert_eq!(scene.person("Bo").await["departments"].as_array().unwrap().len(), 2);
}

async fn a_department_made_by_hand_is_adopted_and_who_is_not_synced_leaves_it(place: Place) {
    let scene = Scene::with(place, json!({})).await;
    let base = format!("/scenarios/{}", scene.baseline);
    let sales = scene
        .ask(Method::POST, &format!("{base}/departments"), Some(json!({ "name": "Sales" })))
        .await
        .json()["id"]
        .clone();
    let guest = json!({ "first_name": "Gus", "departments": [sales] });
    let made = scene.ask(Method::POST, &format!("{base}/actors"), Some(guest)).await;
    assert_eq!(made.status, 201, "{}", made.json());
    scene.settle().await;
    let request = scene.push(&[placed("1", "Ada", &["Sales"])]).await;

    let simulation = scene.simulate(&request).await;
    let steps = scene.steps(&simulation).await;
    let gus = steps.iter().find(|step| step["name"] == "Gus").expect("who would leave is listed");
    assert_eq!(gus["reasons"][0]["reason"], "department_closed", "{gus}");
    scene.act("enable").await;
    scene.push(&[placed("1", "Ada", &["Sales"])]).await;

    assert_eq!(scene.departments().await.len(), 1, "it is the same");
    assert_eq!(scene.person("Ada").await["departments"][0]["id"], sales);
    let gus = scene.person("Gus").await;
    assert_eq!((&gus["departments"], &gus["active"]), (&json!([]), &json!(true)));
}

async fn who_is_not_synced_does_not_get_into_a_synced_department(place: Place) {
    let scene = Scene::live(place).await;
    scene.push(&[placed("1", "Ada", &["Sales"])]).await;
    let base = format!("/scenarios/{}/actors", scene.baseline);
    let sales = scene.departments().await[0]["id"].clone();

    let guest = json!({ "first_name": "Gus", "departments": [sales] });
    let refused = scene.ask(Method::POST, &base, Some(guest)).await;
    assert_eq!(refused.status, 409, "{}", refused.json());
    assert!(refused.json()["detail"].as_str().unwrap().contains("Sales"), "{}", refused.json());

    let ada = scene.person("Ada").await["id"].as_str().unwrap().to_owned();
    let unsynced = scene.ask(Method::POST, &format!("{base}/{ada}/unsync"), None).await;
    assert!(unsynced.status < 300, "{}", String::from_utf8_lossy(&unsynced.body));
    scene.settle().await;
    let ada = scene.person("Ada").await;
    assert_eq!((&ada["synced"], &ada["departments"]), (&json!(false), &json!([])));
}

async fn what_is_not_named_stays(place: Place) {
    let scene = Scene::live(place).await;
    scene.push(&[placed("1", "Ada", &["Sales"]), placed("2", "Bo", &["Legal"])]).await;

    scene.push(&[placed("1", "Ada", &["Sales"])]).await;

    assert_eq!(paths(&scene).await, ["Legal", "Sales"]);
    assert!(scene.departments().await.iter().all(|one| one["listed_at_source"] != false));
}
