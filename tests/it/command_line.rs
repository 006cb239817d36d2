//! The command line as people and scripts use it: a process of its own, its output and exit code.

mod answers;
mod demo;
mod identities;
mod members;
mod people;
mod plans;
mod push;
mod receipts;
mod scenarios;
mod simulators;
mod steering;
mod syncs;
mod undo;

use std::path::Path;
use std::process::Stdio;

use rollcall_store::Location;
use rustix::process::{Pid, Signal, kill_process};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::client;
use crate::place::{PATIENCE, Place};

/// What a command said, and how it ended.
struct Said {
    code: i32,
    out: String,
    err: String,
}

/// A directory that commands work in, and nothing else of this machine's settings.
fn command(directory: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rollcall"));
    command.env_clear().env("ROLLCALL_LOG", "warn").current_dir(directory).args(words);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

async fn said(mut command: Command) -> Said {
    let ended = timeout(PATIENCE, command.output()).await.expect("it ends").unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let code = ended.status.code().expect("it ended by itself");
    Said { code, out: text(ended.stdout), err: text(ended.stderr) }
}

async fn run(directory: &Path, words: &[&str]) -> Said {
    said(command(directory, words)).await
}

/// A command that stays, once it has said where it is.
async fn started(mut command: Command) -> Child {
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    timeout(PATIENCE, lines.next_line()).await.expect("it starts").unwrap();
    child
}

async fn stopped(mut child: Child) {
    let id = child.id().expect("it is running").cast_signed();
    kill_process(Pid::from_raw(id).unwrap(), Signal::TERM).unwrap();
    timeout(PATIENCE, child.wait()).await.expect("it ends").unwrap();
}

#[tokio::test]
async fn a_second_demo_on_a_database_finds_the_key_of_the_first() {
    let (here, place) = (tempfile::tempdir().unwrap(), Place::postgres());
    let Location::Postgres(url) = &place.location else { panic!("it is on PostgreSQL") };
    let demo = ["--json", "--database-url", url.expose_secret(), "demo", "--people", "50"];

    for slug in ["demo", "demo-2"] {
        let mut demo = command(here.path(), &demo).spawn().unwrap();
        let mut lines = BufReader::new(demo.stdout.take().unwrap()).lines();
        let said = timeout(PATIENCE, lines.next_line()).await.expect("it starts").unwrap();
        let said: Value = serde_json::from_str(&said.expect("it says where it is")).unwrap();
        let id = demo.id().expect("it is running").cast_signed();
        kill_process(Pid::from_raw(id).unwrap(), Signal::TERM).unwrap();
        let ended = timeout(PATIENCE, demo.wait()).await.expect("it ends").unwrap();
        assert!(said["tenant"] == slug && ended.success(), "{said}");
    }
    assert!(here.path().join("rollcall-data/operator.key").exists());
}

#[tokio::test]
async fn a_demo_goes_on_while_its_provider_is_broken() {
    let here = tempfile::tempdir().unwrap();
    let mut demo = command(here.path(), &["demo", "--people", "50"]).spawn().unwrap();
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

    client::put(&faults, &json!({ "answers": [{ "answer": "unauthorized" }] })).await;
    hears("failed: the credentials were refused").await;
    hears("failed: the credentials were refused").await;
    client::put(&faults, &json!({})).await;
    hears("succeeded").await;

    stopped(demo).await;
}

#[tokio::test]
async fn a_name_cannot_drive_the_terminal() {
    let here = tempfile::tempdir().unwrap();
    let name = "Ac\u{1b}[31m\nme";

    let made = run(here.path(), &["tenant", "create", "acme", "--name", name]).await;
    let refused = run(here.path(), &["scenario", "create", name]).await;

    assert_eq!((made.code, refused.code), (0, 2), "{}{}", made.err, refused.err);
    let listed = run(here.path(), &["tenant", "list"]).await;
    assert!(listed.out.contains(r"Ac\u{1b}[31m\nme"), "{}{}", listed.out, listed.err);
    assert!(!listed.out.contains('\u{1b}'), "{}", listed.out);
}

#[tokio::test]
async fn an_unknown_plan_is_told_which_there_are() {
    let here = tempfile::tempdir().unwrap();
    run(here.path(), &["tenant", "create", "acme"]).await;

    for words in
        [&["tenant", "create", "beta", "--plan", "gold"][..], &["tenant", "plan", "acme", "gold"]]
    {
        let refused = run(here.path(), words).await;
        assert_eq!(refused.code, 2, "{}", refused.err);
        let plans = "free, team, business, enterprise, agency";
        assert!(refused.err.contains(plans), "{}", refused.err);
    }
    let changed = run(here.path(), &["tenant", "plan", "acme", "agency"]).await;
    assert_eq!(changed.code, 0, "{}", changed.err);
}

#[tokio::test]
async fn an_odd_id_is_one_that_does_not_exist() {
    let here = tempfile::tempdir().unwrap();
    run(here.path(), &["tenant", "create", "acme"]).await;

    for words in [
        &["runs", "show", "a b%2f"][..],
        &["runs", "show", ".."],
        &["token", "revoke", "../x?y"],
        &["connection", "show", "--connection", "ä/#"],
        &["projections", "rebuild", "a b"],
        &["tenant", "plan", "a b", "free"],
    ] {
        let missed = run(here.path(), words).await;
        assert_eq!(missed.code, 1, "{words:?}: {}", missed.err);
        assert!(missed.err.contains("Not found."), "{words:?}: {}", missed.err);
        assert!(!missed.err.contains("token"), "{words:?}: {}", missed.err);
    }
}

#[tokio::test]
async fn a_token_expires_within_a_hundred_years() {
    let here = tempfile::tempdir().unwrap();
    run(here.path(), &["tenant", "create", "acme"]).await;
    let create = ["token", "create", "--name", "x", "--expires-in"];

    for days in ["0", "36501", "99999999", "x"] {
        let refused = run(here.path(), &[&create[..], &[days]].concat()).await;
        assert_eq!(refused.code, 2, "{days}: {}", refused.err);
        assert!(refused.err.contains("a number of days from 1 to 36500"), "{}", refused.err);
    }
    for days in ["1", "36500"] {
        let made = run(here.path(), &[&create[..], &[days]].concat()).await;
        assert!(made.code == 0 && made.out.starts_with("rc_"), "{days}: {}", made.err);
    }
}

#[tokio::test]
async fn the_operator_wins_over_the_environments_tenant_but_not_over_a_typed_one() {
    let here = tempfile::tempdir().unwrap();
    for slug in ["acme", "beta"] {
        run(here.path(), &["tenant", "create", slug]).await;
    }
    let with_tenant = |words: &[&str]| {
        let mut command = command(here.path(), words);
        command.env("ROLLCALL_TENANT", "acme");
        said(command)
    };

    let made = with_tenant(&["token", "create", "--operator", "--name", "of the operator"]).await;
    let operator = with_tenant(&["token", "list", "--operator"]).await;
    let tenant = with_tenant(&["token", "list"]).await;
    let both = with_tenant(&["token", "list", "--operator", "--tenant", "acme"]).await;
    let nobody = run(here.path(), &["token", "list"]).await;

    assert_eq!(made.code, 0, "{}", made.err);
    assert!(operator.out.contains("of the operator"), "{}", operator.err);
    assert!(tenant.code == 0 && !tenant.out.contains("of the operator"), "{}", tenant.err);
    assert!(both.code == 2 && both.err.contains("cannot be used with"), "{}", both.err);
    assert!(nobody.code == 2 && nobody.err.contains("--tenant acme"), "{}", nobody.err);
}
