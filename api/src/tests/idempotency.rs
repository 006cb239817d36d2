//! `Idempotency-Key`: what is sent again is answered as the first time, and done once.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{Method, Request};
use rollcall_domain::connection::SignatureForm;
use rollcall_domain::tenant::Plan;
use serde_json::{Value, json};

use super::people::SOON;
use super::{Answer, Home};
use crate::tokens::Scope;

/// A write of a token's under a key.
async fn write(home: &Home, token: &str, key: &str, (path, body): (&str, &Value)) -> Answer {
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("/api/v1{path}"))
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .header("idempotency-key", key);
    home.send(request.body(Body::from(body.to_string())).unwrap()).await
}

fn connection() -> Value {
    json!({ "provider": "bamboohr", "account": "acme", "api_key": "k" })
}

async fn admin(home: &Home, tenant: &str) -> String {
    home.token(Some(tenant), &[Scope::Read, Scope::Manage]).await
}

fn headers(answer: &Answer) -> [&str; 3] {
    ["content-type", "location", "rollcall-position"].map(|name| answer.header(name))
}

#[tokio::test]
async fn what_is_sent_again_is_answered_as_the_first_time() {
    let home = Home::new().await;
    let tenant = home.tenant("acme", Plan::Business).await;
    let token = admin(&home, &tenant).await;
    let new = connection();

    let first = write(&home, &token, "k", ("/integrations", &new)).await;
    let second = write(&home, &token, "k", ("/integrations", &new)).await;

    assert_eq!(first.status, 201);
    assert_eq!((first.status, &first.body), (second.status, &second.body));
    assert_eq!(headers(&first), headers(&second));
    assert!(headers(&first).iter().all(|value| !value.is_empty()));
    // Under another key it is a second connection.
    let other = write(&home, &token, "l", ("/integrations", &new)).await;
    assert_eq!(other.problem().0, 409);
}

#[tokio::test]
async fn a_refusal_is_kept_and_so_is_a_secret() {
    let home = Home::new().await;
    let (tenant, id) = home.acme(SignatureForm::BodyTimestamp).await;
    let (token, other) =
        (admin(&home, &tenant).await, json!({ "name": "ours", "scopes": ["read"] }));

    let resume = format!("/integrations/{id}/resume");
    let pause = format!("/integrations/{id}/pause");
    assert_eq!(write(&home, &token, "p", (&pause, &Value::Null)).await.status, 204);
    let sync = format!("/integrations/{id}/sync");
    let refused = write(&home, &token, "s", (&sync, &Value::Null)).await;
    assert_eq!(write(&home, &token, "r", (&resume, &Value::Null)).await.status, 204);
    let again = write(&home, &token, "s", (&sync, &Value::Null)).await;
    assert_eq!((refused.problem().0, refused.problem()), (409, again.problem()));
    // Each names its own request.
    assert_ne!(refused.json()["request_id"], again.json()["request_id"]);

    let made = write(&home, &token, "t", ("/tokens", &other)).await;
    let again = write(&home, &token, "t", ("/tokens", &other)).await;
    assert_eq!((made.status.as_u16(), &made.body), (201, &again.body));
    assert!(made.json()["token"].as_str().unwrap().starts_with("rc_"));
}

#[tokio::test]
async fn another_request_under_the_same_key_is_refused() {
    let home = Home::new().await;
    let tenant = home.tenant("acme", Plan::Business).await;
    let token = admin(&home, &tenant).await;
    let body = connection();
    write(&home, &token, "k", ("/integrations", &body)).await;

    let reused = (422, "idempotency_key_reused".to_owned());
    let other = json!({ "name": "ours", "scopes": ["read"] });
    assert_eq!(write(&home, &token, "k", ("/integrations", &other)).await.problem(), reused);
    assert_eq!(write(&home, &token, "k", ("/integrations/test", &body)).await.problem(), reused);
    // Keys are a caller's own.
    let second = admin(&home, &tenant).await;
    assert_eq!(write(&home, &second, "k", ("/tokens", &other)).await.status, 201);
}

