//! Copies in small batches, on a store in a temporary directory: interrupted, changed beneath, archived.

use std::collections::BTreeMap;

use rollcall_commands::{archive_scenario, copy_scenario, written};
use rollcall_domain::Decider;
use rollcall_domain::actor::{Actor, Event, MatchedBy, Personal};
use rollcall_domain::field::{Changes, Field, Fields, Value};
use rollcall_domain::tenant::Plan;
use rollcall_domain::unit::{self, Unit};
use rollcall_domain::vocabulary::{Provider, Source};
use rollcall_projections::{Followers, Options, actors};
use rollcall_store::{Append, Expected, Stored};

use super::*;
use crate::testing::Place;

const LIVE: &str = "baseline of acme";
const PLAN: &str = "01PLAN";
/// Of everything: three people a batch, two a page.
const FEW: Limits = Limits { events: 3, bytes: 1 << 20, people: 2 };

struct Home {
    place: Place,
    copies: Copies,
    acme: Arc<str>,
    _followers: Followers,
}

impl Home {
    async fn new(limits: Limits) -> Self {
        let place = Place::new().await;
        let projections = Projections::open(&place.store, Options::default()).await.unwrap();
        let followers = projections.start();
        place.tenant("acme", Plan::Business).await;
        let copies = Copies { store: place.store.clone(), projections, limits };
        Home { place, copies, acme: "acme".into(), _followers: followers }
    }

    async fn append(&self, streams: Vec<(String, Expected, Event)>) {
        let append = Append::new("acme", Cause::by("test"));
        let append = streams.into_iter().fold(append, |append, (stream, expected, event)| {
            append.stream(stream, expected, written(&[event], Some("subject")))
        });
        self.place.store.append(append).await.unwrap();
    }

    /// People of their own subjects, with a manager each.
    async fn hire(&self, people: &[(&str, &str)]) {
        let append = Append::new("acme", Cause::by("test"));
        let append = people.iter().fold(append, |append, (id, manager)| {
            let events = written(&[person(id, manager)], Some(&subject(id)));
            append.stream(Actor::stream(id), Expected::NoStream, events)
        });
        self.place.store.append(append).await.unwrap();
    }

    async fn department(&self, id: &str, name: &str) {
        let event = unit::Event::Created {
            unit: id.into(),
            scenario: LIVE.into(),
            kind: unit::Kind::Department,
            name: name.into(),
            source: None,
            source_key: None,
            copied_from: None,
            parent: None,
        };
        let append = Append::new("acme", Cause::by("test"));
        let events = written(&[event], None);
        let append = append.stream(Unit::stream(id), Expected::NoStream, events);
        self.place.store.append(append).await.unwrap();
    }

    /// Asks for a copy; the position of the roster it is to hold.
    async fn ask(&self) -> Position {
        let cause = Cause::by("test");
        copy_scenario(&self.place.store, "acme", PLAN, LIVE, "Plan", &cause).await.unwrap().last
    }

    async fn copy(&self, position: Position) {
        self.copies.copy(&self.acme, PLAN, position).await.unwrap();
    }

    /// One that has begun, its units written, the first people read.
    async fn begun(&self, position: Position) -> Copying<'_> {
        self.settle().await;
        let mut copying = self.copies.begin(&self.acme, PLAN, position).await.unwrap().unwrap();
        copying.units().await.unwrap();
        copying.read_people(None).await.unwrap();
        copying
    }

    async fn settle(&self) {
        self.copies.projections.settle(ROSTER_DEADLINE).await.unwrap();
    }

    async fn scenario(&self) -> KnownScenario {
        let known: Loaded<Scenario> = load(&self.place.store, "acme", PLAN).await.unwrap();
        known.state.known.unwrap()
    }

    /// The people of the copy, by first name, each with their manager's.
    async fn people(&self) -> BTreeMap<String, Option<String>> {
        self.settle().await;
        let db = self.copies.projections.db();
        let rows = actors::by_id(db, "acme", PLAN, None, 100).await.unwrap();
        let name = |row: &actors::Actor| row.first_name.clone().unwrap_or_default();
        let names: BTreeMap<String, String> =
            rows.iter().map(|row| (row.actor.clone(), name(row))).collect();
        let manager = |row: &actors::Actor| row.manager.as_ref().map(|id| names[id].clone());
        rows.iter().map(|row| (name(row), manager(row))).collect()
    }

    async fn log(&self) -> Vec<Stored> {
        self.place.store.read_shard(0, 0, 10_000).await.unwrap()
    }
}

