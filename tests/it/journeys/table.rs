//! Every line of the people table (product.md §8.0), in a target that is not the live baseline.

mod scripted;

use rollcall::NodeOptions;
use rollcall_commands::{
    Connect, NewPerson, connect, create_person, create_scenario, disconnect, handle, resync_person,
    unsync_person,
};
use rollcall_domain::connection::{BrakeLimits, Dynamics365, ProviderSettings, Settings, Targets};
use rollcall_domain::field::{Field, Fields};
use rollcall_domain::subject::{self, Subject};
use rollcall_domain::vocabulary::{Provider as Name, RunKind};
use rollcall_projections::{actors::Actor, identities};
use rollcall_store::Cause;
use secrecy::SecretString;

use self::scripted::{Says, Script, registration};
use crate::place::{Place, on_both_databases};
use crate::roster::everybody;
use crate::stage::Stage;

on_both_databases!(
    what_the_source_says_becomes_true_as_the_table_has_it,
    who_is_absent_from_a_read_has_left_only_if_it_was_complete,
    whom_the_provider_does_not_show_or_know_is_noted_and_left_alone,
    who_is_out_of_sync_or_erased_or_entered_by_hand_is_left_alone,
);

const PLAN: &str = "01PLAN";

fn cause() -> Cause {
    Cause::by("test")
}

/// A scripted source whose only target is a scenario, after a first read of what it says.
async fn stage(place: Place, script: &Script) -> Stage {
    let providers = vec![(Name::Dynamics365, registration(script))];
    let options = NodeOptions { providers, ..NodeOptions::default() };
    let mut stage = Stage::connected_on(place, 3, options).await;
    stage.settle().await;
    let store = &stage.node.store;
    disconnect(store, &stage.tenant, &stage.connection, &cause()).await.unwrap();
    create_scenario(store, &stage.tenant, PLAN, "Plan", &cause()).await.unwrap();
    stage.connection = "01SCRIPT".to_owned();
    let settings = ProviderSettings::Dynamics365(Dynamics365::of(
        "https://script.operations.dynamics.com",
        "script",
        "rollcall",
    ));
    // In this company everybody may leave on one day.
    let brake = BrakeLimits { small_deactivated: 1_000, ..BrakeLimits::default() };
    let new = Connect {
        id: stage.connection.clone(),
        settings: Settings { brake, ..settings.into() },
        targets: Targets { scenarios: vec![PLAN.to_owned()], ..Targets::default() },
        credentials: SecretString::from("secret"),
    };
    connect(store, &stage.tenant, new, &cause()).await.unwrap();
    stage.node.inbound_policies.forget();
    stage.settle().await;
    stage
}

async fn people(stage: &Stage) -> Vec<Actor> {
    everybody(stage.node.projections.db(), &stage.tenant, PLAN).await
}

async fn person(stage: &Stage, id: &str) -> Option<Actor> {
    people(stage).await.into_iter().find(|one| one.source_id.as_deref() == Some(id))
}

/// Active or not, and the title; nothing for nobody.
async fn state(stage: &Stage, id: &str) -> Option<(bool, String)> {
    let person = person(stage, id).await?;
    Some((person.active, person.job_title.unwrap_or_default()))
}

/// Why the run did not bring somebody in line.
async fn reasons(stage: &Stage, run: &str, id: &str) -> Vec<String> {
    let db = stage.node.projections.db();
    let rows = identities::list(db, &stage.tenant, run, None, None, 200).await.unwrap().rows;
    let theirs = rows.into_iter().filter(|one| one.source_id.as_deref() == Some(id));
    theirs.flat_map(|one| one.reasons.0).map(|one| one.reason).collect()
}

/// `(what the source says, whether they are there before, there and active after, new title)`; before
/// is `None` for somebody who is not there, else whether they are active.
const TABLE: [(Says, Option<bool>, Option<bool>, bool); 21] = [
    (Says::Active, None, Some(true), true),
    (Says::Active, Some(true), Some(true), true),
    (Says::Active, Some(false), Some(true), true),
    (Says::Inactive, None, None, false),
    (Says::Inactive, Some(true), Some(false), false),
    (Says::Inactive, Some(false), Some(false), false),
    (Says::Pending, None, None, false),
    (Says::Pending, Some(true), Some(true), true),
    (Says::Pending, Some(false), Some(false), false),
    (Says::StartsLater, None, None, false),
    (Says::StartsLater, Some(true), Some(true), true),
    (Says::StartsLater, Some(false), Some(false), false),
    (Says::EndsLater, None, Some(true), true),
    (Says::EndsLater, Some(true), Some(true), true),
    (Says::EndsLater, Some(false), Some(true), true),
    (Says::Deleted, None, None, false),
    (Says::Deleted, Some(true), Some(false), false),
    (Says::Deleted, Some(false), Some(false), false),
    (Says::Unknown, None, None, false),
    (Says::Unknown, Some(true), Some(true), false),
    (Says::Unknown, Some(false), Some(false), false),
];

