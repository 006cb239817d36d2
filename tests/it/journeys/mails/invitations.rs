//! Invitations go to the address they are for, and to nobody else.

use reqwest::Method;
use serde_json::{Value, json};

use super::post::{Post, files, link, noted, to_directory};
use crate::place::{Place, eventually, on_both_databases};
use crate::visitor::{House, PASSWORD, Visitor};

on_both_databases!(
    who_is_invited_joins_by_the_mailed_link_and_the_admin_never_sees_it,
    an_invitation_that_is_over_is_not_mailed,
    a_mail_lies_in_a_directory,
    without_mail_the_link_is_handed_over,
);

const ADA: &str = "ada@engine.example";

async fn invite(admin: &Visitor, email: &str) -> Value {
    let new = json!({ "email": email, "role": "viewer" });
    let made = admin.ask(Method::POST, "/invitations", Some(new)).await;
    assert_eq!(made.status, 201, "{}", made.json());
    made.json()
}

fn newcomer() -> Option<Value> {
    Some(json!({ "name": "Ada Lovelace", "password": PASSWORD }))
}

async fn who_is_invited_joins_by_the_mailed_link_and_the_admin_never_sees_it(place: Place) {
    let post = Post::open().await;
    let house = post.house(place).await;
    let (_, owner) = house.member("olga@acme.example", "owner").await;

    let made = invite(&owner, ADA).await;
    assert_eq!((&made["mailed"], &made["link"]), (&json!(true), &Value::Null));
    let mails = post.to(ADA, 1).await;
    let found = link(&mails[0], "/invitations/");
    let secret = found.rsplit('.').next().unwrap().to_owned();
    assert!(!made.to_string().contains(&secret));
    let joined = house.visitor().ask(Method::POST, &found, newcomer()).await;
    assert_eq!(joined.status, 201, "{}", joined.json());

    house.settle().await;
    let all = noted(&house, "mail.sent").await;
    assert_eq!(all.len(), 1);
    assert!(!house.place.holds(&secret).await, "the link lies in the clear");
    assert!(!house.place.holds_outside_of_views(ADA).await, "the address lies in the clear");
    let vault = house.place.table("vault").replace("log.", "keys.");
    if house.place.is_postgres() {
        let left = format!("select count(*) from {vault} where name like 'invitation/%'");
        assert_eq!(house.place.count(&left).await, 0, "the link is kept for nothing");
    }
}

async fn an_invitation_that_is_over_is_not_mailed(place: Place) {
    let post = Post::open().await;
    post.sink.change_faults(|faults| faults.greylist = 1);
    let house = post.house(place).await;
    let (_, owner) = house.member("olga@acme.example", "owner").await;
    let made = invite(&owner, ADA).await;
    eventually("it was tried", async || post.sink.attempts(ADA) == 1).await;
    eventually("that is noted", async || noted(&house, "mail.failed").await.len() == 1).await;

    let path = format!("/invitations/{}", made["id"].as_str().unwrap());
    assert_eq!(owner.ask(Method::DELETE, &path, None).await.status, 204);
    house.clock.reach(chrono::Utc::now() + chrono::TimeDelta::hours(2));
    eventually("it is let go", async || noted(&house, "mail.skipped").await.len() == 1).await;

    assert!(post.sink.received().is_empty());
    assert_eq!(post.sink.attempts(ADA), 1);
}

async fn a_mail_lies_in_a_directory(place: Place) {
    let directory = tempfile::tempdir().unwrap();
    let mailer = to_directory(&directory.path().join("mail"));
    let options = rollcall::NodeOptions { mailer, ..rollcall::NodeOptions::default() };
    let house = House::with(place, options).await;
    let (_, owner) = house.member("olga@acme.example", "owner").await;

    let made = invite(&owner, ADA).await;

    let found = files(&directory.path().join("mail"), 1).await;
    let name = found[0].file_stem().unwrap().to_string_lossy().into_owned();
    assert_eq!(name, made["id"].as_str().unwrap());
    let link = link(&std::fs::read_to_string(&found[0]).unwrap(), "/invitations/");
    assert_eq!(house.visitor().get(&link).await["email"], ADA);
}

async fn without_mail_the_link_is_handed_over(place: Place) {
    let house = House::new(place).await;
    let (_, owner) = house.member("olga@acme.example", "owner").await;
    let made = invite(&owner, ADA).await;
    assert_eq!(made["mailed"], false);
    assert_eq!(house.visitor().get(made["link"].as_str().unwrap()).await["email"], ADA);
    let mine = owner.get("/me/mail").await;
    assert_eq!(mine["sent"], false);
}
