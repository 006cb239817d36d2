//! Taking a run back, releasing whom it touched, and running it again.

use serde_json::{Value, json};

use super::run;
use super::syncs::{LOOPBACK, connect, last_run, tenant};
use crate::provider::Provider;

#[tokio::test]
async fn from_a_look_at_an_undo_to_a_run_that_runs_again() {
    let provider = Provider::start(5).await;
    let here = tenant(&Provider::api_key(), "business").await;
    let said = async |words: &[&str]| {
        let said = run(here.path(), &[&LOOPBACK[..], words].concat()).await;
        assert_eq!(said.code, 0, "{words:?}: {}", said.err);
        said.out.trim().to_owned()
    };
    let value = async |words: &[&str]| -> Value {
        serde_json::from_str(&said(&[words, &["--json"]].concat()).await).unwrap()
    };
    said(&connect(&provider.simulator.base_url(), &[])).await;
    let id = last_run(here.path()).await["id"].as_str().unwrap().to_owned();
    let active = ["person", "list", "--status", "active"];
    let people = value(&active).await;
    let (one, many) = (people[0]["id"].as_str().unwrap(), people.as_array().unwrap().len());

    let seen = said(&["runs", "undo", &id, "--preview"]).await;
    let seen_by_programs = value(&["runs", "undo", &id, "--preview"]).await;
    let untouched = value(&active).await;
    let undone = said(&["runs", "undo", &id]).await;
    let nobody = value(&active).await;
    let shown = said(&["person", "show", one]).await;
    said(&["person", "release", one]).await;
    let again = said(&["runs", "rerun", &id]).await;
    let released = value(&active).await;
    let queued = said(&["runs", "rerun", &id, "--no-wait"]).await;

    assert!(seen.contains("reversed") && seen.contains("the source names them again"), "{seen}");
    assert_eq!(seen_by_programs["counts"]["reversed"], json!(many), "{seen_by_programs}");
    assert_eq!((&untouched, &nobody), (&people, &json!([])));
    assert!(undone.contains(" succeeded: "), "{undone}");
    assert!(shown.contains("on hold since the undo of") && shown.contains(&id), "{shown}");
    assert!(again.contains(" succeeded: "), "{again}");
    assert_eq!((&released[0]["id"], released.as_array().unwrap().len()), (&json!(one), 1));
    let last = last_run(here.path()).await;
    assert_eq!((&last["id"], &last["rerun_of"]), (&json!(queued), &json!(id)));
}

#[tokio::test]
async fn what_can_not_be_taken_back_or_run_again_says_why() {
    let here = tenant("key", "business").await;

    for words in [&["runs", "undo", "x"][..], &["runs", "undo", "x", "--preview"]] {
        let unknown = run(here.path(), words).await;
        assert_eq!((unknown.code, &*unknown.out), (1, ""), "{words:?}");
        assert!(unknown.err.contains("Not found. Check the id"), "{words:?}: {}", unknown.err);
    }
    let unknown = run(here.path(), &["runs", "rerun", "x"]).await;
    let both = run(here.path(), &["runs", "undo", "x", "--preview", "--no-wait"]).await;
    let nobody = run(here.path(), &["person", "release", "x"]).await;

    assert_eq!((unknown.code, both.code, nobody.code), (1, 2, 1));
    assert!(unknown.err.contains("Not found. Check the id"), "{}", unknown.err);
    assert!(nobody.err.contains("Not found. Check the id"), "{}", nobody.err);
    assert!(both.err.contains("'--preview' cannot be used with '--no-wait'"), "{}", both.err);
}
