//! How the API answers what it does not like.

use axum::body::Body;
use axum::http::{Method, Request};
use rollcall_domain::connection::SignatureForm;
use rollcall_domain::tenant::Plan;
use serde_json::json;

use super::Home;
use crate::tokens::Scope;

#[tokio::test]
async fn every_wrong_parameter_is_named() {
    let home = Home::new().await;
    let tenant = home.tenant("acme", Plan::Business).await;
    let token = home.token(Some(&tenant), &[Scope::Read]).await;
    let path = "/integration_sync_logs?status=odd&kind=&since=yesterday&limit=0&min_position=x&foo=1&cursor=";

    let answer = home.get(&token, path).await;

    assert_eq!(answer.problem(), (422, "invalid_request".into()));
    let errors = answer.json()["errors"].as_array().unwrap().clone();
    let names: Vec<&str> = errors.iter().map(|error| error["path"].as_str().unwrap()).collect();
    assert_eq!(names, ["status", "kind", "since", "limit", "cursor", "min_position", "foo"]);
    for limit in ["201", "-1", "x", ""] {
        let answer = home.get(&token, &format!("/receipts/refused?limit={limit}")).await;
        assert_eq!(answer.status, 422, "{limit}");
    }
    let twice = home.get(&token, "/receipts/refused?limit=1&limit=2").await;
    assert_eq!(twice.json()["errors"][0]["path"], "limit");
}

