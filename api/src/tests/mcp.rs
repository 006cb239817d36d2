//! What an assistant is told, and that it can do nothing else.

use axum::body::Body;
use axum::http::{Method, Request};
use rollcall_domain::connection::SignatureForm;
use rollcall_domain::tenant::Plan;
use serde_json::{Value as Json, json};

use super::people::SOON;
use super::{Answer, Home};
use crate::tokens::Scope;

/// Whoever asks the assistant's endpoint.
struct Assistant<'a> {
    home: &'a Home,
    token: String,
}

impl Assistant<'_> {
    async fn of<'a>(home: &'a Home, tenant: &str) -> Assistant<'a> {
        Assistant { home, token: home.token(Some(tenant), &[Scope::Assistant]).await }
    }

    async fn ask(&self, method: &str, params: Json) -> Json {
        let answer = post(self.home, &self.token, method, params).await;
        assert_eq!(answer.status, 200, "{method}");
        answer.json()
    }

    /// What a tool answered: its result.
    async fn call(&self, tool: &str, arguments: Json) -> Json {
        let params = json!({ "name": tool, "arguments": arguments });
        let mut answer = self.ask("tools/call", params).await;
        assert_eq!(answer["error"], Json::Null, "{tool}: {answer}");
        answer["result"].take()
    }

    /// The code of the protocol's error that a call is answered with, and its message.
    async fn refused(&self, tool: &str, arguments: Json) -> (i64, String) {
        let params = json!({ "name": tool, "arguments": arguments });
        let error = &self.ask("tools/call", params).await["error"];
        (error["code"].as_i64().unwrap(), error["message"].as_str().unwrap().to_owned())
    }
}

async fn post(home: &Home, token: &str, method: &str, params: Json) -> Answer {
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let request = Request::post("/mcp")
        .header("host", "rollcall.example")
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", "2025-06-18");
    home.send(request.body(Body::from(body.to_string())).unwrap()).await
}

#[tokio::test]
async fn every_tool_says_what_it_takes_and_that_it_only_reads() {
    let home = Home::new().await;
    let tenant = home.tenant("acme", Plan::Business).await;
    let assistant = Assistant::of(&home, &tenant).await;

    let client = json!({
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": { "name": "test", "version": "1" },
    });
    let greeted = assistant.ask("initialize", client).await;
    let listed = assistant.ask("tools/list", json!({})).await;

    let known = &greeted["result"];
    assert_eq!(known["serverInfo"]["name"], "rollcall");
    assert_eq!(known["capabilities"], json!({ "tools": {} }));
    let tools = listed["result"]["tools"].as_array().unwrap();
    assert_eq!(tools.len(), 9);
    for tool in tools {
        assert_eq!(tool["annotations"]["readOnlyHint"], true, "{tool}");
        assert_eq!(tool["inputSchema"]["additionalProperties"], false, "{tool}");
        assert!(tool["description"].as_str().unwrap().len() > 40, "{tool}");
    }
}

#[tokio::test]
async fn a_tool_tells_what_the_api_tells() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let (tenant, connection) = home.acme(SignatureForm::BodyTimestamp).await;
    let sync = format!("/integrations/{connection}/sync");
    let run = home.ask(Method::POST, &sync, "acme", None).await.json()["run"].clone();
    home.projections.settle(SOON).await.unwrap();
    let assistant = Assistant::of(&home, &tenant).await;

    let health = assistant.call("connection_health", json!({})).await;
    let all = &health["structuredContent"];
    assert_eq!((&all["plan"], &all["entitled"]), (&json!("business"), &json!(true)));
    assert_eq!(all["connections"][0]["id"], connection.as_str());
    assert_eq!(all["connections"][0]["last_run"], run);
    let summary = health["content"][0]["text"].as_str().unwrap();
    assert!(summary.starts_with(&format!("BambooHR ({connection}): active")), "{summary}");
    // The same for clients that read nothing but text.
    assert_eq!(health["content"][1]["text"].as_str().unwrap(), all.to_string());

    let runs = assistant.call("recent_runs", json!({ "status": "queued", "limit": 5 })).await;
    assert_eq!(runs["structuredContent"]["data"][0]["id"], run);
    let of_run = json!({ "run": run });
    let one = assistant.call("run_diagnostics", of_run.clone()).await;
    assert_eq!(one["structuredContent"]["phases"][0]["phase"], "queued");
    let people = assistant.call("affected_people", of_run).await;
    assert_eq!(people["content"][0]["text"], "0 people.");

    let targets = assistant.call("targets", json!({})).await;
    assert_eq!(targets["structuredContent"]["connections"][0]["live_baseline"], true);
    let schedule = assistant.call("schedule", json!({})).await;
    assert_eq!(schedule["structuredContent"]["connections"][0]["hour"], 2);
    let held = assistant.call("held_plans", json!({ "limit": 1 })).await;
    assert_eq!(held["structuredContent"]["data"], json!([]));
    let meant = assistant.call("explain_error", json!({ "code": "brake" })).await;
    assert_eq!(meant["structuredContent"]["data"][0]["kind"], "failure");
    followers.stop().await;
}

