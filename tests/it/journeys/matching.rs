//! Who is who (product.md §8.1), in a target that is not the live baseline.

use rollcall_commands::{Loaded, MapIdentity, UnitOfWork, create_scenario, load, map_identities};
use rollcall_domain::actor::{self, Actor};
use rollcall_domain::connection::{Command, Targets};
use rollcall_domain::field::{Field, Fields};
use rollcall_domain::identity::{Person, Who};
use rollcall_domain::unit::{self, Kind, Unit};
use rollcall_domain::vocabulary::RunKind;
use rollcall_projections::{actors, identities, units};
use rollcall_store::Cause;

use crate::place::{Place, on_both_databases};
use crate::roster::{assert_equal, everybody, ours, theirs};
use crate::stage::Stage;

on_both_databases!(
    who_was_entered_by_hand_is_found_by_e_mail_and_found_by_id_from_then_on,
    the_identity_map_goes_before_e_mail,
    an_address_that_two_have_is_a_conflict_that_names_them_until_somebody_says_who_it_is,
    who_has_another_id_is_a_conflict_while_that_one_is_there,
    who_was_deleted_and_comes_back_under_another_id_is_the_same_person,
    managers_are_found_whichever_of_the_two_was_linked,
    a_department_made_by_hand_is_taken_over_by_its_name_and_renamed_by_its_id,
    a_circle_that_only_a_link_closes_is_refused_when_a_delivery_tells_of_it_too,
    who_is_mapped_and_has_left_is_deactivated_by_a_read_of_everybody,
    several_new_people_of_one_address_are_several_people,
    who_comes_later_with_an_address_that_is_taken_is_created_once_somebody_says_they_are_new,
);

const PLAN: &str = "01PLAN";

fn cause() -> Cause {
    Cause::by("user:1")
}

/// A company, and an empty scenario that is no target yet.
async fn stage(place: Place) -> Stage {
    let stage = Stage::synced(place, 14).await;
    create_scenario(&stage.node.store, &stage.tenant, PLAN, "Plan", &cause()).await.unwrap();
    stage
}

/// Somebody enters a person.
async fn enter(stage: &Stage, actor: &str, email: &str, more: &[(Field, &str)]) {
    let mut fields = Fields::from([(Field::Email, email.into())]);
    fields.extend(more.iter().map(|(field, value)| (*field, (*value).into())));
    let create = actor::Command::Create {
        actor: actor.to_owned(),
        scenario: PLAN.to_owned(),
        subject: format!("{actor}P"),
        source: None,
        source_id: None,
        active: true,
        fields,
    };
    let mut unit = UnitOfWork::new(&*stage.tenant, cause());
    let subject = format!("{actor}P");
    unit.decide_about(actor, &mut Loaded::<Actor>::default(), create, Some(&subject)).unwrap();
    unit.commit(&stage.node.store).await.unwrap();
}

/// The scenario is a target from now on; the run that brings it in step.
async fn sync(stage: &Stage) -> String {
    let scenarios = vec![PLAN.to_owned()];
    let targets = Targets { live_baseline: true, scenarios, all_future: false };
    stage.change(Command::ChangeTargets { targets }).await;
    stage.sync(RunKind::Reconcile).await
}

async fn in_step(stage: &Stage) {
    let (db, company) = (stage.node.projections.db(), stage.provider.company());
    for scenario in [stage.baseline.as_str(), PLAN] {
        assert_equal(&ours(db, &stage.tenant, scenario).await, &theirs(&company));
    }
    let before = stage.head().await;
    stage.sync(RunKind::Reconcile).await;
    assert_eq!(stage.count("run.applied", before).await, 0, "a second one finds nothing");
    stage.projections_hold().await;
}

fn email(stage: &Stage, id: u64) -> String {
    stage.provider.company().person(id).unwrap().work_email.unwrap()
}

async fn actor(stage: &Stage, actor: &str) -> actors::Actor {
    let db = stage.node.projections.db();
    actors::one(db, &stage.tenant, PLAN, actor).await.unwrap().unwrap()
}

/// The row of a run about a person of the scenario.
async fn row(stage: &Stage, run: &str, source_id: &str) -> identities::Identity {
    let db = stage.node.projections.db();
    let rows = identities::list(db, &stage.tenant, run, None, None, 200).await.unwrap().rows;
    let is_theirs = |one: &identities::Identity| {
        one.scenario == PLAN && one.source_id.as_deref() == Some(source_id)
    };
    rows.into_iter().find(is_theirs).unwrap()
}

