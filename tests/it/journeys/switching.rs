//! From BambooHR to Dynamics 365 HR: who is who is shown before anything is written, by the identity
//! map and by e-mail, and nobody is there twice afterwards.

use std::collections::{BTreeMap, BTreeSet};

use rollcall_domain::vocabulary::RunKind;
use rollcall_projections::actors::Actor;
use rollcall_simulators::dynamics::{Config, Simulator};
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::place::{Place, on_both_databases};
use crate::roster::everybody;
use crate::stage::Stage;

on_both_databases!(
    whoever_is_in_both_is_shown_first_and_is_one_person_afterwards,
    a_switch_that_is_rejected_changes_nobody,
    nobody_is_created_beside_themselves_where_no_address_is_told,
);

/// So many work at both.
const IN_BOTH: usize = 8;

/// BambooHR's people, and a company in Dynamics with some of them: nobody else shares an address.
async fn both(place: Place) -> (Stage, Simulator, Vec<Actor>) {
    let stage = Stage::synced(place, 20).await;
    let company = Simulator::start(Config { people: 3, ..Config::default() }).await.unwrap();
    for person in company.people() {
        let email = format!("dynamics.{}@acme.example", person.personnel_number);
        company.update(person.id, [("workEmail", email)]).unwrap();
    }
    let before = everyone(&stage).await;
    let active: Vec<Actor> = before.iter().filter(|one| one.active).cloned().collect();
    for one in active.iter().take(IN_BOTH) {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let fields = [
            ("firstName", text(&one.first_name)),
            ("lastName", text(&one.last_name)),
            ("workEmail", text(&one.email).to_uppercase()),
        ];
        company.hire(fields).unwrap();
    }
    (stage, company, active)
}

async fn everyone(stage: &Stage) -> Vec<Actor> {
    everybody(stage.node.projections.db(), &stage.tenant, &stage.baseline).await
}

/// Disconnects the one and connects the other, as an admin does.
async fn switched(stage: &mut Stage, desk: &Desk, company: &Simulator) {
    let gone = desk.post(&format!("/integrations/{}/disconnect", stage.connection), None).await;
    assert_eq!(gone.status, 204);
    let config = Config::default();
    let new = json!({
        "provider": "dynamics365",
        "environment_url": company.environment_url(),
        "tenant_id": config.tenant_id,
        "client_id": config.client_id,
        "client_secret": config.client_secret,
        "authority_url": company.authority_url(),
        "surface": "finance_operations",
        "time_zone": "UTC",
    });
    let made = desk.post("/integrations", Some(new)).await;
    assert_eq!(made.status, 201, "{}", made.json());
    stage.connection = made.json()["id"].as_str().unwrap().to_owned();
    stage.settle().await;
}

/// How often each way of finding somebody is among these, by what happens.
fn matched(rows: &Value) -> BTreeMap<(String, Option<String>), usize> {
    let mut matched = BTreeMap::new();
    for row in rows["data"].as_array().unwrap() {
        let by = row["matched_by"].as_str().map(str::to_owned);
        let action = row["action"].as_str().unwrap().to_owned();
        *matched.entry((action, by)).or_default() += 1;
    }
    matched
}

fn times(all: &BTreeMap<(String, Option<String>), usize>, action: &str, by: Option<&str>) -> usize {
    all.get(&(action.to_owned(), by.map(str::to_owned))).copied().unwrap_or_default()
}

/// A plan that waits is approved as it is; why it waited.
async fn approved(stage: &Stage, desk: &Desk, run: &str) -> String {
    let held = stage.run(run).await;
    assert_eq!(held.status, "held");
    let approve = format!("/integration_sync_logs/{run}/approve");
    assert_eq!(desk.post(&approve, None).await.status, 202);
    stage.settle().await;
    assert_eq!(stage.run(run).await.status, "succeeded");
    held.error_summary.unwrap()
}

