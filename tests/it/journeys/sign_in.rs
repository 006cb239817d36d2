//! Signing in, staying signed in, and what ends that.

use chrono::{TimeDelta, Utc};
use reqwest::Method;
use rollcall::NodeOptions;
use rollcall_commands::change_password;
use rollcall_store::Cause;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::client::Answer;
use crate::node::Node;
use crate::place::{Place, eventually, on_both_databases};
use crate::visitor::{House, PASSWORD};

on_both_databases!(
    who_signs_in_has_a_session_until_they_sign_out,
    a_wrong_password_an_unknown_address_and_a_disabled_user_are_answered_alike,
    sessions_are_listed_and_ended_by_whose_they_are,
    a_session_is_over_when_nobody_used_it_and_at_last_whoever_does,
    another_password_ends_every_other_session,
    a_session_is_over_with_the_password_it_was_begun_with,
    who_fails_too_often_waits_but_not_where_they_signed_in_before,
    a_write_from_a_page_of_another_site_is_refused,
    what_is_ended_on_one_node_is_over_on_the_others_within_a_second,
    what_guessers_try_first_is_no_password,
);

const GRACE: &str = "grace@navy.example";
const SESSION: &str = "rollcall";
const DEVICE: &str = "rollcall-device";

async fn who_signs_in_has_a_session_until_they_sign_out(place: Place) {
    let house = House::new(place).await;
    let (user, grace) = house.member(GRACE, "editor").await;

    let me = grace.get("/me").await;
    assert_eq!(me["user"], json!({ "id": user, "email": GRACE, "name": "Name of grace" }));
    assert_eq!((&me["role"], &me["tenant"]), (&json!("editor"), &json!(house.acme)));
    assert_eq!(me["principal"], format!("user:{user}"));
    assert_eq!(grace.get("/tenant").await["slug"], "acme");
    let kept = grace.cookie(SESSION).unwrap();
    assert_eq!(kept.len(), 64);
    assert!(!house.place.holds(&kept).await, "what the cookie holds lies in the clear");

    let again = grace.sign_in(" Grace@NAVY.example", PASSWORD).await;
    assert_eq!(again.status, 201, "{}", again.json());
    let old = house.visitor();
    old.keep(SESSION, &kept);
    assert_eq!(old.status("/me").await, 401, "a new session ends the one before");

    let kept = grace.cookie(SESSION).unwrap();
    assert_eq!(grace.ask(Method::DELETE, "/session", None).await.status, 204);
    assert_eq!(grace.cookie(SESSION), None);
    assert!(grace.cookie(DEVICE).is_some());
    assert_eq!(grace.status("/me").await, 401);
    old.keep(SESSION, &kept);
    assert_eq!(old.status("/me").await, 401);
    assert_eq!(grace.ask(Method::DELETE, "/session", None).await.status, 204);
}

/// An answer without what differs with every request.
fn said(answer: &Answer) -> (u16, Value) {
    let mut body = answer.json();
    body["request_id"] = Value::Null;
    (answer.status, body)
}

async fn a_wrong_password_an_unknown_address_and_a_disabled_user_are_answered_alike(place: Place) {
    let house = House::new(place).await;
    let (user, grace) = house.member(GRACE, "viewer").await;
    let wrong = said(&house.visitor().sign_in(GRACE, "mist kelp anchor 43").await);
    assert_eq!(wrong.0, 401);

    for (email, password) in
        [("nobody@navy.example", PASSWORD), ("nobody", PASSWORD), ("", ""), (GRACE, "")]
    {
        assert_eq!(said(&house.visitor().sign_in(email, password).await), wrong, "{email}");
    }
    let disable = |disabled: bool| {
        let path = format!("/users/{user}");
        let house = &house;
        async move {
            let body = json!({ "disabled": disabled });
            house.operate(Method::PATCH, &path, "", Some(body)).await.status
        }
    };
    assert_eq!(disable(true).await, 204);
    assert_eq!(grace.status("/me").await, 401, "who is disabled has no session");
    assert_eq!(said(&house.visitor().sign_in(GRACE, PASSWORD).await), wrong);
    assert_eq!(disable(false).await, 204);
    assert_eq!(house.visitor().sign_in(GRACE, PASSWORD).await.status, 201);
}

