//! Copies and snapshots as they are asked for and filled, in a store of their own.

use rollcall_domain::scenario::copy::CopiedPerson;
use rollcall_domain::scenario::{Refusal as No, Status};
use rollcall_domain::tenant::Plan;
use rollcall_domain::{actor, field};
use rollcall_store::{Location, OperatorKey, Options};

use super::*;
use crate::{CopyBatch, NewTenant, Part, complete_copy, create_tenant, fill_scenario};

const ACME: &str = "01ACME";
const LIVE: &str = "01LIVE";

struct Home {
    _directory: tempfile::TempDir,
    store: Store,
}

fn cause() -> Cause {
    Cause::by("test")
}

impl Home {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(Options {
            location: Location::Sqlite(directory.path().to_owned()),
            operator_key: OperatorKey::generate(),
            migrate: true,
            clock: rollcall_store::Clock::system(),
        });
        let store = store.await.unwrap();
        let acme = NewTenant {
            id: ACME.to_owned(),
            live_baseline: LIVE.to_owned(),
            slug: "acme".to_owned(),
            name: "Acme".to_owned(),
            plan: Plan::Business,
        };
        create_tenant(&store, acme, cause()).await.unwrap();
        Home { _directory: directory, store }
    }

    async fn copy(&self, id: &str, original: &str) -> Result<Appended, CommandError> {
        copy_scenario(&self.store, ACME, id, original, "Copy", &cause()).await
    }

    async fn known(&self, id: &str) -> Loaded<Scenario> {
        load(&self.store, ACME, id).await.unwrap()
    }

    async fn fill(
        &self,
        known: &mut Loaded<Scenario>,
        people: &[&str],
    ) -> Result<(), CommandError> {
        let people = people.iter().map(|id| person(id)).collect();
        let batch = CopyBatch { people, ..CopyBatch::default() };
        fill_scenario(&self.store, ACME, known, batch, &cause()).await
    }

    async fn complete(&self, known: &mut Loaded<Scenario>) -> Result<(), CommandError> {
        complete_copy(&self.store, ACME, known, &cause()).await
    }
}

/// Somebody of the copy `copy`.
fn person(id: &str) -> Part {
    let (actor, subject) = (id.to_owned(), format!("subject of {id}"));
    let fields = field::Fields::from([(field::Field::FirstName, id.into())]);
    let event = actor::Event::created(
        actor.clone(),
        "copy".into(),
        subject.clone(),
        None,
        None,
        true,
        fields,
    );
    Part::from(CopiedPerson { actor, original: id.to_owned(), subject, events: vec![event] })
}

#[track_caller]
fn refused<T: std::fmt::Debug>(what: Result<T, CommandError>, why: No) {
    match what {
        Err(CommandError::Refused(Refusal::Scenario(no))) => assert_eq!(no, why),
        other => panic!("it was not refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_copy_is_asked_for_with_one_event_and_only_of_what_is_active() {
    let home = Home::new().await;

    let asked = home.copy("copy", LIVE).await.unwrap();

    assert_eq!(asked.first, asked.last);
    let known = home.known("copy").await.state.known.unwrap();
    assert_eq!((known.status, known.copied_from.as_deref()), (Status::Preparing, Some(LIVE)));
    refused(home.copy("other", "copy").await, No::Preparing);
    archive_scenario(&home.store, ACME, "copy", &cause()).await.unwrap();
    refused(home.copy("other", "copy").await, No::Archived);
    refused(home.copy("other", "none").await, No::NotFound);
}

#[tokio::test]
async fn a_snapshot_is_called_by_its_original_and_the_time_unless_said_otherwise() {
    let home = Home::new().await;
    let now = DateTime::from_timestamp(1_769_884_920, 0).unwrap();
    for (id, name) in [("one", None), ("two", Some("Before"))] {
        snapshot_scenario(&home.store, ACME, id, LIVE, (name, now), &cause()).await.unwrap();
    }

    let (one, two) = (home.known("one").await, home.known("two").await);
    let (one, two) = (one.state.known.unwrap(), two.state.known.unwrap());
    assert_eq!((one.kind, &*one.name), (Kind::Snapshot, "Live Baseline, 2026-01-31 18:42:00.000Z"));
    assert_eq!((two.kind, &*two.name), (Kind::Snapshot, "Before"));
}

#[tokio::test]
async fn a_batch_is_written_once_and_by_whoever_knows_the_scenario_as_it_is() {
    let home = Home::new().await;
    home.copy("copy", LIVE).await.unwrap();
    let mut first = home.known("copy").await;
    let mut late = first.clone();

    home.fill(&mut first, &["ada"]).await.unwrap();
    let written_late = home.fill(&mut late, &["ada"]).await;

    let Err(CommandError::Moved(moved)) = written_late else { panic!("{written_late:?}") };
    assert!(moved.iter().any(|one| one.stream == "scenario/copy"));
    assert_eq!(first.state, home.known("copy").await.state);
    assert_eq!(first.state.known.unwrap().filled.people, 1);
}

#[tokio::test]
async fn whoever_was_erased_is_left_out_of_a_batch() {
    let home = Home::new().await;
    home.copy("copy", LIVE).await.unwrap();
    for one in ["ada", "cay"] {
        home.store.erase(ACME, &format!("subject of {one}")).await.unwrap();
    }
    let mut known = home.known("copy").await;

    home.fill(&mut known, &["ada", "ben", "cay"]).await.unwrap();

    assert_eq!(known.state.known.unwrap().filled.people, 1);
    let ada: Loaded<actor::Actor> = load(&home.store, ACME, "ada").await.unwrap();
    assert_eq!(ada.version, 0);
}

#[tokio::test]
async fn a_copy_that_was_archived_takes_nothing_more() {
    let home = Home::new().await;
    home.copy("copy", LIVE).await.unwrap();
    archive_scenario(&home.store, ACME, "copy", &cause()).await.unwrap();
    let mut known = home.known("copy").await;

    refused(home.fill(&mut known, &["ada"]).await, No::Archived);
    refused(home.complete(&mut known).await, No::Archived);
}

#[tokio::test]
async fn a_copy_is_complete_once() {
    let home = Home::new().await;
    home.copy("copy", LIVE).await.unwrap();
    let mut known = home.known("copy").await;

    home.complete(&mut known).await.unwrap();
    let version = known.version;
    home.complete(&mut known).await.unwrap();

    assert_eq!((known.state.status(), known.version), (Some(Status::Active), version));
    home.copy("of the copy", "copy").await.unwrap();
}
