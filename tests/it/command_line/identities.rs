//! Saying who a source id is: a report per line, and what the next run makes of it.

use std::fs::File;
use std::path::Path;

use serde_json::{Value, json};

use super::syncs::{LOOPBACK, connect, tenant};
use super::{Said, command, run, said};
use crate::provider::Provider;

const IMPORT: [&str; 2] = ["connection", "import-identities"];

async fn connected(provider: &Provider) -> tempfile::TempDir {
    let here = tenant(&Provider::api_key(), "business").await;
    let connected = run(here.path(), &connect(&provider.simulator.base_url(), &[])).await;
    assert_eq!(connected.code, 0, "{}", connected.err);
    here
}

async fn import(here: &Path, content: &str, more: &[&str]) -> Said {
    std::fs::write(here.join("people"), content).unwrap();
    run(here, &[&IMPORT[..], &["people"], more].concat()).await
}

async fn sync(here: &Path) -> Said {
    run(here, &[&LOOPBACK[..], &["connection", "sync"]].concat()).await
}

#[tokio::test]
async fn who_comes_with_an_address_that_is_taken_is_said_to_be_new() {
    let provider = Provider::start(5).await;
    let here = connected(&provider).await;
    let here = here.path();
    let mut last = String::new();
    let mut synced = None;
    for name in ["One", "Two"] {
        let hired = [("firstName", name), ("lastName", "Till"), ("workEmail", "shop@example.test")];
        last = provider.company().hire(hired).unwrap().to_string();
        synced = Some(sync(here).await);
    }
    let synced = synced.unwrap();
    assert!(synced.out.contains(" partial: "), "{}{}", synced.out, synced.err);
    let listed = run(here, &["runs", "list", "--limit", "1", "--json"]).await;
    let listed: Value = serde_json::from_str(&listed.out).unwrap();
    let shown = run(here, &["runs", "show", listed[0]["id"].as_str().unwrap()]).await;
    assert!(shown.out.contains("if not, say that this one is new: rollcall "), "{}", shown.out);

    std::fs::write(here.join("new"), format!("source_id;new\r\n{last};Yes\r\n")).unwrap();
    let mut from_input = command(here, &[&IMPORT[..], &["-"]].concat());
    from_input.stdin(File::open(here.join("new")).unwrap());
    let imported = said(from_input).await;
    assert_eq!(imported.code, 0, "{}", imported.err);
    assert!(imported.out.contains("mapped"), "{}", imported.out);
    let synced = sync(here).await;
    assert!(synced.out.contains(" succeeded: "), "{}{}", synced.out, synced.err);
    let till = run(here, &["person", "list", "--query", "Till", "--json"]).await;
    let till: Value = serde_json::from_str(&till.out).unwrap();
    assert_eq!(till.as_array().unwrap().len(), 2, "{till}");
}

#[tokio::test]
async fn every_line_has_its_answer_and_the_last_one_counts_them() {
    let provider = Provider::start(5).await;
    let here = connected(&provider).await;
    let here = here.path();
    let csv = "Source_ID,email,new\r\n\r\n301,\"ada@example.test,\r\n302\r\n303,,yes\r\n\
               304,d@example.test,,\r\n305,e@example.test,yes\r\n306,,\r\n";

    let report = import(here, csv, &["--json"]).await;

    let lines: Value = serde_json::from_str(&report.out).unwrap();
    let line = |one: &Value| (one["line"].clone(), one["result"].clone());
    let lines: Vec<_> = lines.as_array().unwrap().iter().map(line).collect();
    let results = ["error", "error", "mapped", "error", "error", "unchanged"];
    let expected: Vec<_> = (3..).zip(results).map(|(at, one)| (json!(at), json!(one))).collect();
    assert_eq!((report.code, lines), (1, expected));
    assert!(report.err.contains("4 of 6 lines were not taken, the others were"), "{}", report.err);

    let one = import(here, r#"[{"source_id":301,"mail":"x"}]"#, &[]).await;
    assert_eq!(one.code, 1);
    assert!(one.out.contains(r#"unknown fields: "mail""#), "{}", one.out);
    assert!(one.err.contains("1 line was not taken"), "{}", one.err);
    for (content, why) in [
        ("source_id,name\n1,Ada\n", r#"line 1: unknown columns: "name""#),
        (r#"{"identities":[]}"#, "expected is a list of objects"),
        ("source_id,new\n", "names nobody"),
    ] {
        let refused = import(here, content, &[]).await;
        assert_eq!((refused.code, refused.out.as_str()), (2, ""));
        assert!(refused.err.contains(why), "{}", refused.err);
    }
}
