//! What the CLI and operators change, over the owner's router.

use axum::http::Method;
use rollcall_domain::connection::SignatureForm;
use rollcall_domain::tenant::Plan;
use secrecy::ExposeSecret;
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

/// The name and content of the vault entry that a connection uses.
async fn credentials(home: &Home, tenant: &str) -> (String, String) {
    let policy = home.app.inbound_policies.read(&home.store, tenant).await.unwrap().unwrap();
    let name = policy.connection.as_ref().unwrap().credentials.clone();
    let text = home.store.vault_get(tenant, &name).await.unwrap().unwrap();
    (name, text.expose_secret().to_owned())
}

#[tokio::test]
async fn replaced_credentials_count_at_once_and_the_old_ones_are_destroyed() {
    let home = Home::new().await;
    let (tenant, id) = home.acme(SignatureForm::BodyTimestamp).await;
    let path = format!("/integrations/{id}/credentials");
    let put = async |key: &str| {
        home.ask(Method::PUT, &path, "acme", Some(json!({ "api_key": key }))).await
    };
    let (first, _) = credentials(&home, &tenant).await;

    let replaced = put("second key").await;

    assert_eq!(replaced.status, 204);
    assert!(!replaced.header("rollcall-position").is_empty());
    let (second, text) = credentials(&home, &tenant).await;
    assert_eq!(text, "second key");
    let gone = async |name: &str| home.store.vault_get(&tenant, name).await.unwrap().is_none();
    assert!(gone(&first).await);
    // As if a crash had come between the event and the destruction.
    home.store.vault_put(&tenant, &first, &"kept".into()).await.unwrap();
    assert_eq!(put("third key").await.status, 204);
    assert!(gone(&first).await && gone(&second).await);

    home.store.vault_put(&tenant, &second, &"kept".into()).await.unwrap();
    let (third, _) = credentials(&home, &tenant).await;
    post(&home, &format!("/integrations/{id}/disconnect"), "acme", None).await;
    assert!(gone(&second).await && gone(&third).await);
    assert_eq!(put("fourth key").await.problem(), (409, "conflict".into()));
}

#[tokio::test]
async fn credentials_are_replaced_by_something_and_where_there_are_some() {
    let home = Home::new().await;
    let (tenant, id) = home.acme(SignatureForm::BodyTimestamp).await;
    home.tenant("other", Plan::Business).await;
    let before = credentials(&home, &tenant).await;
    let put = async |id: &str, tenant: &str, body: Value| {
        let path = format!("/integrations/{id}/credentials");
        home.ask(Method::PUT, &path, tenant, Some(body)).await.problem()
    };

    for body in [json!({"api_key": " "}), json!({}), json!({"api_key": "k", "more": 1})] {
        assert_eq!(put(&id, "acme", body).await, (422, "invalid_request".into()));
    }
    for (id, tenant) in [("01JZ", "acme"), (&*id, "other")] {
        assert_eq!(put(id, tenant, json!({"api_key": "k"})).await, (404, "not_found".into()));
    }
    assert_eq!(credentials(&home, &tenant).await, before);
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