async fn map(stage: &Stage, source_id: &str, who: Who) {
    let source = stage.provider.settings().source();
    let entry = MapIdentity { source_id: source_id.to_owned(), who: Some(who) };
    map_identities(&stage.node.store, &stage.tenant, &source, &[entry], &cause()).await.unwrap();
}

async fn who_was_entered_by_hand_is_found_by_e_mail_and_found_by_id_from_then_on(place: Place) {
    let stage = stage(place).await;
    enter(
        &stage,
        "01HAND00000000000000000000",
        &email(&stage, 3).to_uppercase(),
        &[(Field::JobTitle, "Guess")],
    )
    .await;

    let run = sync(&stage).await;

    in_step(&stage).await;
    let linked = actor(&stage, "01HAND00000000000000000000").await;
    assert_eq!(linked.source_id.as_deref(), Some("3"));
    assert_eq!(linked.subject, "01HAND00000000000000000000P");
    assert!(linked.synced && linked.claim.is_some());
    assert_eq!(row(&stage, &run, "3").await.matched_by.as_deref(), Some("email"));
    assert_eq!(row(&stage, &run, "4").await.matched_by.as_deref(), None, "was created");

    // Their address is theirs to change now.
    let company = stage.provider.company();
    company.update(3, [("workEmail", "changed@example.test")]).unwrap();
    stage.settle().await;
    in_step(&stage).await;
    let run = stage.runs().await.into_iter().find(|run| run.kind == "webhook").unwrap();
    let changed = row(&stage, &run.run, "3").await;
    assert_eq!(
        (changed.actor.as_deref(), changed.matched_by.as_deref()),
        (Some("01HAND00000000000000000000"), Some("source_id"))
    );
}

async fn the_identity_map_goes_before_e_mail(place: Place) {
    let stage = stage(place).await;
    enter(&stage, "01MAPPED000000000000000000", "somebody@example.test", &[]).await;
    enter(&stage, "01NAMESAKE0000000000000000", &email(&stage, 3), &[]).await;
    enter(&stage, "01ADDRESS00000000000000000", "else@example.test", &[]).await;
    let person = Person {
        actor: "01MAPPED000000000000000000".to_owned(),
        subject: "01MAPPED000000000000000000P".to_owned(),
    };
    map(&stage, "3", Who::Person(person)).await;
    map(&stage, "4", Who::Email("else@example.test".to_owned())).await;

    let run = sync(&stage).await;

    in_step(&stage).await;
    for (id, by) in [("3", "01MAPPED000000000000000000"), ("4", "01ADDRESS00000000000000000")] {
        assert_eq!(actor(&stage, by).await.source_id.as_deref(), Some(id));
        assert_eq!(row(&stage, &run, id).await.matched_by.as_deref(), Some("identity_map"));
    }
    let untouched = actor(&stage, "01NAMESAKE0000000000000000").await;
    assert!(untouched.source_id.is_none() && untouched.version == 1);
}

async fn an_address_that_two_have_is_a_conflict_that_names_them_until_somebody_says_who_it_is(
    place: Place,
) {
    let stage = stage(place).await;
    for one in ["01AAA000000000000000000000", "01BBB000000000000000000000"] {
        enter(&stage, one, &email(&stage, 3), &[]).await;
    }

    let run = sync(&stage).await;

    let conflict = row(&stage, &run, "3").await;
    assert_eq!(conflict.action, "conflict");
    assert_eq!(conflict.reasons[0].reason, "ambiguous");
    assert_eq!(
        conflict.reasons[0].with,
        ["01AAA000000000000000000000", "01BBB000000000000000000000"]
    );
    let run = stage.run(&run).await;
    assert_eq!((run.status.as_str(), run.counts.errors), ("partial", 1));
    assert_eq!(run.error_code.as_deref(), Some("people_in_error"));
    let db = stage.node.projections.db();
    assert!(!ours(db, &stage.tenant, PLAN).await.contains_key("3"), "nobody was made of it");

    let person = Person {
        actor: "01BBB000000000000000000000".to_owned(),
        subject: "01BBB000000000000000000000P".to_owned(),
    };
    map(&stage, "3", Who::Person(person)).await;
    stage.sync(RunKind::Reconcile).await;
    in_step(&stage).await;
    assert_eq!(actor(&stage, "01BBB000000000000000000000").await.source_id.as_deref(), Some("3"));
}

