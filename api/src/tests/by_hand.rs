//! People and departments as somebody makes, edits and finds them.

use axum::http::Method;
use rollcall_commands::written;
use rollcall_domain::Decider;
use rollcall_domain::actor::{Actor, Event, MatchedBy, Personal};
use rollcall_domain::connection::SignatureForm;
use rollcall_domain::tenant::Plan;
use rollcall_domain::vocabulary::{Provider, Source};
use rollcall_store::{Append, Cause, Expected, NewEvent};
use serde_json::{Value as Json, json};

use super::people::SOON;
use super::{Answer, Home};
use crate::tokens::Scope;

/// A tenant's live baseline, asked as the owner.
pub(super) struct Desk<'a> {
    pub(super) home: &'a Home,
    pub(super) tenant: String,
    pub(super) scenario: String,
}

impl<'a> Desk<'a> {
    /// Of the tenant `acme`.
    pub(super) async fn of(home: &'a Home, tenant: String) -> Desk<'a> {
        home.projections.settle(SOON).await.unwrap();
        let scenarios = home.ask(Method::GET, "/scenarios", "acme", None).await.json();
        let scenario = scenarios["data"][0]["id"].as_str().unwrap().to_owned();
        Desk { home, tenant, scenario }
    }

    pub(super) async fn ask(&self, method: Method, path: &str, body: Option<Json>) -> Answer {
        let path = format!("/scenarios/{}{path}", self.scenario);
        self.home.ask(method, &path, "acme", body).await
    }

    /// Makes a person or department; its id.
    pub(super) async fn make(&self, path: &str, body: Json) -> String {
        let made = self.ask(Method::POST, path, Some(body)).await;
        assert_eq!(made.status, 201, "{}", made.json());
        let id = made.json()["id"].as_str().unwrap().to_owned();
        let place = format!("/api/v1/scenarios/{}{path}/{id}", self.scenario);
        assert_eq!(made.header("location"), place);
        assert!(!made.header("rollcall-position").is_empty());
        id
    }

    pub(super) async fn edit(&self, path: &str, body: Json) -> Answer {
        self.ask(Method::PATCH, path, Some(body)).await
    }

    pub(super) async fn read(&self, path: &str) -> Json {
        self.home.projections.settle(SOON).await.unwrap();
        let answer = self.ask(Method::GET, path, None).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.json());
        answer.json()
    }

    pub(super) async fn append(&self, stream: String, expected: Expected, events: Vec<NewEvent>) {
        let append = Append::new(self.tenant.as_str(), Cause::by("engine").correlation("01RUN"));
        self.home.store.append(append.stream(stream, expected, events)).await.unwrap();
    }

    async fn found(&self, query: &str) -> Vec<String> {
        let page = self.read(&format!("/actors{query}")).await;
        let rows = page["data"].as_array().unwrap();
        rows.iter().map(|row| row["first_name"].as_str().unwrap_or("-").to_owned()).collect()
    }
}

pub(super) fn acme() -> Source {
    Source::new(Provider::BambooHr, "acme")
}

#[tokio::test]
async fn a_person_is_made_and_edited_by_hand() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let desk = Desk::of(&home, home.tenant("acme", Plan::Business).await).await;
    let engines = desk.make("/departments", json!({"name": "Engines"})).await;
    let paris = desk.make("/departments", json!({"name": "Paris", "kind": "location"})).await;
    let boss = desk.make("/actors", json!({"first_name": "Grace", "last_name": "Hopper"})).await;

    let body = json!({
        "first_name": " Ada ", "email": "ada@example.com", "hire_date": "2024-02-29",
        "departments": [engines], "location": paris, "manager": boss, "division": null,
    });
    let ada = desk.make("/actors", body).await;
    let path = format!("/actors/{ada}");
    let edited = desk.edit(&path, json!({"job_title": "Countess", "email": null})).await;
    assert_eq!((edited.status.as_u16(), edited.body.len()), (204, 0));
    assert_eq!(desk.edit(&path, json!({"active": false})).await.status, 204);

    let row = desk.read(&path).await;
    assert_eq!((&row["first_name"], &row["email"]), (&json!("Ada"), &Json::Null));
    assert_eq!((&row["active"], &row["synced"]), (&json!(false), &json!(false)));
    assert_eq!(row["departments"], json!([{"id": engines, "name": "Engines"}]));
    assert_eq!(row["location"], json!({"id": paris, "name": "Paris"}));
    assert_eq!(row["manager"], json!({"id": boss, "name": "Grace Hopper"}));
    let history = desk.read(&format!("{path}/history")).await;
    let who: Vec<&Json> =
        history["data"].as_array().unwrap().iter().map(|one| &one["principal"]).collect();
    assert_eq!(who, ["cli", "cli", "cli"]);
    followers.stop().await;
}

