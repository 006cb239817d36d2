//! Another account is another source: its employee 3 is another person, and whoever shares an address
//! waits for somebody to say so.

use std::collections::HashSet;

use rollcall_commands::{Connect, connect, disconnect};
use rollcall_domain::connection::{BambooHr, ProviderSettings, Targets};
use rollcall_projections::units;
use rollcall_simulators::bamboohr::Status;
use rollcall_store::Cause;
use secrecy::SecretString;
use serde_json::json;

use crate::desk::Desk;
use crate::place::{Place, on_both_databases};
use crate::provider::Provider;
use crate::roster::everybody;
use crate::stage::Stage;

on_both_databases!(another_account_never_touches_the_first_ones_people);

async fn another_account_never_touches_the_first_ones_people(place: Place) {
    let stage = Stage::synced(place, 12).await;
    let (db, store) = (stage.node.projections.db(), &stage.node.store);
    let before = everybody(db, &stage.tenant, &stage.baseline).await;
    let rooms = units::of_scenario(db, &stage.tenant, &stage.baseline).await.unwrap();
    let cause = Cause::by("test");
    disconnect(store, &stage.tenant, &stage.connection, &cause).await.unwrap();

    let other = Provider::start(8).await;
    let base_url = Some(other.simulator.origin());
    let own = BambooHr { base_url, ..BambooHr::of("other") };
    let new = Connect {
        id: "01OTHER".to_owned(),
        settings: ProviderSettings::BambooHr(own).into(),
        targets: Targets { live_baseline: true, scenarios: vec![], all_future: false },
        credentials: SecretString::from(Provider::api_key()),
    };
    connect(store, &stage.tenant, new, &cause).await.unwrap();
    stage.node.inbound_policies.forget();
    stage.settle().await;

    // Both companies have people of the same addresses, which says nothing until somebody looks.
    let addresses: HashSet<_> = before.iter().filter_map(|one| one.email_key.clone()).collect();
    let people = other.company().people();
    let active = people.iter().filter(|one| one.status == Status::Active);
    let (shared, alone): (Vec<_>, Vec<_>) = active.partition(|one| {
        one.work_email.as_ref().is_some_and(|email| addresses.contains(&email.to_lowercase()))
    });
    assert!(!(shared.is_empty() || alone.is_empty()));
    let run = stage.runs().await.remove(0);
    assert_eq!((run.status.as_str(), run.error_code.as_deref()), ("held", Some("brake")));
    assert_eq!(everybody(db, &stage.tenant, &stage.baseline).await, before);

    let desk = Desk::of(&stage).await;
    let ids: Vec<String> = alone.iter().map(|one| one.id.to_string()).collect();
    let approve = format!("/integration_sync_logs/{}/approve", run.run);
    let approved = desk.post(&approve, Some(json!({ "identities": ids }))).await;
    assert_eq!(approved.status, 202, "{}", approved.json());
    stage.settle().await;

    let after = everybody(db, &stage.tenant, &stage.baseline).await;
    for person in &before {
        assert!(after.contains(person), "{} was touched", person.actor);
    }
    let theirs = after.iter().filter(|one| one.account.as_deref() == Some("other"));
    assert_eq!((theirs.count(), after.len()), (alone.len(), before.len() + alone.len()));
    let now = units::of_scenario(db, &stage.tenant, &stage.baseline).await.unwrap();
    for (unit, row) in &rooms {
        assert_eq!(now.get(unit), Some(row));
    }
}