async fn who_has_another_id_is_a_conflict_while_that_one_is_there(place: Place) {
    let stage = stage(place).await;
    sync(&stage).await;
    let company = stage.provider.company();
    let address = email(&stage, 3);
    let hired = [("firstName", "New"), ("lastName", "Record"), ("workEmail", &*address)];
    let again = company.hire(hired).unwrap().to_string();

    stage.settle().await;
    let run = stage.runs().await.remove(0);
    let conflict = row(&stage, &run.run, &again).await;
    assert_eq!((conflict.action.as_str(), run.status.as_str()), ("conflict", "partial"));
    let db = stage.node.projections.db();
    let all = everybody(db, &stage.tenant, PLAN).await;
    let first = all.iter().find(|one| one.source_id.as_deref() == Some("3")).unwrap();
    assert_eq!(conflict.reasons[0].with, [first.actor.as_str()]);

    // The old record is no longer shown, by a read that shows everybody else.
    company.change_faults(|faults| {
        faults.hidden_employees.insert(3);
    });
    let run = stage.sync(RunKind::Reconcile).await;
    assert_eq!(stage.run(&run).await.status, "succeeded");
    assert_eq!(row(&stage, &run, &again).await.matched_by.as_deref(), Some("email"));
    assert_eq!(actor(&stage, &first.actor).await.source_id, Some(again));

    // An id that was somebody's before is nobody's any more.
    company.change_faults(|faults| faults.hidden_employees.clear());
    let run = stage.sync(RunKind::Reconcile).await;
    assert_eq!(row(&stage, &run, "3").await.action, "conflict");
    company.delete(3).unwrap();
    stage.settle().await;
    in_step(&stage).await;
}

async fn who_was_deleted_and_comes_back_under_another_id_is_the_same_person(place: Place) {
    let stage = stage(place).await;
    sync(&stage).await;
    let company = stage.provider.company();
    let address = email(&stage, 3);
    let db = stage.node.projections.db();
    let before = everybody(db, &stage.tenant, PLAN).await;
    let before = before.iter().find(|one| one.source_id.as_deref() == Some("3")).unwrap();
    company.delete(3).unwrap();
    stage.settle().await;

    let hired = [("firstName", "Back"), ("lastName", "Again"), ("workEmail", &*address)];
    let again = company.hire(hired).unwrap().to_string();
    stage.settle().await;

    in_step(&stage).await;
    let after = actor(&stage, &before.actor).await;
    assert_eq!((after.source_id, after.active), (Some(again), true));
    assert_eq!(after.subject, before.subject);
    assert!(!after.source_deleted);
}

async fn managers_are_found_whichever_of_the_two_was_linked(place: Place) {
    let stage = stage(place).await;
    let company = stage.provider.company();
    let people = company.people();
    let report = people.iter().find(|one| one.supervisor.is_some()).unwrap();
    let boss = report.supervisor.unwrap();
    enter(&stage, "01HEAD00000000000000000000", &email(&stage, boss), &[]).await;
    enter(
        &stage,
        "01PEER00000000000000000000",
        &email(&stage, report.id),
        &[(Field::Manager, "01HEAD00000000000000000000")],
    )
    .await;

    sync(&stage).await;
    in_step(&stage).await;

    // Whom it reports to is refused where that would close a circle through the link.
    company.update(boss, [("supervisorEId", report.id.to_string())]).unwrap();
    let run = stage.sync(RunKind::Reconcile).await;
    let refused = row(&stage, &run, &boss.to_string()).await;
    assert_eq!(stage.run(&run).await.status, "partial");
    assert_eq!(refused.reasons[0].reason, "manager_cycle");
    stage.projections_hold().await;
}

async fn a_department_made_by_hand_is_taken_over_by_its_name_and_renamed_by_its_id(place: Place) {
    let stage = stage(place).await;
    let company = stage.provider.company();
    let department = company.person(3).unwrap().department.unwrap();
    let list = rollcall_simulators::bamboohr::ListKind::Department;
    let name = company.option_name(list, department).unwrap();
    let create = unit::Command::Create {
        unit: "01UNIT".to_owned(),
        scenario: PLAN.to_owned(),
        kind: Kind::Department,
        name: name.to_uppercase(),
        source: None,
        source_key: None,
        parent: None,
    };
    let mut by_hand = UnitOfWork::new(&*stage.tenant, cause());
    by_hand.decide("01UNIT", &mut Loaded::<Unit>::default(), create).unwrap();
    by_hand.commit(&stage.node.store).await.unwrap();

    sync(&stage).await;
    in_step(&stage).await;
    let db = stage.node.projections.db();
    let taken = units::one(db, &stage.tenant, PLAN, "01UNIT").await.unwrap().unwrap();
    assert_eq!((&taken.unit.name, taken.members > 0), (&name, true));

    company.rename_option("department", department, "Renamed").unwrap();
    stage.sync(RunKind::Reconcile).await;
    in_step(&stage).await;
    let renamed: Loaded<Unit> = load(&stage.node.store, &stage.tenant, "01UNIT").await.unwrap();
    assert_eq!(renamed.state.known.unwrap().name, "Renamed");
}

