//! An installation with something of everything in it.

use reqwest::Method;
use rollcall_commands::raise_notification;
use rollcall_domain::notification::{Kind, Raised};
use rollcall_domain::vocabulary::RunKind;
use rollcall_simulators::bamboohr::{Disturbance, Wrong};
use rollcall_simulators::sink::{Behaviour, Sink};
use rollcall_store::Cause;
use serde_json::json;

use super::office::Office;
use super::push::Posted;
use crate::client::Answer;
use crate::desk::Desk;
use crate::journeys::parked::damaged;
use crate::place::{PATIENCE, Place};
use crate::stage::Stage;

/// A tenant to walk through, and the ids of what is in it.
pub(super) struct World {
    pub(super) stage: Stage,
    pub(super) desk: Desk,
    /// One that went well, one that failed, one that waits for a person.
    pub(super) runs: Vec<String>,
    /// The copy of another.
    pub(super) scenario: String,
    /// The secret part of an invitation's link.
    pub(super) invitation: String,
    /// At the provider.
    pub(super) webhook: String,
    /// Where messages are sent to, and one of them.
    pub(super) endpoint: String,
    pub(super) delivery: String,
    _sink: Sink,
    /// What an HR system posted.
    pub(super) posted: Posted,
    /// A test of the connection, and a look at its webhooks.
    pub(super) operations: Vec<String>,
    /// Operations that tell what taking the first run back, and a sync, would do.
    pub(super) undo: String,
    pub(super) preview: String,
}

/// Names that pages have to bear: markup, right to left, and long.
fn odd_names() -> [(String, String); 3] {
    [
        ("<b>Bold</b>".to_owned(), "O'Brien & \"Söhne\"".to_owned()),
        ("ليلى".to_owned(), "الخطيب".to_owned()),
        ("Maximiliana".to_owned(), "Wolfeschlegelstein".repeat(16)),
    ]
}

impl World {
    pub(super) async fn new() -> World {
        let stage = Stage::connected(Place::sqlite(), 60).await;
        let company = stage.provider.company();
        for (first, last) in odd_names() {
            company.hire([("firstName", first), ("lastName", last)]).unwrap();
        }
        stage.settle().await;
        let desk = Desk::of(&stage).await;
        damaged(&stage, "nothing").await;
        let first = stage.runs().await.last().unwrap().run.clone();
        let sink = Sink::start().await.unwrap();
        sink.behave_once([500, 200, 410].map(Behaviour::Status));
        let endpoint = json!({
            "name": "<b>Payroll</b>",
            "url": sink.url(),
            "events": ["connector_sync_started", "connector_sync_error", "connector_synced"],
        });
        let endpoint = desk.post("/webhooks", Some(endpoint)).await.json();
        let endpoint = endpoint["id"].as_str().unwrap().to_owned();
        let runs = vec![first, failed(&stage).await, held(&stage).await];
        let office = Office::of(&stage).await;
        let copy = json!({ "name": "Reorganisation", "copied_from": stage.baseline });
        let copy = office.ask(Method::POST, "/scenarios", copy).await.json();
        office.ask(Method::POST, "/scenarios", json!({ "name": "Green field" })).await;
        let offer = json!({ "email": "newcomer@acme.example", "role": "viewer" });
        let offered = office.ask(Method::POST, "/invitations", offer).await.json();
        let link = offered["link"].as_str().unwrap();
        stage.settle_all_but_held_back().await;
        // Afterwards there is another build to switch to.
        office.ask(Method::POST, "/projections/actors/rebuild", json!({})).await;

        let hris = format!("/integrations/{}", stage.connection);
        let undo = format!("/integration_sync_logs/{}/undo?preview=true", runs[0]);
        let [test, preview, undo] = [format!("{hris}/test"), format!("{hris}/preview"), undo]
            .map(async |path| id(&desk.post(&path, None).await));
        let (test, preview, undo) = (test.await, preview.await, undo.await);
        let listed = desk.ask(Method::GET, &format!("{hris}/provider_webhooks"), None).await;
        let webhook = &listed.json()["result"]["webhooks"][0]["id"];
        let delivery = desk.get("/webhooks/deliveries").await;
        World {
            scenario: copy["id"].as_str().unwrap().to_owned(),
            invitation: link.rsplit('/').next().unwrap().to_owned(),
            webhook: webhook.as_str().unwrap().to_owned(),
            operations: vec![test, id(&listed)],
            delivery: delivery["data"][0]["id"].as_str().unwrap().to_owned(),
            endpoint,
            _sink: sink,
            posted: Posted::to(&stage, &desk).await,
            stage,
            desk,
            runs,
            undo,
            preview,
        }
    }
}

impl World {
    /// Whoever is an owner now is told something of every kind.
    pub(super) async fn tells_everything(&self) {
        let (stage, at) = (&self.stage, "2026-03-01T08:00:00Z");
        for kind in Kind::ALL {
            let raised = json!({
                "notification": ulid::Ulid::generate().to_string(), "kind": kind,
                "connection": stage.connection, "provider": "bamboohr", "run": self.runs[1],
                "code": "authentication", "since": at, "until": "2026-03-02T20:15:00Z",
                "on": "2026-04-01", "days": 30, "recipients": [],
            });
            let raised: Raised = serde_json::from_value(raised).unwrap();
            let (store, head, cause) = (&stage.node.store, stage.head().await, Cause::by("test"));
            raise_notification(store, &stage.tenant, raised, head, &cause).await.unwrap();
        }
        stage.node.projections.settle(PATIENCE).await.unwrap();
    }
}

/// Of what was asked for and is done.
fn id(answer: &Answer) -> String {
    assert_eq!((answer.status, &answer.json()["status"]), (200, &json!("done")), "{answer:?}");
    answer.json()["id"].as_str().unwrap().to_owned()
}

/// A run that the provider refused.
async fn failed(stage: &Stage) -> String {
    let company = stage.provider.company();
    company.change_faults(|faults| faults.answers.push(Disturbance::always(Wrong::Unauthorized)));
    let run = stage.sync(RunKind::Reconcile).await;
    company.change_faults(|faults| faults.answers.clear());
    assert_eq!(stage.run(&run).await.status, "failed");
    run
}

/// A run with a plan that waits for a person: half of all people left at once.
async fn held(stage: &Stage) -> String {
    let company = stage.provider.company();
    company.change_faults(|faults| faults.reorder_deliveries = true);
    let today = company.clock().date_naive();
    for person in company.people().iter().skip(30) {
        let _ = company.terminate(person.id, today);
    }
    let run = stage.ask_for(RunKind::Reconcile).await;
    stage.settle_all_but_held_back().await;
    assert_eq!(stage.run(&run).await.status, "held");
    run
}
