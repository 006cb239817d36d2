//! Setting a connection, testing it, and its nights, by command.

use std::path::Path;

use serde_json::{Value, json};

use super::syncs::{LOOPBACK, connect, tenant};
use super::{Said, command, run, started, stopped};
use crate::provider::Provider;

/// A command that may reach the simulator.
async fn reaching(here: &Path, words: &[&str]) -> Said {
    run(here, &[&LOOPBACK[..], words].concat()).await
}

fn value(said: &Said) -> Value {
    assert_eq!(said.code, 0, "{}", said.err);
    serde_json::from_str(&said.out).unwrap()
}

#[tokio::test]
async fn a_key_is_tested_before_it_is_saved_and_after() {
    let provider = Provider::start(5).await;
    let here = tenant("wrong", "business").await;
    let base_url = provider.simulator.base_url();
    let list = async || value(&run(here.path(), &["connection", "list", "--json"]).await);

    let refused = run(here.path(), &connect(&base_url, &["--test"])).await;
    assert!(refused.code == 1 && refused.err.contains("key"), "{}", refused.err);
    std::fs::write(here.path().join("key"), Provider::api_key()).unwrap();
    let report = value(&run(here.path(), &connect(&base_url, &["--test", "--json"])).await);
    assert_eq!((&report["visible"], &report["all_readable"]), (&json!(5), &json!(true)));
    assert_eq!(list().await, json!([]));

    run(here.path(), &connect(&base_url, &[])).await;
    let tested = reaching(here.path(), &["connection", "test"]).await;
    assert!(tested.code == 0 && tested.out.contains("hireDate"), "{}{}", tested.out, tested.err);
}

#[tokio::test]
async fn settings_are_changed_shown_and_refused_by_name() {
    let here = tenant("key", "business").await;
    run(here.path(), &connect("http://127.0.0.1:1", &["--no-wait"])).await;
    let settings = ["connection", "settings"];

    let change = ["--hour", "3", "--zone", "Europe/Berlin", "--brake-deactivated", "40", "--json"];
    let set = value(&run(here.path(), &[&settings[..], &change].concat()).await);
    assert_eq!(set["schedule"], json!({ "hour": 3, "zone": "Europe/Berlin" }));
    assert_eq!((&set["brake"]["deactivated"], &set["brake"]["changed"]), (&json!(40), &json!(10)));

    let shown = run(here.path(), &settings).await;
    assert!(shown.out.contains("Europe/Berlin") && shown.out.contains("40"), "{}", shown.out);
    let refused = run(here.path(), &[&settings[..], &["--hour", "24"]].concat()).await;
    assert!(refused.code != 0 && refused.err.contains("hour"), "{}", refused.err);
    // What is refused leaves the limits as they were, too.
    let both = ["--brake-usual", "--hour", "24"];
    let refused = run(here.path(), &[&settings[..], &both].concat()).await;
    assert_eq!(refused.code, 2, "{}", refused.err);
    let now = value(&run(here.path(), &[&settings[..], &["--json"]].concat()).await);
    assert_eq!(now["brake"]["deactivated"], 40);
    let usual = ["--brake-usual", "--brake-changed", "12", "--zone", "", "--json"];
    let now = value(&run(here.path(), &[&settings[..], &usual].concat()).await);
    assert_eq!((&now["schedule"]["hour"], &now["schedule"]["zone"]), (&json!(3), &Value::Null));
    assert_eq!((&now["brake"]["deactivated"], &now["brake"]["changed"]), (&json!(25), &json!(12)));
}

#[tokio::test]
async fn the_night_is_run_once_and_told_as_done_then() {
    let provider = Provider::start(5).await;
    let here = tenant(&Provider::api_key(), "business").await;
    run(here.path(), &connect(&provider.simulator.base_url(), &[])).await;

    let first = reaching(here.path(), &["reconcile-nightly"]).await;
    let second = reaching(here.path(), &["reconcile-nightly"]).await;
    run(here.path(), &["tenant", "plan", "acme", "free"]).await;
    let free = reaching(here.path(), &["reconcile-nightly"]).await;
    run(here.path(), &["connection", "pause"]).await;
    let paused = reaching(here.path(), &["reconcile-nightly"]).await;

    assert_eq!((first.code, second.code), (0, 0), "{}{}", first.err, second.err);
    assert_eq!((free.code, paused.code), (0, 0), "{}{}", free.err, paused.err);
    assert!(first.out.contains("queued") && first.out.contains("succeeded"), "{}", first.out);
    assert!(second.out.contains("done already (01"), "{}", second.out);
    assert!(free.out.contains("left: live sync needs the business,"), "{}", free.out);
    assert!(paused.out.contains("left: the connection is paused"), "{}", paused.out);
    let parked = value(&run(here.path(), &["parked", "list", "--json"]).await);
    assert_eq!(parked, json!([]));
}

/// A node that brings a webhook secret, from its start to its end.
async fn serves_with(here: &Path, secret: &str) {
    let mut command = command(here, &["--json", "serve"]);
    command.env("ROLLCALL_WEBHOOK_SECRET_ACME", secret).env("ROLLCALL_LISTEN", "127.0.0.1:0");
    stopped(started(command).await).await;
}

#[tokio::test]
async fn a_secret_of_the_environment_is_imported_once() {
    let here = tenant("key", "business").await;
    let secret = "a-secret-of-sixteen-or-more";
    run(here.path(), &connect("http://127.0.0.1:1", &["--no-wait"])).await;
    let list = ["connection", "webhook-secret", "list", "--json"];
    let listed = async || {
        let all = value(&run(here.path(), &list).await);
        let fingerprint = |one: &Value| one["fingerprint"].as_str().unwrap().to_owned();
        all.as_array().unwrap().iter().map(fingerprint).collect::<Vec<_>>()
    };

    serves_with(here.path(), secret).await;
    serves_with(here.path(), secret).await;
    let live = listed().await;
    assert_eq!(live.len(), 1);
    // What somebody took away stays away.
    let remove = ["connection", "webhook-secret", "remove", &live[0]];
    assert_eq!(run(here.path(), &remove).await.code, 0);
    serves_with(here.path(), secret).await;
    assert_eq!(listed().await, [""; 0]);
    serves_with(here.path(), "another-secret-of-the-same-length").await;
    assert_eq!(listed().await.len(), 1);
}