fn subject(id: &str) -> String {
    format!("subject of {id}")
}

fn acme() -> Source {
    Source::new(Provider::BambooHr, "acme")
}

/// Called by their id, in department `d`, entered by hand.
fn person(id: &str, manager: &str) -> Event {
    let mut fields = Fields::from([
        (Field::FirstName, id.into()),
        (Field::Departments, Value::List(vec!["d".into()])),
    ]);
    if !manager.is_empty() {
        fields.insert(Field::Manager, manager.into());
    }
    Event::created(id.into(), LIVE.into(), subject(id), None, None, true, fields)
}

fn identified(id: &str, claim: &str, source_id: &str) -> Event {
    Event::Identified {
        actor: id.into(),
        scenario: LIVE.into(),
        source: acme(),
        claim: claim.into(),
        matched_by: MatchedBy::Email,
        old: None,
        personal: Some(Personal::Identity { old: None, new: source_id.into() }),
    }
}

fn linked(claim: &str, to: &str) -> Event {
    Event::LinkedTo { actor: claim.into(), scenario: LIVE.into(), to: to.into() }
}

fn names(people: &BTreeMap<String, Option<String>>) -> Vec<&str> {
    people.keys().map(String::as_str).collect()
}

#[tokio::test]
async fn a_copy_holds_what_was_there_when_it_was_asked_for() {
    let home = Home::new(FEW).await;
    home.department("d", "Engines").await;
    home.hire(&[("ada", ""), ("ben", "ada"), ("cay", "ben"), ("dan", "ben")]).await;
    let position = home.ask().await;

    home.hire(&[("eve", "ada"), ("abe", "")]).await;
    let moved = (Some("ben".into()), Some("eve".into()));
    let changes = Changes::from([(Field::Manager, moved)]);
    let moved = Event::fields_changed("cay".into(), LIVE.into(), changes).unwrap();
    home.append(vec![(Actor::stream("cay"), Expected::Exact(1), moved)]).await;
    home.department("e", "Later").await;
    home.copy(position).await;

    let people = home.people().await;
    assert_eq!(names(&people), ["ada", "ben", "cay", "dan"]);
    assert_eq!(people["cay"].as_deref(), Some("ben"));
    let scenario = home.scenario().await;
    assert_eq!((scenario.status, scenario.filled.people), (Status::Active, 4));
    assert_eq!(scenario.filled.units, 1);
}

#[tokio::test]
async fn a_copy_that_was_interrupted_goes_on_behind_its_last_batch() {
    let home = Home::new(FEW).await;
    home.department("d", "Engines").await;
    let people = ["a", "b", "c", "d1", "e", "f", "g", "h"].map(|id| (id, "a"));
    home.hire(&people).await;
    let position = home.ask().await;
    let mut copying = home.begun(position).await;
    let batch = copying.next_batch();
    let after = batch.last().map(|part| part.original.clone());
    copying.write(CopyBatch { people: batch, after, ..CopyBatch::default() }).await.unwrap();
    drop(copying);
    assert_eq!(home.scenario().await.filled.people, 2);

    home.copy(position).await;
    home.copy(position).await;

    assert_eq!(home.people().await.len(), 8);
    let log = home.log().await;
    let of = |kind: &str| log.iter().filter(|event| &*event.kind == kind).count();
    assert_eq!((of("actor.created"), of("unit.created")), (16, 2));
    assert_eq!(of("scenario.filled"), 1 + 1 + 2);
}

#[tokio::test]
async fn whoever_lost_the_work_writes_nothing_more() {
    let home = Home::new(FEW).await;
    home.hire(&[("ada", ""), ("ben", "")]).await;
    let position = home.ask().await;
    let mut late = home.begun(position).await;

    home.copy(position).await;
    let batch = CopyBatch { people: late.next_batch(), ..CopyBatch::default() };
    let written = late.write(batch).await;

    assert!(matches!(written, Err(Halt::Moved)), "{written:?}");
    assert_eq!(home.people().await.len(), 2);
}

#[tokio::test]
async fn a_copy_that_is_archived_on_the_way_stops_quietly() {
    let home = Home::new(FEW).await;
    home.hire(&[("ada", ""), ("ben", "")]).await;
    let position = home.ask().await;
    let mut copying = home.begun(position).await;
    archive_scenario(&home.place.store, "acme", PLAN, &Cause::by("test")).await.unwrap();

    let late = copying.go().await;
    home.copy(position).await;

    assert!(matches!(late, Err(Halt::Moved)), "{late:?}");
    assert_eq!(home.scenario().await.status, Status::Archived);
    assert!(home.people().await.is_empty());
}

