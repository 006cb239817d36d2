//! What happened: deliveries, runs, the audit trail, and how far the projections are.

use std::time::Duration;

use axum::http::Method;
use rollcall_domain::connection::SignatureForm;
use rollcall_domain::tenant::Plan;
use rollcall_store::Cause;
use serde_json::{Value as Json, json};

use super::Home;
use super::home::SENT;
use super::inbound::A;
use super::people::{Place, SOON};
use crate::Settings;
use crate::tokens::Scope;

#[tokio::test]
async fn a_read_waits_for_the_position_it_names() {
    let settings = Settings { longest_wait: Duration::from_millis(300), ..Settings::default() };
    let home = Home::with(settings).await;
    let followers = home.projections.start();
    let (tenant, connection) = home.acme(SignatureForm::BodyTimestamp).await;
    let token = home.token(Some(&tenant), &[Scope::Read]).await;
    home.projections.settle(SOON).await.unwrap();
    let paused =
        home.ask(Method::POST, &format!("/integrations/{connection}/pause"), "acme", None).await;
    let at = paused.header("rollcall-position");

    let path = format!("/integrations/{connection}?min_position={at}");
    assert_eq!(home.get(&token, &path).await.json()["status"], "paused");

    let (shard, position) = at.split_once('-').unwrap();
    let ahead = position.parse::<u64>().unwrap() + 1_000;
    let answer = home.get(&token, &format!("/integrations?min_position={shard}-{ahead}")).await;
    assert_eq!(answer.problem(), (422, "invalid_request".into()), "nobody was told that one");
    followers.stop().await;

    home.ask(Method::POST, &format!("/integrations/{connection}/resume"), "acme", None).await;
    let now = home.store.head(shard.parse().unwrap()).await.unwrap();
    let answer = home.get(&token, &format!("/integrations?min_position={shard}-{now}")).await;
    assert_eq!(answer.problem(), (503, "projection_behind".into()));
    assert!(!answer.header("retry-after").is_empty());
}

#[tokio::test]
async fn a_history_waits_for_the_runs_it_tells_of() {
    let settings = Settings { longest_wait: Duration::from_millis(300), ..Settings::default() };
    let home = Home::with(settings).await;
    let followers = home.projections.start();
    let place = Place::new(&home, "acme").await;
    place.hire(&home, "a1", "Ada", "a0").await;
    let row = home.store.tenant("acme").await.unwrap().unwrap();
    let head = home.store.head(row.shard).await.unwrap();
    let history = |shard, position| {
        let path = place.actors(&format!("/a1/history?min_position={shard}-{position}"));
        let (home, token) = (&home, &place.token);
        async move { home.get(token, &path).await }
    };

    assert_eq!(history(row.shard, head).await.status, 200);
    assert_eq!(history(row.shard + 1, head).await.problem().0, 422);
    followers.stop().await;
    let cause = Cause::by("cli");
    rollcall_commands::change_plan(&home.store, &row.id, Plan::Agency, &cause).await.unwrap();
    let behind = history(row.shard, head + 1).await;
    assert_eq!(behind.problem(), (503, "projection_behind".into()));
}

#[tokio::test]
async fn deliveries_are_listed_with_how_often_they_came() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let (tenant, connection) = home.acme(SignatureForm::BodyTimestamp).await;
    let token = home.token(Some(&tenant), &[Scope::Read]).await;
    for _ in 0..3 {
        home.signed("acme", SENT, A).await;
    }
    home.signed("acme", SENT + 1, A).await;
    home.deliver("acme", &[], A).await;
    home.refused(&tenant, 1).await;
    home.projections.settle(SOON).await.unwrap();

    let all = home.get(&token, "/receipts").await.json();
    assert_eq!(all["data"].as_array().unwrap().len(), 2);
    let sent = SENT.to_string();
    let mut rows = all["data"].as_array().unwrap().iter();
    let first = rows.find(|row| row["timestamp"] == sent.as_str()).unwrap();
    assert_eq!((&first["duplicates"], &first["verdict"]), (&json!(2), &json!("accepted")));
    assert_eq!(first["integration"], connection.as_str());
    let one = home.get(&token, &format!("/receipts/{}", first["id"].as_str().unwrap())).await;
    assert_eq!(one.json(), *first);
    let stale = home.get(&token, "/receipts?verdict=stale").await.json();
    assert_eq!(stale["data"], json!([]));
    let refused = home.get(&token, "/receipts/refused").await.json();
    assert_eq!(refused["data"][0]["reason"], "neither_signature_nor_secret");
    followers.stop().await;
}

