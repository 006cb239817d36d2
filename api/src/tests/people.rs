//! The people of a scenario: page by page, with their history, for their own tenant only.

use std::time::Duration;

use axum::http::Method;
use rollcall_commands::written;
use rollcall_domain::Decider;
use rollcall_domain::actor::{Actor, Event};
use rollcall_domain::connection::SignatureForm;
use rollcall_domain::field::{Field, Fields, Value};
use rollcall_domain::tenant::Plan;
use rollcall_domain::unit::{self, Unit};
use rollcall_domain::vocabulary::{Provider, Source};
use rollcall_store::{Append, Cause, Expected};
use serde_json::{Value as Json, json};

use super::Home;
use super::access::compared;
use super::home::SENT;
use super::inbound::A;
use crate::tokens::Scope;

pub(super) const SOON: Duration = Duration::from_secs(20);

/// A tenant, a token that reads it, and its live baseline.
pub(super) struct Place {
    tenant: String,
    pub(super) token: String,
    baseline: String,
}

impl Place {
    pub(super) async fn new(home: &Home, slug: &str) -> Place {
        let tenant = home.tenant(slug, Plan::Business).await;
        let token = home.token(Some(&tenant), &[Scope::Read]).await;
        home.projections.settle(SOON).await.unwrap();
        let scenarios = home.get(&token, "/scenarios").await.json();
        let baseline = scenarios["data"][0]["id"].as_str().unwrap().to_owned();
        Place { tenant, token, baseline }
    }

    /// Somebody with an id, a name, and a manager.
    pub(super) async fn hire(&self, home: &Home, id: &str, name: &str, manager: &str) {
        let text = |text: &str| Value::Text(text.to_owned());
        let fields = Fields::from([
            (Field::FirstName, text(name)),
            (Field::LastName, text("Example")),
            (Field::Email, text(&format!("{id}@example.com"))),
            (Field::Departments, Value::List(vec!["u1".into()])),
            (Field::Manager, text(manager)),
        ]);
        let (scenario, subject) = (self.baseline.clone(), format!("s-{id}"));
        let (source, source_id) = (Some(acme()), Some(id.to_owned()));
        let event =
            Event::created(id.into(), scenario, subject.clone(), source, source_id, true, fields);
        let events = written(&[event], Some(&subject));
        self.append(home, Actor::stream(id), Expected::NoStream, events).await;
    }

    async fn append(
        &self,
        home: &Home,
        stream: String,
        expected: Expected,
        events: Vec<rollcall_store::NewEvent>,
    ) {
        let append = Append::new(self.tenant.as_str(), Cause::by("cli").correlation("r1"));
        home.store.append(append.stream(stream, expected, events)).await.unwrap();
    }

    async fn department(&self, home: &Home) {
        let event = unit::Event::Created {
            unit: "u1".into(),
            scenario: self.baseline.clone(),
            kind: unit::Kind::Department,
            name: "Engines".into(),
            source: Some(acme()),
            copied_from: None,
            parent: None,
            source_key: Some("12".into()),
        };
        self.append(home, Unit::stream("u1"), Expected::NoStream, written(&[event], None)).await;
    }

    pub(super) fn actors(&self, more: &str) -> String {
        format!("/scenarios/{}/actors{more}", self.baseline)
    }
}

fn ids(list: &Json) -> Vec<String> {
    let rows = list["data"].as_array().unwrap();
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn people_are_listed_page_by_page() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let place = Place::new(&home, "acme").await;
    for n in 0..5 {
        place.hire(&home, &format!("a{n}"), &format!("Person {n}"), "a0").await;
    }
    home.projections.settle(SOON).await.unwrap();

    let (mut found, mut cursor) = (vec![], String::new());
    loop {
        let page = home.get(&place.token, &place.actors(&format!("?limit=2{cursor}"))).await.json();
        found.extend(ids(&page));
        assert!(page["data"].as_array().unwrap().len() <= 2);
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }

    assert_eq!(found, ["a0", "a1", "a2", "a3", "a4"]);
    for odd in ["x", "", "%00", "e30"] {
        let answer = home.get(&place.token, &place.actors(&format!("?cursor={odd}"))).await;
        assert_eq!(answer.problem().0, 422, "{odd}");
        assert_eq!(answer.json()["errors"][0]["path"], "cursor");
    }
    let counted = home.get(&place.token, &place.actors("?q=person%203")).await.json();
    assert_eq!(ids(&counted), ["a3"]);
    followers.stop().await;
}

