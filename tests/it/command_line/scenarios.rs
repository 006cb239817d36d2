//! Scenarios and targets at the command line, without a server: it does the work itself.

use std::path::Path;

use serde_json::{Value, json};

use super::{Said, run};
use crate::provider::Provider;

const LOOPBACK: [&str; 2] = ["--allow-private", "127.0.0.0/8"];

async fn tenant() -> tempfile::TempDir {
    let here = tempfile::tempdir().unwrap();
    let made = run(here.path(), &["tenant", "create", "acme", "--plan", "business"]).await;
    assert_eq!(made.code, 0, "{}", made.err);
    here
}

async fn scenario(here: &Path, words: &[&str]) -> Said {
    run(here, &[&["scenario"], words].concat()).await
}

/// The one of this name.
async fn named(here: &Path, name: &str) -> Value {
    let listed = scenario(here, &["list", "--json"]).await;
    let all: Vec<Value> = serde_json::from_str(&listed.out).unwrap();
    all.into_iter().find(|one| one["name"] == name).unwrap_or_default()
}

#[tokio::test]
async fn a_copy_is_complete_when_the_command_ends() {
    let here = tenant().await;

    let made = scenario(here.path(), &["create", "Plan", "--from", "live baseline"]).await;
    let taken = scenario(here.path(), &["snapshot", "Plan", "--name", "Before"]).await;

    assert_eq!((made.code, taken.code), (0, 0), "{}{}", made.err, taken.err);
    assert!(made.err.contains("the copy is under way"), "{}", made.err);
    let (plan, before) = (named(here.path(), "Plan").await, named(here.path(), "Before").await);
    assert_eq!((&plan["status"], &plan["kind"]), (&json!("active"), &json!("scenario")));
    assert_eq!((&before["status"], &before["kind"]), (&json!("active"), &json!("snapshot")));
    assert_eq!(
        (made.out.trim(), &before["copied_from"]),
        (plan["id"].as_str().unwrap(), &plan["id"])
    );
}

#[tokio::test]
async fn a_scenario_is_meant_by_its_name_as_long_as_only_one_in_use_has_it() {
    let here = tenant().await;
    scenario(here.path(), &["create", "Plan"]).await;

    let same = scenario(here.path(), &["create", " plan "]).await;
    let renamed = scenario(here.path(), &["rename", "plan", "Merger"]).await;
    let archived = scenario(here.path(), &["archive", "Merger"]).await;
    let again = scenario(here.path(), &["archive", "Merger"]).await;
    let baseline = scenario(here.path(), &["archive", "Live Baseline"]).await;

    assert_eq!((same.code, renamed.code, archived.code), (1, 0, 0), "{}", renamed.err);
    assert!(same.err.contains("has this name already"), "{}", same.err);
    assert!(again.err.contains("Merger is archived"), "{}", again.err);
    assert!(baseline.code == 1 && baseline.err.contains("live baseline"), "{}", baseline.err);
    assert_eq!(named(here.path(), "Merger").await["status"], "archived");
}

#[tokio::test]
async fn targets_are_chosen_shown_and_refused() {
    let (here, provider) = (tenant().await, Provider::start(5).await);
    std::fs::write(here.path().join("key"), Provider::api_key()).unwrap();
    scenario(here.path(), &["create", "First"]).await;
    scenario(here.path(), &["create", "Second"]).await;
    let base_url = provider.simulator.base_url();
    let connect = ["connection", "connect", "bamboohr", "--account", "acme", "--api-key-file"];
    let with = ["key", "--base-url", &base_url, "--target", "first", "--all-future"];
    let connected = run(here.path(), &[&LOOPBACK[..], &connect, &with].concat()).await;
    assert_eq!(connected.code, 0, "{}", connected.err);
    let targets =
        async |more: &[&str]| run(here.path(), &[&["connection", "targets"], more].concat()).await;

    let first = named(here.path(), "First").await["id"].take();
    let shown: Value = serde_json::from_str(&targets(&["--json"]).await.out).unwrap();
    assert_eq!(shown, json!({"live_baseline": true, "scenarios": [first], "all_future": true}));

    let changed = targets(&["--add", "second", "--remove", "First", "--all-future", "false"]).await;
    assert_eq!(changed.code, 0, "{}", changed.err);
    assert_eq!(changed.out, "live baseline  yes\nscenarios      Second\nall future     no\n");

    scenario(here.path(), &["archive", "Second"]).await;
    let shown = run(here.path(), &["connection", "show"]).await;
    assert!(shown.out.contains("Second (archived)"), "{}", shown.out);
    let id = named(here.path(), "Second").await["id"].as_str().unwrap().to_owned();
    let none = targets(&["--remove", &id, "--live-baseline", "false"]).await;
    assert!(none.code == 2 && none.err.contains("at least one target"), "{}", none.err);
    let unknown = targets(&["--add", "Third"]).await;
    assert!(unknown.code == 1 && unknown.err.contains("no scenario Third"), "{}", unknown.err);
}