/// The report is above the boss by hand, and waits for the source id that the boss is linked to.
async fn a_circle_that_only_a_link_closes_is_refused_when_a_delivery_tells_of_it_too(place: Place) {
    let stage = stage(place).await;
    sync(&stage).await;
    let company = stage.provider.company();
    let report = company.people().into_iter().find(|one| one.supervisor.is_some()).unwrap();
    let db = stage.node.projections.db();
    let all = everybody(db, &stage.tenant, PLAN).await;
    let id = report.id.to_string();
    let above = all.iter().find(|one| one.source_id.as_deref() == Some(&id)).unwrap();
    let hand = "01HAND00000000000000000000";
    enter(&stage, hand, "boss@example.test", &[(Field::Manager, above.actor.as_str())]).await;
    let hired = [("firstName", "New"), ("lastName", "Boss"), ("workEmail", "boss@example.test")];
    let boss = company.hire(hired).unwrap();
    company.update(report.id, [("supervisorEId", boss.to_string())]).unwrap();
    stage.settle().await;
    stage.sync(RunKind::Reconcile).await;

    let linked = actor(&stage, hand).await;
    assert_eq!(linked.source_id, Some(boss.to_string()));
    let all = everybody(db, &stage.tenant, PLAN).await;
    let manager = |id: &str| {
        let one = all.iter().find(|one| one.actor == id).unwrap();
        let named = one.manager.as_deref()?;
        let is_named =
            |other: &&actors::Actor| other.claim.as_deref() == Some(named) || other.actor == named;
        all.iter().find(is_named).map(|one| one.actor.clone())
    };
    let mut at = Some(above.actor.clone());
    for _ in 0..all.len() {
        at = at.and_then(|id| manager(&id));
    }
    assert_eq!(at, None, "somebody is above themselves");
    stage.projections_hold().await;
}

async fn who_is_mapped_and_has_left_is_deactivated_by_a_read_of_everybody(place: Place) {
    let stage = stage(place).await;
    let company = stage.provider.company();
    let today = company.clock().date_naive();
    company.terminate(3, today).unwrap();
    let hand = "01HAND00000000000000000000";
    enter(&stage, hand, "somebody@example.test", &[]).await;
    let person = Person { actor: hand.to_owned(), subject: format!("{hand}P") };
    map(&stage, "3", Who::Person(person)).await;

    sync(&stage).await;

    let linked = actor(&stage, hand).await;
    assert_eq!((linked.source_id.as_deref(), linked.active), (Some("3"), false));
    in_step(&stage).await;
}

async fn several_new_people_of_one_address_are_several_people(place: Place) {
    let stage = stage(place).await;
    let company = stage.provider.company();
    for name in ["One", "Two", "Three"] {
        let hired = [("firstName", name), ("lastName", "Till"), ("workEmail", "shop@example.test")];
        company.hire(hired).unwrap();
    }
    sync(&stage).await;

    let db = stage.node.projections.db();
    let people = everybody(db, &stage.tenant, PLAN).await;
    let there = people.iter().filter(|one| one.email_key.as_deref() == Some("shop@example.test"));
    assert_eq!(there.count(), 3);
}

async fn who_comes_later_with_an_address_that_is_taken_is_created_once_somebody_says_they_are_new(
    place: Place,
) {
    let stage = stage(place).await;
    sync(&stage).await;
    let mut last = String::new();
    for name in ["One", "Two"] {
        let hired = [("firstName", name), ("lastName", "Till"), ("workEmail", "shop@example.test")];
        last = stage.provider.company().hire(hired).unwrap().to_string();
        stage.settle().await;
    }
    let run = stage.runs().await.remove(0);
    assert_eq!(row(&stage, &run.run, &last).await.action, "conflict");

    map(&stage, &last, Who::New).await;
    let run = stage.sync(RunKind::Reconcile).await;
    assert_eq!(stage.run(&run).await.status, "succeeded");
    in_step(&stage).await;
}
