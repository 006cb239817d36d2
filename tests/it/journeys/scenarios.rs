//! Scenarios over the whole way: copied while their original changes, synced into, frozen, archived, and
//! chosen by those who want all future ones.

use rollcall::{NodeOptions, Role};
use rollcall_commands::{
    Loaded, UnitOfWork, archive_scenario, change_targets, copy_scenario, create_scenario, handle,
    snapshot_scenario,
};
use rollcall_domain::actor;
use rollcall_domain::connection::TargetsChange;
use rollcall_domain::field::{Field, Fields, Seen};
use rollcall_domain::vocabulary::RunKind;
use rollcall_projections::actors::{self, Actor};
use rollcall_projections::{connections, scenarios, units};
use rollcall_store::Cause;

use crate::node::Node;
use crate::place::{PATIENCE, Place, on_both_databases};
use crate::roster::{assert_equal, everybody, ours, theirs};
use crate::stage::Stage;

on_both_databases!(
    a_copy_equals_its_original_where_it_was_asked_for_whatever_changes_meanwhile,
    a_sync_into_a_copy_finds_its_people_and_changes_only_what_differs,
    a_copy_that_is_archived_before_it_is_complete_stays_as_it_is_and_leaves_no_work,
    a_snapshot_is_written_by_its_copy_alone,
    all_future_scenarios_are_those_made_while_the_switch_was_on,
    a_target_that_an_admin_took_away_does_not_come_back,
    a_target_that_is_added_is_brought_in_step_and_not_while_paused,
);

const PLAN: &str = "01PLAN";

fn test() -> Cause {
    Cause::by("test")
}

/// Asks for a copy of the live baseline; the position of the roster it is to hold.
async fn ask(stage: &Stage, id: &str) -> u64 {
    let store = &stage.node.store;
    let asked = copy_scenario(store, &stage.tenant, id, &stage.baseline, id, &test()).await;
    asked.unwrap().last
}

async fn create(stage: &Stage, id: &str) {
    create_scenario(&stage.node.store, &stage.tenant, id, id, &test()).await.unwrap();
}

async fn archive(stage: &Stage, id: &str) {
    archive_scenario(&stage.node.store, &stage.tenant, id, &test()).await.unwrap();
}

async fn choose(stage: &Stage, change: TargetsChange) {
    let (store, id) = (&stage.node.store, &stage.connection);
    change_targets(store, &stage.tenant, id, &change, &test()).await.unwrap();
    stage.node.inbound_policies.forget();
}

async fn choose_scenarios(stage: &Stage, scenarios: &[&str]) {
    let scenarios = scenarios.iter().map(|&one| one.to_owned()).collect();
    choose(stage, TargetsChange { scenarios: Some(scenarios), ..TargetsChange::default() }).await;
}

async fn switch_all_future(stage: &Stage, on: bool) {
    choose(stage, TargetsChange { all_future: Some(on), ..TargetsChange::default() }).await;
}

async fn chosen(stage: &Stage) -> Vec<String> {
    let db = stage.node.projections.db();
    let found = connections::one(db, &stage.tenant, &stage.connection).await.unwrap().unwrap();
    found.connection.targets.0.scenarios
}

async fn state(stage: &Stage, scenario: &str) -> String {
    let db = stage.node.projections.db();
    scenarios::one(db, &stage.tenant, scenario).await.unwrap().unwrap().state
}

/// Everybody by source id, with units by name and managers by source id, whatever their ids are.
async fn faces(stage: &Stage, scenario: &str) -> Vec<(String, Vec<String>, String, Vec<bool>)> {
    let db = stage.node.projections.db();
    let people = everybody(db, &stage.tenant, scenario).await;
    let units = units::of_scenario(db, &stage.tenant, scenario).await.unwrap();
    let source_id = |id: &String| {
        let found = people.iter().find(|one| one.actor == *id || one.claim.as_ref() == Some(id));
        found.and_then(|one| one.source_id.clone()).unwrap_or_default()
    };
    let face = |one: &Actor| {
        let in_units = one.departments.iter().chain(&one.division).chain(&one.location);
        let texts = [&one.first_name, &one.last_name, &one.email, &one.job_title, &one.hire_date];
        let said = in_units.map(|unit| units[unit].name.clone());
        let said = said.chain(texts.into_iter().flatten().cloned()).collect();
        let manager = one.manager.as_ref().map(source_id).unwrap_or_default();
        let flags = vec![one.active, one.synced, one.out_of_sync_by_hand, one.source_deleted];
        (one.source_id.clone().unwrap_or_default(), said, manager, flags)
    };
    let mut faces: Vec<_> = people.iter().map(face).collect();
    faces.sort_unstable();
    faces
}

