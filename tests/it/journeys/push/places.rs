//! Departments of a push in detail: what is taken over by its path, who leaves and comes back, and what
//! people do by hand meanwhile.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Scene, snapshot, user, with};
use crate::place::{Place, on_both_databases};

on_both_databases!(
    paths_become_departments_that_are_part_of_one_another_and_are_made_once,
    a_path_takes_over_what_was_made_by_hand_and_others_leave_it,
    whoever_is_not_sent_any_more_leaves_and_comes_back_with_the_next_snapshot,
    nobody_is_put_into_a_closed_department_by_hand,
    a_copy_of_a_scenario_has_the_same_paths,
    what_others_would_leave_is_applied_as_it_was_simulated_or_not_at_all,
);

impl Scene {
    /// Adds something to the live baseline by hand; its id.
    async fn make(&self, path: &str, body: Value) -> String {
        let answer = self.by_hand(Method::POST, path, body).await;
        assert_eq!(answer.0, 201, "{}", answer.1);
        answer.1["id"].as_str().unwrap().to_owned()
    }

    async fn by_hand(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let path = format!("/scenarios/{}{path}", self.baseline);
        let answer = self.ask(method, &path, Some(body)).await;
        self.settle().await;
        let told = serde_json::from_slice(&answer.body).unwrap_or_default();
        (answer.status, told)
    }

    async fn paths(&self) -> Vec<String> {
        let all = self.departments().await;
        all.iter().map(|one| one["path"].as_str().unwrap().to_owned()).collect()
    }

    /// The paths of somebody's departments.
    async fn places(&self, first: &str) -> Vec<String> {
        let person = self.person(first).await;
        let path = |one: &Value| {
            let path = one.get("path").unwrap_or(&one["name"]);
            path.as_str().unwrap().to_owned()
        };
        person["departments"].as_array().unwrap().iter().map(path).collect()
    }
}

fn placed(id: &str, first: &str, departments: &[&str]) -> Value {
    with(user(id, first), json!({ "departments": departments }))
}

async fn paths_become_departments_that_are_part_of_one_another_and_are_made_once(place: Place) {
    let scene = Scene::live(place).await;
    let ada = placed("1", "Ada", &["Engineering > Mobile", "Sales > Mobile"]);
    let ben = placed("2", "Ben", &["engineering >mobile", "Engineering"]);

    scene.push(&[ada.clone(), ben.clone()]).await;

    let paths = ["Engineering", "Engineering > Mobile", "Sales", "Sales > Mobile"];
    assert_eq!(scene.paths().await, paths);
    assert_eq!(scene.places("Ada").await, ["Engineering > Mobile", "Sales > Mobile"]);
    assert_eq!(scene.places("Ben").await, ["Engineering > Mobile", "Engineering"]);
    let mobile = &scene.departments().await[1];
    let path = format!("/scenarios/{}/actors?department={}", scene.baseline, mobile["id"]);
    let found = scene.get(&path.replace('"', "")).await;
    assert_eq!(found["data"].as_array().unwrap().len(), 2, "{found}");

    let again = scene.push(&[ben, ada.clone()]).await;
    let counts = scene.counts(&again).await;
    assert_eq!((&counts["unchanged"], &counts["updated"]), (&json!(2), &json!(0)), "{counts}");
    scene.push(&[with(ada, json!({ "departments": ["Sales"] }))]).await;
    assert_eq!(scene.paths().await, paths, "what is not named stays");
    assert!(scene.departments().await.iter().all(|one| one["listed_at_source"] == true));
}

async fn a_path_takes_over_what_was_made_by_hand_and_others_leave_it(place: Place) {
    let scene = Scene::with(place, json!({})).await;
    let sales = scene.make("/departments", json!({ "name": "sales" })).await;
    let below = json!({ "name": "NORTH", "parent": sales });
    let north = scene.make("/departments", below).await;
    let choir = scene.make("/departments", json!({ "name": "Choir" })).await;
    let eve = json!({ "first_name": "Eve", "departments": [north, choir] });
    let eve = scene.make("/actors", eve).await;
    let body = snapshot(&[placed("1", "Ada", &["Sales > North"])]);
    let request = scene.send(&body, &[]).await.json();
    scene.settle().await;

    let simulation = scene.simulate(request["request_id"].as_str().unwrap()).await;
    let steps = scene.steps(&simulation).await;
    let leaves = steps.iter().find(|step| step["actor"] == eve.as_str()).expect("Eve leaves");
    assert_eq!(leaves["action"], "update", "{leaves}");
    assert_eq!(leaves["reasons"][0]["reason"], "department_closed", "{leaves}");
    assert_eq!(leaves["fields"][0]["field"], "departments", "{leaves}");
    assert_eq!(scene.places("Eve").await, ["sales > NORTH", "Choir"], "nothing happened yet");

    scene.act("enable").await;
    let applied = scene.send(&body, &[]).await;
    assert_eq!(applied.status, 202);
    scene.settle().await;
    assert_eq!(scene.places("Eve").await, ["Choir"]);
    assert_eq!(scene.places("Ada").await, ["Sales > North"]);
    let found = scene.departments().await;
    let ids: Vec<&Value> = found.iter().map(|one| &one["id"]).collect();
    assert_eq!(ids, [&json!(choir), &json!(sales), &json!(north)]);
    assert!(found[2]["source_hris"] == "hris_webhook" && found[0]["source_hris"].is_null());
}

