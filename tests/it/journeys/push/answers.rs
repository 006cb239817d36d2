//! What a sender is answered: who has no key, what can't be read, what came before.

use chrono::TimeDelta;
use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::Method;
use serde_json::{Value, json};
use std::io::Write;

use super::{EXAMPLE, Scene, snapshot, user, with};
use crate::client::{Answer, post};
use crate::place::{Place, on_both_databases};

on_both_databases!(
    a_wrong_key_and_an_unknown_endpoint_look_the_same,
    everything_that_is_wrong_with_a_body_is_told_at_once,
    lines_and_packed_bodies_are_read_and_other_types_are_not,
    more_people_than_fit_are_refused,
    an_equal_request_has_the_first_ones_answer_for_a_while,
    what_is_sent_again_after_something_else_is_applied_again,
    a_key_that_tells_repeats_apart_does_so_whatever_is_sent,
);

fn without_id(answer: &Answer) -> Value {
    let mut told = answer.json();
    told.as_object_mut().unwrap().remove("request_id");
    told
}

async fn a_wrong_key_and_an_unknown_endpoint_look_the_same(place: Place) {
    let scene = Scene::live(place).await;
    let body = snapshot(&[user("1", "Ada")]);
    let wrong = scene.send(&body, &[("x-hris-authentication", &"0".repeat(40))]).await;
    let headers = vec![
        ("x-hris-authentication".to_owned(), scene.key.clone()),
        ("content-type".to_owned(), "application/json".to_owned()),
    ];
    let address = scene.house.node.address;
    for path in [
        format!("/hriswebhook/sync/{}/", "0".repeat(32)),
        "/hriswebhook/sync/nobody".to_owned(),
        "/hriswebhook/sync/%00/".to_owned(),
    ] {
        let unknown = post(address, &path, &headers, &body).await.unwrap();
        assert_eq!((unknown.status, without_id(&unknown)), (401, without_id(&wrong)), "{path}");
    }
    let none = post(address, &scene.path, &headers[1..], &body).await.unwrap();
    assert_eq!((none.status, without_id(&none)), (401, without_id(&wrong)));

    let slashless = scene.path.trim_end_matches('/');
    let right = post(address, slashless, &headers, &body).await.unwrap();
    assert_eq!(right.status, 202, "with and without the final slash");
}

async fn everything_that_is_wrong_with_a_body_is_told_at_once(place: Place) {
    let scene = Scene::live(place).await;
    let users = [
        user("1", "Ada"),
        with(user("2", "Bo"), json!({ "email": "n/a", "active": "yes" })),
        with(user("1", "Cy"), json!({ "manager": {} })),
    ];

    let refused = scene.send(&snapshot(&users), &[]).await;

    let told = refused.json();
    assert_eq!((refused.status, &told["code"]), (422, &json!("invalid_request")), "{told}");
    let said = |path: &str| {
        told["errors"].as_array().unwrap().iter().find(|one| one["path"] == path).cloned()
    };
    for (path, index, id) in [
        ("/users/1/email", 1, "2"),
        ("/users/1/active", 1, "2"),
        ("/users/2/manager/hris_id", 2, "1"),
        ("/users/0/hris_id", 0, "1"),
        ("/users/2/hris_id", 2, "1"),
    ] {
        let one = said(path).unwrap_or_else(|| panic!("{path} is not told: {told}"));
        assert_eq!((&one["index"], &one["hris_id"]), (&json!(index), &json!(id)), "{one}");
    }
    let broken = scene.send(b"{\"users\": [", &[]).await;
    assert_eq!((broken.status, &broken.json()["code"]), (400, &json!("malformed")));
    scene.settle().await;
    assert!(scene.people().await.is_empty(), "all or nothing");
    let refused = scene.get("/receipts/refused").await;
    let reasons: Vec<&Value> =
        refused["data"].as_array().unwrap().iter().map(|one| &one["reason"]).collect();
    assert_eq!(reasons, ["not_json", "against_schema"]);
}

