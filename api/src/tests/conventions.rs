//! What holds for every part of the API: cursors, tags, rates, compression, headers, hosts, strictness.

use axum::body::Body;
use axum::http::{Method, Request};
use rollcall_domain::tenant::Plan;
use serde_json::{Value, json};

use super::people::SOON;
use super::{Answer, Home};
use crate::edge::Peer;
use crate::tokens::Scope;
use crate::{Rates, Settings};

/// A tenant with a few scenarios, and a token that may do everything there.
async fn scene(settings: Settings) -> (Home, String) {
    let home = Home::with(settings).await;
    let tenant = home.tenant("acme", Plan::Business).await;
    let token = home.token(Some(&tenant), &[Scope::Read, Scope::Manage]).await;
    let followers = home.projections.start();
    for name in ["Spring", "Summer", "Autumn"] {
        let made =
            home.ask(Method::POST, "/scenarios", "acme", Some(json!({ "name": name }))).await;
        assert_eq!(made.status, 201);
    }
    home.projections.settle(SOON).await.unwrap();
    // They go on in the background for as long as the home is there.
    std::mem::forget(followers);
    (home, token)
}

async fn send(
    home: &Home,
    token: &str,
    (method, path): (Method, &str),
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    home.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

#[tokio::test]
async fn a_cursor_is_of_its_list_and_of_no_other() {
    let (home, token) = scene(Settings::default()).await;
    let first = home.get(&token, "/scenarios?limit=2").await.json();
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = home.get(&token, &format!("/scenarios?limit=200&cursor={cursor}")).await;
    assert_eq!(second.json()["data"].as_array().unwrap().len(), 2);

    let other = home.tenant("other", Plan::Business).await;
    let other = home.token(Some(&other), &[Scope::Read]).await;
    let scenario = first["data"][0]["id"].as_str().unwrap();
    let people = format!("/scenarios/{scenario}/actors");
    for (token, path) in [
        (&other, "/scenarios"),
        (&token, "/receipts"),
        (&token, "/audit_events"),
        (&token, people.as_str()),
        (&token, "/parked"),
    ] {
        let answer = home.get(token, &format!("{path}?cursor={cursor}")).await;
        assert_eq!(answer.problem(), (422, "invalid_request".into()), "{path}");
        assert_eq!(answer.json()["errors"][0]["path"], "cursor", "{path}");
    }
    let listed = home.get(&token, "/audit_events?limit=1&type=scenario.created").await.json();
    let of_type = listed["next_cursor"].as_str().unwrap();
    let wider = home.get(&token, &format!("/audit_events?limit=1&cursor={of_type}")).await;
    assert_eq!(wider.json()["errors"][0]["path"], "cursor");
    let same = format!("/audit_events?type=scenario.created&cursor={of_type}");
    assert_eq!(home.get(&token, &same).await.status, 200);
}

#[tokio::test]
async fn what_is_as_the_caller_knows_it_is_not_sent_again_and_changed_only_then() {
    let (home, token) = scene(Settings::default()).await;
    let listed = home.get(&token, "/scenarios").await;
    assert_eq!(listed.header("etag"), "", "a list has none");
    let id = listed.json()["data"][1]["id"].as_str().unwrap().to_owned();
    let one = format!("/api/v1/scenarios/{id}");
    let (read, patch) = ((Method::GET, &*one), (Method::PATCH, &*one));
    let tag = send(&home, &token, read.clone(), &[], "").await.header("etag").to_owned();
    assert_eq!(tag.len(), 34);

    let known = format!("\"other\", W/{tag}");
    let again = send(&home, &token, read.clone(), &[("if-none-match", &known)], "").await;
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
    assert_eq!(again.header("etag"), tag);

    let rename = |name: &str| json!({ "name": name }).to_string();
    let mine = send(&home, &token, patch.clone(), &[("if-match", &tag)], &rename("Mine")).await;
    assert_eq!(mine.status, 204);
    let late = send(&home, &token, patch.clone(), &[("if-match", &tag)], &rename("Late")).await;
    assert_eq!(late.problem(), (412, "precondition_failed".into()));
    let any = send(&home, &token, patch.clone(), &[("if-match", "*")], &rename("Any")).await;
    assert_eq!(any.status, 204);
    let nothing = (Method::PATCH, "/api/v1/scenarios/x");
    let missing = send(&home, &token, nothing, &[("if-match", &tag)], &rename("Any")).await;
    assert_eq!(missing.problem(), (404, "not_found".into()));
    let changed = send(&home, &token, read, &[("if-none-match", &tag)], "").await;
    assert_eq!(changed.status, 200);
}

#[tokio::test]
async fn who_asks_too_much_is_told_when_to_come_again() {
    let rates = Rates { reads: 18, writes: 6 };
    let (home, token) = scene(Settings { rates, ..Settings::default() }).await;
    for left in ["2", "1", "0"] {
        let answer = home.get(&token, "/me").await;
        assert_eq!(
            (answer.header("ratelimit-limit"), answer.header("ratelimit-remaining")),
            ("3", left)
        );
    }
    let refused = home.get(&token, "/me").await;
    assert_eq!(refused.problem(), (429, "rate_limited".into()));
    for name in ["retry-after", "ratelimit-reset"] {
        assert!(refused.header(name).parse::<u64>().unwrap() >= 1, "{name}");
    }
    assert_eq!(
        refused.json()["retry_after"].as_u64().unwrap().to_string(),
        refused.header("retry-after")
    );
    // Writing is counted apart, other callers are, and the owner is not.
    let write = send(&home, &token, (Method::POST, "/api/v1/scenarios/x/archive"), &[], "").await;
    assert_eq!(write.status, 404);
    let tenant = home.store.tenant("acme").await.unwrap().unwrap();
    let another = home.token(Some(&tenant.id), &[Scope::Read]).await;
    assert_eq!(home.get(&another, "/me").await.status, 200);
    for _ in 0..10 {
        assert_eq!(home.ask(Method::GET, "/me", "acme", None).await.status, 200);
    }
}

#[tokio::test]
async fn the_unknown_are_counted_by_address_and_deliveries_are_not() {
    let rates = Rates { reads: 6, writes: 6 };
    let (home, _) = scene(Settings { rates, ..Settings::default() }).await;
    let from = |address: &str, path: &str| {
        let mut request = Request::get(path).body(Body::empty()).unwrap();
        request.extensions_mut().insert(Peer::Tcp(format!("{address}:1").parse().unwrap()));
        request
    };
    assert_eq!(home.send(from("203.0.113.1", "/api/v1/me")).await.status, 401);
    assert_eq!(home.send(from("203.0.113.1", "/api/v1/me")).await.status, 429);
    assert_eq!(home.send(from("203.0.113.1", "/api/v1/errors")).await.status, 429);
    assert_eq!(home.send(from("203.0.113.2", "/api/v1/errors")).await.status, 200);
    for _ in 0..5 {
        assert_eq!(home.send(from("203.0.113.1", "/healthz")).await.status, 200);
        assert_eq!(home.deliver("acme", &[], "{}").await.status, 404);
    }
}

#[tokio::test]
async fn long_readings_are_compressed_and_nothing_else() {
    let (home, token) = scene(Settings::default()).await;
    let gzip = [("accept-encoding", "gzip")];
    let errors = send(&home, &token, (Method::GET, "/api/v1/errors"), &gzip, "").await;
    assert_eq!(errors.header("content-encoding"), "gzip");
    assert_eq!(errors.body[..2], [0x1f, 0x8b]);
    let plain = send(&home, &token, (Method::GET, "/api/v1/errors"), &[], "").await;
    assert!(plain.header("content-encoding").is_empty() && plain.body.len() > errors.body.len());
    let short = send(&home, &token, (Method::GET, "/api/v1/me"), &gzip, "").await;
    assert_eq!(short.header("content-encoding"), "");
    let new = json!({ "name": "x".repeat(200), "scopes": vec!["read"; 200] }).to_string();
    let secret = send(&home, &token, (Method::POST, "/api/v1/tokens"), &gzip, &new).await;
    assert!(secret.body.len() > 1024, "{}", secret.json());
    assert_eq!(secret.header("content-encoding"), "");
}

#[tokio::test]
async fn every_answer_says_what_browsers_may_not_do_with_it() {
    let (home, _) = scene(Settings::default()).await;
    for path in ["/healthz", "/docs", "/openapi.json", "/api/v1/me", "/nothing", "/api/v1/nothing"]
    {
        let answer = home.send(Request::get(path).body(Body::empty()).unwrap()).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(answer.header("strict-transport-security"), "", "{path}");
    }
    let docs = home.send(Request::get("/docs").body(Body::empty()).unwrap()).await;
    let docs = String::from_utf8(docs.body).unwrap();
    for never in ["<script", "<style", " style=", "src="] {
        assert!(!docs.contains(never), "{never}");
    }
    assert!(docs.contains("POST /api/v1/integrations/{integration}/sync"));
}

#[tokio::test]
async fn a_name_that_is_not_ours_leads_nowhere_except_for_deliveries() {
    let settings = Settings {
        allowed_hosts: Some(vec!["rollcall.example".to_owned()]),
        trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
        ..Settings::default()
    };
    let (home, _) = scene(settings).await;
    let asked = async |host: &str, forwarded: &str, address: &str, path: &str| {
        let request = Request::get(path).header("host", host).header("x-forwarded-proto", "https");
        let mut request =
            request.header("x-forwarded-host", forwarded).body(Body::empty()).unwrap();
        request.extensions_mut().insert(Peer::Tcp(address.parse().unwrap()));
        home.send(request).await
    };
    let stranger = "203.0.113.1:1";
    for host in
        ["rollcall.example:8443", "ROLLCALL.example", "127.0.0.1:8080", "[::1]:1", "localhost"]
    {
        assert_eq!(asked(host, "x", stranger, "/healthz").await.status, 200, "{host}");
    }
    for host in ["evil.example", "rollcall.example.evil.example", "", "127.0.0.1.evil.example"] {
        let answer = asked(host, "rollcall.example", stranger, "/healthz").await;
        assert_eq!(answer.problem(), (421, "wrong_host".into()), "{host}");
    }
    let proxied = asked("backend", "rollcall.example", "10.0.0.1:1", "/healthz").await;
    assert_eq!(proxied.status, 200);
    assert_eq!(proxied.header("strict-transport-security"), "max-age=31536000");
    let path = "/api/v1/integrations/bamboohr/webhook/acme";
    assert_eq!(asked("hooks.example", "x", stranger, path).await.status, 405);
    let mut two = Request::get("/healthz").body(Body::empty()).unwrap();
    for host in ["localhost", "evil.example"] {
        two.headers_mut().append("host", host.parse().unwrap());
    }
    two.extensions_mut().insert(Peer::Tcp(stranger.parse().unwrap()));
    assert_eq!(home.send(two).await.problem(), (400, "malformed".into()));
}

#[tokio::test]
async fn a_body_that_no_two_readers_would_read_alike_is_refused() {
    let (home, token) = scene(Settings::default()).await;
    let scenario = home.get(&token, "/scenarios").await.json()["data"][0]["id"].clone();
    let people = format!("/api/v1/scenarios/{}/actors", scenario.as_str().unwrap());
    let deep = format!(r#"{{"first_name":{}1{}}}"#, "[".repeat(200), "]".repeat(200));
    for (body, code) in [
        (r#"{"first_name":"Ada","first_name":"Bea"}"#, "malformed"),
        (r#"{"first_name":"Ada","\u0066irst_name":"Bea"}"#, "malformed"),
        (deep.as_str(), "malformed"),
        (r#"{"first_name":"\ud800"}"#, "malformed"),
        (r#"{"first_name":NaN}"#, "malformed"),
        (r#"{"first_name":Infinity}"#, "malformed"),
        (r#"{"first_name":"Ada"} {"last_name":"Bea"}"#, "malformed"),
        (r#"{"first_name":"Ada",}"#, "malformed"),
        ("{'first_name':'Ada'}", "malformed"),
        ("\u{feff}{}", "malformed"),
        ("", "malformed"),
        ("[]", "invalid_request"),
        (r#"{"first_name":1e999}"#, "malformed"),
        (r#"{"first_name":12345678901234567890123}"#, "invalid_request"),
    ] {
        let answer = send(&home, &token, (Method::POST, &people), &[], body).await;
        assert_eq!(answer.json()["code"], code, "{body}: {}", answer.json());
        assert!(!answer.json().to_string().contains("Bea"), "{body}");
    }
    let twice = send(&home, &token, (Method::POST, &people), &[], r#"{"a":[{"b":1,"b":2}]}"#).await;
    assert_eq!(twice.json()["errors"][0]["path"], "/a/0/b");
    let request = Request::post(&people)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .body(Body::from(b"{\"first_name\":\"\xff\xfe\"}".to_vec()));
    assert_eq!(home.send(request.unwrap()).await.problem(), (400, "malformed".into()));
    let none = home.get(&token, people.strip_prefix("/api/v1").unwrap()).await.json();
    assert_eq!(none["data"], Value::Array(vec![]), "nothing of it was taken");
}