#[tokio::test]
async fn a_person_has_names_for_what_they_belong_to() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let place = Place::new(&home, "acme").await;
    place.department(&home).await;
    place.hire(&home, "a1", "Ada", "nobody-yet").await;
    place.hire(&home, "a2", "Ben", "a1").await;
    home.projections.settle(SOON).await.unwrap();

    let ada = home.get(&place.token, &place.actors("/a1")).await.json();
    let ben = home.get(&place.token, &place.actors("/a2")).await.json();

    assert_eq!(ada["manager"], json!({"id": "nobody-yet"}));
    assert_eq!(ben["manager"], json!({"id": "a1", "name": "Ada Example"}));
    assert_eq!(ben["departments"], json!([{"id": "u1", "name": "Engines"}]));
    assert_eq!(ben["source_hris_id"], "a2");
    assert_eq!(ben["division"], Json::Null);
    let path = place.actors("?manager=a1&status=active&department=u1");
    assert_eq!(ids(&home.get(&place.token, &path).await.json()), ["a2"]);
    let path = format!("/scenarios/{}/departments", place.baseline);
    let departments = home.get(&place.token, &path).await.json();
    assert_eq!(departments["data"][0]["members"], 2);
    followers.stop().await;
}

#[tokio::test]
async fn a_persons_history_tells_old_and_new() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let place = Place::new(&home, "acme").await;
    place.hire(&home, "a1", "Ada", "a0").await;
    let title = (Some(Value::from("Engineer")), Some(Value::from("Countess")));
    let email = (Some(Value::from("a1@example.com")), None);
    let changes = [(Field::JobTitle, title), (Field::Email, email)].into();
    let event = Event::fields_changed("a1".into(), place.baseline.clone(), changes).unwrap();
    let events = written(&[event], Some("s-a1"));
    place.append(&home, Actor::stream("a1"), Expected::Exact(1), events).await;

    let all = home.get(&place.token, &place.actors("/a1/history")).await.json();
    let first = home.get(&place.token, &place.actors("/a1/history?limit=1")).await.json();
    let next = first["next_cursor"].as_str().unwrap();
    let path = place.actors(&format!("/a1/history?cursor={next}"));
    let rest = home.get(&place.token, &path).await.json();

    let change = &all["data"][1];
    assert_eq!(change["type"], "actor.fields_changed");
    assert_eq!((&change["run"], &change["principal"]), (&json!("r1"), &json!("cli")));
    let expected = json!([
        {"field": "job_title", "old": "Engineer", "new": "Countess"},
        {"field": "email", "old": "a1@example.com", "new": null},
    ]);
    assert_eq!(change["changes"], expected);
    assert_eq!(rest["data"], json!([change]));
    let elsewhere = home.get(&place.token, "/scenarios/x/actors/a1/history").await;
    assert_eq!(elsewhere.problem(), (404, "not_found".into()));
    let odd = home.get(&place.token, &place.actors("/a1/history?cursor=x")).await;
    assert_eq!(odd.problem().0, 422);
    followers.stop().await;
}

#[tokio::test]
async fn what_belongs_to_others_is_answered_like_what_is_not_there() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let (tenant, connection) = home.acme(SignatureForm::BodyTimestamp).await;
    let receipt = home.signed("acme", SENT, A).await.json()["receipt"].clone();
    let path = format!("/integrations/{connection}/sync");
    let run = home.ask(Method::POST, &path, "acme", None).await.json()["run"].clone();
    let (receipt, run) = (receipt.as_str().unwrap(), run.as_str().unwrap());
    let token = home.token(Some(&tenant), &[Scope::Read]).await;
    home.projections.settle(SOON).await.unwrap();
    let baseline = home.get(&token, "/scenarios").await.json()["data"][0]["id"].clone();
    let mine = Place { tenant, token, baseline: baseline.as_str().unwrap().to_owned() };
    mine.hire(&home, "a1", "Ada", "a0").await;
    mine.department(&home).await;
    let other = Place::new(&home, "other").await;
    home.projections.settle(SOON).await.unwrap();

    let s = &mine.baseline;
    for path in [
        format!("/scenarios/{s}"),
        format!("/scenarios/{s}/actors"),
        format!("/scenarios/{s}/actors/a1"),
        format!("/scenarios/{s}/actors/a1/history"),
        format!("/scenarios/{s}/departments"),
        format!("/scenarios/{s}/departments/u1"),
        format!("/integrations/{connection}"),
        format!("/integration_sync_logs/{run}"),
        format!("/integration_sync_logs/{run}/identities"),
        format!("/receipts/{receipt}"),
    ] {
        assert_eq!(home.get(&mine.token, &path).await.status, 200, "{path}");
        let foreign = home.get(&other.token, &path).await;
        let unknown = path.replace(s.as_str(), "x").replace("a1", "x").replace("u1", "x");
        let unknown = unknown.replace(&connection, "x").replace(run, "x").replace(receipt, "x");
        let unknown = home.get(&other.token, &unknown).await;
        assert_eq!(foreign.problem(), (404, "not_found".into()), "{path}");
        let same = compared(&foreign.headers) == compared(&unknown.headers);
        assert!(foreign.body == unknown.body && same, "{path}");
    }
    followers.stop().await;
}

fn acme() -> Source {
    Source::new(Provider::BambooHr, "acme")
}
