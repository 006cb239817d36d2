//! What the CLI and operators change, over the owner's router.

use axum::http::Method;
use rollcall_domain::connection::SignatureForm;
use rollcall_domain::tenant::Plan;
use serde_json::{Value, json};

use super::home::SENT;
use super::inbound::A;
use super::{Answer, Home, SECRET};

async fn post(home: &Home, path: &str, tenant: &str, body: Option<Value>) -> Answer {
    home.ask(Method::POST, path, tenant, body).await
}

#[tokio::test]
async fn from_a_new_tenant_to_an_accepted_delivery() {
    let home = Home::new().await;
    let body = json!({"slug": "acme", "name": "Acme", "plan": "business"});
    let made = post(&home, "/tenants", "", Some(body.clone())).await;
    assert_eq!(made.status, 201);
    assert_eq!(post(&home, "/tenants", "", Some(body)).await.problem(), (409, "conflict".into()));

    let body = json!({"provider": "bamboohr", "account": "acme", "api_key": "k"});
    let connected = post(&home, "/integrations", "acme", Some(body.clone())).await;
    assert_eq!(connected.status, 201);
    assert!(!connected.header("rollcall-position").is_empty());
    let id = connected.json()["id"].as_str().unwrap().to_owned();
    let second = post(&home, "/integrations", "acme", Some(body)).await;
    assert_eq!(second.problem(), (409, "conflict".into()));

    let path = format!("/integrations/{id}/webhook_secrets");
    let added = post(&home, &path, "acme", Some(json!({"secret": SECRET}))).await;
    assert_eq!(added.status, 201);
    let fingerprint = added.json()["fingerprint"].as_str().unwrap().to_owned();
    assert_eq!(home.signed("acme", SENT, A).await.status, 202);

    let path = format!("{path}?fingerprint={fingerprint}");
    assert_eq!(home.ask(Method::DELETE, &path, "acme", None).await.status, 204);
    assert_eq!(home.signed("acme", SENT, A).await.status, 503);
}

#[tokio::test]
async fn a_run_is_asked_for_once() {
    let home = Home::new().await;
    let (_, id) = home.acme(SignatureForm::BodyTimestamp).await;

    let first = post(&home, &format!("/integrations/{id}/sync"), "acme", None).await;
    let second = post(&home, &format!("/integrations/{id}/sync"), "acme", None).await;
    let other = post(&home, &format!("/integrations/{id}/reconcile"), "acme", None).await;

    assert_eq!(first.status, 202);
    assert_eq!(first.json()["run"], second.json()["run"]);
    assert_ne!(first.json()["run"], other.json()["run"]);
    let run = first.json()["run"].as_str().unwrap().to_owned();
    assert_eq!(first.header("location"), format!("/api/v1/integration_sync_logs/{run}"));
}

#[tokio::test]
async fn a_connection_is_paused_resumed_and_ended() {
    let home = Home::new().await;
    let (_, id) = home.acme(SignatureForm::BodyTimestamp).await;
    let at = |action: &str| format!("/integrations/{id}/{action}");

    assert_eq!(post(&home, &at("pause"), "acme", None).await.status, 204);
    assert_eq!(post(&home, &at("sync"), "acme", None).await.problem().0, 409);
    assert_eq!(post(&home, &at("resume"), "acme", None).await.status, 204);
    assert_eq!(home.signed("acme", SENT, A).await.status, 202);
    assert_eq!(post(&home, &at("disconnect"), "acme", None).await.status, 204);
    assert_eq!(home.signed("acme", SENT, A).await.status, 404);
    assert_eq!(post(&home, &at("resume"), "acme", None).await.problem().0, 409);
}

#[tokio::test]
async fn another_tenants_connection_is_not_there() {
    let home = Home::new().await;
    let (_, id) = home.acme(SignatureForm::BodyTimestamp).await;
    home.tenant("other", Plan::Business).await;

    for action in ["sync", "reconcile", "pause", "resume", "disconnect"] {
        let foreign = post(&home, &format!("/integrations/{id}/{action}"), "other", None).await;
        assert_eq!(foreign.problem(), (404, "not_found".into()), "{action}");
    }
    assert_eq!(home.signed("acme", SENT, A).await.status, 202);
}