/// Past any provider: titles, managers, who is active, and somebody new.
async fn people_change(stage: &Stage) {
    let (store, db) = (&stage.node.store, stage.node.projections.db());
    let people = everybody(db, &stage.tenant, &stage.baseline).await;
    let seen = || actor::Command::ChangeFields {
        seen: Seen::from([(Field::JobTitle, Some("Other".into())), (Field::Manager, None)]),
    };
    let gone = || actor::Command::Deactivate { cause: actor::Cause::ByHand };
    for (n, one) in people.iter().filter(|one| !one.source_deleted).enumerate() {
        let (tenant, id) = (&stage.tenant, &one.actor);
        if n % 3 == 0 {
            handle::<actor::Actor>(store, tenant, id, seen, &test()).await.unwrap();
        } else if n % 3 == 1 {
            handle::<actor::Actor>(store, tenant, id, gone, &test()).await.unwrap();
        }
    }
    let (id, subject) = (ulid::Ulid::generate().to_string(), ulid::Ulid::generate().to_string());
    let create = actor::Command::Create {
        actor: id.clone(),
        scenario: stage.baseline.clone(),
        subject: subject.clone(),
        source: None,
        source_id: None,
        active: true,
        fields: Fields::from([(Field::FirstName, "New".into())]),
    };
    let mut unit = UnitOfWork::new(stage.tenant.as_str(), test());
    unit.decide_about(&id, &mut Loaded::<actor::Actor>::default(), create, Some(&subject)).unwrap();
    unit.commit(store).await.unwrap();
}

/// A node that takes wishes and reads, and does nothing that follows.
async fn stop_working(stage: &mut Stage) {
    let roles = vec![Role::Api, Role::Projector];
    change_node(stage, NodeOptions { roles, ..NodeOptions::default() }).await;
}

async fn work_again(stage: &mut Stage) {
    change_node(stage, NodeOptions::default()).await;
}

async fn change_node(stage: &mut Stage, options: NodeOptions) {
    let next = Node::start(stage.node.store.clone(), options).await;
    std::mem::replace(&mut stage.node, next).stop().await;
}

async fn a_copy_equals_its_original_where_it_was_asked_for_whatever_changes_meanwhile(
    place: Place,
) {
    let mut stage = Stage::synced(place, 60).await;
    let company = stage.provider.company();
    company.delete(7).unwrap();
    company.terminate(5, company.clock().date_naive()).unwrap();
    stage.settle().await;
    let before = faces(&stage, &stage.baseline).await;
    stop_working(&mut stage).await;
    let position = ask(&stage, PLAN).await;
    stage.node.projections.settle(PATIENCE).await.unwrap();
    assert_eq!(state(&stage, PLAN).await, "preparing");
    people_change(&stage).await;
    stage.node.projections.settle(PATIENCE).await.unwrap();
    assert_ne!(faces(&stage, &stage.baseline).await, before);

    work_again(&mut stage).await;
    people_change(&stage).await;
    stage.settle().await;

    assert_eq!(state(&stage, PLAN).await, "active");
    assert_eq!(faces(&stage, PLAN).await, before);
    let db = stage.node.projections.db();
    let of = scenarios::one(db, &stage.tenant, PLAN).await.unwrap().unwrap();
    assert_eq!((of.created_position, of.copied_people), (position, before.len() as u64));
    let copies = everybody(db, &stage.tenant, PLAN).await;
    let ids: std::collections::BTreeSet<_> = copies.iter().map(|one| &one.actor).collect();
    let managers = copies.iter().filter_map(|one| one.manager.as_ref());
    assert!(managers.clone().count() > 0);
    assert!(managers.into_iter().all(|manager| ids.contains(manager)), "a manager is elsewhere");
    stage.projections_hold().await;
}

async fn a_sync_into_a_copy_finds_its_people_and_changes_only_what_differs(place: Place) {
    let stage = Stage::synced(place, 40).await;
    ask(&stage, PLAN).await;
    stage.settle().await;

    choose_scenarios(&stage, &[PLAN]).await;
    let before = stage.head().await;
    stage.settle_without_waiting().await;
    let run = stage.sync(RunKind::Reconcile).await;

    assert_eq!(stage.run(&run).await.scenarios.0, [stage.baseline.as_str(), PLAN]);
    for kind in ["run.applied", "actor.created", "actor.fields_changed", "unit.created"] {
        assert_eq!(stage.count(kind, before).await, 0, "{kind}");
    }
    let company = stage.provider.company();
    company.update(3, [("lastName", "Changed")]).unwrap();
    stage.settle().await;
    let db = stage.node.projections.db();
    for scenario in [stage.baseline.as_str(), PLAN] {
        assert_equal(&ours(db, &stage.tenant, scenario).await, &theirs(&company));
    }
}

async fn a_copy_that_is_archived_before_it_is_complete_stays_as_it_is_and_leaves_no_work(
    place: Place,
) {
    let mut stage = Stage::synced(place, 20).await;
    stop_working(&mut stage).await;
    ask(&stage, PLAN).await;
    archive(&stage, PLAN).await;
    let before = stage.head().await;

    work_again(&mut stage).await;
    stage.settle().await;

    assert_eq!(state(&stage, PLAN).await, "archived");
    assert_eq!(stage.log(before).await, []);
    let db = stage.node.projections.db();
    assert_eq!(actors::count(db, &stage.tenant, PLAN).await.unwrap().all, 0);
    assert_eq!(stage.node.store.intents(None, 10).await.unwrap(), []);
}

