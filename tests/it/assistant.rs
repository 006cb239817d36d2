//! An assistant with the protocol's own client, on a whole installation.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use rollcall_api::tokens::Scope;
use rollcall_domain::vocabulary::RunKind;
use rollcall_simulators::bamboohr::{Disturbance, Wrong};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::desk::Desk;
use crate::place::{Place, on_both_databases};
use crate::stage::Stage;

on_both_databases!(it_finds_out_why_a_sync_failed_and_can_do_nothing_about_it);

const MISSING: &str = "target/foreign has no Python with the packages of \
    tests/foreign/requirements.txt; `scripts/test` makes it. These tests do not skip.";

async fn it_finds_out_why_a_sync_failed_and_can_do_nothing_about_it(place: Place) {
    let stage = Stage::synced(place, 30).await;
    let company = stage.provider.company();
    let first = stage.runs().await.last().unwrap().run.clone();
    company.change_faults(|faults| faults.answers.push(Disturbance::always(Wrong::Unauthorized)));
    let run = stage.sync(RunKind::Reconcile).await;
    let desk = Desk::with(&stage, vec![Scope::Assistant]).await;

    let calls = json!([
        ["connection_health", {}],
        ["recent_runs", { "status": "failed" }],
        ["run_diagnostics", { "run": run }],
        ["explain_error", { "code": "authentication", "kind": "failure" }],
        ["affected_people", { "run": first, "action": "created", "limit": 3 }],
        ["targets", {}],
        ["schedule", {}],
        ["held_plans", {}],
        ["run_diagnostics", { "run": "nobody" }],
        ["disconnect", { "integration": stage.connection }],
    ]);

    for mode in ["auto", "legacy"] {
        let said = foreign(&stage, desk.token(), mode, &calls).await;
        assert_eq!(
            (&said["server"], &said["answers"].as_array().unwrap().len()),
            (&json!("rollcall"), &10)
        );
        assert_eq!(said["tools"].as_array().unwrap().len(), 9, "{mode}");
        let answers = &said["answers"];
        let health = &answers[0]["structured"]["connections"][0];
        assert_eq!((&health["status"], &health["last_run"]), (&json!("error"), &json!(run)));
        assert_eq!(health["failure"]["code"], "authentication");
        let remedy = health["failure"]["remedy"].as_str().unwrap();
        assert!(answers[0]["text"][0].as_str().unwrap().ends_with(remedy), "{health}");
        assert_eq!(answers[1]["structured"]["data"][0]["id"], run.as_str());
        let shown = desk.get(&format!("/integration_sync_logs/{run}")).await;
        assert_eq!(answers[2]["structured"]["error"], shown["error"]);
        assert_eq!(answers[3]["structured"]["data"][0]["remedy"], remedy);
        let people = answers[4]["structured"]["data"].as_array().unwrap();
        assert_eq!(people.len(), 3);
        assert!(answers[4]["structured"]["next_cursor"].is_string());
        assert_eq!(answers[5]["structured"]["connections"][0]["live_baseline"], true);
        assert!(answers[6]["structured"]["connections"][0]["next_run"].is_string());
        assert_eq!(answers[7]["structured"]["data"], json!([]));
        assert_eq!(answers[8]["structured"]["code"], "not_found");
        assert_eq!(answers[9]["error"], -32_602, "{}", answers[9]);
    }
}

/// What the foreign client made of it.
async fn foreign(stage: &Stage, token: &str, mode: &str, calls: &Value) -> Value {
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let python = target.with_file_name("foreign").join("bin/python");
    assert!(python.exists(), "{MISSING}");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign/assistant.py");
    let mut client = Command::new(python)
        .arg(script)
        .args([&stage.node.address.to_string(), token, mode])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let calls = calls.to_string();
    client.stdin.take().unwrap().write_all(calls.as_bytes()).await.unwrap();
    let ended = client.wait_with_output().await.unwrap();
    let (out, err) = (&ended.stdout, String::from_utf8_lossy(&ended.stderr));
    serde_json::from_slice(out).unwrap_or_else(|_| panic!("{MISSING}\n{err}"))
}
