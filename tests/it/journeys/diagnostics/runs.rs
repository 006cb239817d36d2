//! Runs: how far they are, their phases, why they failed, and whom they touched.

use std::sync::Arc;

use rollcall::NodeOptions;
use rollcall_commands::{Connect, connect};
use rollcall_domain::connection::{Dynamics365, ProviderSettings, Targets};
use rollcall_domain::vocabulary::{Provider as Name, RunKind};
use rollcall_simulators::bamboohr::{Disturbance, Wrong};
use rollcall_store::Cause;
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::gated::{Gated, HALF, registration};
use crate::desk::Desk;
use crate::place::{Place, eventually, on_both_databases};
use crate::provider::Provider;
use crate::roster::everybody;
use crate::stage::Stage;

on_both_databases!(
    a_run_under_way_tells_how_far_it_is,
    a_run_tells_its_phases_and_where_to_go_on,
    a_run_that_failed_says_what_to_do,
    runs_and_their_people_are_found_by_what_they_are,
);

fn path(run: &str) -> String {
    format!("/integration_sync_logs/{run}")
}

/// Connected to a source that stops half-way.
async fn gated(place: Place) -> (Stage, Gated) {
    let gated = Gated(Arc::new(Semaphore::new(0)));
    let providers = vec![(Name::Dynamics365, registration(&gated))];
    let options = NodeOptions { providers, ..NodeOptions::default() };
    let mut stage = Stage::apart(place, Provider::start(1).await, options).await;
    let (store, cause) = (&stage.node.store, Cause::by("test"));
    stage.connection = "01GATED".to_owned();
    let new = Connect {
        id: stage.connection.clone(),
        settings: ProviderSettings::Dynamics365(Dynamics365::of(
            "https://gated.operations.dynamics.com",
            "gated",
            "rollcall",
        ))
        .into(),
        targets: Targets { live_baseline: true, scenarios: vec![], all_future: false },
        credentials: SecretString::from("secret"),
    };
    connect(store, &stage.tenant, new, &cause).await.unwrap();
    stage.node.inbound_policies.forget();
    (stage, gated)
}

/// What the events of a stream said that have come whole, and the id of the last.
fn events(body: &[u8]) -> (Vec<Value>, Option<String>) {
    let text = String::from_utf8(body.to_vec()).unwrap();
    let text = text.rsplit_once("\n\n").map_or("", |(whole, _)| whole);
    let of = |name: &str| {
        let lines = text.lines().filter_map(move |line| line.strip_prefix(name));
        lines.map(|line| line.trim().to_owned()).collect::<Vec<_>>()
    };
    let data = of("data:").iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    (data, of("id:").pop())
}

async fn a_run_under_way_tells_how_far_it_is(place: Place) {
    let (stage, gated) = gated(place).await;
    let desk = Desk::of(&stage).await;
    let list = format!("/integration_sync_logs?integration={}", stage.connection);
    eventually("its run is there", async || {
        desk.get(&list).await["data"].as_array().is_some_and(|all| !all.is_empty())
    })
    .await;
    let run = desk.get(&list).await["data"][0]["id"].as_str().unwrap().to_owned();
    let progress = format!("{}/progress", path(&run));
    let (mut stream, mut heard) = (desk.raw(&progress).await, Vec::new());
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let half = |one: &Value| one["progress"]["read"] == HALF;

    while !events(&heard).0.iter().any(half) {
        heard.extend(stream.chunk().await.unwrap().expect("it goes on"));
    }
    let told = desk.get(&path(&run)).await["progress"].clone();
    assert_eq!(
        told,
        json!({ "phase": "reading", "read": HALF, "of": 2 * HALF, "planned": 0, "applied": 0 })
    );
    gated.0.add_permits(1);
    stage.settle().await;

    let ended = desk.get(&path(&run)).await;
    assert_eq!((&ended["status"], &ended["progress"]), (&json!("succeeded"), &Value::Null));
    heard.extend(stream.bytes().await.unwrap());
    let (told, last) = events(&heard);
    let end = told.last().unwrap();
    assert_eq!((&end["status"], &end["counts"]["created"]), (&json!("succeeded"), &json!(6)));
    assert_eq!(last.as_deref(), Some("ended"));
    // Who comes back is told the end again, and that nothing follows once they know it.
    let (again, _) = events(&desk.get_bytes(&progress).await);
    assert_eq!(again.iter().collect::<Vec<_>>(), [end]);
    let nothing = desk.raw_with(&progress, &[("last-event-id", "ended")]).await;
    assert_eq!(nothing.status(), 204);
    assert_eq!(desk.post(&progress, None).await.status, 405);
}