async fn whoever_is_not_sent_any_more_leaves_and_comes_back_with_the_next_snapshot(place: Place) {
    let scene = Scene::live(place).await;
    let ada = placed("1", "Ada", &["Sales"]);
    let ben = placed("2", "Ben", &["Sales"]);
    scene.push(&[ada.clone(), ben.clone()]).await;
    let choir = scene.make("/departments", json!({ "name": "Choir" })).await;

    let without = scene.push(std::slice::from_ref(&ada)).await;

    let person = scene.person("Ben").await;
    assert_eq!((&person["active"], &person["synced"]), (&json!(true), &json!(false)));
    assert!(scene.places("Ben").await.is_empty());
    assert_eq!(scene.counts(&without).await["unsynced"], 1);
    let path = format!("/actors/{}", person["id"].as_str().unwrap());
    let edit = json!({ "departments": [choir] });
    assert_eq!(scene.by_hand(Method::PATCH, &path, edit).await.0, 204);

    scene.push(&[ben, ada]).await;
    let person = scene.person("Ben").await;
    assert_eq!(person["synced"], true);
    assert_eq!(scene.places("Ben").await, ["Sales"]);
}

async fn nobody_is_put_into_a_closed_department_by_hand(place: Place) {
    let scene = Scene::live(place).await;
    let ada = placed("1", "Ada", &["Sales > North"]);
    scene.push(std::slice::from_ref(&ada)).await;
    let north = scene.departments().await[1]["id"].as_str().unwrap().to_owned();
    let eve = scene.make("/actors", json!({ "first_name": "Eve" })).await;
    let into = json!({ "departments": [north] });

    let (status, told) = scene.by_hand(Method::PATCH, &format!("/actors/{eve}"), into).await;
    assert_eq!((status, &told["code"]), (409, &json!("conflict")), "{told}");
    let detail = told["detail"].as_str().unwrap();
    assert!(detail.contains("North") && detail.contains(&scene.id), "{told}");
    assert_eq!(told["errors"][0]["path"], "/departments", "{told}");
    let new = json!({ "first_name": "Max", "departments": [north] });
    assert_eq!(scene.by_hand(Method::POST, "/actors", new).await.0, 409);
    let read = scene.get(&format!("/scenarios/{}/departments/{north}", scene.baseline)).await;
    assert_eq!(read["lock"]["closed"], true, "{read}");
    let rename = json!({ "name": "South" });
    let renamed = scene.by_hand(Method::PATCH, &format!("/departments/{north}"), rename).await;
    assert_eq!((renamed.0, &renamed.1["code"]), (409, &json!("synced_field")));

    let id = scene.person("Ada").await["id"].as_str().unwrap().to_owned();
    let unsync = format!("/actors/{id}/unsync");
    assert_eq!(scene.by_hand(Method::POST, &unsync, json!({})).await.0, 204);
    assert!(scene.places("Ada").await.is_empty(), "out of sync, out of the department");
    let into = json!({ "departments": [north] });
    assert_eq!(scene.by_hand(Method::PATCH, &format!("/actors/{id}"), into).await.0, 409);
    let resync = format!("/actors/{id}/resync");
    assert_eq!(scene.by_hand(Method::POST, &resync, json!({})).await.0, 204);
    scene.push(&[ada, placed("2", "Ben", &[])]).await;
    assert_eq!(scene.places("Ada").await, ["Sales > North"]);
}

async fn a_copy_of_a_scenario_has_the_same_paths(place: Place) {
    let scene = Scene::live(place).await;
    scene.push(&[placed("1", "Ada", &["Zoo > Apes > Big"])]).await;
    let copy = json!({ "name": "Plan", "copied_from": scene.baseline });
    let made = scene.ask(Method::POST, "/scenarios", Some(copy)).await;
    assert!(made.status < 300, "{}", made.json());
    scene.settle().await;
    let id = made.json()["id"].as_str().unwrap().to_owned();

    let copied = scene.get(&format!("/scenarios/{id}/departments")).await;
    let rows = copied["data"].as_array().unwrap();
    let paths: Vec<&str> = rows.iter().map(|row| row["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["Zoo", "Zoo > Apes", "Zoo > Apes > Big"]);
    let theirs = scene.departments().await;
    assert!(rows.iter().zip(&theirs).all(|(one, other)| one["id"] != other["id"]));
    assert_eq!(rows[2]["parent"], rows[1]["id"]);
}

async fn what_others_would_leave_is_applied_as_it_was_simulated_or_not_at_all(place: Place) {
    let scene = Scene::with(place, json!({})).await;
    let sales = scene.make("/departments", json!({ "name": "Sales" })).await;
    let new = |first: &str| json!({ "first_name": first, "departments": [sales] });
    let eve = scene.make("/actors", new("Eve")).await;
    let max = scene.make("/actors", new("Max")).await;
    let request = scene.push(&[placed("1", "Ada", &["Sales"])]).await;
    let simulation = scene.simulate(&request).await;
    scene.act("enable").await;
    let edit = json!({ "job_title": "Clerk" });
    assert_eq!(scene.by_hand(Method::PATCH, &format!("/actors/{eve}"), edit).await.0, 204);

    let refused = scene.apply(&request, &simulation).await;
    assert_eq!(refused.status, 409, "{}", refused.json());
    let told = refused.json().to_string();
    assert!(told.contains("Eve") && !told.contains("Max"), "{told}");
    assert_eq!(scene.places("Max").await, ["Sales"]);

    let simulation = scene.simulate(&request).await;
    let applied = scene.apply(&request, &simulation).await;
    assert_eq!(applied.status, 202, "{}", applied.json());
    for first in ["Eve", "Max"] {
        assert!(scene.places(first).await.is_empty(), "{first}");
    }
    assert_eq!(scene.places("Ada").await, ["Sales"]);
    let path = format!("/scenarios/{}/actors/{max}/history", scene.baseline);
    let history = scene.get(&path).await.to_string();
    assert!(history.contains("actor.fields_changed"), "{history}");
}
