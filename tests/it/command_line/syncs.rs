//! Connecting and syncing: a command says what a run does, and why it does not.

use std::net::TcpListener;
use std::path::Path;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::time::timeout;

use super::{Said, command, run};
use crate::place::PATIENCE;
use crate::provider::Provider;

pub(super) const LOOPBACK: [&str; 2] = ["--allow-private", "127.0.0.0/8"];

/// A directory with one tenant, and a file that holds a key.
pub(super) async fn tenant(key: &str, plan: &str) -> tempfile::TempDir {
    let here = tempfile::tempdir().unwrap();
    std::fs::write(here.path().join("key"), key).unwrap();
    let made = run(here.path(), &["tenant", "create", "acme", "--plan", plan]).await;
    assert_eq!(made.code, 0, "{}", made.err);
    here
}

pub(super) fn connect<'a>(base_url: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let connect = ["connection", "connect", "bamboohr", "--account", "acme"];
    let with = ["--api-key-file", "key", "--base-url", base_url];
    [&LOOPBACK[..], &connect, &with, more].concat()
}

pub(super) async fn last_run(here: &Path) -> Value {
    let listed = run(here, &["runs", "list", "--limit", "1", "--json"]).await;
    serde_json::from_str::<Value>(&listed.out).unwrap()[0].take()
}

#[tokio::test]
async fn who_waits_is_told_until_when_and_why() {
    let here = tenant("key", "business").await;
    // Somebody had it, and has gone.
    let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let base_url = format!("http://127.0.0.1:{port}");

    let mut connecting = command(here.path(), &connect(&base_url, &[])).spawn().unwrap();
    let mut lines = BufReader::new(connecting.stderr.take().unwrap()).lines();
    let mut told = String::new();
    while !told.contains("waiting until ") {
        let line = timeout(PATIENCE, lines.next_line()).await.expect("it says something").unwrap();
        told = line.expect("it goes on");
    }
    connecting.kill().await.unwrap();

    assert!(told.contains(" UTC: the provider is unavailable"), "{told}");
    let waiting = last_run(here.path()).await;
    assert_eq!(waiting["status"], "waiting", "{waiting}");
    let reason = &waiting["waiting"];
    assert_eq!(
        (&reason["until"], &reason["code"]),
        (&waiting["waiting_until"], &json!("unavailable"))
    );
    assert!(reason["summary"].as_str().unwrap().starts_with("the provider is unavailable"));
    for words in [&["runs", "list"][..], &["runs", "show", waiting["id"].as_str().unwrap()]] {
        let shown = run(here.path(), words).await;
        assert!(shown.out.contains("UTC: the provider is unavailable"), "{}", shown.out);
    }
}

#[tokio::test]
async fn a_refused_key_is_replaced_by_the_command_the_error_names() {
    let provider = Provider::start(5).await;
    let here = tenant("wrong", "business").await;
    let base_url = provider.simulator.base_url();

    let refused = run(here.path(), &connect(&base_url, &[])).await;

    assert_eq!((refused.code, &*refused.out), (1, ""));
    let remedy = "rollcall connection credentials --api-key-file FILE";
    assert!(refused.err.contains(remedy), "{}", refused.err);
    let shown = run(here.path(), &["connection", "show"]).await;
    assert!(shown.out.contains(remedy), "{}", shown.out);

    std::fs::write(here.path().join("key"), Provider::api_key()).unwrap();
    let credentials = ["connection", "credentials", "--api-key-file", "key"];
    let replaced = run(here.path(), &credentials).await;
    assert_eq!(replaced.code, 0, "{}", replaced.err);
    let synced = run(here.path(), &[&LOOPBACK[..], &["connection", "sync"]].concat()).await;
    assert_eq!(synced.code, 0, "{}", synced.err);
    assert!(synced.out.contains(" succeeded: "), "{}", synced.out);
}

#[tokio::test]
async fn a_plan_that_is_not_enough_is_named_with_those_that_are() {
    let here = tenant("key", "free").await;
    let plans = "needs the business, enterprise or agency plan; this tenant is on free";

    let said = run(here.path(), &connect("http://127.0.0.1:1", &[])).await;
    let listed = run(here.path(), &["runs", "list"]).await;

    assert_eq!(said.code, 1, "{}", said.err);
    assert!(said.err.contains(plans), "{}", said.err);
    assert!(listed.out.contains(plans), "{}", listed.out);
}

/// The one value of standard output, and the one error of standard error.
fn values(said: &Said) -> (Value, Value) {
    let value = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    (value(&said.out), value(&said.err)["error"].take())
}

#[tokio::test]
async fn a_sync_answers_in_json_only_when_asked_to() {
    let provider = Provider::start(5).await;
    let here = tenant(&Provider::api_key(), "business").await;
    let sync = |more: &[&'static str]| [&LOOPBACK[..], &["connection", "sync"], more].concat();

    let connected = run(here.path(), &connect(&provider.simulator.base_url(), &["--json"])).await;
    let (ended, none) = values(&connected);
    assert_eq!((&ended["status"], &none), (&json!("succeeded"), &Value::Null));
    assert_eq!(connected.err, "");
    let asked = run(here.path(), &sync(&["--no-wait"])).await;
    assert_eq!(asked.out.trim(), last_run(here.path()).await["id"].as_str().unwrap());
    let (asked, _) = values(&run(here.path(), &sync(&["--no-wait", "--json"])).await);
    assert!(asked["run"].is_string(), "{asked}");

    run(here.path(), &["tenant", "plan", "acme", "free"]).await;
    let (ended, error) = values(&run(here.path(), &sync(&["--json"])).await);
    assert_eq!((&ended, &error["code"]), (&Value::Null, &json!("conflict")));
    assert!(error["message"].as_str().unwrap().contains("business"), "{error}");
}
