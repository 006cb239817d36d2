//! What tests of the loops share: a store of their own, a clock they move, and waiting for what has
//! to happen.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use rollcall_commands::{NewTenant, create_tenant};
use rollcall_domain::tenant::Plan;
use rollcall_store::{
    Cause, Clock, IntentStatus, Location, NewIntent, OperatorKey, Options, Store,
};
use tempfile::TempDir;

/// A store in a directory that goes with the test.
pub(crate) struct Place {
    pub(crate) store: Store,
    time: Arc<Mutex<DateTime<Utc>>>,
    _directory: TempDir,
}

impl Place {
    pub(crate) async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(Options {
            location: Location::Sqlite(directory.path().to_owned()),
            operator_key: OperatorKey::generate(),
            migrate: true,
            clock: Clock::system(),
        });
        let time = Arc::new(Mutex::new(Utc::now()));
        Place { store: store.await.unwrap(), time, _directory: directory }
    }

    /// Stands still until `later`.
    pub(crate) fn clock(&self) -> Clock {
        let time = self.time.clone();
        Clock::new(move || *time.lock().unwrap())
    }

    pub(crate) fn later(&self, by: TimeDelta) {
        *self.time.lock().unwrap() += by;
    }

    pub(crate) async fn add(&self, intents: &[NewIntent]) {
        self.store.add_intents(intents).await.unwrap();
    }

    /// All intents that are not done, oldest first.
    pub(crate) async fn intents(&self) -> Vec<IntentStatus> {
        self.store.intents(None, 100).await.unwrap()
    }

    pub(crate) async fn intent(&self, effect: &str) -> Option<IntentStatus> {
        self.intents().await.into_iter().find(|one| one.effect_id == effect)
    }

    /// A tenant by this id; its first events are in the log.
    pub(crate) async fn tenant(&self, id: &str, plan: Plan) {
        let new = NewTenant {
            id: id.to_owned(),
            live_baseline: format!("baseline of {id}"),
            slug: id.to_owned(),
            name: id.to_owned(),
            plan,
        };
        create_tenant(&self.store, new, Cause::by("test")).await.unwrap();
    }
}

/// Asks again and again until it is so.
pub(crate) async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !holds().await {
        assert!(Instant::now() < deadline, "it never came about that {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
