//! Who is told by mail, of what, how often; and who does not want to be.

use chrono::{TimeDelta, Utc};
use reqwest::Method;
use rollcall_commands::handle;
use rollcall_domain::notification::{Command, Kind, Notification, Raised};
use rollcall_domain::vocabulary::{FailureCode, Provider};
use rollcall_store::Cause;
use serde_json::{Value, json};

use super::post::{Post, link, noted, unwrapped};
use crate::place::{Place, eventually, on_both_databases};
use crate::visitor::{House, Visitor};

on_both_databases!(
    each_recipient_gets_one_mail_for_each_notification,
    whoever_opts_out_is_left_alone_and_the_last_owner_is_not,
    who_left_is_not_mailed,
    an_odd_name_is_only_a_name,
    without_a_mail_server_nothing_waits,
);

const OLGA: &str = "olga@acme.example";
const OTTO: &str = "otto@acme.example";

fn raised(id: &str, kind: Kind, recipients: &[&str]) -> Raised {
    Raised {
        notification: id.to_owned(),
        kind,
        connection: Some("c1".to_owned()),
        provider: Some(Provider::BambooHr),
        run: Some("r1".to_owned()),
        endpoint: None,
        code: Some(FailureCode::Authentication),
        summary: None,
        again: false,
        since: Some(Utc::now() - TimeDelta::hours(25)),
        until: None,
        on: None,
        days: None,
        recipients: recipients.iter().map(|one| (*one).to_owned()).collect(),
    }
}

async fn raise(house: &House, raised: Raised) {
    let id = raised.notification.clone();
    let command = || Command::Raise(Box::new(raised.clone()));
    let cause = Cause::by("test");
    handle::<Notification>(&house.node.store, &house.acme, &id, command, &cause).await.unwrap();
}

async fn choose(member: &Visitor, off: &[&str]) -> (u16, String) {
    let answer = member.ask(Method::PUT, "/me/mail", Some(json!({ "off": off }))).await;
    let reason = answer.json()["reason"].as_str().unwrap_or_default().to_owned();
    (answer.status, reason)
}

async fn skipped(house: &House) -> Vec<Value> {
    let all = noted(house, "mail.skipped").await;
    all.into_iter().map(|one| one["skipped"]["reason"].clone()).collect()
}

async fn each_recipient_gets_one_mail_for_each_notification(place: Place) {
    let post = Post::open().await;
    let house = post.house(place).await;
    let (olga, _) = house.member(OLGA, "owner").await;
    let (otto, _) = house.member(OTTO, "admin").await;
    let both = [olga.as_str(), &otto];

    raise(&house, raised("n1", Kind::IntegrationFailed, &both)).await;
    raise(&house, raised("n1", Kind::IntegrationFailed, &both)).await;
    raise(&house, raised("n2", Kind::IntegrationRecovered, &both)).await;
    let again = Raised { again: true, ..raised("n3", Kind::IntegrationFailed, &both) };
    raise(&house, again).await;

    for who in [OLGA, OTTO] {
        for mail in post.to(who, 2).await {
            assert!(mail.contains("Subject: BambooHR connection needs attention\r\n"), "{mail}");
            assert!(mail.contains("Auto-Submitted: auto-generated\r\n"), "{mail}");
            assert_eq!(
                link(&mail, "/settings/integrations/logs/"),
                "/settings/integrations/logs/r1"
            );
            assert!(unwrapped(&mail).contains("Failing since"), "{mail}");
        }
    }
    eventually("all is noted", async || noted(&house, "mail.sent").await.len() == 4).await;
    eventually("all is done", async || !house.place.is_busy().await).await;
    assert_eq!(post.sink.received().len(), 4);
    for event in noted(&house, "mail.sent").await {
        assert!(!event.to_string().contains('@'), "{event}");
    }
    assert!(!house.place.holds_outside_of_views(OLGA).await);
}