#[tokio::test]
async fn all_that_is_wrong_with_a_person_is_said_at_once() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let desk = Desk::of(&home, home.tenant("acme", Plan::Business).await).await;

    let body = json!({
        "first_name": 7, "email": "nobody", "hire_date": "2023-02-29", "last_name": "a\u{0}b",
        "departments": "d1", "active": "yes", "salary": "1", "synced": true, "phone": "1".repeat(101),
    });
    let refused = desk.ask(Method::POST, "/actors", Some(body)).await;

    assert_eq!(refused.problem(), (422, "invalid_request".into()));
    let errors = refused.json()["errors"].clone();
    let mut paths: Vec<&str> =
        errors.as_array().unwrap().iter().map(|one| one["path"].as_str().unwrap()).collect();
    paths.sort_unstable();
    let expected = [
        "/active",
        "/departments",
        "/email",
        "/first_name",
        "/hire_date",
        "/last_name",
        "/phone",
        "/salary",
        "/synced",
    ];
    assert_eq!(paths, expected);
    for (body, path) in [
        (json!({"first_name": "Ada", "departments": ["x"]}), "/departments"),
        (json!({"first_name": "Ada", "manager": "x"}), "/manager"),
    ] {
        let refused = desk.ask(Method::POST, "/actors", Some(body)).await;
        assert_eq!(refused.problem().0, 422, "{path}");
        assert_eq!(refused.json()["errors"][0]["path"], path);
    }
    let nameless = desk.ask(Method::POST, "/actors", Some(json!({"phone": "1"}))).await;
    assert_eq!(nameless.problem().0, 422);
    let list = desk.ask(Method::POST, "/actors", Some(json!(["Ada"]))).await;
    assert_eq!(list.problem().0, 422);
    assert!(desk.found("").await.is_empty());
    followers.stop().await;
}

