//! Mail servers that are away, slow or unwilling: each attempt is noted, nothing is lost, and nobody
//! waits for it.

use std::time::Instant;

use chrono::TimeDelta;
use reqwest::Method;
use rollcall_simulators::smtp::{Faults, Stage};
use serde_json::{Value, json};

use super::post::{Post, noted};
use crate::place::{Place, eventually, on_both_databases};
use crate::visitor::{House, Visitor};

on_both_databases!(
    what_the_server_puts_off_arrives_later_once,
    a_server_that_is_away_loses_nothing,
    what_was_taken_but_not_confirmed_arrives_again_under_the_same_id,
    what_is_refused_for_good_is_parked_and_sent_when_somebody_retries_it,
);

const ADA: &str = "ada@engine.example";

async fn invite(admin: &Visitor) {
    let new = json!({ "email": ADA, "role": "viewer" });
    let made = admin.ask(Method::POST, "/invitations", Some(new)).await;
    assert_eq!(made.status, 201, "{}", made.json());
}

/// Lets the time pass that a retry waits for, ten minutes a second, until something has come about.
async fn in_time(house: &House, what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    let from = house.node.store.clock().now();
    eventually(what, async || {
        let passed = i64::try_from(begun.elapsed().as_millis()).unwrap();
        house.clock.reach(from + TimeDelta::milliseconds(600 * passed));
        holds().await
    })
    .await;
}

async fn troubles(house: &House) -> Vec<(String, Value, bool)> {
    let all = noted(house, "mail.failed").await.into_iter().map(|one| {
        let failed = &one["failed"];
        let trouble = failed["trouble"].as_str().unwrap().to_owned();
        (trouble, failed["reply"].clone(), failed["again"] == true)
    });
    all.collect()
}

async fn what_the_server_puts_off_arrives_later_once(place: Place) {
    let post = Post::open().await;
    post.sink.change_faults(|faults| faults.greylist = 2);
    let house = post.house(place).await;
    let (_, owner) = house.member("olga@acme.example", "owner").await;
    invite(&owner).await;

    in_time(&house, "it arrives", async || !post.sink.received().is_empty()).await;
    eventually("that is noted", async || noted(&house, "mail.sent").await.len() == 1).await;

    assert_eq!(post.sink.attempts(ADA), 3);
    post.to(ADA, 1).await;
    let put_off = ("put_off".to_owned(), json!(451), true);
    assert_eq!(troubles(&house).await, [put_off.clone(), put_off]);
}

async fn a_server_that_is_away_loses_nothing(place: Place) {
    let post = Post::open().await;
    let house = post.house(place).await;
    let (_, owner) = house.member("olga@acme.example", "owner").await;
    let cases = [
        Faults { refuse_connections: true, ..Faults::default() },
        Faults { drop_mid_message: true, ..Faults::default() },
        Faults { hang_at: Some(Stage::Recipient), ..Faults::default() },
    ];
    post.sink.change_faults(|faults| *faults = cases[0].clone());
    invite(&owner).await;
    for (number, case) in cases.into_iter().enumerate() {
        post.sink.change_faults(|faults| *faults = case.clone());
        let noted = async || noted(&house, "mail.failed").await.len() > number;
        in_time(&house, &format!("{case:?} is noted"), noted).await;
        assert_eq!(owner.status("/scenarios").await, 200, "nobody waits for a mail server");
    }

    post.sink.change_faults(|faults| *faults = Faults::default());
    in_time(&house, "it arrives", async || !post.sink.received().is_empty()).await;

    post.to(ADA, 1).await;
    assert!(troubles(&house).await.iter().all(|(_, _, again)| *again));
}

async fn what_was_taken_but_not_confirmed_arrives_again_under_the_same_id(place: Place) {
    let post = Post::open().await;
    post.sink.change_faults(|faults| faults.drop_before_reply = true);
    let house = post.house(place).await;
    let (_, owner) = house.member("olga@acme.example", "owner").await;
    invite(&owner).await;
    eventually("it was taken", async || noted(&house, "mail.failed").await.len() == 1).await;

    post.sink.change_faults(|faults| *faults = Faults::default());
    in_time(&house, "it comes again", async || post.sink.received().len() == 2).await;

    let ids = post.sink.received().into_iter().map(|one| {
        let line = one.message.lines().find(|line| line.starts_with("Message-ID:"));
        line.unwrap().to_owned()
    });
    let ids: Vec<String> = ids.collect();
    assert_eq!(ids[0], ids[1]);
}

async fn what_is_refused_for_good_is_parked_and_sent_when_somebody_retries_it(place: Place) {
    let post = Post::open().await;
    post.sink.change_faults(|faults| faults.refuse_at = Some((Stage::Recipient, 550)));
    let house = post.house(place).await;
    let (_, owner) = house.member("olga@acme.example", "owner").await;
    invite(&owner).await;
    let parked = async || owner.get("/parked").await["data"].as_array().unwrap().clone();

    eventually("it is parked", async || parked().await.len() == 1).await;
    assert_eq!(post.sink.attempts(ADA), 1, "asking again would not help");
    let shown = parked().await[0].to_string();
    assert!(shown.contains("refused the recipient. (550)"), "{shown}");
    assert!(!shown.contains("engine.example"), "{shown}");
    assert_eq!(troubles(&house).await, [("recipient_refused".to_owned(), json!(550), false)]);

    post.sink.change_faults(|faults| *faults = Faults::default());
    let path = format!("/parked/{}/retry", parked().await[0]["id"].as_str().unwrap());
    let retried = owner.ask(Method::POST, &path, None).await;
    assert!(retried.status < 300, "{}", retried.json());
    post.to(ADA, 1).await;
}