#[tokio::test]
async fn of_many_at_once_one_is_done() {
    let home = Home::new().await;
    let tenant = home.tenant("acme", Plan::Business).await;
    let token = admin(&home, &tenant).await;
    let body = json!({ "name": "ours", "scopes": ["read"] });

    let asked = (0..8).map(|_| write(&home, &token, "k", ("/tokens", &body)));
    let answers = futures_util::future::join_all(asked).await;

    let done = answers.iter().filter(|answer| answer.status == 201).count();
    let under_way: Vec<_> = answers.iter().filter(|answer| answer.status == 409).collect();
    assert!(done >= 1 && done + under_way.len() == 8);
    assert!(under_way.iter().all(|answer| !answer.header("retry-after").is_empty()));
    let again = write(&home, &token, "k", ("/tokens", &body)).await;
    let first = answers.iter().find(|answer| answer.status == 201).unwrap();
    assert_eq!((again.status.as_u16(), &again.body), (201, &first.body));
    let tokens = home.store.tokens(Some(&tenant)).await.unwrap();
    assert_eq!(tokens.iter().filter(|token| token.name == "ours").count(), 1);
}

#[tokio::test]
async fn what_a_caller_who_hung_up_began_is_done_once() {
    let home = Home::new().await;
    let tenant = home.tenant("acme", Plan::Business).await;
    let token = admin(&home, &tenant).await;
    let names: Vec<String> = (0..30).map(|number| format!("token-{number}")).collect();

    for (number, name) in names.iter().enumerate() {
        let body = json!({ "name": name, "scopes": ["read"] });
        let asked = write(&home, &token, name, ("/tokens", &body));
        // Somewhere on the way.
        let somewhen = Duration::from_micros(150 * number as u64);
        drop(tokio::time::timeout(somewhen, asked).await);
        let deadline = Instant::now() + SOON;
        while write(&home, &token, name, ("/tokens", &body)).await.status != 201 {
            assert!(Instant::now() < deadline, "{name} is answered");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    let made = home.get(&token, "/tokens").await.json();
    let made = made["data"].as_array().unwrap();
    for name in names {
        assert_eq!(made.iter().filter(|one| one["name"] == name).count(), 1, "{name}");
    }
}

#[tokio::test]
async fn the_operator_has_keys_too() {
    let home = Home::new().await;
    let token = home.token(None, &[Scope::Operator]).await;
    let body = json!({ "slug": "acme", "name": "Acme", "plan": "business" });

    let first = write(&home, &token, "k", ("/tenants", &body)).await;
    let second = write(&home, &token, "k", ("/tenants", &body)).await;

    assert_eq!((first.status.as_u16(), &first.body), (201, &second.body));
}

#[tokio::test]
async fn a_key_has_a_shape() {
    let home = Home::new().await;
    let tenant = home.tenant("acme", Plan::Business).await;
    let token = admin(&home, &tenant).await;
    let body = json!({ "name": "ours", "scopes": ["read"] });

    for key in ["", "a b", "\u{e9}", &"k".repeat(256)] {
        let refused = write(&home, &token, key, ("/tokens", &body)).await;
        assert_eq!(refused.problem(), (422, "invalid_request".to_owned()), "{key}");
    }
    assert_eq!(write(&home, &token, &"k".repeat(255), ("/tokens", &body)).await.status, 201);
}

#[tokio::test]
async fn who_may_not_write_is_told_so_under_any_key() {
    let home = Home::new().await;
    let tenant = home.tenant("acme", Plan::Business).await;
    let reader = home.token(Some(&tenant), &[Scope::Read]).await;
    let body = connection();

    assert_eq!(write(&home, &reader, "k", ("/integrations", &body)).await.problem().0, 403);
    assert_eq!(write(&home, "rc_unknown", "k", ("/integrations", &body)).await.problem().0, 401);
}