async fn a_snapshot_is_written_by_its_copy_alone(place: Place) {
    let stage = Stage::synced(place, 30).await;
    switch_all_future(&stage, true).await;
    let before = faces(&stage, &stage.baseline).await;
    let (store, named) = (&stage.node.store, (Some("Before"), stage.clock.clock().now()));
    snapshot_scenario(store, &stage.tenant, PLAN, &stage.baseline, named, &test()).await.unwrap();
    stage.settle().await;
    let taken = stage.head().await;

    let refused = change_targets(
        store,
        &stage.tenant,
        &stage.connection,
        &TargetsChange { scenarios: Some(vec![PLAN.to_owned()]), ..TargetsChange::default() },
        &test(),
    )
    .await;
    let company = stage.provider.company();
    company.update(3, [("lastName", "Changed")]).unwrap();
    company.terminate(5, company.clock().date_naive()).unwrap();
    stage.settle().await;
    stage.sync(RunKind::Reconcile).await;

    assert!(refused.unwrap_err().to_string().contains("it is a snapshot"));
    assert!(chosen(&stage).await.is_empty());
    assert_eq!(faces(&stage, PLAN).await, before);
    assert_ne!(faces(&stage, &stage.baseline).await, before);
    let log = stage.log(taken).await;
    let touched = log.iter().filter(|event| {
        event.kind.starts_with("actor.") && String::from_utf8_lossy(&event.payload).contains(PLAN)
    });
    assert_eq!(touched.count(), 0);
}

/// What counts is where the scenario was made, not when it was ready or looked at.
async fn all_future_scenarios_are_those_made_while_the_switch_was_on(place: Place) {
    let mut stage = Stage::synced(place, 20).await;
    stop_working(&mut stage).await;
    create(&stage, "01BEFORE").await;
    ask(&stage, "01COPY-BEFORE").await;
    switch_all_future(&stage, true).await;
    create(&stage, "01DURING").await;
    ask(&stage, "01COPY-DURING").await;
    create(&stage, "01ARCHIVED").await;
    archive(&stage, "01ARCHIVED").await;
    switch_all_future(&stage, false).await;
    create(&stage, "01AFTER").await;
    switch_all_future(&stage, true).await;
    stage.node.projections.settle(PATIENCE).await.unwrap();
    assert!(chosen(&stage).await.is_empty());

    work_again(&mut stage).await;
    stage.settle_without_waiting().await;

    let mut now = chosen(&stage).await;
    now.sort_unstable();
    assert_eq!(now, ["01COPY-DURING", "01DURING"]);
    let (db, company) = (stage.node.projections.db(), stage.provider.company());
    for scenario in ["01COPY-DURING", "01DURING"] {
        assert_equal(&ours(db, &stage.tenant, scenario).await, &theirs(&company));
    }
    assert!(ours(db, &stage.tenant, "01BEFORE").await.is_empty());
}

async fn a_target_that_an_admin_took_away_does_not_come_back(place: Place) {
    let mut stage = Stage::synced(place, 5).await;
    switch_all_future(&stage, true).await;
    create(&stage, PLAN).await;
    stage.settle_without_waiting().await;
    assert_eq!(chosen(&stage).await, [PLAN]);

    choose_scenarios(&stage, &[]).await;
    // As if everything that followed were forgotten and done again.
    let reactors = stage.place.table("reactors");
    stop_working(&mut stage).await;
    stage
        .place
        .sql(&format!("delete from {reactors} where name = 'future_targets'"))
        .await
        .unwrap();
    work_again(&mut stage).await;
    stage.settle_without_waiting().await;

    assert!(chosen(&stage).await.is_empty());
}

async fn a_target_that_is_added_is_brought_in_step_and_not_while_paused(place: Place) {
    let stage = Stage::synced(place, 20).await;
    let (store, db) = (&stage.node.store, stage.node.projections.db());
    create(&stage, PLAN).await;
    create(&stage, "01OTHER").await;
    choose_scenarios(&stage, &[PLAN]).await;
    stage.settle_without_waiting().await;
    let company = stage.provider.company();
    assert_equal(&ours(db, &stage.tenant, PLAN).await, &theirs(&company));
    let runs = stage.runs().await.len();

    rollcall_commands::pause(store, &stage.tenant, &stage.connection, &test()).await.unwrap();
    choose_scenarios(&stage, &[PLAN, "01OTHER"]).await;
    stage.settle_without_waiting().await;
    assert_eq!(stage.runs().await.len(), runs);
    rollcall_commands::resume(store, &stage.tenant, &stage.connection, &test()).await.unwrap();
    stage.settle_without_waiting().await;

    assert_equal(&ours(db, &stage.tenant, "01OTHER").await, &theirs(&company));
    assert_eq!(stage.runs().await.len(), runs + 1);
}