async fn sessions_are_listed_and_ended_by_whose_they_are(place: Place) {
    let house = House::new(place).await;
    let (_, here) = house.member(GRACE, "viewer").await;
    let there = house.signed_in(GRACE).await;
    let (_, eve) = house.member("eve@navy.example", "owner").await;

    let listed = here.get("/sessions").await["data"].as_array().unwrap().clone();
    assert_eq!(listed.len(), 2);
    let current: Vec<bool> = listed.iter().map(|one| one["current"] == true).collect();
    assert_eq!(current, [false, true], "the newest first");
    assert_eq!(listed[0]["address"], "127.0.0.0/24");
    let other = format!("/sessions/{}", listed[0]["id"].as_str().unwrap());

    assert_eq!(eve.ask(Method::DELETE, &other, None).await.status, 404);
    assert_eq!(there.status("/me").await, 200);
    assert_eq!(here.ask(Method::DELETE, &other, None).await.status, 204);
    assert_eq!(there.status("/me").await, 401);
    assert_eq!(here.ask(Method::DELETE, &other, None).await.status, 404);
    assert_eq!(here.get("/sessions").await["data"].as_array().unwrap().len(), 1);
}

async fn a_session_is_over_when_nobody_used_it_and_at_last_whoever_does(place: Place) {
    let house = House::new(place).await;
    let (_, idle) = house.member(GRACE, "viewer").await;
    let busy = house.signed_in(GRACE).await;
    let began = Utc::now();
    let after = |hours: i64| house.clock.reach(began + TimeDelta::hours(hours));

    after(11);
    assert_eq!(busy.status("/me").await, 200);
    after(13);
    assert_eq!((idle.status("/me").await, busy.status("/me").await), (401, 200));
    for hours in (14 + 9..14 * 24).step_by(10) {
        after(hours);
        assert_eq!(busy.status("/me").await, 200, "after {hours} hours");
    }
    after(14 * 24 + 1);
    assert_eq!(busy.status("/me").await, 401);
    house.node.store.sweep().await.unwrap();
    let sessions = house.place.table("sessions");
    assert_eq!(house.place.count(&format!("select count(*) from {sessions}")).await, 0);
}

async fn another_password_ends_every_other_session(place: Place) {
    let house = House::new(place).await;
    let (user, here) = house.member(GRACE, "viewer").await;
    let there = house.signed_in(GRACE).await;
    let (before, new) = (here.cookie(SESSION).unwrap(), "seven grey herons land");
    let change = |current: &str, new: &str| {
        let body = json!({ "current": current, "new": new });
        let here = &here;
        async move { here.ask(Method::POST, "/me/password", Some(body)).await.status }
    };

    assert_eq!(change("mist kelp anchor 43", new).await, 422);
    assert_eq!(change(PASSWORD, "too short").await, 422);
    assert_eq!(there.status("/me").await, 200);
    assert_eq!(change(PASSWORD, new).await, 204);

    assert_ne!(here.cookie(SESSION).unwrap(), before);
    assert_eq!((here.status("/me").await, there.status("/me").await), (200, 401));
    assert_eq!(here.get("/sessions").await["data"].as_array().unwrap().len(), 1);
    assert_eq!(house.visitor().sign_in(GRACE, PASSWORD).await.status, 401);
    assert_eq!(house.visitor().sign_in(GRACE, new).await.status, 201);
    let reset = json!({ "password": "a ladder of cold rain" });
    let path = format!("/users/{user}/password");
    assert_eq!(house.operate(Method::POST, &path, "", Some(reset)).await.status, 204);
    assert_eq!(here.status("/me").await, 401);
    assert_eq!(house.visitor().sign_in(GRACE, "a ladder of cold rain").await.status, 201);
}

/// Also where whoever changed it went no further.
async fn a_session_is_over_with_the_password_it_was_begun_with(place: Place) {
    let house = House::new(place).await;
    let (user, grace) = house.member(GRACE, "viewer").await;
    let hash = SecretString::from("$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$aGFzaA");

    change_password(&house.node.store, &user, &hash, &Cause::by("test")).await.unwrap();

    eventually("the session is over", async || grace.status("/me").await == 401).await;
    assert_eq!(house.node.store.sessions(&user).await.unwrap().len(), 1, "its row is there");
    assert_eq!(house.visitor().sign_in(GRACE, PASSWORD).await.status, 401);
}

