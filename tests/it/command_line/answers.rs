//! Where options may stand, what is refused and in which words, and what programs read.

use std::path::Path;

use serde_json::Value;

use super::{Said, run};

/// What a program reads: one value, and nothing else.
fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

async fn with_tenants(directory: &Path, slugs: &[&str]) {
    for slug in slugs {
        let made = run(directory, &["tenant", "create", slug]).await;
        assert_eq!(made.code, 0, "{}", made.err);
    }
}

#[tokio::test]
async fn options_of_all_commands_may_stand_anywhere() {
    let here = tempfile::tempdir().unwrap();
    with_tenants(here.path(), &["acme", "beta"]).await;

    for words in [
        &["--tenant", "acme", "--json", "runs", "list"][..],
        &["runs", "--tenant", "acme", "--json", "list"],
        &["runs", "list", "--tenant", "acme", "--json"],
        &["--data-dir", "rollcall-data", "runs", "--json", "list", "--tenant=acme"],
        &["runs", "list", "--json", "--tenant=acme", "--data-dir", "rollcall-data"],
    ] {
        let said = run(here.path(), words).await;
        assert_eq!((said.code, said.out.as_str()), (0, "[]\n"), "{words:?}: {}", said.err);
    }
}

#[tokio::test]
async fn an_option_that_would_be_ignored_is_refused() {
    let here = tempfile::tempdir().unwrap();
    with_tenants(here.path(), &["acme"]).await;
    std::fs::write(here.path().join("key"), "key").unwrap();
    let connect = ["connection", "connect", "bamboohr", "--account", "a", "--api-key-file", "key"];

    for (words, option) in [
        (&["--tenant", "acme", "projections", "list"][..], "--tenant"),
        (&["tenant", "list", "--tenant", "acme"], "--tenant"),
        (&["connection", "--connection", "x", "list"], "--connection"),
        (&[&connect[..], &["--connection", "x"]].concat(), "--connection"),
        (&["token", "--operator", "create", "--name", "x", "--scopes", "read"], "--scopes"),
    ] {
        let refused = run(here.path(), words).await;
        assert_eq!(refused.code, 2, "{words:?}: {}", refused.err);
        assert!(refused.err.contains(option), "{words:?}: {}", refused.err);
    }
}

#[tokio::test]
async fn a_list_has_from_1_to_200_rows() {
    let here = tempfile::tempdir().unwrap();
    with_tenants(here.path(), &["acme"]).await;

    for limit in ["0", "201", "-1", "x"] {
        let refused = run(here.path(), &["runs", "list", &format!("--limit={limit}")]).await;
        assert_eq!(refused.code, 2, "{limit}");
        assert!(refused.err.contains("a number from 1 to 200"), "{limit}: {}", refused.err);
    }
    for limit in ["1", "200"] {
        let listed = run(here.path(), &["runs", "list", "--limit", limit]).await;
        assert_eq!(listed.code, 0, "{limit}: {}", listed.err);
    }
}

#[tokio::test]
async fn a_second_scenario_of_one_name_is_refused() {
    let here = tempfile::tempdir().unwrap();
    with_tenants(here.path(), &["acme"]).await;

    let first = run(here.path(), &["scenario", "create", "Merger"]).await;
    let second = run(here.path(), &["scenario", "create", " merger "]).await;
    let third = run(here.path(), &["scenario", "create", "Merger 2"]).await;

    assert_eq!((first.code, third.code), (0, 0), "{}{}", first.err, third.err);
    assert_eq!(second.code, 1);
    assert!(second.err.contains(first.out.trim()), "{}", second.err);
}

/// Commands that go wrong, each in another place, and the code a program gets.
const WRONG: [(&[&str], &str); 9] = [
    (&["no-such-command"], "usage"),
    (&["runs", "list", "--limit", "0"], "usage"),
    (&["runs", "show", "x"], "not_found"),
    (&["events", "show", "x"], "not_found"),
    (&["--tenant", "nobody", "runs", "list"], "not_found"),
    (&["--tenant", "acme", "tenant", "list"], "usage"),
    (&["tenant", "create", "acme"], "conflict"),
    (&["tenant", "create", "A B"], "invalid_request"),
    (&["--database-url", "mysql://host/db", "runs", "list"], "usage"),
];

async fn wrong(json: bool) -> Vec<(&'static str, Said)> {
    let here = tempfile::tempdir().unwrap();
    with_tenants(here.path(), &["acme"]).await;
    let mut all = Vec::new();
    for (words, code) in WRONG {
        let option: &[&str] = if json { &["--json"] } else { &[] };
        let said = run(here.path(), &[words, option].concat()).await;
        assert!(said.code != 0 && said.out.is_empty(), "{words:?}: {}", said.out);
        all.push((code, said));
    }
    all
}

#[tokio::test]
async fn to_a_program_an_error_is_one_json_value_with_a_code() {
    for (code, said) in wrong(true).await {
        let error = &value(&said.err)["error"];
        assert_eq!(error["code"], code, "{}", said.err);
        assert!(error["message"].as_str().unwrap().len() > 10, "{}", said.err);
    }
}

#[tokio::test]
async fn to_a_person_an_error_is_a_sentence_and_of_no_token() {
    for (_, said) in wrong(false).await {
        assert!(!said.err.contains(['{', '}']), "{}", said.err);
        assert!(!said.err.to_lowercase().contains("token"), "{}", said.err);
    }
}

#[tokio::test]
async fn programs_and_people_read_the_same_things() {
    let here = tempfile::tempdir().unwrap();
    with_tenants(here.path(), &["acme"]).await;
    run(here.path(), &["scenario", "create", "Merger"]).await;

    for words in [
        &["tenant", "list"][..],
        &["tenant", "plan", "acme", "agency"],
        &["token", "create", "--name", "x"],
        &["token", "list"],
        &["scenario", "list"],
        &["scenario", "create", "Other"],
        &["connection", "list"],
        &["runs", "list"],
        &["events", "tail"],
        &["events", "show", "0-1"],
        &["projections", "list"],
        &["projections", "verify"],
        &["projections", "rebuild", "runs"],
        &["migrate"],
    ] {
        let people = run(here.path(), words).await;
        assert_eq!(people.code, 0, "{words:?}: {}", people.err);
        assert!(!people.out.contains(['{', '[']), "{words:?}: {}", people.out);
        let words: Vec<&str> = match words {
            ["scenario", "create", _] => vec!["scenario", "create", "A third", "--json"],
            other => [other, &["--json"]].concat(),
        };
        let programs = run(here.path(), &words).await;
        assert_eq!(programs.code, 0, "{words:?}: {}", programs.err);
        value(&programs.out);
    }
}