#[tokio::test]
async fn a_cursor_that_no_list_returned_is_refused() {
    let home = Home::new().await;
    let tenant = home.tenant("acme", Plan::Business).await;
    let token = home.token(Some(&tenant), &[Scope::Read]).await;
    let early = hex::encode(r#"["-5000-01-01T00:00:00Z","a"]"#);
    for list in ["/receipts", "/integration_sync_logs"] {
        let answer = home.get(&token, &format!("{list}?cursor={early}")).await;
        assert_eq!(answer.problem(), (422, "invalid_request".into()), "{list}");
        assert_eq!(answer.json()["errors"][0]["path"], "cursor");
    }
}

#[tokio::test]
async fn a_position_of_another_shard_is_no_position() {
    let home = Home::new().await;
    let tenant = home.tenant("acme", Plan::Business).await;
    let token = home.token(Some(&tenant), &[Scope::Read]).await;
    for odd in ["9999-1", "0-", "-1", "0-+1", "0-1-1"] {
        let answer = home.get(&token, &format!("/scenarios?min_position={odd}")).await;
        assert_eq!(answer.problem().0, 422, "{odd}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_too() {
    let home = Home::new().await;
    for path in ["/api/v1", "/api/v1/", "/api/v1/nothing", "/nothing", "/api/v2/me"] {
        let answer = home.send(Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(answer.problem(), (404, "not_found".into()), "{path}");
    }
}

#[tokio::test]
async fn another_method_is_told_which_are_allowed() {
    let home = Home::new().await;
    for (path, allowed) in [("/api/v1/me", "GET,HEAD,PATCH"), ("/api/v1/tenants", "GET,HEAD,POST")]
    {
        let answer = home.send(Request::put(path).body(Body::empty()).unwrap()).await;
        assert_eq!(answer.problem(), (405, "method_not_allowed".into()));
        assert_eq!(answer.header("allow"), allowed);
    }
}

#[tokio::test]
async fn a_problem_carries_the_requests_id() {
    let home = Home::new().await;
    let given = Request::get("/api/v1/me").header("x-request-id", "abc-1.2_3");
    let given = home.send(given.body(Body::empty()).unwrap()).await;
    assert_eq!(given.json()["request_id"], "abc-1.2_3");
    assert_eq!(given.header("x-request-id"), "abc-1.2_3");
    assert_eq!(given.header("cache-control"), "no-store");

    let odd = Request::get("/api/v1/me").header("x-request-id", "\"},{\"");
    let odd = home.send(odd.body(Body::empty()).unwrap()).await;
    assert_eq!(odd.json()["request_id"].as_str().unwrap().len(), 26);
}

#[tokio::test]
async fn a_problem_outside_the_api_carries_it_too() {
    let home = Home::new().await;
    let path = "/api/v1/integrations/bamboohr/webhook";
    home.acme(SignatureForm::BodyTimestamp).await;
    for (method, path, status) in [
        (Method::GET, "/nothing".to_owned(), 404),
        (Method::POST, "/healthz".to_owned(), 405),
        (Method::GET, format!("{path}/acme"), 405),
        (Method::POST, format!("{path}/nobody"), 404),
        (Method::POST, format!("{path}/%FF"), 404),
        (Method::POST, format!("{path}/acme"), 401),
    ] {
        let given = Request::builder().method(&method).uri(&path).header("x-request-id", "abc-1");
        let given = home.send(given.body(Body::empty()).unwrap()).await;
        let fresh = Request::builder().method(&method).uri(&path);
        let fresh = home.send(fresh.body(Body::empty()).unwrap()).await;

        assert_eq!(given.problem().0, status, "{method} {path}");
        assert_eq!(
            (&given.json()["request_id"], given.header("x-request-id")),
            (&json!("abc-1"), "abc-1")
        );
        assert_eq!(fresh.header("x-request-id").len(), 26, "{method} {path}");
        assert_eq!(fresh.json()["request_id"], fresh.header("x-request-id"));
    }
}

#[tokio::test]
async fn the_catalogue_lists_every_code() {
    let home = Home::new().await;
    let answer = home.send(Request::get("/api/v1/errors").body(Body::empty()).unwrap()).await;
    let data = answer.json()["data"].as_array().unwrap().clone();
    let of = |kind: &str| data.iter().filter(|one| one["kind"] == kind).count();
    assert_eq!(of("problem"), crate::edge::Code::ALL.len());
    assert_eq!(of("failure"), rollcall_domain::vocabulary::FailureCode::ALL.len());
    assert!(data.iter().all(|one| one["remedy"].is_string()));
}

#[tokio::test]
async fn bodies_are_checked_without_repeating_them() {
    let home = Home::new().await;
    home.tenant("acme", Plan::Business).await;
    let ask = |body| home.ask(Method::POST, "/integrations", "acme", Some(body));
    let cases = [
        (json!({"provider": "bamboohr", "account": "acme", "api_key": ["s3cret-value"]}), 422),
        (
            json!({"provider": "bamboohr", "account": "acme", "api_key": "s3cret-value", "role": 1}),
            422,
        ),
        (json!({"provider": "s3cret-value", "account": "acme", "api_key": "k"}), 422),
        (json!({"provider": "hris_webhook", "account": "acme", "api_key": "s3cret-value"}), 422),
        (json!({"provider": "bamboohr", "account": "a.b/c", "api_key": "s3cret-value"}), 422),
    ];
    for (body, status) in cases {
        let answer = ask(body.clone()).await;
        assert_eq!(answer.problem().0, status, "{body}");
        assert!(!String::from_utf8(answer.body).unwrap().contains("s3cret"), "{body}");
    }
    let text = Request::post("/api/v1/tenants").header("content-type", "text/plain");
    let text = text
        .header("authorization", format!("Bearer {}", home.token(None, &[Scope::Operator]).await));
    assert_eq!(home.send(text.body(Body::from("{}")).unwrap()).await.status, 415);
}

#[tokio::test]
async fn the_process_says_that_it_lives_and_is_ready() {
    let home = Home::new().await;
    let followers = home.projections.start();
    home.projections.settle(std::time::Duration::from_secs(20)).await.unwrap();
    for path in ["/healthz", "/readyz"] {
        let answer = home.send(Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["status"]), (200, &json!("ok")));
    }
    followers.stop().await;
}
