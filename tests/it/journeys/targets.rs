//! One read for several versions of the organisation, in memory and past it.

use rollcall::NodeOptions;
use rollcall_commands::{archive_scenario, create_scenario, handle};
use rollcall_domain::connection::{Command, Targets};
use rollcall_domain::scenario::{self, Scenario};
use rollcall_domain::vocabulary::{FailureCode, RunKind};
use rollcall_store::Cause;
use rollcall_workers::Memory;

use crate::place::{PATIENCE, Place, eventually, on_both_databases};
use crate::roster::{assert_equal, everybody, ours, theirs};
use crate::stage::Stage;

on_both_databases!(
    a_run_with_two_targets_applies_to_both,
    a_plan_larger_than_memory_is_spilled_and_applied_whole,
    whoever_was_erased_is_left_out_of_a_new_target_however_many,
    a_target_that_is_archived_while_a_run_waits_is_skipped_and_the_others_go_on,
    a_target_that_would_lose_too_many_has_the_whole_run_held,
    a_run_keeps_the_targets_it_started_with,
    a_run_whose_only_target_is_archived_says_so_and_does_not_fail,
);

const PLAN: &str = "01PLAN";

/// The live baseline and an empty scenario are targets from now on.
async fn with_a_second_target(stage: &Stage) {
    let (store, cause) = (&stage.node.store, Cause::by("test"));
    create_scenario(store, &stage.tenant, PLAN, "Plan", &cause).await.unwrap();
    choose(stage, &[PLAN]).await;
}

