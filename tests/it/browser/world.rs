//! An installation with something of everything in it.

use reqwest::Method;
use rollcall_domain::vocabulary::RunKind;
use rollcall_simulators::bamboohr::{Disturbance, Wrong};
use serde_json::json;

use super::office::Office;
use crate::desk::Desk;
use crate::place::Place;
use crate::stage::Stage;

/// A tenant to walk through, and the ids of what is in it.
pub(super) struct World {
    pub(super) stage: Stage,
    desk: Desk,
    /// One that went well, one that failed, one that waits for a person.
    runs: Vec<String>,
    /// The secret part of an invitation's link.
    invitation: String,
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
        let runs =
            vec![stage.sync(RunKind::ManualSync).await, failed(&stage).await, held(&stage).await];
        let office = Office::of(&stage).await;
        for scenario in [
            json!({ "name": "Reorganisation", "copied_from": stage.baseline }),
            json!({ "name": "Green field" }),
        ] {
            office.ask(Method::POST, "/scenarios", scenario).await;
        }
        let offer = json!({ "email": "newcomer@acme.example", "role": "viewer" });
        let offered = office.ask(Method::POST, "/invitations", offer).await.json();
        let link = offered["link"].as_str().unwrap();
        let invitation = link.rsplit('/').next().unwrap().to_owned();
        stage.settle_all_but_held_back().await;
        World { stage, desk, runs, invitation }
    }

    /// The addresses that a path of the table stands for, one for each thing worth looking at.
    pub(super) async fn addresses(&self, path: &str) -> Vec<String> {
        let mut found = vec![path.to_owned()];
        while let Some(start) = found[0].find('{') {
            let end = found[0].find('}').expect("what is opened is closed");
            let values = self.values(&found[0][start + 1..end]).await;
            let with = |one: &String, value: &str| one.replace(&one[start..=end].to_owned(), value);
            let all = values.iter().flat_map(|value| found.iter().map(|one| with(one, value)));
            found = all.collect();
        }
        found
    }

    /// What may stand for the name of a part of a path.
    async fn values(&self, name: &str) -> Vec<String> {
        let live = format!("/scenarios/{}", self.stage.baseline);
        match name {
            "run" => self.runs.clone(),
            "integration" => vec![self.stage.connection.clone()],
            "scenario" => self.ids("/scenarios?limit=2").await,
            "actor" => self.ids(&format!("{live}/actors?q=Bold")).await,
            "department" => self.ids(&format!("{live}/departments?limit=1")).await,
            "receipt" => self.ids("/receipts?limit=1").await,
            "invitation" => vec![self.invitation.clone()],
            "name" => vec!["actors".to_owned()],
            other => panic!("teach the walk what `{other}` is"),
        }
    }

    async fn ids(&self, path: &str) -> Vec<String> {
        let listed = self.desk.get(path).await;
        let rows = listed["data"].as_array().unwrap();
        assert!(!rows.is_empty(), "{path} lists nothing");
        rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    }
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
