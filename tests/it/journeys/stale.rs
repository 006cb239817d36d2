//! Two plans made on the same old roster: whoever is second learns it by conflict, plans again, and
//! finds nothing left to do.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use rollcall_commands::{Loaded, load, written};
use rollcall_domain::Decider;
use rollcall_domain::actor::Actor;
use rollcall_domain::field::{Field, Seen, Value};
use rollcall_domain::ids::Deriver;
use rollcall_domain::plan::{
    Action, Decision, Employee, Expected as Planned, RosterRow, Rules, Status, plan_person,
};
use rollcall_domain::vocabulary::{Provider, Source};
use rollcall_store::{Append, AppendError, Cause, Expected, Store};

use crate::place::{Place, on_both_databases};

on_both_databases!(
    two_plans_on_one_stale_roster_create_nobody_twice,
    of_two_plans_that_change_the_same_person_the_second_is_made_anew,
);

const ACME: &str = "01ACME";
const FIELDS: [Field; 2] = [Field::FirstName, Field::JobTitle];

fn employee(id: usize, title: &str) -> Employee {
    let text = |value: &str| Some(Value::from(value));
    Employee {
        source_id: id.to_string(),
        status: Status::Active,
        starts_on: None,
        ends_on: None,
        seen: Seen::from([
            (Field::FirstName, text(&format!("Person {id}"))),
            (Field::JobTitle, text(title)),
        ]),
        unreadable: vec![],
    }
}

fn rules(deriver: &Deriver) -> Rules {
    let today = NaiveDate::from_ymd_opt(2026, 6, 15).unwrap();
    let acme = Source::new(Provider::BambooHr, "acme");
    Rules::new("live", acme, deriver.clone(), today, &FIELDS)
}

fn plan(
    people: &[Employee],
    known: &HashMap<String, RosterRow>,
    deriver: &Deriver,
) -> Vec<Decision> {
    let (rules, nobody) = (rules(deriver), HashMap::<String, String>::new());
    let row = |one: &Employee| known.get(&rules.actor_id(&one.source_id));
    people.iter().map(|one| plan_person(one, row(one), &nobody, &rules)).collect()
}

/// As the engine writes a batch.
async fn apply(store: &Store, plan: &[Decision]) -> Result<(), AppendError> {
    let mut append = Append::new(ACME, Cause::by("engine"));
    for decision in plan.iter().filter(|decision| !decision.events.is_empty()) {
        let expected = match decision.expected {
            Planned::NoStream => Expected::NoStream,
            Planned::Exact(version) => Expected::Exact(version),
        };
        let events = written(&decision.events, Some(&decision.subject));
        append = append.stream(Actor::stream(&decision.actor), expected, events);
    }
    store.append(append).await.map(drop)
}

/// What the streams themselves say, whatever a roster says.
async fn known(store: &Store, plan: &[Decision]) -> HashMap<String, RosterRow> {
    let mut known = HashMap::new();
    for decision in plan {
        let actor: Loaded<Actor> = load(store, ACME, &decision.actor).await.unwrap();
        known.extend(
            RosterRow::from_actor(&actor.state, actor.version).map(|row| (row.actor.clone(), row)),
        );
    }
    known
}

/// The streams a conflict names.
#[track_caller]
fn moved(result: Result<(), AppendError>) -> BTreeSet<String> {
    match result {
        Err(AppendError::Conflict(moved)) => moved.into_iter().map(|one| one.stream).collect(),
        other => panic!("expected a conflict, got {other:?}"),
    }
}

async fn two_plans_on_one_stale_roster_create_nobody_twice(place: Place) {
    let store = place.open().await;
    store.register_tenant(ACME, "acme").await.unwrap();
    let deriver = Deriver::new(&store.derivation_key(ACME).await.unwrap());
    let people: Vec<Employee> = (0..20).map(|id| employee(id, "Engineer")).collect();
    let (mine, yours) =
        (plan(&people, &HashMap::new(), &deriver), plan(&people[5..], &HashMap::new(), &deriver));

    apply(&store, &mine).await.unwrap();
    let conflict = moved(apply(&store, &yours).await);

    let streams = yours.iter().map(|decision| Actor::stream(&decision.actor)).collect();
    assert_eq!(conflict, streams);
    let anew = plan(&people[5..], &known(&store, &yours).await, &deriver);
    assert!(anew.iter().all(|one| one.action == Action::Unchanged && one.events.is_empty()));
    let shard = store.shard_of(ACME).await.unwrap();
    assert_eq!(store.read_shard(shard, 0, 1_000).await.unwrap().len(), 20);
}

async fn of_two_plans_that_change_the_same_person_the_second_is_made_anew(place: Place) {
    let store = place.open().await;
    store.register_tenant(ACME, "acme").await.unwrap();
    let deriver = Deriver::new(&store.derivation_key(ACME).await.unwrap());
    let hired = plan(&[employee(1, "Engineer")], &HashMap::new(), &deriver);
    apply(&store, &hired).await.unwrap();
    let stale = known(&store, &hired).await;

    apply(&store, &plan(&[employee(1, "Manager")], &stale, &deriver)).await.unwrap();
    moved(apply(&store, &plan(&[employee(1, "Director")], &stale, &deriver)).await);
    let fresh = known(&store, &hired).await;
    apply(&store, &plan(&[employee(1, "Director")], &fresh, &deriver)).await.unwrap();

    let row = known(&store, &hired).await.remove(&hired[0].actor).unwrap();
    assert_eq!(row.fields.get(&Field::JobTitle), Some(&Value::from("Director")));
    assert_eq!(row.version, 3);
}