#[tokio::test]
async fn only_who_may_manage_edits_and_only_what_is_theirs() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let desk = Desk::of(&home, home.tenant("acme", Plan::Business).await).await;
    home.tenant("other", Plan::Business).await;
    let ada = desk.make("/actors", json!({"first_name": "Ada"})).await;
    let reader = home.token(Some(&desk.tenant), &[Scope::Read]).await;

    let path = format!("/api/v1/scenarios/{}/actors/{ada}", desk.scenario);
    let request =
        axum::http::Request::patch(path).header("authorization", format!("Bearer {reader}"));
    let request = request.header("content-type", "application/json");
    let forbidden = home.send(request.body(r#"{"first_name":"Eve"}"#.into()).unwrap()).await;
    assert_eq!(forbidden.problem(), (403, "forbidden".into()));
    let at = |action: &str| format!("/scenarios/{}/actors/{ada}{action}", desk.scenario);
    for (method, action) in
        [(Method::PATCH, ""), (Method::POST, "/unsync"), (Method::POST, "/resync")]
    {
        let foreign = home.ask(method.clone(), &at(action), "other", Some(json!({}))).await;
        assert_eq!(foreign.problem(), (404, "not_found".into()), "{action}");
        let unknown = desk.ask(method, &format!("/actors/x{action}"), Some(json!({}))).await;
        assert_eq!(unknown.problem(), (404, "not_found".into()), "{action}");
    }
    let odd = desk.ask(Method::PATCH, "/actors/a%00b", Some(json!({}))).await;
    assert_eq!(odd.problem().0, 404);
    followers.stop().await;
}

#[tokio::test]
async fn a_synced_field_is_refused_with_connection_and_run() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let (tenant, connection) = home.acme(SignatureForm::BodyTimestamp).await;
    let desk = Desk::of(&home, tenant).await;
    let (scenario, fields) =
        (desk.scenario.clone(), [(rollcall_domain::field::Field::FirstName, "Ada".into())]);
    let id = Some("7".to_owned());
    let event =
        Event::created("01A".into(), scenario, "s".into(), Some(acme()), id, true, fields.into());
    let events = written(&[event], Some("s"));
    desk.append(Actor::stream("01A"), Expected::NoStream, events).await;

    let refused = desk.edit("/actors/01A", json!({"first_name": "Eve", "active": false})).await;

    assert_eq!(refused.problem(), (409, "synced_field".into()));
    let detail = refused.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains(&connection) && detail.contains("01RUN"), "{detail}");
    assert!(detail.contains("First_name, active are kept in sync"), "{detail}");
    assert_eq!(desk.ask(Method::POST, "/actors/01A/unsync", None).await.status, 204);
    assert_eq!(desk.edit("/actors/01A", json!({"first_name": "Eve"})).await.status, 204);
    let row = desk.read("/actors/01A").await;
    assert_eq!((&row["synced"], &row["out_of_sync_by_hand"]), (&json!(false), &json!(true)));
    assert_eq!(desk.ask(Method::POST, "/actors/01A/resync", None).await.status, 204);
    assert_eq!(desk.found("?synced=true").await, ["Eve"]);
    followers.stop().await;
}

#[tokio::test]
async fn a_name_is_given_once_in_a_scenario() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let desk = Desk::of(&home, home.tenant("acme", Plan::Business).await).await;
    let engines = desk.make("/departments", json!({"name": "Engines"})).await;
    let sales = desk.make("/departments", json!({"name": "Sales"})).await;
    desk.make("/departments", json!({"name": "engines", "kind": "division"})).await;

    let second = desk.ask(Method::POST, "/departments", Some(json!({"name": " ENGINES"}))).await;
    assert_eq!(second.problem(), (409, "conflict".into()));
    assert!(second.json()["detail"].as_str().unwrap().contains(&engines));
    let path = format!("/departments/{sales}");
    assert_eq!(desk.edit(&path, json!({"name": "Engines"})).await.problem().0, 409);
    assert_eq!(desk.edit(&path, json!({"name": "SALES"})).await.status, 204, "its own, respelled");
    assert_eq!(desk.read(&path).await["name"], "SALES");
    for body in [
        json!({"name": " "}),
        json!({"name": "a\u{7}"}),
        json!({"name": "x".repeat(201)}),
        json!({"name": "x", "kind": "team"}),
        json!({}),
    ] {
        let refused = desk.ask(Method::POST, "/departments", Some(body.clone())).await;
        assert_eq!(refused.problem().0, 422, "{body}");
    }
    assert_eq!(desk.edit("/departments/x", json!({"name": "X"})).await.problem().0, 404);
    followers.stop().await;
}

