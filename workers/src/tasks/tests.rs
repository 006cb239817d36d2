//! Asking for a run, against a real lane.

use std::sync::Arc;

use rollcall_commands::{Connect, InboundPolicies, Runs, connect, disconnect};
use rollcall_domain::connection::{BambooHr, ProviderSettings, Targets};
use rollcall_domain::run::RunSpec;
use rollcall_domain::tenant::Plan;
use rollcall_domain::vocabulary::{RunKind, Trigger};
use rollcall_egress::{Egress, Policy};
use rollcall_store::{Cause, Clock};
use secrecy::SecretString;

use super::*;
use crate::providers::Providers;
use crate::testing::Place;
use crate::work::{Claim, Done, Task};

const CONNECTION: &str = "01JCONNECTION";

async fn connected() -> (Place, RequestRun) {
    let place = Place::new().await;
    place.tenant("acme", Plan::Business).await;
    let new = Connect {
        id: CONNECTION.to_owned(),
        settings: ProviderSettings::BambooHr(BambooHr::of("acme")).into(),
        targets: Targets { live_baseline: true, ..Targets::default() },
        credentials: SecretString::from("key"),
    };
    connect(&place.store, "acme", new, &Cause::by("test")).await.unwrap();
    let egress = Egress::new(Policy::default()).unwrap();
    let task = RequestRun {
        store: place.store.clone(),
        inbound_policies: Arc::new(InboundPolicies::default()),
        runs: Arc::new(Runs::default()),
        providers: Arc::new(Providers::new(egress, Clock::system())),
    };
    (place, task)
}

fn ask(effect: &str, connection: Option<&str>, kind: RunKind, receipts: &[&str]) -> Claim<Request> {
    Claim {
        effect_id: effect.to_owned(),
        tenant: "acme".into(),
        payload: Request {
            connection: connection.map(str::to_owned),
            spec: Some(RunSpec {
                receipts: receipts.iter().map(|receipt| (*receipt).to_owned()).collect(),
                ..RunSpec::new(kind, "test", Trigger::CatchUp)
            }),
        },
        attempts: 0,
    }
}

/// How many runs wait on the lane.
async fn waiting(task: &RequestRun) -> usize {
    task.runs.lane(&task.store, "acme", CONNECTION).await.unwrap().state.waiting().len()
}

#[tokio::test]
async fn asking_again_under_the_same_effect_changes_nothing() {
    let (_place, task) = connected().await;
    let asked = ask("effect", Some(CONNECTION), RunKind::Reconcile, &[]);

    for _ in 0..2 {
        assert_eq!(task.perform(std::slice::from_ref(&asked)).await.unwrap(), Done::Yes);
    }

    assert_eq!(waiting(&task).await, 1);
    let head = task.store.head(0).await.unwrap();
    task.perform(&[asked]).await.unwrap();
    assert_eq!(task.store.head(0).await.unwrap(), head);
}

#[tokio::test]
async fn deliveries_that_are_asked_for_together_ride_on_one_run() {
    let (_place, task) = connected().await;
    let ask = |effect, receipt| ask(effect, Some(CONNECTION), RunKind::Webhook, &[receipt]);

    task.perform(&[ask("one", "r1"), ask("two", "r2")]).await.unwrap();

    assert_eq!(waiting(&task).await, 1);
}

#[tokio::test]
async fn without_a_connection_it_is_the_active_one_if_there_is_any() {
    let (place, task) = connected().await;
    let ask = |effect| [ask(effect, None, RunKind::Reconcile, &[])];

    task.perform(&ask("one")).await.unwrap();
    assert_eq!(waiting(&task).await, 1);

    disconnect(&place.store, "acme", CONNECTION, &Cause::by("test")).await.unwrap();
    assert_eq!(task.perform(&ask("two")).await.unwrap(), Done::Yes);
    assert_eq!(waiting(&task).await, 1);
}