async fn a_run_tells_its_phases_and_where_to_go_on(place: Place) {
    let stage = Stage::synced(place, 20).await;
    let desk = Desk::of(&stage).await;
    let run = stage.runs().await.remove(0);

    let shown = desk.get(&path(&run.run)).await;

    let phases = shown["phases"].as_array().unwrap();
    let words: Vec<&str> = phases.iter().map(|one| one["phase"].as_str().unwrap()).collect();
    assert_eq!(words, ["queued", "started", "fetched", "applied", "ended"], "{phases:?}");
    assert_eq!(phases[0]["at"], shown["queued_at"]);
    assert_eq!(phases[4]["at"], shown["finished_at"]);
    assert!(phases.iter().all(|one| one["after_ms"].as_i64().unwrap() >= 0));
    assert_eq!(shown["details"]["employees"], run.employees.unwrap());
    let links = shown["links"].as_object().unwrap();
    let texts = links.values().filter_map(Value::as_str);
    let receipts = links["receipts"].as_array().unwrap().iter().filter_map(Value::as_str);
    for link in texts.chain(receipts) {
        desk.get(link.strip_prefix("/api/v1").unwrap()).await;
    }
    let events = desk.get(links["events"].as_str().unwrap().strip_prefix("/api/v1").unwrap()).await;
    assert!(events["data"].as_array().unwrap().iter().all(|event| {
        event["run"] == shown["id"] || event["stream"] == format!("run/{}", run.run)
    }));
}

async fn a_run_that_failed_says_what_to_do(place: Place) {
    let stage = Stage::synced(place, 10).await;
    let (desk, company) = (Desk::of(&stage).await, stage.provider.company());
    company.change_faults(|faults| faults.answers = vec![Disturbance::always(Wrong::Unauthorized)]);

    let run = stage.sync(RunKind::Reconcile).await;

    let shown = desk.get(&path(&run)).await;
    let error = &shown["error"];
    let errors = desk.get("/errors?kind=failure").await;
    let all = errors["data"].as_array().unwrap();
    let known = all.iter().find(|one| one["code"] == "authentication").unwrap();
    assert_eq!((&error["code"], &error["remedy"]), (&json!("authentication"), &known["remedy"]));
    assert_eq!(error["summary"], shown["error_summary"]);
    assert_eq!(error["details"]["targets"], json!([]));
    let phases = shown["phases"].as_array().unwrap();
    assert_eq!(phases.last().unwrap()["phase"], "ended", "{phases:?}");
}

async fn runs_and_their_people_are_found_by_what_they_are(place: Place) {
    let stage = Stage::synced(place, 20).await;
    let (desk, company) = (Desk::of(&stage).await, stage.provider.company());
    let old = company.person(3).unwrap();
    company.update(3, [("lastName", "Changed")]).unwrap();
    stage.settle().await;
    let run = stage.runs().await.remove(0);
    let people = everybody(stage.node.projections.db(), &stage.tenant, &stage.baseline).await;
    let person = people.iter().find(|one| one.source_id.as_deref() == Some("3")).unwrap();

    let identities = async |query: &str| {
        let found = desk.get(&format!("{}/identities?{query}", path(&run.run))).await;
        found["data"].as_array().unwrap().clone()
    };
    let all = identities("").await;
    let [row] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!(
        (&row["source_hris_id"], &row["action"], &row["matched_by"]),
        (&json!("3"), &json!("updated"), &json!("source_id"))
    );
    let change = json!({ "field": "last_name", "old": old.last_name, "new": "Changed" });
    assert_eq!(row["fields"], json!([change]));
    let email = person.email.as_ref().unwrap().to_uppercase();
    for (fits, other) in [
        ("q=3".to_owned(), "q=4"),
        (format!("q={email}"), "q=nobody@acme.example"),
        (format!("scenario={}", stage.baseline), "scenario=01OTHER"),
        ("matched_by=source_id".to_owned(), "matched_by=email"),
        ("action=updated".to_owned(), "action=created"),
    ] {
        assert_eq!(identities(&fits).await, all, "{fits}");
        assert!(identities(other).await.is_empty(), "{other}");
    }

    let ids = async |query: String| {
        let found = desk.get(&format!("/integration_sync_logs?{query}")).await;
        let all = found["data"].as_array().unwrap().clone();
        all.iter().map(|run| run["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let first = stage.runs().await.pop().unwrap().run;
    let both = vec![run.run.clone(), first.clone()];
    assert_eq!(ids(format!("identity={}", person.actor)).await, both);
    assert_eq!(ids(format!("identity={}", person.subject)).await, both);
    assert_eq!(ids(format!("idempotency_key={}", run.receipts[0])).await, both[..1]);
    let at = run.queued_at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    assert_eq!(ids(format!("since={at}")).await, both[..1]);
    assert_eq!(ids(format!("until={at}")).await, both[1..]);
}