#[tokio::test]
async fn the_roster_is_filtered_in_every_combination() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let desk = Desk::of(&home, home.tenant("acme", Plan::Business).await).await;
    let engines = desk.make("/departments", json!({"name": "Engines"})).await;
    let north = desk.make("/departments", json!({"name": "North", "kind": "division"})).await;
    let boss = desk.make("/actors", json!({"first_name": "Boss"})).await;
    let person = |name: &str, more: Json| {
        let mut body = json!({"first_name": name, "last_name": "X", "manager": boss});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    desk.make("/actors", person("Ada", json!({"departments": [engines], "email": "a_b@x.org"})))
        .await;
    desk.make("/actors", person("Ben", json!({"division": north, "active": false}))).await;
    desk.make("/actors", person("Cid", json!({"departments": [engines], "active": false}))).await;

    for (query, found) in [
        ("".to_owned(), &["Boss", "Ada", "Ben", "Cid"][..]),
        ("?status=all&q=".to_owned(), &["Boss", "Ada", "Ben", "Cid"]),
        ("?status=active".to_owned(), &["Boss", "Ada"]),
        ("?q=%20B".to_owned(), &["Boss", "Ada", "Ben"]),
        ("?q=a_b%40X".to_owned(), &["Ada"]),
        ("?q=a%25b".to_owned(), &[]),
        ("?q=%00".to_owned(), &[]),
        (format!("?department={engines}"), &["Ada", "Cid"]),
        (format!("?department={north}&status=inactive"), &["Ben"]),
        (
            format!("?department={engines}&status=inactive&manager={boss}&q=cid&synced=false"),
            &["Cid"],
        ),
        (format!("?manager={boss}&synced=true"), &[]),
        ("?manager=nobody".to_owned(), &[]),
        ("?department=none".to_owned(), &[]),
    ] {
        assert_eq!(desk.found(&query).await, found, "{query}");
    }
    for (query, path) in [
        ("?status=gone", "status"),
        ("?synced=yes", "synced"),
        ("?limit=0", "limit"),
        ("?team=x", "team"),
        ("?q=a&q=b", "q"),
    ] {
        let refused = desk.ask(Method::GET, &format!("/actors{query}"), None).await;
        assert_eq!(refused.problem().0, 422, "{query}");
        assert_eq!(refused.json()["errors"][0]["path"], path);
    }
    followers.stop().await;
}

#[tokio::test]
async fn a_manager_is_found_under_the_id_of_their_source_too() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let desk = Desk::of(&home, home.tenant("acme", Plan::Business).await).await;
    let boss = desk.make("/actors", json!({"first_name": "Grace"})).await;
    let scenario = desk.scenario.clone();
    for (id, manager) in [("01A", "01CLAIM"), ("01B", "01NOBODY")] {
        let fields = [
            (rollcall_domain::field::Field::FirstName, id.into()),
            (rollcall_domain::field::Field::Manager, manager.into()),
        ];
        let (source, source_id) = (Some(acme()), Some(id.to_owned()));
        let fields = fields.into();
        let event =
            Event::created(id.into(), scenario.clone(), id.into(), source, source_id, true, fields);
        let events = written(&[event], Some(id));
        desk.append(Actor::stream(id), Expected::NoStream, events).await;
    }
    let linked =
        Event::LinkedTo { actor: "01CLAIM".into(), scenario: scenario.clone(), to: boss.clone() };
    let linked = written(&[linked], None);
    desk.append(Actor::stream("01CLAIM"), Expected::NoStream, linked).await;
    let identified = Event::Identified {
        actor: boss.clone(),
        scenario,
        source: acme(),
        claim: "01CLAIM".into(),
        matched_by: MatchedBy::Email,
        old: None,
        personal: Some(Personal::Identity { old: None, new: "1".into() }),
    };
    let stored = home.store.read_stream(&desk.tenant, &Actor::stream(&boss), 0).await.unwrap();
    let identified = written(&[identified], stored[0].subject.as_deref());
    desk.append(Actor::stream(&boss), Expected::Exact(1), identified).await;
    desk.make("/actors", json!({"first_name": "Ada", "manager": boss})).await;

    assert_eq!(desk.found(&format!("?manager={boss}")).await, ["01A", "Ada"]);
    assert_eq!(desk.found("?manager=01CLAIM").await, ["01A", "Ada"]);
    assert_eq!(desk.found("?manager=01NOBODY").await, ["01B"]);
    let named = json!({"id": boss, "name": "Grace"});
    assert_eq!(desk.read("/actors/01A").await["manager"], named);
    assert_eq!(desk.read("/actors/01B").await["manager"], json!({"id": "01NOBODY"}));
    followers.stop().await;
}
