//! The demo proves itself with either HR system, in the same words.

use rollcall_store::Location;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::time::timeout;

use super::{Said, command, run, stopped};
use crate::client;
use crate::place::{PATIENCE, Place};

/// What it says at its end.
fn summary(said: &Said) -> Value {
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    serde_json::from_str(said.out.lines().last().unwrap()).unwrap()
}

/// The members, and what kind of value each has.
fn members(value: &Value) -> Value {
    match value {
        Value::Object(all) => all.iter().map(|(name, one)| (name, members(one))).collect(),
        Value::Number(_) => json!("number"),
        Value::Bool(_) => json!("bool"),
        Value::Null | Value::String(_) | Value::Array(_) => value.clone(),
    }
}

#[tokio::test]
async fn a_demo_of_either_hr_system_ends_well_and_has_the_same_members() {
    let here = tempfile::tempdir().unwrap();
    let once = ["demo", "--once", "--people", "50"];

    let told = summary(&run(here.path(), &once).await);
    let found =
        summary(&run(here.path(), &[&once[..], &["--provider", "dynamics"]].concat()).await);

    assert_eq!(members(&told), members(&found));
    let counts = [&found["receipts"], &found["runs"]["webhook"], &found["reconcile_changes"]];
    let counts = counts.map(|counted| match counted.as_object() {
        Some(all) => all.values().filter_map(Value::as_u64).sum(),
        None => counted.as_u64().unwrap(),
    });
    assert_eq!(counts, [0; 3], "nothing is delivered, and nothing is left to find: {found}");
    // Ten were brought forward, and one looked for what was left. A new target asks for one as well,
    // which may be one of them.
    let reconciled = found["runs"]["reconcile"]["succeeded"].as_u64().unwrap();
    assert!((11..=12).contains(&reconciled), "{found}");
    assert_eq!(told["receipts"]["duplicate"], 2, "{told}");
}

#[tokio::test]
async fn a_demo_without_webhooks_ends_well_on_postgresql() {
    let (here, place) = (tempfile::tempdir().unwrap(), Place::postgres());
    let Location::Postgres(url) = &place.location else { panic!("it is on PostgreSQL") };
    let demo = ["--database-url", url.expose_secret(), "demo", "--once", "--people", "50"];

    let said = run(here.path(), &[&demo[..], &["--provider", "dynamics"]].concat()).await;

    assert_eq!(summary(&said)["roster_equals_simulator"], true);
}

#[tokio::test]
async fn a_demo_without_webhooks_goes_on_while_its_provider_is_broken() {
    let here = tempfile::tempdir().unwrap();
    let words = ["demo", "--people", "50", "--provider", "dynamics"];
    let mut demo = command(here.path(), &words).spawn().unwrap();
    let mut lines = BufReader::new(demo.stdout.take().unwrap()).lines();
    let mut hears = async |words: &str| loop {
        let line = timeout(PATIENCE, lines.next_line()).await.expect("it goes on").unwrap();
        let line = line.expect("it does not end");
        if line.contains(words) {
            return line;
        }
    };
    let line = hears("_control/faults").await;
    let faults = line.split_whitespace().find(|word| word.starts_with("http")).unwrap().to_owned();
    let (_, breakage) = line.split_once(" -d ").unwrap();

    let breakage: Value = serde_json::from_str(breakage.trim_matches('\'')).unwrap();
    client::put(&faults, &breakage).await;
    hears("manual_reconciliation → failed").await;
    client::put(&faults, &json!({})).await;
    hears("manual_reconciliation → succeeded").await;

    stopped(demo).await;
}
