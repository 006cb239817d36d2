//! What the document answers to those who ask: who is marked, who is deactivated, who leaves what.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Scene, user, with};
use crate::place::{Place, on_both_databases};

on_both_databases!(
    synced_people_are_marked_and_their_synced_fields_are_read_only,
    who_is_not_sent_is_not_synced_any_more_leaves_synced_departments_and_stays_active,
    one_to_one_deactivates_whoever_is_not_sent_behind_the_brake,
    who_is_sent_as_inactive_is_deactivated_in_either_way,
    nobody_at_all_is_always_put_before_a_person,
    whoever_is_sent_again_is_synced_again,
    who_is_ignored_is_left_alone_sent_or_not,
    a_field_that_is_not_chosen_is_not_taken_over,
    people_who_are_there_are_found_by_address,
);

fn in_support(id: &str, first: &str) -> Value {
    with(user(id, first), json!({ "departments": ["Success > Support"] }))
}

async fn synced_people_are_marked_and_their_synced_fields_are_read_only(place: Place) {
    let scene = Scene::live_with(place, json!({ "fields": ["job_title"] })).await;
    scene.push(&[with(user("1", "Ada"), json!({ "job_title": "Lead" }))]).await;
    let ada = scene.person("Ada").await;
    assert_eq!((&ada["synced"], &ada["source_hris"]), (&json!(true), &json!("hris_webhook")));
    let path = format!("/scenarios/{}/actors/{}", scene.baseline, ada["id"].as_str().unwrap());

    let refused = scene.ask(Method::PATCH, &path, Some(json!({ "job_title": "Boss" }))).await;

    assert_eq!((refused.status, &refused.json()["code"]), (409, &json!("synced_field")));
    assert!(refused.json()["detail"].as_str().unwrap().contains(&scene.id), "{}", refused.json());
    let other = scene.ask(Method::PATCH, &path, Some(json!({ "phone": "+358 1" }))).await;
    assert_eq!(other.status, 204, "what is not synced is edited by hand");
}

async fn who_is_not_sent_is_not_synced_any_more_leaves_synced_departments_and_stays_active(
    place: Place,
) {
    let scene = Scene::live(place).await;
    let everybody: Vec<Value> = ["Ada", "Bo", "Cy"]
        .iter()
        .enumerate()
        .map(|(at, one)| in_support(&at.to_string(), one))
        .collect();
    scene.push(&everybody).await;

    let request = scene.push(&everybody[..1]).await;

    assert_eq!(scene.request(&request).await["status"], "succeeded", "nothing is held");
    assert_eq!(scene.counts(&request).await["unsynced"], 2);
    for name in ["Bo", "Cy"] {
        let one = scene.person(name).await;
        assert_eq!((&one["synced"], &one["active"]), (&json!(false), &json!(true)), "{one}");
        assert_eq!(one["departments"], json!([]), "{one}");
    }
    assert_eq!(scene.person("Ada").await["departments"].as_array().unwrap().len(), 1);
}

async fn one_to_one_deactivates_whoever_is_not_sent_behind_the_brake(place: Place) {
    let scene = Scene::live_with(place, json!({ "sync_type": "one_to_one" })).await;
    let everybody: Vec<Value> =
        (0..20).map(|id| user(&id.to_string(), &format!("P{id}"))).collect();
    scene.push(&everybody).await;

    let few = scene.push(&everybody[..18]).await;
    assert_eq!(scene.counts(&few).await["deactivated"], 2);
    let many = scene.push(&everybody[..4]).await;

    assert_eq!(scene.request(&many).await["status"], "held");
    let all = scene.people().await;
    let active = all.iter().filter(|one| one["active"] == true).count();
    assert_eq!(active, 18, "nothing of it was applied");
}

async fn who_is_sent_as_inactive_is_deactivated_in_either_way(place: Place) {
    let scene = Scene::live(place).await;
    scene.push(&[user("1", "Ada"), user("2", "Bo")]).await;

    scene.push(&[user("1", "Ada"), with(user("2", "Bo"), json!({ "active": false }))]).await;

    assert_eq!(scene.person("Bo").await["active"], false);
    assert_eq!(scene.person("Ada").await["active"], true);
}

async fn nobody_at_all_is_always_put_before_a_person(place: Place) {
    let scene = Scene::live(place).await;
    scene.push(&[user("1", "Ada")]).await;

    let request = scene.push(&[]).await;

    assert_eq!(scene.request(&request).await["status"], "held");
    assert_eq!(scene.person("Ada").await["synced"], true);
}

async fn whoever_is_sent_again_is_synced_again(place: Place) {
    let scene = Scene::live(place).await;
    let both = [in_support("1", "Ada"), in_support("2", "Bo")];
    scene.push(&both).await;
    let bo = scene.person("Bo").await;
    scene.push(&both[..1]).await;

    scene.push(&both).await;

    let again = scene.person("Bo").await;
    assert_eq!((&again["id"], &again["synced"]), (&bo["id"], &json!(true)));
    assert_eq!(again["departments"], bo["departments"]);
}

async fn who_is_ignored_is_left_alone_sent_or_not(place: Place) {
    let scene = Scene::live_with(place, json!({ "sync_type": "one_to_one" })).await;
    let all: Vec<Value> = ["Ada", "Bo", "Cy", "Di", "Ed"]
        .iter()
        .enumerate()
        .map(|(at, one)| user(&at.to_string(), one))
        .collect();
    scene.push(&all).await;
    scene.change(json!({ "ignored_people": ["BO@acme.example", "2"] })).await;
    scene.act("enable").await;

    let renamed = with(all[1].clone(), json!({ "last_name": "Other" }));
    let request = scene.push(&[all[0].clone(), renamed, all[3].clone(), all[4].clone()]).await;

    assert_eq!(scene.request(&request).await["status"], "succeeded");
    assert_eq!(scene.person("Bo").await["last_name"], "Osei", "sent, by address");
    assert_eq!(scene.person("Cy").await["active"], true, "not sent, by id");
}

async fn a_field_that_is_not_chosen_is_not_taken_over(place: Place) {
    let scene = Scene::live_with(place, json!({ "fields": ["phone"] })).await;

    let sent = json!({ "job_title": "Lead", "phone_number": "+358 1", "departments": ["Board"] });
    scene.push(&[with(user("1", "Ada"), sent)]).await;

    let ada = scene.person("Ada").await;
    assert_eq!((&ada["job_title"], &ada["phone"]), (&Value::Null, &json!("+358 1")));
    assert!(scene.departments().await.is_empty());
}

async fn people_who_are_there_are_found_by_address(place: Place) {
    let scene = Scene::with(place, json!({})).await;
    let path = format!("/scenarios/{}/actors", scene.baseline);
    let by_hand = json!({ "first_name": "Ada", "last_name": "Osei", "email": "Ada@Acme.example" });
    let made = scene.ask(Method::POST, &path, Some(by_hand)).await;
    assert_eq!(made.status, 201);
    scene.settle().await;
    let request = scene.push(&[user("E1", "Ada")]).await;

    let simulation = scene.simulate(&request).await;
    let steps = scene.steps(&simulation).await;
    assert_eq!((&steps[0]["action"], &steps[0]["matched_by"]), (&json!("update"), &json!("email")));

    scene.act("enable").await;
    scene.push(&[user("E1", "Ada")]).await;
    let people = scene.people().await;
    assert_eq!(people.len(), 1, "{people:?}");
    assert_eq!(people[0]["source_hris_id"], "E1");
}
