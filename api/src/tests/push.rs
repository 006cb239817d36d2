//! What an endpoint that people are posted to answers where nothing can be stored.

use axum::body::Body;
use axum::http::{Method, Request};
use rollcall_domain::tenant::Plan;
use serde_json::json;

use super::Home;
use super::people::SOON;

#[tokio::test]
async fn what_the_store_cannot_take_in_is_sent_again() {
    let home = Home::new().await;
    home.tenant("acme", Plan::Business).await;
    let made = home.ask(Method::POST, "/hris_webhooks", "acme", Some(json!({}))).await.json();
    let (path, key) = (made["path"].as_str().unwrap(), made["api_key"].as_str().unwrap());
    let send = async || {
        let request = Request::post(path)
            .header("content-type", "application/json")
            .header("x-hris-authentication", key);
        home.send(request.body(Body::from(r#"{"users":[]}"#)).unwrap()).await
    };
    assert_eq!(send().await.status, 202);

    home.store.close().await;

    let known = send().await;
    assert_eq!(known.problem(), (503, "storage_unavailable".into()), "it can't be stored");
    home.app.inbound_policies.forget();
    let unknown = send().await;
    assert_eq!(unknown.problem(), (503, "storage_unavailable".into()), "nor the key be read");
    for answer in [known, unknown] {
        assert!(!answer.header("retry-after").is_empty());
    }
}

#[tokio::test]
async fn an_endpoint_has_an_address_of_32_and_a_key_of_40_hex_digits() {
    let home = Home::new().await;
    let followers = home.projections.start();
    home.tenant("acme", Plan::Business).await;

    let made = home.ask(Method::POST, "/hris_webhooks", "acme", Some(json!({}))).await.json();

    let path = made["path"].as_str().unwrap().strip_prefix("/hriswebhook/sync/").unwrap();
    let path = path.strip_suffix('/').unwrap();
    let key = made["api_key"].as_str().unwrap();
    for (word, length) in [(path, 32), (key, 40)] {
        let is_digit = |one: char| one.is_ascii_digit() || ('a'..='f').contains(&one);
        assert!(word.len() == length && word.chars().all(is_digit), "{word}");
    }
    let id = made["id"].as_str().unwrap();
    home.projections.settle(SOON).await.unwrap();
    let shown = home.ask(Method::GET, &format!("/hris_webhooks/{id}"), "acme", None).await;
    assert!(!String::from_utf8(shown.body).unwrap().contains(key), "it is shown once");
    // It is one connection, with one id, on both lists.
    let all = home.ask(Method::GET, "/integrations", "acme", None).await.json();
    let one = all["data"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap();
    assert_eq!((&one["provider"], &one["status"]), (&json!("hris_webhook"), &json!("test")));
    followers.stop().await;
}
