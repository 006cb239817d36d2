//! `rollcall push`: what is sent of a file, and what is said of it.

use super::*;
use crate::push_endpoint::PushEndpoint;

const KEY: &str = "77c0a1d95e2b4f6a8c13d70be94f52a6180cd3e7";
const PEOPLE: &str = "EmployeeId,first_name,last_name,email,active,Division,Team\n\
    E1,Ada,Lovelace,ada@example.com,yes,Engines,Mobile\n\
    E2,Zoë,Müller,zoe@example.com,no,Sales,\n";
const MAP: [&str; 4] = ["--map", "hris_id=EmployeeId", "--map", "departments=Division>Team"];

async fn push(directory: &Path, endpoint: &PushEndpoint, words: &[&str]) -> Said {
    let mut command = command(directory, words);
    command.env("ROLLCALL_PUSH_KEY", KEY).env("ROLLCALL_PUSH_URL", &endpoint.url);
    said(command).await
}

fn words<'w>(some: &[&'w str]) -> Vec<&'w str> {
    some.iter().chain(&MAP).copied().collect()
}

#[tokio::test]
async fn a_table_is_sent_and_the_answer_told() {
    let (here, endpoint) = (tempfile::tempdir().unwrap(), PushEndpoint::start().await);
    std::fs::write(here.path().join("people.csv"), PEOPLE).unwrap();

    let told = push(here.path(), &endpoint, &words(&["push", "people.csv"])).await;

    assert_eq!((told.code, told.err.as_str()), (0, ""));
    assert!(told.out.starts_with("mode      test: it is kept"), "{}", told.out);
    let origin = endpoint.url.split("/hriswebhook").next().unwrap();
    assert!(told.out.contains("received  2\nrequest   R\n"), "{}", told.out);
    assert!(told.out.contains(&format!("status    {origin}/api/v1/hris_webhooks/W/requests/R\n")));
    let pushed = endpoint.pushed().remove(0);
    assert_eq!(pushed.headers["x-hris-authentication"], KEY);
    assert_eq!(pushed.headers["content-type"], "application/json");
    assert_eq!(pushed.headers["idempotency-key"].len(), 26);
    let body: Value = serde_json::from_slice(&pushed.body).unwrap();
    assert_eq!(body["users"][0]["departments"], serde_json::json!(["Engines > Mobile"]));
    assert_eq!(body["users"][1]["active"], false);
}

#[tokio::test]
async fn a_program_gets_the_answer_and_whether_it_came_before() {
    let (here, endpoint) = (tempfile::tempdir().unwrap(), PushEndpoint::start().await);
    let line = r#"{"hris_id":"E1","first_name":"A","last_name":"L","email":"a@b.c","active":true}"#;
    std::fs::write(here.path().join("people.ndjson"), line).unwrap();
    std::fs::write(here.path().join("key"), format!("{KEY}\n")).unwrap();
    let answer = serde_json::json!({ "request_id": "R1", "mode": "live", "received": 1,
        "status_url": "/api/v1/hris_webhooks/W/requests/R1" });
    endpoint.answer_next(503, serde_json::json!({ "code": "overloaded" }));
    endpoint.answer_next(200, answer);

    let words = ["--json", "push", "people.ndjson", "--idempotency-key", "tonight"];
    let told = push(here.path(), &endpoint, &words).await;

    assert_eq!((told.code, told.err.as_str()), (0, ""));
    let answer: Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(answer["request_id"], "R1");
    assert_eq!(answer["repeated"], true);
    assert!(answer["status_url"].as_str().unwrap().starts_with("http://127.0.0.1:"));
    let pushed = endpoint.pushed();
    assert_eq!(pushed.len(), 2, "the server was busy the first time");
    for one in &pushed {
        assert_eq!(one.headers["idempotency-key"], "tonight");
        assert_eq!(one.headers["content-type"], "application/x-ndjson");
        assert_eq!(one.body, line);
    }
}

