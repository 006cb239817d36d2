//! Choosing targets, in a store of their own.

use rollcall_domain::connection::{BambooHr, Event, NotOffered, ProviderSettings};
use rollcall_domain::tenant::Plan;
use rollcall_store::{Location, OperatorKey, Options};
use secrecy::SecretString;

use super::*;
use crate::{
    Connect, NewTenant, archive_scenario, connect, copy_scenario, create_scenario, create_tenant,
    disconnect,
};

const ACME: &str = "01ACME";
const LIVE: &str = "01LIVE";
const CONNECTION: &str = "01CONNECTION";

struct Home {
    _directory: tempfile::TempDir,
    store: Store,
}

fn cause() -> Cause {
    Cause::by("test")
}

fn only(scenarios: &[&str]) -> TargetsChange {
    let scenarios = scenarios.iter().map(|&one| one.to_owned()).collect();
    TargetsChange { scenarios: Some(scenarios), ..TargetsChange::default() }
}

fn all_future(on: bool) -> TargetsChange {
    TargetsChange { all_future: Some(on), ..TargetsChange::default() }
}

impl Home {
    /// Connected to the live baseline.
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
        let home = Home { _directory: directory, store };
        home.connect(CONNECTION, &[]).await.unwrap();
        home
    }

    async fn connect(&self, id: &str, scenarios: &[&str]) -> Result<(), CommandError> {
        let scenarios = scenarios.iter().map(|&one| one.to_owned()).collect();
        let new = Connect {
            id: id.to_owned(),
            settings: ProviderSettings::BambooHr(BambooHr::of("acme")).into(),
            targets: Targets { live_baseline: true, scenarios, all_future: false },
            credentials: SecretString::from("key"),
        };
        connect(&self.store, ACME, new, &cause()).await
    }

    /// An empty scenario; where it was made.
    async fn create(&self, id: &str) -> Position {
        let made = create_scenario(&self.store, ACME, id, id, &cause()).await.unwrap();
        made.appended.unwrap().first
    }

    async fn archive(&self, id: &str) {
        archive_scenario(&self.store, ACME, id, &cause()).await.unwrap();
    }

    async fn change(&self, change: &TargetsChange) -> Result<Vec<Event>, CommandError> {
        let changed = change_targets(&self.store, ACME, CONNECTION, change, &cause()).await;
        changed.map(|handled| handled.events)
    }

    async fn chosen(&self) -> Vec<String> {
        let known: Loaded<Connection> = load(&self.store, ACME, CONNECTION).await.unwrap();
        known.state.known.unwrap().targets.scenarios
    }

    /// As the work does it that follows from a scenario being ready.
    async fn add_future(&self, scenario: &str, made_at: Position) -> bool {
        let (of, effect) = ((scenario, made_at), format!("effect of {scenario}"));
        let cause = cause();
        let added = add_future_target(&self.store, ACME, CONNECTION, of, &effect, &cause);
        added.await.unwrap()
    }
}

fn declined(refused: Result<Vec<Event>, CommandError>) -> Vec<(String, NotOffered)> {
    let Err(CommandError::Refused(Refusal::Connection(connection::Refusal::NotOffered(declined)))) =
        refused
    else {
        panic!("it was not refused for that: {refused:?}")
    };
    declined.into_iter().map(|one| (one.scenario, one.why)).collect()
}

#[tokio::test]
async fn an_active_scenario_is_chosen_and_whatever_else_is_named_with_the_reason() {
    let home = Home::new().await;
    home.create("active").await;
    home.create("archived").await;
    home.archive("archived").await;
    copy_scenario(&home.store, ACME, "preparing", LIVE, "Copy", &cause()).await.unwrap();

    let refused = home.change(&only(&["active", "archived", "preparing", LIVE, "none"])).await;
    let chosen = home.change(&only(&["active"])).await.unwrap();

    assert_eq!(
        declined(refused),
        [
            ("archived".to_owned(), NotOffered::Archived),
            ("preparing".to_owned(), NotOffered::Preparing),
            (LIVE.to_owned(), NotOffered::LiveBaseline),
            ("none".to_owned(), NotOffered::Unknown),
        ]
    );
    assert_eq!(chosen.len(), 1);
    assert_eq!(home.chosen().await, ["active"]);
    assert!(home.change(&only(&["active"])).await.unwrap().is_empty(), "it is no news");
}

#[tokio::test]
async fn one_that_is_archived_later_stays_in_the_list_and_cannot_be_chosen_again() {
    let home = Home::new().await;
    home.create("old").await;
    home.create("new").await;
    home.change(&only(&["old"])).await.unwrap();
    home.archive("old").await;

    home.change(&only(&["old", "new"])).await.unwrap();
    home.change(&only(&["new"])).await.unwrap();

    let again = home.change(&only(&["old", "new"])).await;
    assert_eq!(declined(again), [("old".to_owned(), NotOffered::Archived)]);
}

#[tokio::test]
async fn a_refused_connection_leaves_no_credentials_and_its_place_free() {
    let home = Home::new().await;
    disconnect(&home.store, ACME, CONNECTION, &cause()).await.unwrap();

    let refused = home.connect("01OTHER", &["none"]).await;

    assert_eq!(declined(refused.map(|()| vec![])), [("none".to_owned(), NotOffered::Unknown)]);
    home.connect("01NEXT", &[]).await.unwrap();
}

#[tokio::test]
async fn a_future_scenario_is_one_made_while_the_switch_was_on() {
    let home = Home::new().await;
    let before = home.create("before").await;
    home.change(&all_future(true)).await.unwrap();
    let during = home.create("during").await;
    home.change(&all_future(false)).await.unwrap();
    let after = home.create("after").await;
    home.change(&all_future(true)).await.unwrap();

    assert!(!home.add_future("before", before).await);
    assert!(home.add_future("during", during).await);
    assert!(!home.add_future("after", after).await);

    assert_eq!(home.chosen().await, ["during"]);
}

#[tokio::test]
async fn a_future_target_is_added_once_whatever_an_admin_does_afterwards() {
    let home = Home::new().await;
    home.change(&all_future(true)).await.unwrap();
    let made_at = home.create("plan").await;
    assert!(home.add_future("plan", made_at).await);

    home.change(&only(&[])).await.unwrap();

    assert!(!home.add_future("plan", made_at).await);
    assert!(home.chosen().await.is_empty());
}

#[tokio::test]
async fn what_is_archived_or_disconnected_meanwhile_is_left_alone() {
    let home = Home::new().await;
    home.change(&all_future(true)).await.unwrap();
    let (old, new) = (home.create("old").await, home.create("new").await);
    home.archive("old").await;
    assert!(!home.add_future("old", old).await);

    disconnect(&home.store, ACME, CONNECTION, &cause()).await.unwrap();

    assert!(!home.add_future("new", new).await);
    assert!(home.chosen().await.is_empty());
}
