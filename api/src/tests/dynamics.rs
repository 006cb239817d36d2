//! Connecting to Dynamics 365 HR: what is asked for, what is kept, and when the secret is given again.

use axum::http::Method;
use rollcall_domain::tenant::Plan;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{Answer, Home};

const HOST: &str = "https://acme.operations.dynamics.com";

fn new() -> Value {
    json!({
        "provider": "dynamics365",
        "environment_url": HOST,
        "tenant_id": "acme.onmicrosoft.com",
        "client_id": "c1d2e3f4-0a1b-4c2d-8e3f-9a8b7c6d5e4f",
        "client_secret": "not~a+real&secret",
    })
}

fn with(more: Value) -> Value {
    let mut body = new();
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

async fn post(home: &Home, body: Value) -> Answer {
    home.ask(Method::POST, "/integrations", "acme", Some(body)).await
}

async fn patch(home: &Home, id: &str, body: Value) -> Answer {
    home.ask(Method::PATCH, &format!("/integrations/{id}"), "acme", Some(body)).await
}

fn paths(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 422, "{}", String::from_utf8_lossy(&answer.body));
    let errors = answer.json()["errors"].as_array().unwrap().clone();
    errors.iter().map(|error| error["path"].as_str().unwrap().to_owned()).collect()
}

/// The stored secret.
async fn secret(home: &Home, tenant: &str) -> String {
    let policy = home.app.inbound_policies.read(&home.store, tenant).await.unwrap().unwrap();
    let name = policy.connection.as_ref().unwrap().credentials.clone();
    home.store.vault_get(tenant, &name).await.unwrap().unwrap().expose_secret().to_owned()
}

#[tokio::test]
async fn a_connection_keeps_what_was_said_and_its_secret_apart() {
    let home = Home::new().await;
    let tenant = home.tenant("acme", Plan::Business).await;
    let followers = home.projections.start();
    let body = with(json!({
        "legal_entities": ["USMF"], "hierarchy": "Reports", "vacancy": "leave_empty",
        "expires_on": "2027-06-30",
    }));

    let made = post(&home, body).await;

    assert_eq!(made.status, 201, "{}", String::from_utf8_lossy(&made.body));
    assert_eq!(secret(&home, &tenant).await, "not~a+real&secret");
    let id = made.json()["id"].as_str().unwrap().to_owned();
    home.projections.settle(std::time::Duration::from_secs(20)).await.unwrap();
    let path = format!("/integrations/{id}");
    let read = home.ask(Method::GET, &path, "acme", None).await;
    assert!(!String::from_utf8_lossy(&read.body).contains("not~a"), "a secret is never shown");
    let other = json!({ "client_id": "another", "client_secret": "its own" });
    assert_eq!(patch(&home, &id, other).await.status, 204);
    home.projections.settle(std::time::Duration::from_secs(20)).await.unwrap();
    let after = home.ask(Method::GET, &path, "acme", None).await.json();
    assert!(!after["health"].to_string().contains("2027-06-30"), "the day was the old secret's");
    let read = read.json();
    assert_eq!((&read["provider"], &read["status"]), (&json!("dynamics365"), &json!("active")));
    assert_eq!(
        read["settings"],
        json!({
            "provider": "dynamics365", "environment_url": HOST,
            "tenant_id": "acme.onmicrosoft.com",
            "client_id": "c1d2e3f4-0a1b-4c2d-8e3f-9a8b7c6d5e4f",
            "legal_entities": ["USMF"], "hierarchy": "Reports", "vacancy": "leave_empty",
        })
    );
    assert!(read["health"].to_string().contains("2027-06-30"), "{}", read["health"]);
    followers.stop().await;
}

#[tokio::test]
async fn everything_that_is_wrong_is_named_at_once() {
    let home = Home::new().await;
    home.tenant("acme", Plan::Business).await;
    let nothing = json!({ "provider": "dynamics365" });
    let needed = ["/client_secret", "/environment_url", "/tenant_id", "/client_id"];
    assert_eq!(paths(&post(&home, nothing).await), needed);
    for (more, path) in [
        (json!({ "environment_url": "ftp://acme" }), "/environment_url"),
        (json!({ "environment_url": "https://erp.example" }), "/surface"),
        (json!({ "tenant_id": "a/b" }), "/tenant_id"),
        (json!({ "client_secret": " " }), "/client_secret"),
        (json!({ "authority_url": "https://u:p@login.example" }), "/authority_url"),
        (json!({ "hierarchy": " " }), "/hierarchy"),
        (json!({ "legal_entities": [""] }), "/legal_entities"),
        (json!({ "api_key": "k" }), "/api_key"),
        (json!({ "account": "acme" }), "/account"),
    ] {
        assert_eq!(paths(&post(&home, with(more)).await), [path]);
    }
    let bamboohr = json!({
        "provider": "bamboohr", "account": "acme", "api_key": "k", "client_secret": "s",
    });
    assert_eq!(paths(&post(&home, bamboohr).await), ["/client_secret"]);
}

#[tokio::test]
async fn another_authority_or_app_needs_the_secret_again() {
    let home = Home::new().await;
    let tenant = home.tenant("acme", Plan::Business).await;
    let made = post(&home, new()).await;
    let id = made.json()["id"].as_str().unwrap().to_owned();

    let entities = json!({ "legal_entities": ["DEMF"], "hierarchy": "Matrix" });
    assert_eq!(patch(&home, &id, entities).await.status, 204);
    for (change, path) in [
        (json!({ "authority_url": "https://login.microsoftonline.us" }), "/authority_url"),
        (json!({ "client_id": "another" }), "/client_id"),
    ] {
        assert_eq!(paths(&patch(&home, &id, change.clone()).await), [path]);
        let mut with_secret = change;
        with_secret["client_secret"] = json!(format!("for {path}"));
        assert_eq!(patch(&home, &id, with_secret).await.status, 204);
        home.app.inbound_policies.forget();
        assert_eq!(secret(&home, &tenant).await, format!("for {path}"));
    }
}

#[tokio::test]
async fn the_secret_is_replaced_by_its_own_name() {
    let home = Home::new().await;
    let tenant = home.tenant("acme", Plan::Business).await;
    let made = post(&home, new()).await;
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let put = async |body: Value| {
        home.ask(Method::PUT, &format!("/integrations/{id}/credentials"), "acme", Some(body)).await
    };

    assert_eq!(paths(&put(json!({ "api_key": "k" })).await), ["/api_key"]);
    let new = json!({ "client_secret": "second", "expires_on": "2027-06-30" });
    assert_eq!(put(new).await.status, 204);
    home.app.inbound_policies.forget();
    assert_eq!(secret(&home, &tenant).await, "second");
}