async fn lines_and_packed_bodies_are_read_and_other_types_are_not(place: Place) {
    let scene = Scene::live(place).await;
    let lines = [user("1", "Ada"), user("2", "Bo")].map(|one| one.to_string()).join("\n");
    let ndjson = ("content-type", "application/x-ndjson");
    let sent = scene.send(lines.as_bytes(), &[ndjson]).await;
    assert_eq!((sent.status, &sent.json()["received"]), (202, &json!(2)));
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&snapshot(&[user("1", "Ada"), user("2", "Bo"), user("3", "Cy")])).unwrap();
    let packed = packed.finish().unwrap();
    let sent = scene.send(&packed, &[("content-encoding", "gzip")]).await;
    assert_eq!((sent.status, &sent.json()["received"]), (202, &json!(3)));
    scene.settle().await;
    assert_eq!(scene.people().await.len(), 3);

    for wrong in [("content-type", "text/csv"), ("content-encoding", "br")] {
        let refused = scene.send(EXAMPLE.as_bytes(), &[wrong]).await;
        assert_eq!(refused.status, 415, "{wrong:?}");
    }
    let not_packed = scene.send(EXAMPLE.as_bytes(), &[("content-encoding", "gzip")]).await;
    assert_eq!(not_packed.status, 400);
}

async fn more_people_than_fit_are_refused(place: Place) {
    let scene = Scene::live(place).await;
    let users: Vec<Value> = (0..50_001).map(|id| user(&id.to_string(), "Ada")).collect();

    let refused = scene.send(&snapshot(&users), &[]).await;

    assert_eq!((refused.status, &refused.json()["code"]), (413, &json!("payload_too_large")));
}

async fn an_equal_request_has_the_first_ones_answer_for_a_while(place: Place) {
    let scene = Scene::live(place).await;
    let people = [user("1", "Ada")];
    let first = scene.push(&people).await;
    assert_eq!(scene.request(&first).await["status"], "succeeded");

    scene.house.clock.forward(TimeDelta::minutes(9));
    let again = scene.send(&snapshot(&people), &[]).await;
    assert_eq!((again.status, again.json()["request_id"].as_str()), (200, Some(first.as_str())));

    scene.house.clock.forward(TimeDelta::minutes(2));
    let later = scene.push(&people).await;
    assert_ne!(later, first);
    let counts = scene.counts(&later).await;
    assert_eq!((&counts["unchanged"], &counts["updated"]), (&json!(1), &json!(0)), "{counts}");
}

async fn what_is_sent_again_after_something_else_is_applied_again(place: Place) {
    let scene = Scene::live(place).await;
    let titled = |title: &str| [with(user("1", "Ada"), json!({ "job_title": title }))];

    let mut requests = vec![];
    for title in ["Engineer", "Lead", "Engineer"] {
        requests.push(scene.push(&titled(title)).await);
        assert_eq!(scene.person("Ada").await["job_title"], title);
    }

    requests.sort();
    requests.dedup();
    assert_eq!(requests.len(), 3);
}

async fn a_key_that_tells_repeats_apart_does_so_whatever_is_sent(place: Place) {
    let scene = Scene::live(place).await;
    let key = ("idempotency-key", "night-1");
    let first = scene.send(&snapshot(&[user("1", "Ada")]), &[key]).await;
    assert_eq!(first.status, 202);
    scene.settle().await;
    scene.push(&[user("1", "Ada"), user("2", "Bo")]).await;

    let again = scene.send(&snapshot(&[user("1", "Ada")]), &[key]).await;
    assert_eq!((again.status, &again.json()["request_id"]), (200, &first.json()["request_id"]));
    let equal = snapshot(&[user("1", "Ada"), user("2", "Bo")]);
    let another = scene.send(&equal, &[("idempotency-key", "night-2")]).await;
    assert_eq!(another.status, 200, "it is equal to the latest");
    let other = scene.send(&snapshot(&[user("3", "Cy")]), &[key]).await;
    assert_eq!((other.status, &other.json()["code"]), (422, &json!("idempotency_key_reused")));
    scene.settle().await;
    assert_eq!(scene.people().await.len(), 2, "nothing followed");
    let all = scene.ask(Method::GET, &format!("/hris_webhooks/{}/requests", scene.id), None).await;
    assert_eq!(all.json()["data"].as_array().unwrap().len(), 2);
}
