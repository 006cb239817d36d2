//! Looking at what a run would do, having it done, and deciding on a plan that is held.

use std::path::Path;

use serde_json::{Value, json};

use super::syncs::{LOOPBACK, connect, last_run, tenant};
use super::{Said, command, run, started, stopped};
use crate::provider::Provider;
use crate::roster::theirs;

const PEOPLE: usize = 20;

/// Somebody at a terminal, and the company their connection reads.
struct Office<'a> {
    here: &'a Path,
    provider: &'a Provider,
}

impl Office<'_> {
    async fn run(&self, words: &[&str]) -> Said {
        run(self.here, &[&LOOPBACK[..], words].concat()).await
    }

    async fn said(&self, words: &[&str]) -> String {
        let said = self.run(words).await;
        assert_eq!(said.code, 0, "{words:?}: {}", said.err);
        said.out
    }

    async fn value(&self, words: &[&str]) -> Value {
        serde_json::from_str(&self.said(&[words, &["--json"]].concat()).await).unwrap()
    }

    async fn active(&self) -> usize {
        let active = ["person", "list", "--status", "active", "--limit", "200"];
        self.value(&active).await.as_array().unwrap().len()
    }
}

/// Does it in a directory that commands open, and in one that a server runs on.
async fn both_ways(act: impl AsyncFn(Office<'_>)) {
    for served in [false, true] {
        let provider = Provider::start(PEOPLE).await;
        let here = tenant(&Provider::api_key(), "business").await;
        let connected = run(here.path(), &connect(&provider.simulator.base_url(), &[])).await;
        assert_eq!(connected.code, 0, "{}", connected.err);
        let serve = [&LOOPBACK[..], &["--json", "serve", "--listen", "127.0.0.1:0"]].concat();
        let server = match served {
            true => Some(started(command(here.path(), &serve)).await),
            false => None,
        };
        act(Office { here: here.path(), provider: &provider }).await;
        if let Some(server) = server {
            stopped(server).await;
        }
    }
}

#[tokio::test]
async fn what_a_preview_says_is_applied_by_its_hash() {
    both_ways(async |office| {
        let before = last_run(office.here).await;
        office.provider.company().update(3, [("lastName", "Changed")]).unwrap();

        let seen = office.said(&["connection", "preview"]).await;
        let plan = office.value(&["connection", "preview", "--identity", "3"]).await;
        assert!(seen.contains("updated 1") && seen.contains(" → Changed"), "{seen}");
        let hash = seen.trim().rsplit(' ').next().unwrap();
        assert!(seen.ends_with(&format!("rollcall connection apply {hash}\n")), "{seen}");
        let [person] = plan["people"].as_array().unwrap().as_slice() else { panic!("{plan}") };
        assert_eq!((&person["source_hris_id"], &person["action"]), (&json!("3"), &json!("update")));
        assert_eq!(last_run(office.here).await["id"], before["id"]);

        let applied = office.said(&["connection", "apply", hash]).await;
        assert!(applied.contains(" succeeded: ") && applied.contains("updated 1"), "{applied}");
        let listed = office.said(&["runs", "list"]).await;
        let row = listed.lines().nth(1).unwrap();
        assert!(applied.starts_with(row.split(' ').next().unwrap()), "{listed}");
        assert!(row.contains("succeeded") && row.contains("updated 1"), "{listed}");
        let found = office.said(&["person", "list", "--query", "Changed"]).await;
        assert_eq!(found.lines().count(), 2, "{found}");

        let name = office.provider.company().person(3).unwrap().full_name();
        let again = office.run(&["connection", "apply", hash]).await;
        assert!(again.code == 1 && again.err.contains(&name), "{}", again.err);
    })
    .await;
}

/// All but four have gone; the run that would say so is held.
async fn held(office: &Office<'_>) -> String {
    let company = office.provider.company();
    let today = company.clock().date_naive();
    for id in theirs(&company).keys().skip(4) {
        company.terminate(id.parse().unwrap(), today).unwrap();
    }
    let sync = office.run(&["connection", "sync"]).await;
    assert!(sync.code == 1 && sync.err.contains(" is held: "), "{}", sync.err);
    last_run(office.here).await["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_held_plan_is_looked_at_and_approved_in_part() {
    both_ways(async |office| {
        let all = office.active().await;
        let run = held(&office).await;

        let seen = office.said(&["runs", "plan", &run]).await;
        let plan = office.value(&["runs", "plan", &run]).await;
        let none = office.value(&["runs", "plan", &run, "--action", "create"]).await;
        let (hash, people) = (plan["plan"]["hash"].as_str().unwrap(), &plan["people"]);
        assert!(seen.contains("SOURCE ID") && seen.contains("deactivate"), "{seen}");
        assert!(seen.contains("\nheld: ") && seen.ends_with(&format!("\nhash {hash}\n")), "{seen}");
        assert_eq!((people.as_array().unwrap().len(), &none["people"]), (all - 4, &json!([])));
        assert!(plan["cause"].as_str().unwrap().contains("most likely"), "{plan}");

        let [one, two] = [0, 1].map(|at| people[at]["source_hris_id"].as_str().unwrap());
        let leave = ["runs", "approve", &run, "--identity", one, "--identity", two];
        let other = office.run(&[&leave[..], &["--hash", "00"]].concat()).await;
        assert!(other.code == 1 && other.err.contains("another one by now"), "{}", other.err);
        assert_eq!(office.active().await, all);
        let approved = office.said(&[&leave[..], &["--hash", hash]].concat()).await;
        assert!(approved.contains(" succeeded: ") && approved.contains("deactivated 2"));
        assert_eq!(office.active().await, all - 2);
        let shown = office.said(&["runs", "plan", &run]).await;
        assert!(!shown.contains("held: "), "{shown}");
    })
    .await;
}

#[tokio::test]
async fn a_plan_is_rejected_or_approved_for_a_program() {
    both_ways(async |office| {
        let all = office.active().await;
        let rejected = held(&office).await;
        let reject = office.value(&["runs", "reject", &rejected]).await;
        let night = office.run(&["reconcile-nightly"]).await;
        assert!(night.out.trim_end().ends_with(", held"), "{}", night.out);
        assert!(night.code == 1 && night.err.contains("did not end well: run "), "{}", night.err);
        let again = office.run(&["connection", "sync", "--json"]).await;
        let [ended, error] = [&again.out, &again.err].map(|text| serde_json::from_str(text));
        let (ended, error): (Value, Value) = (ended.unwrap(), error.unwrap());
        let run = ended["id"].as_str().unwrap();

        assert_eq!((reject, &ended["status"]), (json!({ "done": "rejected" }), &json!("held")));
        assert_eq!((again.code, &error["error"]["code"]), (1, &json!("brake")));
        assert_eq!(office.active().await, all);
        let named = office.value(&["runs", "approve", run, "--no-wait"]).await;
        assert_eq!(named["run"], run);
        let late = office.run(&["runs", "reject", &rejected]).await;
        assert!(late.code == 1 && late.err.contains("rejected"), "{}", late.err);
    })
    .await;
}
