//! The examples of docs/push.md, as a sender would use them.

use std::path::{Path, PathBuf};

use rollcall_domain::push::{Form, validate};
use tempfile::TempDir;
use tokio::process::Command;

use crate::push_endpoint::PushEndpoint;

/// The first example in a language.
fn example(language: &str) -> String {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/push.md");
    let text = std::fs::read_to_string(document).unwrap();
    let (_, rest) = text.split_once(&format!("\n```{language}\n")).expect("it has an example");
    rest.split_once("\n```").expect("it ends").0.to_owned()
}

#[test]
fn the_body_that_is_shown_and_sent_with_curl_is_taken() {
    assert_eq!(validate(Form::Json, example("json").as_bytes()), Ok(1));
}

#[tokio::test]
async fn the_program_in_python_sends_what_is_taken() {
    let endpoint = PushEndpoint::start().await;
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("push.py"), example("python")).unwrap();
    std::fs::write(
        folder.path().join("people.csv"),
        "\u{feff}EmployeeId,First name,Last name,Work email,Status,Department,Manager\r\n\
         E1,Zoë,Müller,zoe@example.com,Active,Engineering > Mobile Team,\r\n\
         E2,Ada,Lovelace,ada@example.com,Left,,E1\r\n",
    )
    .unwrap();

    let python = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).with_file_name("foreign/bin/python");
    let said = Command::new(python)
        .arg("push.py")
        .current_dir(folder.path())
        .env("ROLLCALL_PUSH_URL", &endpoint.url)
        .env("ROLLCALL_PUSH_KEY", "77c0a1d95e2b4f6a8c13d70be94f52a6180cd3e7")
        .output()
        .await
        .expect("`scripts/test` puts a Python into target/foreign");

    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    assert!(String::from_utf8_lossy(&said.stdout).starts_with("202 {'request_id': 'R'"));
    let pushed = endpoint.pushed().remove(0);
    let key = &pushed.headers["x-hris-authentication"];
    assert_eq!(key, "77c0a1d95e2b4f6a8c13d70be94f52a6180cd3e7");
    assert_eq!(Form::of(pushed.headers["content-type"].to_str().unwrap()), Some(Form::Json));
    assert_eq!(validate(Form::Json, &pushed.body), Ok(2));
}
