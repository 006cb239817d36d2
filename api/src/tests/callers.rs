//! Who gets in, and what they may see and do.

use axum::body::Body;
use axum::http::{Method, Request};
use chrono::TimeDelta;
use rollcall_domain::connection::SignatureForm;
use rollcall_domain::tenant::Plan;
use rollcall_store::Cause;
use secrecy::ExposeSecret;
use serde_json::json;

use super::Home;
use super::home::SENT;
use crate::edge::Peer;
use crate::operator_router;
use crate::tokens::{NewToken, Scope, create};

#[tokio::test]
async fn nobody_gets_in_without_a_valid_token() {
    let home = Home::new().await;
    let tenant = home.tenant("acme", Plan::Business).await;
    let token = home.token(Some(&tenant), &[Scope::Read]).await;
    assert_eq!(home.get(&token, "/receipts/refused").await.status, 200);

    let (head, secret) = token.split_once('.').unwrap();
    let mut other = secret.to_owned();
    other.replace_range(0..1, if secret.starts_with('0') { "1" } else { "0" });
    for wrong in
        ["", "rc_", "nonsense", secret, &format!("{head}.{other}"), &token[..token.len() - 1]]
    {
        let answer = home.get(wrong, "/receipts/refused").await;
        assert_eq!(answer.problem(), (401, "unauthenticated".into()), "{wrong}");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
    let request = Request::get("/api/v1/me").body(Body::empty()).unwrap();
    assert_eq!(home.send(request).await.problem(), (401, "unauthenticated".into()));
}

#[tokio::test]
async fn a_token_with_a_right_checksum_but_unknown_is_refused() {
    let (home, elsewhere) = (Home::new().await, Home::new().await);
    let foreign = elsewhere.token(None, &[Scope::Operator]).await;
    assert_eq!(home.get(&foreign, "/projections").await.status, 401);
}

#[tokio::test]
async fn a_token_ends_when_it_expires() {
    let home = Home::new().await;
    let tenant = home.tenant("acme", Plan::Business).await;
    let new = NewToken {
        tenant: Some(tenant),
        name: "short".into(),
        scopes: vec![Scope::Read],
        expires_at: Some(home.app.now() + TimeDelta::seconds(60)),
        created_by: None,
    };
    let (row, text) = create(&home.store, new, home.app.now()).await.unwrap();
    let text = text.expose_secret();
    assert!(!format!("{row:?}").contains(text));

    assert_eq!(home.get(text, "/receipts/refused").await.status, 200);
    home.set_clock(SENT + 60);
    assert_eq!(home.get(text, "/receipts/refused").await.status, 401);
}

#[tokio::test]
async fn a_token_ends_when_it_is_revoked() {
    let home = Home::new().await;
    let tenant = home.tenant("acme", Plan::Business).await;
    let made = home
        .ask(Method::POST, "/tokens", &tenant, Some(json!({"name": "ci", "scopes": ["read"]})))
        .await;
    assert_eq!(made.status, 201);
    let (id, text) = (made.json()["id"].clone(), made.json()["token"].clone());
    let (id, text) = (id.as_str().unwrap(), text.as_str().unwrap());
    assert_eq!(home.get(text, "/receipts/refused").await.status, 200);
    let listed = home.ask(Method::GET, "/tokens", &tenant, None).await;
    assert!(!String::from_utf8(listed.body).unwrap().contains(text));

    let revoked = home.ask(Method::DELETE, &format!("/tokens/{id}"), &tenant, None).await;

    assert_eq!(revoked.status, 204);
    assert_eq!(home.get(text, "/receipts/refused").await.status, 401);
}

#[tokio::test]
async fn a_reader_may_see_but_not_do() {
    let home = Home::new().await;
    let (tenant, connection) = home.acme(SignatureForm::BodyTimestamp).await;
    let token = home.token(Some(&tenant), &[Scope::Read, Scope::Operator]).await;

    let integration = format!("/integrations/{connection}");
    let acts = ["sync", "reconcile", "preview", "test", "plans/x/apply", "pause", "disconnect"];
    let of_runs = ["rerun", "undo", "cancel", "approve", "reject"];
    let more = ["provider_webhooks", "provider_webhooks/backfill", "identities"];
    let of_integration = acts.iter().chain(&more).map(|act| format!("{integration}/{act}"));
    let of_run = of_runs.iter().map(|act| format!("/integration_sync_logs/x/{act}"));
    let parked = ["retry", "skip"].map(|act| format!("/parked/1/{act}"));
    let posts = of_integration.chain(of_run).chain(parked).map(|path| (path, 403));
    for (path, code) in posts.chain([
        ("/integrations/test".into(), 403),
        ("/integrations/unknown/sync".into(), 403),
        ("/projections/actors/rebuild".into(), 403),
        ("/tokens".into(), 404),
        ("/tenants".into(), 404),
    ]) {
        let request = Request::post(format!("/api/v1{path}"))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json");
        let answer = home.send(request.body(Body::from("{}")).unwrap()).await;
        assert_eq!(answer.problem().0, code, "{path}");
    }
    for path in ["/parked", "/parked/1"] {
        assert_eq!(home.get(&token, path).await.problem().0, 403, "{path}");
    }
    let webhooks = home.get(&token, &format!("{integration}/provider_webhooks")).await;
    assert_eq!(webhooks.problem().0, 403);
}

#[tokio::test]
async fn what_the_plan_does_not_include_is_refused_with_one_reason() {
    let home = Home::new().await;
    let (tenant, connection) = home.acme(SignatureForm::BodyTimestamp).await;
    let cause = Cause::by("cli");
    rollcall_commands::change_plan(&home.store, &tenant, Plan::Free, &cause).await.unwrap();

    for (act, body) in [
        ("sync", None),
        ("reconcile", None),
        ("reconcile", Some(json!({ "nightly": true }))),
        ("preview", None),
        ("plans/x/apply", None),
        ("provider_webhooks/backfill", None),
    ] {
        let path = format!("/integrations/{connection}/{act}");
        let answer = home.ask(Method::POST, &path, &tenant, body).await;
        assert_eq!(answer.problem(), (409, "conflict".into()), "{act}");
        assert_eq!(answer.json()["reason"], "tenant.not_entitled", "{act}");
    }
}

#[tokio::test]
async fn a_tenants_token_stays_with_its_tenant() {
    let home = Home::new().await;
    let acme = home.tenant("acme", Plan::Business).await;
    let other = home.tenant("other", Plan::Business).await;
    let token = home.token(Some(&acme), &[Scope::Read]).await;
    // The header is the operator's; it changes nothing here.
    let request = Request::get("/api/v1/me")
        .header("authorization", format!("Bearer {token}"))
        .header("rollcall-tenant", &other);
    let me = home.send(request.body(Body::empty()).unwrap()).await.json();
    assert_eq!(me["tenants"].as_array().unwrap().len(), 1);
    assert_eq!((&me["tenants"][0]["id"], &me["scopes"]), (&json!(acme), &json!(["read"])));
}

#[tokio::test]
async fn an_operator_names_the_tenant() {
    let home = Home::new().await;
    home.tenant("acme", Plan::Business).await;

    let unnamed = home.ask(Method::GET, "/receipts/refused", "", None).await;
    assert_eq!(unnamed.problem(), (422, "invalid_request".into()));
    assert_eq!(unnamed.json()["errors"][0]["path"], "Rollcall-Tenant");
    let unknown = home.ask(Method::GET, "/receipts/refused", "nobody", None).await;
    assert_eq!(unknown.problem(), (404, "not_found".into()));
    assert_eq!(home.ask(Method::GET, "/receipts/refused", "acme", None).await.status, 200);
}

#[tokio::test]
async fn the_owners_router_trusts_nobody_on_tcp() {
    use tower::ServiceExt;
    let home = Home::new().await;
    let mut request = Request::get("/api/v1/projections").body(Body::empty()).unwrap();
    request.extensions_mut().insert(Peer::Tcp("127.0.0.1:1".parse().unwrap()));
    let response = operator_router(home.app.clone()).oneshot(request).await.unwrap();
    assert_eq!(response.status(), 401);
}
