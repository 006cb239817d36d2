//! What we sign, verified by libraries that are not ours: Standard Webhooks' own for Python and for
//! JavaScript, and the other header as its documentation says.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use chrono::{DateTime, TimeDelta, Utc};
use rollcall_domain::message::{
    Detail, EndpointFace, EndpointSecret, Kind, SECRET_BYTES, headers, sample,
};
use serde_json::{Value, json};
use tempfile::TempDir;

const REQUESTS: usize = 10_000;
/// From here on each endpoint's secret is being replaced.
const ROTATED_FROM: usize = 7_000;

const NO_PYTHON: &str = "target/foreign has no Python with the packages of \
    tests/foreign/requirements.txt; `scripts/test` makes it. These tests do not skip.";
const NO_NODE: &str = "target/foreign has no node_modules of tests/foreign/package.json, or there is \
    no `node`; `scripts/test` makes it. These tests do not skip.";

/// Bytes that differ from request to request and are the same in every test.
fn bytes(seed: usize, length: usize) -> Vec<u8> {
    let mut state = seed as u64 ^ 0x9e37_79b9_7f4a_7c15;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    };
    (0..length).map(|_| next()).collect()
}

/// The request that an endpoint gets, the secrets its receiver may hold, and the body with another byte.
fn request(number: usize, at: DateTime<Utc>) -> Value {
    let kind = Kind::ALL[number % Kind::ALL.len()];
    let detail = Detail::ALL[number / 5 % 2];
    let webhook_id = format!("endpoint-{number}");
    let url = format!("https://example.com/hook/{number}?name=Zoë&sign=✓");
    let message = sample(kind, at - TimeDelta::milliseconds(number as i64));
    let body = message.body(&EndpointFace { webhook_id, url }, detail).to_string();

    let lengths = SECRET_BYTES.count();
    let secret = |seed: usize| {
        let length = SECRET_BYTES.start() + seed % lengths;
        EndpointSecret::new(&bytes(seed, length)).unwrap()
    };
    let (new, old) = (secret(2 * number), secret(2 * number + 1));
    let secrets = if number < ROTATED_FROM { vec![new] } else { vec![new, old] };
    let key: String = bytes(number, 24).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    });
    let signed = headers(&message.id, at, body.as_bytes(), &secrets, &key);
    let headers: serde_json::Map<String, Value> =
        signed.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    json!({
        "changed": changed(&body, number),
        "body": body,
        "headers": headers,
        "secrets": secrets.iter().map(EndpointSecret::text).collect::<Vec<_>>(),
        "organisation_key": key,
    })
}

/// The same text but for one bit.
fn changed(body: &str, number: usize) -> String {
    let mut body = body.as_bytes().to_vec();
    let places: Vec<usize> = (0..body.len()).filter(|at| body[*at].is_ascii_digit()).collect();
    body[places[number % places.len()]] ^= 1;
    String::from_utf8(body).unwrap()
}

fn requests(folder: &TempDir) -> PathBuf {
    let path = folder.path().join("requests.jsonl");
    // Receivers allow five minutes either way: a slow machine has nine.
    let at = Utc::now() + TimeDelta::minutes(4);
    let lines: String = (0..REQUESTS).fold(String::new(), |mut lines, number| {
        writeln!(lines, "{}", request(number, at)).unwrap();
        lines
    });
    std::fs::write(&path, lines).unwrap();
    path
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
    fn agrees(self) {
        let missing = self.missing;
        let ended = self.process.and_then(Child::wait_with_output);
        let ended = ended.unwrap_or_else(|error| panic!("{missing} ({error})"));
        let told: Value = serde_json::from_slice(&ended.stdout)
            .unwrap_or_else(|_| panic!("{missing}\n{}", String::from_utf8_lossy(&ended.stderr)));
        let all = json!({ "verified": REQUESTS, "refused": REQUESTS, "surprises": [] });
        assert_eq!(told, all);
    }
}

#[test]
fn what_we_sign_is_verified_by_libraries_of_others() {
    let (python, modules) = (foreign().join("bin/python"), foreign().join("node"));
    assert!(python.exists(), "{NO_PYTHON}");
    assert!(modules.join("node_modules/standardwebhooks").exists(), "{NO_NODE}");
    let folder = TempDir::new().unwrap();
    let requests = requests(&folder);

    let mut command = Command::new(python);
    let in_python = Receiver::start(command.arg(script("verify.py")).arg(&requests), NO_PYTHON);
    let mut command = Command::new("node");
    command.arg(script("verify.mjs")).arg(&requests).arg(modules);
    let in_javascript = Receiver::start(&mut command, NO_NODE);

    in_python.agrees();
    in_javascript.agrees();
}