#[tokio::test]
async fn runs_are_found_by_what_they_are() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let (tenant, connection) = home.acme(SignatureForm::BodyTimestamp).await;
    let token = home.token(Some(&tenant), &[Scope::Read]).await;
    let path = format!("/integrations/{connection}/sync");
    let asked = home.ask(Method::POST, &path, "acme", None).await;
    let at = asked.header("rollcall-position");

    let found = |filter: &str| {
        let path = format!("/integration_sync_logs?min_position={at}&{filter}");
        let (home, token) = (&home, &token);
        async move { home.get(token, &path).await.json()["data"].as_array().unwrap().len() }
    };
    for filter in ["", "status=queued", "kind=manual_sync", "provider=bamboohr"] {
        assert_eq!(found(filter).await, 1, "{filter}");
    }
    for filter in
        ["status=failed", "kind=webhook", "idempotency_key=x", "until=2020-01-01T00:00:00Z"]
    {
        assert_eq!(found(filter).await, 0, "{filter}");
    }
    let run = asked.json()["run"].as_str().unwrap().to_owned();
    let one = home.get(&token, &format!("/integration_sync_logs/{run}")).await.json();
    assert_eq!((&one["event_type"], &one["trigger"]), (&json!("sync_now"), &json!("cli")));
    followers.stop().await;
}

#[tokio::test]
async fn the_audit_trail_is_a_list_or_a_file() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let (tenant, connection) = home.acme(SignatureForm::BodyTimestamp).await;
    let token = home.token(Some(&tenant), &[Scope::Read]).await;
    home.projections.settle(SOON).await.unwrap();

    let stream = format!("/audit_events?stream=connection/{connection}");
    let list = home.get(&token, &stream).await.json();
    let kinds: Vec<&Json> =
        list["data"].as_array().unwrap().iter().map(|row| &row["type"]).collect();
    assert_eq!(kinds, ["connection.webhook_secret_added", "connection.connected"]);

    let export = |accept: &'static str| {
        let request = axum::http::Request::get("/api/v1/audit_events")
            .header("authorization", format!("Bearer {token}"))
            .header("accept", accept);
        home.send(request.body(axum::body::Body::empty()).unwrap())
    };
    let lines = String::from_utf8(export("application/x-ndjson").await.body).unwrap();
    let first: Json = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(first["type"], "tenant.created");
    let table = export("text/csv").await;
    assert_eq!(table.header("content-type"), "text/csv; charset=utf-8");
    let table = String::from_utf8(table.body).unwrap();
    assert!(table.starts_with("position,recorded_at,type,"));
    assert_eq!(table.lines().count(), lines.lines().count() + 1);
    assert_eq!(export("image/png").await.problem(), (406, "not_acceptable".into()));
    followers.stop().await;
}

#[tokio::test]
async fn projections_show_how_far_they_are_and_are_rebuilt() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let place = Place::new(&home, "acme").await;
    place.hire(&home, "a1", "Ada", "a0").await;
    home.projections.settle(SOON).await.unwrap();

    let one = home.get(&place.token, "/projections/actors").await.json();
    assert_eq!((&one["lag"], one["shards"].as_array().unwrap().len()), (&json!(0), 1));
    assert_eq!(home.get(&place.token, "/projections/odd").await.status, 404);
    let compared = home.ask(Method::POST, "/projections/actors/compare", "", None).await;
    assert_eq!(compared.json()["equal"], true);
    let rebuilt = home.ask(Method::POST, "/projections/actors/rebuild", "", None).await;
    assert_eq!((rebuilt.status.as_u16(), &rebuilt.json()["rows"]), (200, &json!(1)));
    assert_eq!(home.get(&place.token, &place.actors("/a1")).await.status, 200);
    followers.stop().await;
}