async fn whoever_is_in_both_is_shown_first_and_is_one_person_afterwards(place: Place) {
    let (mut stage, company, before) = both(place).await;
    let desk = Desk::of(&stage).await;
    let head = stage.head().await;

    switched(&mut stage, &desk, &company).await;

    let first = stage.runs().await.remove(0);
    assert_eq!((first.status.as_str(), first.kind.as_str()), ("held", "manual_sync"));
    assert!(
        first.error_summary.as_deref().unwrap().contains("from another source would be taken over")
    );
    assert_eq!(stage.count("actor.created", head).await, 0);
    assert_eq!(stage.count("actor.identified", head).await, 0);

    // Somebody whose address is another one over there is named by the identity map.
    let stranger = company.people().into_iter().find(|one| one.supervisor.is_some()).unwrap();
    let named = &before[IN_BOTH];
    let map = json!({ "identities": [
        { "source_id": stranger.personnel_number, "actor": named.actor },
    ] });
    let path = format!("/integrations/{}", stage.connection);
    let answer = desk.post(&format!("{path}/identities"), Some(map)).await;
    assert_eq!(answer.json()["data"][0]["result"], "mapped", "{}", answer.json());
    let head = stage.head().await;
    let shown = desk.post(&format!("{path}/preview"), None).await.json()["result"].clone();
    let plan = format!("{path}/plans/{}", shown["hash"].as_str().unwrap());
    let all = matched(&desk.get(&format!("{plan}?limit=200")).await);
    assert_eq!(times(&all, "update", Some("email")), IN_BOTH, "{all:?}");
    assert_eq!(times(&all, "update", Some("identity_map")), 1, "{all:?}");
    assert_eq!(times(&all, "create", None), 2, "{all:?}");
    assert!(
        shown["held"]["summary"]
            .as_str()
            .unwrap()
            .contains("from another source would be taken over")
    );
    assert_eq!(stage.head().await, head, "nothing is written");

    let applied = desk.post(&format!("{plan}/apply"), None).await;
    assert_eq!(applied.status, 202, "{}", applied.json());
    stage.settle().await;
    let run = applied.json()["run"].as_str().unwrap().to_owned();
    let (_, page) = desk.page(&format!("/settings/integrations/logs/{run}")).await;
    for words in ["found by: E-mail", "found by: Identity map", "BambooHR", "Dynamics 365 HR"] {
        assert!(page.contains(words), "{words} is missing in {page}");
    }
    approved(&stage, &desk, &run).await;
    let run = stage.run(&run).await;
    assert_eq!((run.status.as_str(), run.counts.created), ("succeeded", 2), "{run:?}");

    assert_eq!(everyone(&stage).await.len(), before.len() + 2);
    nobody_is_there_twice(&stage, &before).await;
    // Whoever comes later with an address of the former system waits for somebody to ask.
    let late = before[IN_BOTH + 1].email.clone().unwrap();
    company.hire([("firstName", "Late"), ("lastName", "Comer"), ("workEmail", &*late)]).unwrap();
    let night = stage.sync(RunKind::Reconcile).await;
    let night = stage.run(&night).await;
    assert_eq!((night.status.as_str(), night.counts.errors), ("partial", 1), "{night:?}");
    let asked = stage.sync(RunKind::ManualSync).await;
    assert_eq!(stage.run(&asked).await.status, "held");
    stage.projections_hold().await;
}

/// Those who are in both, and whom the map names, belong to the new system; everybody is active.
async fn nobody_is_there_twice(stage: &Stage, before: &[Actor]) {
    let after = everyone(stage).await;
    for one in before {
        let now = after.iter().find(|now| now.actor == one.actor).unwrap();
        let moved = before.iter().take(IN_BOTH + 1).any(|other| other.actor == one.actor);
        assert_eq!(now.provider.as_deref() == Some("dynamics365"), moved, "{now:?}");
        assert!(now.active);
    }
    let emails: Vec<String> = after.iter().filter_map(|one| one.email_key.clone()).collect();
    assert_eq!(emails.iter().collect::<BTreeSet<_>>().len(), emails.len());
    let head = stage.head().await;
    let again = stage.sync(RunKind::Reconcile).await;
    assert_eq!(stage.run(&again).await.status, "succeeded");
    assert_eq!(stage.count("run.applied", head).await, 0, "a second one finds nothing");
}

async fn a_switch_that_is_rejected_changes_nobody(place: Place) {
    let (mut stage, company, before) = both(place).await;
    let desk = Desk::of(&stage).await;
    let everybody_before = everyone(&stage).await;
    switched(&mut stage, &desk, &company).await;
    let held = stage.runs().await.remove(0);

    let reject = format!("/integration_sync_logs/{}/reject", held.run);
    assert_eq!(desk.post(&reject, None).await.status, 204);
    stage.settle().await;

    assert_eq!(everyone(&stage).await, everybody_before);
    // Who is said to be somebody new is created, and nobody is taken over any more.
    let new: Vec<Value> = company
        .people()
        .iter()
        .map(|one| json!({ "source_id": one.personnel_number, "new": true }))
        .collect();
    let path = format!("/integrations/{}/identities", stage.connection);
    assert_eq!(desk.post(&path, Some(json!({ "identities": new }))).await.status, 200);
    let run = stage.sync(RunKind::Reconcile).await;
    assert!(approved(&stage, &desk, &run).await.starts_with("nobody of this source is here yet"));
    let after = everyone(&stage).await;
    assert_eq!(after.len(), everybody_before.len() + company.headcount());
    for one in &before {
        assert!(after.contains(one), "{} was touched", one.actor);
    }
}

async fn nobody_is_created_beside_themselves_where_no_address_is_told(place: Place) {
    let (mut stage, company, _) = both(place).await;
    let desk = Desk::of(&stage).await;
    let before = everyone(&stage).await;
    company.change_faults(|faults| {
        faults.empty_columns = ["PrimaryContactEmail", "IdentityEmail"].map(str::to_owned).into();
    });

    switched(&mut stage, &desk, &company).await;

    let first = stage.runs().await.remove(0);
    assert_eq!(first.status, "held");
    assert!(first.error_summary.unwrap().starts_with("nobody of this source is here yet"));
    assert_eq!(everyone(&stage).await, before);
    // Nor at night, once somebody took a look and said no.
    let reject = format!("/integration_sync_logs/{}/reject", first.run);
    assert_eq!(desk.post(&reject, None).await.status, 204);
    let night = stage.sync(RunKind::Reconcile).await;
    assert_eq!(stage.run(&night).await.status, "held");
    assert_eq!(everyone(&stage).await, before);
}