#[tokio::test]
async fn a_copy_that_is_renamed_on_the_way_goes_on() {
    let home = Home::new(FEW).await;
    home.hire(&[("ada", ""), ("ben", "")]).await;
    let position = home.ask().await;
    let (store, cause) = (&home.place.store, Cause::by("test"));
    rollcall_commands::rename_scenario(store, "acme", PLAN, "Merger", &cause).await.unwrap();

    home.copy(position).await;

    let scenario = home.scenario().await;
    assert_eq!((&*scenario.name, scenario.status), ("Merger", Status::Active));
}

#[tokio::test]
async fn whoever_is_erased_on_the_way_is_left_out() {
    let home = Home::new(Limits { people: 10, events: 10, ..FEW }).await;
    home.hire(&[("ada", ""), ("ben", "ada"), ("cay", "ada")]).await;
    let position = home.ask().await;
    home.settle().await;
    let mut copying = home.begun(position).await;

    for one in ["ada", "cay"] {
        home.place.store.erase("acme", &subject(one)).await.unwrap();
    }
    let batch = CopyBatch { people: copying.next_batch(), ..CopyBatch::default() };
    copying.write(batch).await.unwrap();

    assert_eq!(home.scenario().await.filled.people, 1);
    home.settle().await;
    let db = home.copies.projections.db();
    let rows = actors::by_id(db, "acme", PLAN, None, 100).await.unwrap();
    assert_eq!(rows.len(), 1);
}

/// The manager of somebody who is linked is named by the claim, which other people may have had.
#[tokio::test]
async fn managers_are_found_by_claim_also_by_one_that_was_replaced_since() {
    let home = Home::new(FEW).await;
    home.hire(&[("ada", ""), ("ben", "claim-1"), ("cay", "nobody"), ("dan", "ada")]).await;
    home.append(vec![
        (Actor::stream("ada"), Expected::Exact(1), identified("ada", "claim-1", "1")),
        (Actor::stream("claim-1"), Expected::NoStream, linked("claim-1", "ada")),
    ])
    .await;
    let position = home.ask().await;
    home.append(vec![
        (Actor::stream("ada"), Expected::Exact(2), identified("ada", "claim-2", "2")),
        (Actor::stream("claim-2"), Expected::NoStream, linked("claim-2", "ada")),
    ])
    .await;
    home.copy(position).await;

    let people = home.people().await;
    let managers: Vec<Option<&str>> = people.values().map(Option::as_deref).collect();
    assert_eq!(managers, [None, Some("ada"), None, Some("ada")]);
    let deriver = Deriver::new(&home.place.store.derivation_key("acme").await.unwrap());
    let db = home.copies.projections.db();
    let ada = actors::one(db, "acme", PLAN, &deriver.actor(PLAN, &acme(), "1")).await.unwrap();
    assert_eq!(ada.unwrap().first_name.as_deref(), Some("ada"));
}

#[tokio::test]
async fn an_append_stays_small_whatever_people_are_called() {
    let home = Home::new(Limits { people: 100, ..Limits::default() }).await;
    let long = "x".repeat(60_000);
    let ids: Vec<String> = (0..40).map(|n| format!("p{n:02}")).collect();
    for id in &ids {
        let fields = Fields::from([(Field::FirstName, long.as_str().into())]);
        let event = Event::created(id.clone(), LIVE.into(), subject(id), None, None, true, fields);
        let events = written(&[event], Some(&subject(id)));
        let append = Append::new("acme", Cause::by("test"));
        let append = append.stream(Actor::stream(id), Expected::NoStream, events);
        home.place.store.append(append).await.unwrap();
    }
    let position = home.ask().await;

    home.copy(position).await;

    let mut largest = 0;
    let mut size = 0;
    for event in home.log().await.iter().filter(|event| event.position > position) {
        size = if &*event.kind == "scenario.filled" { 0 } else { size };
        size += event.payload.len() + event.sealed.as_ref().map_or(0, Vec::len);
        largest = size.max(largest);
    }
    assert!((512 << 10..(1 << 20) + 8_192).contains(&largest), "{largest}");
    assert_eq!(home.scenario().await.filled.people, 40);
}