#[tokio::test]
async fn what_is_wrong_is_told_by_its_line_and_nothing_is_sent() {
    let (here, endpoint) = (tempfile::tempdir().unwrap(), PushEndpoint::start().await);
    let people = PEOPLE.replace("zoe@example.com", "n/a").replace("E2", "E1");
    std::fs::write(here.path().join("people.csv"), people).unwrap();

    let told = push(here.path(), &endpoint, &words(&["push", "people.csv"])).await;

    assert_eq!(told.code, 2);
    assert_eq!(
        told.err,
        "rollcall: 3 values are not what the contract asks for; nothing was sent\n"
    );
    let lines: Vec<&str> = told.out.lines().collect();
    assert_eq!(lines.len(), 4, "{}", told.out);
    assert!(lines[0].starts_with("LINE  HRIS ID  FIELD    WHY"), "{}", told.out);
    assert!(lines[1].starts_with("2     E1       hris_id  the users 0, 1 have"), "{}", told.out);
    assert!(lines[2].starts_with("3     E1       email    email must be"), "{}", told.out);
    assert!(endpoint.pushed().is_empty());
}

#[tokio::test]
async fn a_file_can_be_checked_without_an_endpoint() {
    let here = tempfile::tempdir().unwrap();
    std::fs::write(here.path().join("people.csv"), PEOPLE).unwrap();

    let told = run(here.path(), &words(&["push", "people.csv", "--dry-run"])).await;
    assert_eq!((told.code, told.err.as_str()), (0, ""));
    assert_eq!(told.out, "2 users: all of it can be sent. Nothing was.\n");
    let told = run(here.path(), &words(&["--json", "push", "people.csv", "--dry-run"])).await;
    assert_eq!(told.out, "{\"valid\":true,\"users\":2}\n");
    let told = run(here.path(), &["push", "people.csv", "--dry-run"]).await;
    assert_eq!(told.code, 2);
    assert!(told.err.contains("no column says hris_id; name it with --map"), "{}", told.err);
}

#[tokio::test]
async fn what_the_server_refuses_is_told_by_line_too() {
    let (here, endpoint) = (tempfile::tempdir().unwrap(), PushEndpoint::start().await);
    std::fs::write(here.path().join("people.csv"), PEOPLE).unwrap();
    endpoint.answer_next(
        422,
        serde_json::json!({ "title": "Some of it is not valid", "detail": "Nothing was taken.",
            "code": "invalid_request", "errors": [{ "index": 1, "hris_id": "E2",
            "path": "/users/1/hire_date", "message": "It must be a day." }] }),
    );
    endpoint.answer_next(401, serde_json::json!({ "code": "unauthenticated" }));

    let told = push(here.path(), &endpoint, &words(&["push", "people.csv"])).await;
    assert_eq!(told.code, 2);
    assert_eq!(
        told.out,
        "LINE  HRIS ID  FIELD      WHY\n3     E2       hire_date  It must be a day.\n"
    );
    assert!(told.err.starts_with("rollcall: Some of it is not valid."), "{}", told.err);

    let told = push(here.path(), &endpoint, &words(&["push", "people.csv"])).await;
    assert_eq!(told.code, 1);
    assert!(told.err.starts_with("rollcall: there is no such endpoint, or its key"));
}

#[tokio::test]
async fn a_key_never_stands_on_the_command_line_nor_goes_out_in_clear() {
    let here = tempfile::tempdir().unwrap();
    std::fs::write(here.path().join("people.csv"), PEOPLE).unwrap();

    let far = ["push", "people.csv", "--url", "http://example.com/hriswebhook/sync/x/"];
    let told = run(here.path(), &words(&far)).await;
    assert_eq!(told.code, 2);
    assert!(told.err.contains("set ROLLCALL_PUSH_KEY, or --key-file"), "{}", told.err);
    std::fs::write(here.path().join("key"), KEY).unwrap();
    let with_key: Vec<&str> = far.into_iter().chain(["--key-file", "key"]).collect();
    let told = run(here.path(), &words(&with_key)).await;
    assert_eq!(told.code, 2);
    assert!(told.err.contains("must begin with https://"), "{}", told.err);
    let told = run(here.path(), &words(&["push", "people.csv"])).await;
    assert!(told.code == 2 && told.err.contains("--url"), "{}", told.err);
}
