//! Complete reads: what they change, what they leave alone, and what they may not do.

use rollcall_domain::vocabulary::RunKind;

use crate::place::{Place, on_both_databases};
use crate::roster::{assert_equal, everybody, ours, theirs};
use crate::stage::Stage;

on_both_databases!(
    a_reconciliation_without_changes_writes_run_events_only,
    a_reconciliation_finds_what_was_never_delivered,
    a_field_that_is_not_shown_is_not_cleared,
    an_empty_answer_deactivates_nobody,
    runs_that_were_asked_for_at_once_follow_one_another,
    a_node_that_stops_hands_its_work_on,
);

async fn a_reconciliation_without_changes_writes_run_events_only(place: Place) {
    let stage = Stage::synced(place, 60).await;
    let before = stage.head().await;

    let run = stage.sync(RunKind::Reconcile).await;

    let kinds: Vec<String> =
        stage.log(before).await.iter().map(|event| event.kind.to_string()).collect();
    let others: Vec<_> = kinds
        .iter()
        .filter(|kind| !kind.starts_with("run.") && !kind.starts_with("lane."))
        .collect();
    assert!(others.is_empty(), "{kinds:?}");
    assert!(kinds.len() <= 6, "{kinds:?}");
    let run = stage.run(&run).await;
    assert_eq!((run.status.as_str(), run.counts.created, run.counts.updated), ("succeeded", 0, 0));
    assert!(run.counts.unchanged > 0);
}

async fn a_reconciliation_finds_what_was_never_delivered(place: Place) {
    let stage = Stage::synced(place, 40).await;
    let company = stage.provider.company();
    // Held back, as if lost on the way.
    company.change_faults(|faults| faults.reorder_deliveries = true);
    company.hire([("firstName", "Un"), ("lastName", "Heard")]).unwrap();
    company.update(3, [("lastName", "Changed")]).unwrap();
    company.terminate(5, company.clock().date_naive()).unwrap();

    let run = stage.ask_for(RunKind::Reconcile).await;
    stage.settle_all_but_held_back().await;

    let db = stage.node.projections.db();
    assert_equal(&ours(db, &stage.tenant, &stage.baseline).await, &theirs(&company));
    let counts = stage.run(&run).await.counts;
    assert_eq!((counts.created, counts.updated, counts.deactivated), (1, 1, 1));
}

async fn a_field_that_is_not_shown_is_not_cleared(place: Place) {
    let stage = Stage::synced(place, 20).await;
    let company = stage.provider.company();
    let db = stage.node.projections.db();
    let before = ours(db, &stage.tenant, &stage.baseline).await;
    company.change_faults(|faults| {
        faults.hidden_fields = ["workEmail", "department", "hireDate"].map(str::to_owned).into();
    });

    company.update(3, [("firstName", "Visible")]).unwrap();
    stage.settle().await;
    stage.sync(RunKind::Reconcile).await;

    let after = ours(db, &stage.tenant, &stage.baseline).await;
    assert_eq!(after["3"].first_name.as_deref(), Some("Visible"));
    for (id, card) in &before {
        assert_eq!(after[id].email, card.email);
        assert_eq!(after[id].department, card.department);
        assert_eq!(after[id].hire_date, card.hire_date);
    }
    let run = stage.runs().await.remove(0);
    assert!(!run.omitted.is_empty(), "{run:?}");
    company.set_faults(Default::default());
    stage.sync(RunKind::Reconcile).await;
    assert_equal(&ours(db, &stage.tenant, &stage.baseline).await, &theirs(&company));
}

async fn an_empty_answer_deactivates_nobody(place: Place) {
    let stage = Stage::synced(place, 40).await;
    let company = stage.provider.company();
    let before = stage.head().await;
    company.change_faults(|faults| faults.empty_report = true);

    let run = stage.sync(RunKind::Reconcile).await;

    assert_eq!(stage.count("actor.deactivated", before).await, 0);
    let status = stage.run(&run).await.status;
    assert_ne!(status, "succeeded");
    company.set_faults(Default::default());
    stage.sync(RunKind::Reconcile).await;
    let db = stage.node.projections.db();
    assert_equal(&ours(db, &stage.tenant, &stage.baseline).await, &theirs(&company));
}

async fn runs_that_were_asked_for_at_once_follow_one_another(place: Place) {
    let stage = Stage::connected(place, 60).await;
    let company = stage.provider.company();

    for turn in 0..10 {
        company.update(3, [("firstName", format!("Name {turn}"))]).unwrap();
        stage.ask_for(RunKind::ManualSync).await;
        stage.ask_for(RunKind::Reconcile).await;
    }
    stage.settle().await;

    let db = stage.node.projections.db();
    assert_equal(&ours(db, &stage.tenant, &stage.baseline).await, &theirs(&company));
    let all = everybody(db, &stage.tenant, &stage.baseline).await;
    let created = stage.count("actor.created", 0).await;
    assert_eq!(all.len(), created);
    let mut running = 0_i32;
    for event in stage.log(0).await {
        match &*event.kind {
            "lane.run_started" => running += 1,
            "lane.run_ended" => running -= 1,
            _ => {}
        }
        assert!((0..=1).contains(&running), "two runs of one connection at the same time");
    }
}

async fn a_node_that_stops_hands_its_work_on(place: Place) {
    let mut stage = Stage::connected(place, 60).await;

    stage.change_node().await;
    stage.place.let_leases_run_out().await;
    stage.settle().await;

    let db = stage.node.projections.db();
    let ours = ours(db, &stage.tenant, &stage.baseline).await;
    assert_equal(&ours, &theirs(&stage.provider.company()));
    assert_eq!(stage.runs().await.len(), 1);
}
