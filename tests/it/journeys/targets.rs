//! One read for several versions of the organisation, in memory and past it.

use rollcall::NodeOptions;
use rollcall_commands::create_scenario;
use rollcall_domain::connection::{Command, Targets};
use rollcall_domain::vocabulary::RunKind;
use rollcall_store::Cause;
use rollcall_workers::Memory;

use crate::place::{Place, on_both_databases};
use crate::roster::{assert_equal, everybody, ours, theirs};
use crate::stage::Stage;

on_both_databases!(
    a_run_with_two_targets_applies_to_both,
    a_plan_larger_than_memory_is_spilled_and_applied_whole,
    whoever_was_erased_is_left_out_of_a_new_target_however_many,
);

const PLAN: &str = "01PLAN";

/// The live baseline and an empty scenario are targets from now on.
async fn with_a_second_target(stage: &Stage) {
    let (store, cause) = (&stage.node.store, Cause::by("test"));
    create_scenario(store, &stage.tenant, PLAN, "Plan", &cause).await.unwrap();
    let scenarios = vec![PLAN.to_owned()];
    let targets = Targets { live_baseline: true, scenarios, all_future: false };
    stage.change(Command::ChangeTargets { targets }).await;
}

/// The run that brings a target in step that was added, seen through.
async fn caught_up(stage: &Stage) -> String {
    stage.settle_without_waiting().await;
    stage.runs().await.remove(0).run
}

async fn both_are_in_step(stage: &Stage) {
    let (db, company) = (stage.node.projections.db(), stage.provider.company());
    for scenario in [stage.baseline.as_str(), PLAN] {
        assert_equal(&ours(db, &stage.tenant, scenario).await, &theirs(&company));
    }
}

async fn a_run_with_two_targets_applies_to_both(place: Place) {
    let stage = Stage::synced(place, 30).await;
    with_a_second_target(&stage).await;
    let company = stage.provider.company();
    let asked = company.requests();

    let run = caught_up(&stage).await;

    both_are_in_step(&stage).await;
    let run = stage.run(&run).await;
    assert_eq!(run.scenarios.0, [stage.baseline.as_str(), PLAN]);
    assert_eq!(run.counts.fetched, company.headcount() as u64);
    assert!(run.counts.created > 0 && run.counts.unchanged > 0, "{:?}", run.counts);
    let reports = |requests: &std::collections::BTreeMap<String, u64>| -> u64 {
        requests.iter().filter(|(path, _)| path.contains("reports")).map(|(_, n)| n).sum()
    };
    assert_eq!(reports(&company.requests()), reports(&asked) + 1, "it was read once");

    company.hire([("firstName", "New"), ("lastName", "Here")]).unwrap();
    company.update(3, [("lastName", "Changed")]).unwrap();
    company.terminate(5, company.clock().date_naive()).unwrap();
    stage.settle().await;
    both_are_in_step(&stage).await;

    let before = stage.head().await;
    stage.sync(RunKind::Reconcile).await;
    assert_eq!(stage.count("run.applied", before).await, 0);
    stage.projections_hold().await;
}

/// Differing people are read again from the recording, and their part of the plan is written down,
/// from the first few on.
async fn a_plan_larger_than_memory_is_spilled_and_applied_whole(place: Place) {
    let memory = Memory { differing: 5, planned: 3 };
    let options = NodeOptions { memory, ..NodeOptions::default() };
    let stage = Stage::connected_on(place, 40, options).await;
    stage.settle().await;
    with_a_second_target(&stage).await;
    let company = stage.provider.company();
    for person in company.people().into_iter().take(20) {
        company.update(person.id, [("preferredName", "Nick")]).unwrap();
    }

    let run = caught_up(&stage).await;

    both_are_in_step(&stage).await;
    let first = stage.runs().await.pop().unwrap();
    assert_eq!(first.counts.created, theirs(&company).len() as u64);
    assert_eq!(stage.run(&run).await.status, "succeeded");
    let before = stage.head().await;
    stage.sync(RunKind::Reconcile).await;
    assert_eq!(stage.count("run.applied", before).await, 0);
    // Neither a plan nor what a run without changes read is kept.
    let blobs = format!("select count(distinct id) from {}", stage.place.table("blobs"));
    let kept = stage.place.count(&blobs).await;
    let receipts = company.deliveries().iter().filter(|one| one.status == Some(202)).count();
    let recordings = stage.count("run.fetched", 0).await;
    assert!(kept as usize <= receipts + recordings, "{kept} blobs are kept");
    stage.projections_hold().await;
}

async fn whoever_was_erased_is_left_out_of_a_new_target_however_many(place: Place) {
    let stage = Stage::synced(place, 20).await;
    let (db, store) = (stage.node.projections.db(), &stage.node.store);
    let people = everybody(db, &stage.tenant, &stage.baseline).await;
    let active: Vec<_> = people.iter().filter(|one| one.active).collect();
    for one in active.iter().take(7) {
        store.erase(&stage.tenant, &one.subject).await.unwrap();
    }
    with_a_second_target(&stage).await;

    let run = caught_up(&stage).await;

    let run = stage.run(&run).await;
    assert_eq!(run.status, "succeeded", "{run:?}");
    assert_eq!(ours(db, &stage.tenant, PLAN).await.len(), active.len() - 7);
}
