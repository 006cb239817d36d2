//! Two plans made on the same old roster: whoever is second learns it by conflict, plans again, and
//! finds nothing left to do.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::NaiveDate;
use rollcall_commands::{Loaded, load, written};
use rollcall_domain::Decider;
use rollcall_domain::actor::{Actor, Event};
use rollcall_domain::field::{Field, Fields, Seen, Value};
use rollcall_domain::ids::Deriver;
use rollcall_domain::plan::{
    Action, Candidates, Decision, Employee, Expected as Planned, Observation, Planner, RosterRow,
    Row, Rules, Status, Unseen,
};
use rollcall_domain::vocabulary::{Provider, Source};
use rollcall_store::{Append, AppendError, Cause, Expected, Store};

use crate::place::{Place, on_both_databases};

on_both_databases!(
    two_plans_on_one_stale_roster_create_nobody_twice,
    of_two_plans_that_change_the_same_person_the_second_is_made_anew,
    of_linking_and_creating_the_same_person_only_one_wins,
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
    let rules = rules(deriver);
    let own = |one: &Employee| known.get(&rules.actor_id(&one.source_id)).cloned();
    let found = |one| Candidates { own: own(one), ..Candidates::default() };
    let found: Vec<Candidates> = people.iter().map(found).collect();
    plan_with(people, &found, rules)
}

fn plan_with(people: &[Employee], found: &[Candidates], rules: Rules) -> Vec<Decision> {
    let seen: Vec<Observation> =
        people.iter().map(|one| Observation::Present(Arc::new(one.clone()))).collect();
    let page: Vec<Row> = seen.iter().zip(found).collect();
    let mut planner = Planner::new(rules, Unseen::Unknown, HashMap::<String, String>::new());
    planner.enter(&page);
    planner.announce(&page);
    planner.settle();
    planner.plan(&page).into_iter().map(|step| step.decision).collect()
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
        if let Some((claim, linked)) = decision.link("live") {
            let events = written(&[linked], None);
            append = append.stream(Actor::stream(claim), Expected::NoStream, events);
        }
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

/// One run knows Mira, who was entered by hand, by her address; the other one's roster is older.
async fn of_linking_and_creating_the_same_person_only_one_wins(place: Place) {
    let store = place.open().await;
    store.register_tenant(ACME, "acme").await.unwrap();
    let deriver = Deriver::new(&store.derivation_key(ACME).await.unwrap());
    for creates_first in [true, false] {
        let source_id = if creates_first { 1 } else { 2 };
        let (actor, email) = (format!("01HAND{source_id}"), format!("{source_id}@example.test"));
        let fields = Fields::from([(Field::Email, email.as_str().into())]);
        let (scenario, subject) = ("live".to_owned(), format!("p{source_id}"));
        let created =
            Event::created(actor.clone(), scenario, subject.clone(), None, None, true, fields);
        let by_hand = Append::new(ACME, Cause::by("user:1")).stream(
            Actor::stream(&actor),
            Expected::NoStream,
            written(&[created], Some(&subject)),
        );
        store.append(by_hand).await.unwrap();
        let loaded: Loaded<Actor> = load(&store, ACME, &actor).await.unwrap();
        let row = RosterRow::from_actor(&loaded.state, loaded.version).unwrap();
        let mut employee = employee(source_id, "Engineer");
        employee.seen.insert(Field::Email, Some(email.as_str().into()));
        let people = [employee];
        let same_email = Candidates { same_email: vec![row], ..Candidates::default() };
        let link = plan_with(&people, &[same_email], rules(&deriver));
        let create = plan_with(&people, &[Candidates::default()], rules(&deriver));
        assert_eq!((link[0].actor.as_str(), create[0].action), (&*actor, Action::Create));

        let (first, second) = if creates_first { (&create, &link) } else { (&link, &create) };
        apply(&store, first).await.unwrap();
        let conflict = moved(apply(&store, second).await);

        let claim = rules(&deriver).actor_id(&source_id.to_string());
        assert_eq!(conflict, BTreeSet::from([Actor::stream(&claim)]));
        let at_claim: Loaded<Actor> = load(&store, ACME, &claim).await.unwrap();
        let by_hand: Loaded<Actor> = load(&store, ACME, &actor).await.unwrap();
        let holders = [&at_claim, &by_hand].into_iter().filter(|one| {
            one.state.known.as_ref().is_some_and(|known| known.claim() == Some(claim.as_str()))
        });
        assert_eq!(holders.count(), 1);
        let linked_to = (!creates_first).then_some(actor);
        assert_eq!(at_claim.state.linked_to, linked_to);
    }
}
