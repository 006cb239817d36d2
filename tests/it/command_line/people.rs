//! People and departments by hand, and how two scenarios differ.

use serde_json::{Value, json};

use super::run;

#[tokio::test]
async fn from_a_department_to_a_diff() {
    let here = tempfile::tempdir().unwrap();
    let said = async |words: &[&str]| {
        let said = run(here.path(), words).await;
        assert_eq!(said.code, 0, "{words:?}: {}", said.err);
        said.out.trim().to_owned()
    };
    said(&["tenant", "create", "acme"]).await;
    said(&["scenario", "create", "Plan"]).await;

    let engines = said(&["department", "create", "Engines"]).await;
    let in_it = format!("departments={engines}");
    let ada = said(&["person", "create", "first_name=Ada", "last_name=Lovelace", &in_it]).await;
    said(&["person", "edit", &ada, "job_title=Countess", "active=false"]).await;
    said(&["department", "rename", &engines, "Machines"]).await;
    said(&["person", "create", "first_name=Ben", "--scenario", "plan"]).await;

    let shown = said(&["person", "show", &ada]).await;
    assert!(shown.contains("Machines") && shown.contains("inactive"), "{shown}");
    let listed =
        said(&["person", "list", "--status", "inactive", "--query", "LOVE", "--json"]).await;
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!((&listed[0]["id"], listed.as_array().unwrap().len()), (&json!(ada), 1));
    let listed = said(&["department", "list"]).await;
    assert!(listed.contains("Machines  1"), "{listed}");
    let diff = said(&["scenario", "diff", "Plan", "Live Baseline", "--json"]).await;
    let diff: Value = serde_json::from_str(&diff).unwrap();
    let changes: Vec<&str> =
        diff.as_array().unwrap().iter().map(|one| one["change"].as_str().unwrap()).collect();
    assert_eq!(changes, ["removed", "added", "removed"], "{diff}");
    let table = said(&["scenario", "diff", "Plan", "Live Baseline"]).await;
    assert!(table.contains("Ada Lovelace  removed"), "{table}");
}

#[tokio::test]
async fn what_is_wrong_with_a_person_is_told_field_by_field() {
    let here = tempfile::tempdir().unwrap();
    run(here.path(), &["tenant", "create", "acme"]).await;

    let wrong = run(here.path(), &["person", "create", "email=x", "hire_date=now", "pay=1"]).await;
    let no_sign = run(here.path(), &["person", "create", "first_name"]).await;
    let by_hand = run(here.path(), &["person", "create", "first_name=Ada"]).await;
    let unsync = run(here.path(), &["person", "unsync", by_hand.out.trim()]).await;
    let nowhere = run(here.path(), &["person", "list", "--scenario", "none"]).await;

    assert_eq!((wrong.code, no_sign.code, unsync.code, nowhere.code), (2, 2, 1, 1));
    for field in ["email: ", "hire_date: ", "pay: "] {
        assert!(wrong.err.contains(field), "{}", wrong.err);
    }
    assert!(unsync.err.contains("entered by hand"), "{}", unsync.err);
    assert!(nowhere.err.contains("there is no scenario none"), "{}", nowhere.err);
}