async fn what_the_source_says_becomes_true_as_the_table_has_it(place: Place) {
    let script = Script::default();
    let lines = || TABLE.iter().enumerate().map(|(line, row)| (line.to_string(), row));
    for (id, (_, before, _, _)) in lines().filter(|(_, row)| row.1.is_some()) {
        script.says(&id, Says::Active, if *before == Some(true) { "Old" } else { "Former" });
    }
    let stage = stage(place, &script).await;
    for (id, _) in lines().filter(|(_, row)| row.1 == Some(false)) {
        script.says(&id, Says::Inactive, "Former");
        stage.sync(RunKind::Reconcile).await;
    }

    for (id, (says, ..)) in lines() {
        script.says(&id, *says, "New");
    }
    let run = stage.sync(RunKind::Reconcile).await;

    for (id, (says, before, after, taken)) in lines() {
        let old = if *before == Some(true) { "Old" } else { "Former" };
        let title = if *taken { "New" } else { old };
        let expected = after.map(|active| (active, title.to_owned()));
        assert_eq!(state(&stage, &id).await, expected, "{id}: {says:?}, {before:?} before");
    }
    let unknown = TABLE.iter().position(|row| row.0 == Says::Unknown && row.1 == Some(true));
    assert_eq!(reasons(&stage, &run, &unknown.unwrap().to_string()).await, ["unknown_status"]);
    // A deleted id never matches again; everybody else is found.
    for (id, _) in lines() {
        script.says(&id, Says::Active, "Again");
    }
    let run = stage.sync(RunKind::Reconcile).await;
    for (id, (says, before, ..)) in lines() {
        let found = state(&stage, &id).await;
        let again = found.as_ref().is_some_and(|(active, title)| *active && title == "Again");
        let never = *says == Says::Deleted && before.is_some();
        assert_eq!(again, !never, "{id}: {says:?}, {before:?} before: {found:?}");
    }
    assert!(stage.run(&run).await.counts.skipped >= 2);
    assert_eq!(people(&stage).await.len(), TABLE.len(), "nobody is there twice");
    stage.projections_hold().await;
}

async fn who_is_absent_from_a_read_has_left_only_if_it_was_complete(place: Place) {
    let script = Script::default();
    (1..=12).for_each(|id| script.says(&id.to_string(), Says::Active, "Old"));
    let stage = stage(place, &script).await;
    script.says("2", Says::Inactive, "Old");
    stage.sync(RunKind::Reconcile).await;
    script.forgets("1");
    script.forgets("2");

    script.is_complete(false);
    let run = stage.sync(RunKind::Reconcile).await;
    assert_eq!(stage.run(&run).await.status, "partial");
    assert_eq!(state(&stage, "1").await, Some((true, "Old".to_owned())));

    script.is_complete(true);
    let run = stage.sync(RunKind::Reconcile).await;
    assert_eq!(state(&stage, "1").await, Some((false, "Old".to_owned())));
    assert_eq!(stage.run(&run).await.counts.deactivated, 1, "the other one had left before");
    let first = person(&stage, "1").await.unwrap();
    script.says("1", Says::Active, "Back");
    stage.sync(RunKind::Reconcile).await;
    let back = person(&stage, "1").await.unwrap();
    assert_eq!((&back.actor, back.active), (&first.actor, true), "the same person returns");
}

async fn whom_the_provider_does_not_show_or_know_is_noted_and_left_alone(place: Place) {
    let script = Script::default();
    (1..=8).for_each(|id| script.says(&id.to_string(), Says::Active, "Old"));
    let stage = stage(place, &script).await;
    script.hides("1");
    script.forgets("2");

    for (id, reason) in [("1", "not_visible"), ("2", "not_found"), ("99", "not_found")] {
        let before = state(&stage, id).await;
        scripted::deliver(&stage, id).await;
        let run = stage.runs().await.remove(0);
        assert_eq!(reasons(&stage, &run.run, id).await, [reason], "{id}");
        assert_eq!(state(&stage, id).await, before, "{id}");
    }
}

async fn who_is_out_of_sync_or_erased_or_entered_by_hand_is_left_alone(place: Place) {
    let script = Script::default();
    (1..=12).for_each(|id| script.says(&id.to_string(), Says::Active, "Old"));
    let stage = stage(place, &script).await;
    let (store, tenant) = (&stage.node.store, stage.tenant.as_str());
    let by_hand = NewPerson {
        scenario: PLAN.to_owned(),
        actor: "01HAND00000000000000000000".to_owned(),
        subject: "01HAND0000000000000000000P".to_owned(),
        active: true,
        fields: Fields::from([(Field::LastName, "Byhand".into())]),
    };
    create_person(store, tenant, &by_hand, &cause()).await.unwrap();
    stage.settle().await;
    let out = person(&stage, "1").await.unwrap();
    unsync_person(store, tenant, PLAN, &out.actor, &cause()).await.unwrap();
    let erased = person(&stage, "2").await.unwrap();
    let erase = || subject::Command::Erase { subject: erased.subject.clone() };
    handle::<Subject>(store, tenant, &erased.subject, erase, &cause()).await.unwrap();
    store.erase(tenant, &erased.subject).await.unwrap();
    stage.settle().await;

    (1..=2).for_each(|id| script.says(&id.to_string(), Says::Active, "New"));
    let run = stage.sync(RunKind::Reconcile).await;

    assert_eq!(stage.run(&run).await.status, "succeeded");
    assert_eq!(state(&stage, "1").await, Some((true, "Old".to_owned())));
    let all = people(&stage).await;
    assert_eq!(all.len(), 13, "nobody erased is created again");
    let blank = all.iter().find(|one| one.actor == erased.actor).unwrap();
    assert!(blank.erased && blank.version == erased.version, "nothing is written of them");
    let hand = all.iter().find(|one| one.actor == by_hand.actor).unwrap();
    assert_eq!((hand.active, hand.version), (true, 1), "no absence touches them");

    resync_person(store, tenant, PLAN, &out.actor, &cause()).await.unwrap();
    stage.sync(RunKind::Reconcile).await;
    assert_eq!(state(&stage, "1").await, Some((true, "New".to_owned())));
}