/// The live baseline and these are targets from now on.
async fn choose(stage: &Stage, scenarios: &[&str]) {
    let scenarios = scenarios.iter().map(|id| (*id).to_owned()).collect();
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
    let company = stage.provider.company();
    let asked = company.requests();
    with_a_second_target(&stage).await;

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

/// A run has started and waits for the provider, which wants to be asked again in half a minute.
async fn a_run_that_waits(stage: &Stage) -> String {
    stage.provider.company().change_faults(|faults| faults.throttle(1, 30));
    let run = stage.ask_for(RunKind::Reconcile).await;
    eventually("the run waits", async || {
        stage.node.projections.settle(PATIENCE).await.unwrap();
        stage.run(&run).await.status == "waiting"
    })
    .await;
    run
}

async fn a_target_that_is_archived_while_a_run_waits_is_skipped_and_the_others_go_on(place: Place) {
    let stage = Stage::synced(place, 20).await;
    with_a_second_target(&stage).await;
    stage.sync(RunKind::Reconcile).await;
    let before = ours(stage.node.projections.db(), &stage.tenant, PLAN).await;
    let company = stage.provider.company();
    let hired = company.hire([("firstName", "New"), ("lastName", "Here")]).unwrap();
    stage.settle().await;
    assert_ne!(before, ours(stage.node.projections.db(), &stage.tenant, PLAN).await);

    let frozen = everybody(stage.node.projections.db(), &stage.tenant, PLAN).await;
    // What no delivery tells of.
    company.update(hired, [("preferredName", "Nick")]).unwrap();
    let run = a_run_that_waits(&stage).await;
    let archive = || scenario::Command::Archive;
    let (store, cause) = (&stage.node.store, Cause::by("user:1"));
    handle::<Scenario>(store, &stage.tenant, PLAN, archive, &cause).await.unwrap();
    stage.settle_without_waiting().await;

    let run = stage.run(&run).await;
    assert_eq!(
        (run.status.as_str(), run.error_code.as_deref()),
        ("partial", Some("target_closed"))
    );
    assert_eq!(run.scenarios.0, [stage.baseline.as_str(), PLAN]);
    assert!(run.error_summary.as_ref().unwrap().contains("archived"), "{:?}", run.error_summary);
    let [live, plan] = run.outcomes.0.as_slice() else { panic!("{:?}", run.outcomes) };
    assert!(live.failure.is_none() && live.counts.updated == 1, "{live:?}");
    assert_eq!(plan.failure.as_ref().unwrap().code, FailureCode::TargetClosed);
    let db = stage.node.projections.db();
    assert_eq!(everybody(db, &stage.tenant, PLAN).await, frozen, "it is as it was archived");
    assert_equal(&ours(db, &stage.tenant, &stage.baseline).await, &theirs(&company));
    // From then on it is no target at all.
    let next = stage.sync(RunKind::Reconcile).await;
    assert_eq!(stage.run(&next).await.scenarios.0, [stage.baseline.as_str()]);
    assert_eq!(stage.run(&next).await.status, "succeeded");
    stage.projections_hold().await;
}

async fn a_target_that_would_lose_too_many_has_the_whole_run_held(place: Place) {
    let stage = Stage::synced(place, 30).await;
    with_a_second_target(&stage).await;
    stage.sync(RunKind::Reconcile).await;
    choose(&stage, &[]).await;
    let company = stage.provider.company();
    let today = company.clock().date_naive();
    let active = theirs(&company);
    for (number, id) in active.keys().take(12).enumerate() {
        company.terminate(id.parse().unwrap(), today).unwrap();
        stage.settle().await;
        if number % 4 == 3 {
            // A few a day are let go.
            stage.clock.reach(stage.clock.clock().now() + chrono::TimeDelta::hours(25));
        }
    }
    let held = everybody(stage.node.projections.db(), &stage.tenant, PLAN).await;
    let stays = active.keys().last().unwrap().parse().unwrap();
    company.update(stays, [("preferredName", "Nick")]).unwrap();
    choose(&stage, &[PLAN]).await;
    let before = everybody(stage.node.projections.db(), &stage.tenant, &stage.baseline).await;

    let run = stage.sync(RunKind::Reconcile).await;

    let run = stage.run(&run).await;
    assert_eq!((run.status.as_str(), run.error_code.as_deref()), ("held", Some("brake")));
    assert!(run.error_summary.unwrap().contains(PLAN));
    let db = stage.node.projections.db();
    assert_eq!(everybody(db, &stage.tenant, PLAN).await, held);
    assert_eq!(everybody(db, &stage.tenant, &stage.baseline).await, before);
}

async fn a_run_keeps_the_targets_it_started_with(place: Place) {
    let stage = Stage::synced(place, 15).await;
    with_a_second_target(&stage).await;
    let run = a_run_that_waits(&stage).await;
    choose(&stage, &[]).await;
    stage.settle_without_waiting().await;

    let run = stage.run(&run).await;
    assert_eq!((run.status.as_str(), run.outcomes.len()), ("succeeded", 2));
    both_are_in_step(&stage).await;
    let total: u64 = run.outcomes.iter().map(|one| one.counts.created).sum();
    assert_eq!(total, run.counts.created);
    stage.provider.company().hire([("firstName", "New"), ("lastName", "Here")]).unwrap();
    stage.settle().await;
    let db = stage.node.projections.db();
    assert_ne!(ours(db, &stage.tenant, PLAN).await, theirs(&stage.provider.company()));
}

async fn a_run_whose_only_target_is_archived_says_so_and_does_not_fail(place: Place) {
    let stage = Stage::synced(place, 15).await;
    with_a_second_target(&stage).await;
    let targets = Targets { scenarios: vec![PLAN.to_owned()], ..Targets::default() };
    stage.change(Command::ChangeTargets { targets }).await;
    stage.settle_without_waiting().await;
    stage.provider.company().update(3, [("preferredName", "Nick")]).unwrap();
    let run = a_run_that_waits(&stage).await;
    let (store, cause) = (&stage.node.store, Cause::by("user:1"));
    archive_scenario(store, &stage.tenant, PLAN, &cause).await.unwrap();
    stage.settle_without_waiting().await;

    let run = stage.run(&run).await;
    assert_eq!(
        (run.status.as_str(), run.error_code.as_deref()),
        ("partial", Some("target_closed"))
    );
    let next = stage.sync(RunKind::Reconcile).await;
    let next = stage.run(&next).await;
    assert_eq!((next.status.as_str(), next.reason.as_deref()), ("skipped", Some("nothing_to_do")));
}
