//! Receivers that were not written by us, and what they are handed.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

const NO_PYTHON: &str = "target/foreign has no Python with the packages of \
    tests/foreign/requirements.txt; `scripts/test` makes it. These tests do not skip.";
const NO_NODE: &str = "target/foreign has no node_modules of tests/foreign/package.json, or there is \
    no `node`; `scripts/test` makes it. These tests do not skip.";

/// The same text but for one bit.
pub(super) fn changed(body: &str, number: usize) -> String {
    let mut body = body.as_bytes().to_vec();
    let places: Vec<usize> = (0..body.len()).filter(|at| body[*at].is_ascii_digit()).collect();
    body[places[number % places.len()]] ^= 1;
    String::from_utf8(body).unwrap()
}

fn foreign() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).with_file_name("foreign")
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign").join(name)
}

/// A receiver that was started, and what is missing where it does not run.
struct Receiver {
    process: std::io::Result<Child>,
    missing: &'static str,
}

impl Receiver {
    fn start(command: &mut Command, missing: &'static str) -> Receiver {
        let process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        Receiver { process, missing }
    }

    /// All were verified, and none once it was changed.
    fn agrees(self, count: usize) {
        let missing = self.missing;
        let ended = self.process.and_then(Child::wait_with_output);
        let ended = ended.unwrap_or_else(|error| panic!("{missing} ({error})"));
        let told: Value = serde_json::from_slice(&ended.stdout)
            .unwrap_or_else(|_| panic!("{missing}\n{}", String::from_utf8_lossy(&ended.stderr)));
        let all = json!({ "verified": count, "refused": count, "surprises": [] });
        assert_eq!(told, all);
    }
}

/// Both verify so many requests, one to a line, and refuse each of them once it was changed.
pub(super) fn verify(requests: &str, count: usize) {
    let (python, modules) = (foreign().join("bin/python"), foreign().join("node"));
    assert!(python.exists(), "{NO_PYTHON}");
    assert!(modules.join("node_modules/standardwebhooks").exists(), "{NO_NODE}");
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("requests.jsonl");
    std::fs::write(&path, requests).unwrap();

    let mut command = Command::new(python);
    let in_python = Receiver::start(command.arg(script("verify.py")).arg(&path), NO_PYTHON);
    let mut command = Command::new("node");
    command.arg(script("verify.mjs")).arg(&path).arg(modules);
    let in_javascript = Receiver::start(&mut command, NO_NODE);

    in_python.agrees(count);
    in_javascript.agrees(count);
}