async fn who_fails_too_often_waits_but_not_where_they_signed_in_before(place: Place) {
    let house = House::new(place).await;
    let (_, grace) = house.member(GRACE, "owner").await;
    let eve = house.visitor();
    let guess = async || eve.sign_in(GRACE, "mist kelp anchor 43").await;
    for _ in 0..6 {
        assert_eq!(guess().await.status, 401);
    }
    // Until the wait is longer than this test takes.
    let mut ahead = TimeDelta::zero();
    loop {
        let answer = guess().await;
        let Some(wait) = answer.retry_after else { continue };
        assert_eq!(answer.status, 429);
        let wait: i64 = wait.parse().unwrap();
        if wait > 40 {
            break;
        }
        ahead += TimeDelta::seconds(wait);
        house.clock.reach(Utc::now() + ahead);
    }

    assert_eq!(house.visitor().sign_in(GRACE, PASSWORD).await.status, 429);
    assert_eq!(grace.sign_in(GRACE, PASSWORD).await.status, 201, "a device that is known");
    let stranger = house.visitor();
    stranger.keep(DEVICE, &format!("{}.{}", "0".repeat(32), "0".repeat(26)));
    assert_eq!(stranger.sign_in(GRACE, PASSWORD).await.status, 429, "a device that says it is");
    house.clock.reach(Utc::now() + ahead + TimeDelta::seconds(61));
    assert_eq!(house.visitor().sign_in(GRACE, PASSWORD).await.status, 201);
}

async fn a_write_from_a_page_of_another_site_is_refused(place: Place) {
    let house = House::new(place).await;
    let (_, grace) = house.member(GRACE, "owner").await;
    let rename = Some(json!({ "name": "Somebody" }));

    for headers in [
        &[("sec-fetch-site", "cross-site")][..],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "https://elsewhere.example")],
        &[],
    ] {
        let refused = grace.ask_with(Method::PATCH, "/me", headers, rename.clone()).await;
        assert_eq!(refused.status, 403, "{headers:?}");
    }
    assert_eq!(grace.ask(Method::PATCH, "/me", rename).await.status, 204);
    assert_eq!(grace.get("/me").await["user"]["name"], "Somebody");
}

async fn what_is_ended_on_one_node_is_over_on_the_others_within_a_second(place: Place) {
    let house = House::new(place).await;
    let (user, grace) = house.member(GRACE, "admin").await;
    let other = Node::start(house.node.store.clone(), NodeOptions::default()).await;
    let there = grace.at(&other);
    assert_eq!(there.status("/integrations").await, 200);

    let viewer = json!({ "role": "viewer" });
    let member = format!("/members/{user}");
    assert_eq!(house.operate(Method::PATCH, &member, "acme", Some(viewer)).await.status, 204);
    assert_eq!(grace.status("/integrations").await, 404, "here at once");
    eventually("the role counts there", async || there.status("/integrations").await == 404).await;
    assert_eq!(grace.ask(Method::DELETE, "/session", None).await.status, 204);
    eventually("the session is over there", async || there.status("/me").await == 401).await;
    other.stop().await;
}

async fn what_guessers_try_first_is_no_password(place: Place) {
    let house = House::new(place).await;
    for weak in ["short", "password1234", "gracegracegrace", "rollcall-2026!", &"x".repeat(300)] {
        let new = json!({ "email": GRACE, "name": "Grace Hopper", "password": weak });
        let refused = house.operate(Method::POST, "/users", "", Some(new)).await;
        assert_eq!(refused.status, 422, "{weak}");
        assert_eq!(refused.json()["errors"][0]["path"], "/password");
        assert!(!String::from_utf8_lossy(&refused.body).contains(weak));
    }
    house.register(GRACE).await;
    let new = json!({ "email": "GRACE@navy.example", "name": "Another", "password": PASSWORD });
    let taken = house.operate(Method::POST, "/users", "", Some(new)).await;
    assert_eq!((taken.status, &taken.json()["reason"]), (409, &json!("user.email_taken")));
}