#[tokio::test]
async fn what_cannot_be_meant_is_an_error_of_the_protocol() {
    const INVALID_PARAMS: i64 = -32_602;
    let home = Home::new().await;
    let tenant = home.tenant("acme", Plan::Business).await;
    let assistant = Assistant::of(&home, &tenant).await;

    for (tool, arguments, because) in [
        ("disconnect", json!({}), "There is no such tool; there are: connection_health,"),
        ("targets", json!({ "verbose": true }), "There is no argument `verbose`."),
        ("run_diagnostics", json!({}), "`run` is missing."),
        ("run_diagnostics", json!({ "run": 7 }), "`run` is a text."),
        ("run_diagnostics", json!({ "run": "a\u{0}b" }), "`run` is a text."),
        ("recent_runs", json!({ "limit": "all" }), "`limit` is a number."),
        ("recent_runs", json!({ "limit": 201 }), "limit: It must be a number from 1 to 200."),
        ("recent_runs", json!({ "status": "fine" }), "status: It must be one of: queued,"),
        ("recent_runs", json!({ "since": "yesterday" }), "since: It must be an RFC 3339 instant"),
    ] {
        let (code, said) = assistant.refused(tool, arguments).await;
        assert_eq!(code, INVALID_PARAMS, "{said}");
        assert!(said.starts_with(because), "{said}");
    }
    let unknown = assistant.ask("resources/write", json!({})).await;
    assert_eq!(unknown["error"]["code"], -32_601);
}

#[tokio::test]
async fn a_run_of_somebody_else_is_one_that_does_not_exist() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let (_, connection) = home.acme(SignatureForm::BodyTimestamp).await;
    let sync = format!("/integrations/{connection}/sync");
    let run = home.ask(Method::POST, &sync, "acme", None).await.json()["run"].clone();
    let elsewhere = home.tenant("elsewhere", Plan::Free).await;
    home.projections.settle(SOON).await.unwrap();
    let assistant = Assistant::of(&home, &elsewhere).await;

    for tool in ["run_diagnostics", "affected_people", "planned_people"] {
        let [theirs, nobodys] = [run.clone(), json!("nobody")].map(|run| json!({ "run": run }));
        let theirs = assistant.call(tool, theirs).await;
        assert_eq!(theirs["isError"], true, "{tool}");
        assert_eq!(theirs["structuredContent"]["code"], "not_found");
        assert_eq!(theirs, assistant.call(tool, nobodys).await, "{tool}");
    }
    let health = assistant.call("connection_health", json!({})).await;
    let said = health["content"][0]["text"].as_str().unwrap();
    assert!(said.contains("No HR system is connected.") && said.contains("nothing runs"), "{said}");
    followers.stop().await;
}

#[tokio::test]
async fn the_endpoint_asks_who_comes_and_takes_questions_only() {
    let home = Home::new().await;
    let tenant = home.tenant("acme", Plan::Business).await;
    let token = home.token(Some(&tenant), &[Scope::Assistant]).await;

    assert_eq!(post(&home, "rc_nobody", "tools/list", json!({})).await.problem().0, 401);
    // It belongs to no tenant, and names none.
    let operator = home.token(None, &[Scope::Operator]).await;
    assert_eq!(post(&home, &operator, "tools/list", json!({})).await.problem().0, 422);
    for method in [Method::GET, Method::DELETE] {
        let request = Request::builder().method(method).uri("/mcp");
        let request = request.header("authorization", format!("Bearer {token}"));
        let answer = home.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!((answer.problem().0, answer.header("allow")), (405, "POST"));
    }
    let huge = json!({ "name": "targets", "padding": "x".repeat(64 << 10) });
    assert_eq!(post(&home, &token, "tools/call", huge).await.status, 413);
}