async fn whoever_opts_out_is_left_alone_and_the_last_owner_is_not(place: Place) {
    let post = Post::open().await;
    let house = post.house(place).await;
    let (olga, owner) = house.member(OLGA, "owner").await;
    let (otto, admin) = house.member(OTTO, "admin").await;
    let both = [olga.as_str(), &otto];

    assert_eq!(choose(&owner, &["failures"]).await, (409, "members.last_owner_is_told".to_owned()));
    assert_eq!(choose(&owner, &["gossip"]).await.0, 422);
    assert_eq!(choose(&owner, &["plans"]).await.0, 200);
    assert_eq!(choose(&admin, &["failures", "webhooks"]).await.0, 200);
    let mine = admin.get("/me/mail").await;
    let of = |name: &str| {
        let all = mine["categories"].as_array().unwrap();
        all.iter().find(|one| one["category"] == name).unwrap()["mailed"].clone()
    };
    assert_eq!((of("failures"), of("plans")), (json!(false), json!(true)));
    assert_eq!(owner.get("/me/mail").await["categories"][0]["fixed"], true);

    raise(&house, raised("n1", Kind::IntegrationFailed, &both)).await;
    raise(&house, raised("n2", Kind::PlanHeld, &both)).await;
    raise(&house, raised("n3", Kind::WebhookDisabled, &both)).await;

    let subjects = |mails: Vec<String>| {
        let lines = mails
            .into_iter()
            .map(|mail| mail.lines().find(|line| line.starts_with("Subject:")).unwrap().to_owned());
        let mut lines: Vec<String> = lines.collect();
        lines.sort();
        lines
    };
    let olgas = subjects(post.to(OLGA, 2).await);
    assert_eq!(
        olgas,
        ["Subject: A webhook was disabled", "Subject: BambooHR connection needs attention"]
    );
    assert_eq!(subjects(post.to(OTTO, 1).await), ["Subject: A plan of BambooHR waits for you"]);
    eventually("the rest is noted", async || skipped(&house).await.len() == 3).await;
    assert_eq!(skipped(&house).await, ["opted_out", "opted_out", "opted_out"]);
}

async fn who_left_is_not_mailed(place: Place) {
    let post = Post::open().await;
    let house = post.house(place).await;
    let (_, owner) = house.member(OLGA, "owner").await;
    let (otto, _) = house.member(OTTO, "admin").await;
    let (ida, _) = house.member("ida@acme.example", "admin").await;
    let path = format!("/members/{otto}");
    assert_eq!(owner.ask(Method::DELETE, &path, None).await.status, 204);
    let disabled = Some(json!({ "disabled": true }));
    let path = format!("/users/{ida}");
    assert!(house.operate(Method::PATCH, &path, "", disabled).await.status < 300);

    raise(&house, raised("n1", Kind::IntegrationFailed, &[&otto, &ida])).await;

    eventually("it is noted", async || skipped(&house).await.len() == 2).await;
    let mut reasons: Vec<String> =
        skipped(&house).await.iter().map(|one| one.as_str().unwrap().to_owned()).collect();
    reasons.sort();
    assert_eq!(reasons, ["no_address", "no_recipient"]);
    assert!(post.sink.received().is_empty());
}

async fn an_odd_name_is_only_a_name(place: Place) {
    let post = Post::open().await;
    let house = post.house(place).await;
    let (olga, owner) = house.member(OLGA, "owner").await;
    let name = json!({ "name": "Ölga, \"Eve\" <eve@elsewhere.example> Bcc: 愛" });
    assert_eq!(owner.ask(Method::PATCH, "/me", Some(name)).await.status, 204);

    raise(&house, raised("n1", Kind::IntegrationFailed, &[&olga])).await;

    let mail = post.to(OLGA, 1).await.remove(0);
    let head = mail.split("\r\n\r\n").next().unwrap();
    assert!(head.is_ascii() && !head.contains("\r\nBcc:"), "{head}");
    assert_eq!(post.sink.received()[0].to, [OLGA]);
}

async fn without_a_mail_server_nothing_waits(place: Place) {
    let house = House::new(place).await;
    let (olga, _) = house.member(OLGA, "owner").await;

    raise(&house, raised("n1", Kind::IntegrationFailed, &[&olga])).await;

    eventually("nothing waits", async || !house.place.is_busy().await).await;
    for kind in ["mail.sent", "mail.failed", "mail.skipped"] {
        assert!(noted(&house, kind).await.is_empty(), "{kind}");
    }
}
