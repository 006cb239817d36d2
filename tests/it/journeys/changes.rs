//! What happens to people at the provider happens to them here.

use chrono::TimeDelta;
use rollcall_domain::vocabulary::RunKind;
use rollcall_simulators::bamboohr::ListKind;

use crate::place::{Place, on_both_databases};
use crate::roster::{assert_equal, everybody, ours, theirs};
use crate::stage::Stage;

on_both_databases!(
    the_first_sync_brings_everybody,
    a_hire_arrives,
    a_change_of_every_kind_arrives,
    who_leaves_is_deactivated_and_who_comes_back_is_the_same_person,
    who_is_deleted_is_deactivated,
    a_new_manager_who_was_hired_at_the_same_time_is_found,
    a_renamed_department_is_renamed,
    changes_in_any_order_of_delivery_end_at_the_same_roster,
);

async fn in_step(stage: &Stage) {
    let db = stage.node.projections.db();
    let ours = ours(db, &stage.tenant, &stage.baseline).await;
    assert!(!ours.is_empty());
    assert_equal(&ours, &theirs(&stage.provider.company()));
}

/// Somebody who works there and has a manager.
fn somebody(stage: &Stage) -> u64 {
    let people = stage.provider.company().people();
    people.iter().find(|one| one.supervisor.is_some()).unwrap().id
}

async fn the_first_sync_brings_everybody(place: Place) {
    let stage = Stage::synced(place, 120).await;

    in_step(&stage).await;
    let runs = stage.runs().await;
    assert_eq!(runs.len(), 1);
    assert_eq!(
        (runs[0].status.as_str(), runs[0].event_type.as_str()),
        ("succeeded", "initial_sync")
    );
    let created = stage.count("actor.created", 0).await;
    assert_eq!(runs[0].counts.created, created as u64);
    assert_eq!(runs[0].employees, Some(stage.provider.company().headcount() as u64));
    stage.projections_hold().await;
}

async fn a_hire_arrives(place: Place) {
    let stage = Stage::synced(place, 12).await;
    let before = stage.head().await;

    let fields = [
        ("firstName", "Grace"),
        ("lastName", "Hopper"),
        ("workEmail", "grace@acme.example"),
        ("department", "Compilers"),
        ("jobTitle", "Rear Admiral"),
        ("supervisorEId", "1"),
    ];
    stage.provider.company().hire(fields).unwrap();
    stage.settle().await;

    in_step(&stage).await;
    let delivered = stage.provider.company().deliveries().len();
    assert_eq!(stage.count("receipt.received", before).await, delivered);
    assert_eq!(stage.count("actor.created", before).await, 1);
}

async fn a_change_of_every_kind_arrives(place: Place) {
    let stage = Stage::synced(place, 12).await;
    let (company, id) = (stage.provider.company(), somebody(&stage));
    let changes = [
        ("firstName", "Renamed"),
        ("lastName", "Married"),
        ("workEmail", "renamed@acme.example"),
        ("department", "A New Department"),
        ("jobTitle", "Another Title"),
        ("location", "Elsewhere"),
    ];
    for (field, value) in changes {
        let before = stage.head().await;
        // Deliveries tell their time in seconds.
        company.advance(TimeDelta::seconds(1));

        company.update(id, [(field, value)]).unwrap();
        stage.settle().await;

        in_step(&stage).await;
        assert_eq!(stage.count("actor.fields_changed", before).await, 1, "{field}");
        assert_eq!(stage.count("actor.created", before).await, 0, "{field}");
    }
    company.advance(TimeDelta::seconds(1));
    company.update(id, [("workEmail", "")]).unwrap();
    stage.settle().await;
    in_step(&stage).await;
    stage.projections_hold().await;
}

async fn who_leaves_is_deactivated_and_who_comes_back_is_the_same_person(place: Place) {
    let stage = Stage::synced(place, 12).await;
    let (company, id) = (stage.provider.company(), somebody(&stage));
    let before = stage.head().await;

    company.terminate(id, company.clock().date_naive()).unwrap();
    stage.settle().await;
    in_step(&stage).await;
    assert_eq!(stage.count("actor.deactivated", before).await, 1);

    company.rehire(id).unwrap();
    stage.settle().await;
    in_step(&stage).await;
    assert_eq!(stage.count("actor.reactivated", before).await, 1);
    assert_eq!(stage.count("actor.created", before).await, 0);
}

async fn who_is_deleted_is_deactivated(place: Place) {
    let stage = Stage::synced(place, 12).await;
    let company = stage.provider.company();
    let id = company.hire([("firstName", "Short"), ("lastName", "Stay")]).unwrap();
    stage.settle().await;

    company.delete(id).unwrap();
    stage.settle().await;

    in_step(&stage).await;
    let db = stage.node.projections.db();
    let all = everybody(db, &stage.tenant, &stage.baseline).await;
    let gone = all.iter().find(|one| one.source_id.as_deref() == Some(&id.to_string())).unwrap();
    assert!(!gone.active && gone.source_deleted);
}

async fn a_new_manager_who_was_hired_at_the_same_time_is_found(place: Place) {
    let stage = Stage::synced(place, 12).await;
    let (company, id) = (stage.provider.company(), somebody(&stage));

    let boss = company.hire([("firstName", "New"), ("lastName", "Boss")]).unwrap();
    company.update(id, [("supervisorEId", boss.to_string())]).unwrap();
    stage.settle().await;

    in_step(&stage).await;
}

async fn a_renamed_department_is_renamed(place: Place) {
    let stage = Stage::synced(place, 12).await;
    let company = stage.provider.company();
    let department = company.people()[0].department.unwrap();
    let before = stage.head().await;

    company.rename_option("department", department, "Renamed Department").unwrap();
    stage.sync(RunKind::Reconcile).await;

    let name = company.option_name(ListKind::Department, department);
    assert_eq!(name.as_deref(), Some("Renamed Department"));
    in_step(&stage).await;
    assert_eq!(stage.count("unit.renamed", before).await, 1);
    assert_eq!(stage.count("actor.fields_changed", before).await, 0);
}

async fn changes_in_any_order_of_delivery_end_at_the_same_roster(place: Place) {
    let stage = Stage::synced(place, 20).await;
    let company = stage.provider.company();
    company.change_faults(|faults| {
        faults.reorder_deliveries = true;
        faults.duplicate_deliveries = true;
    });

    let ids: Vec<u64> = company.people().iter().map(|person| person.id).take(8).collect();
    for (turn, id) in ids.iter().cycle().take(32).enumerate() {
        company.update(*id, [("firstName", format!("Name {turn}"))]).unwrap();
    }
    company.terminate(ids[7], company.clock().date_naive()).unwrap();
    company.hire([("firstName", "Late"), ("lastName", "Comer")]).unwrap();
    stage.settle().await;

    in_step(&stage).await;
    stage.projections_hold().await;
}
