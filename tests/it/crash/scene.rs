//! A company, a tenant that is connected to it, and the ledger of what was acknowledged. Servers come
//! and go.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Instant;

use chrono::TimeDelta;
use rollcall_commands::{
    Connect, NewTenant, add_webhook_secret, connect, create_scenario, create_tenant, receipt_id,
};
use rollcall_domain::connection::Targets;
use rollcall_domain::tenant::Plan;
use rollcall_domain::vocabulary::Provider as ProviderName;
use rollcall_projections::{Options, Projections};
use rollcall_simulators::bamboohr::{Delivery, Handle, Outcome};
use rollcall_store::{Cause, Store, Stored};
use secrecy::SecretString;

use crate::place::{PATIENCE, Place, eventually};
use crate::provider::Provider;
use crate::roster::{assert_equal, everybody, ours, theirs};
use crate::stage::WEBHOOK_PATH;

pub(super) struct Scene {
    pub(super) place: Place,
    pub(super) port: u16,
    provider: Provider,
    tenant: String,
    connection: String,
    /// The live baseline, and another scenario where there are two.
    targets: Vec<String>,
}

fn fresh_id() -> String {
    ulid::Ulid::generate().to_string()
}

/// A port for servers that come and go: below those that are given out to whoever asks for any.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = 20_000 + (std::process::id() % 10_000) as u16;
    (0..1_000)
        .map(|_| start + NEXT.fetch_add(1, Ordering::Relaxed))
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("one of a thousand ports is free")
}

impl Scene {
    /// Connected, and not a run yet: the first server that starts has everything before it.
    pub(super) async fn prepare(place: Place, people: usize) -> Self {
        Self::with_targets(place, people, 1).await
    }

    /// The same with so many targets.
    pub(super) async fn with_targets(place: Place, people: usize, targets: usize) -> Self {
        let port = free_port();
        let mut provider = Provider::start(people).await;
        provider.register_webhook(&format!("http://127.0.0.1:{port}{WEBHOOK_PATH}")).await;
        let (tenant, baseline, connection) = (fresh_id(), fresh_id(), fresh_id());
        let store = place.open().await;
        let new = NewTenant {
            id: tenant.clone(),
            live_baseline: baseline.clone(),
            slug: "acme".to_owned(),
            name: "Acme".to_owned(),
            plan: Plan::Business,
        };
        let test = Cause::by("test");
        create_tenant(&store, new, test.clone()).await.unwrap();
        let mut scenarios = vec![];
        for number in 1..targets {
            let (id, name) = (fresh_id(), format!("Plan {number}"));
            create_scenario(&store, &tenant, &id, &name, &test).await.unwrap();
            scenarios.push(id);
        }
        let targets = [&[baseline][..], &scenarios].concat();
        let new = Connect {
            id: connection.clone(),
            settings: provider.settings(),
            targets: Targets { live_baseline: true, scenarios, all_future: false },
            credentials: SecretString::from(Provider::api_key()),
        };
        connect(&store, &tenant, new, &test).await.unwrap();
        let secret = SecretString::from(provider.secret.clone());
        add_webhook_secret(&store, &tenant, &connection, &secret, &test).await.unwrap();
        drop(store);
        place.let_go().await;
        Scene { place, port, provider, tenant, connection, targets }
    }

    pub(super) fn connection(&self) -> &str {
        &self.connection
    }

    /// Something at the store while no server runs.
    pub(super) async fn alone<T>(&self, act: impl AsyncFnOnce(&Store) -> T) -> T {
        let done = act(&self.place.reopen().await).await;
        self.place.let_go().await;
        done
    }

    pub(super) fn tenant(&self) -> &str {
        &self.tenant
    }

    pub(super) fn baseline(&self) -> &str {
        &self.targets[0]
    }

    pub(super) fn company(&self) -> Handle {
        self.provider.company()
    }

    /// Hires, changes, departures; each is delivered, again and again until somebody takes it.
    pub(super) fn things_happen(&self) {
        let company = self.provider.company();
        for turn in 0..4_u64 {
            // Deliveries tell their time in seconds.
            company.advance(TimeDelta::seconds(1));
            let name = format!("Hire {turn}");
            company.hire([("firstName", name.as_str()), ("lastName", "Late")]).unwrap();
            company.update(3 + turn, [("firstName", format!("Name {turn}"))]).unwrap();
            company.update(3, [("jobTitle", format!("Title {turn}"))]).unwrap();
        }
        let today = company.clock().date_naive();
        let active = rollcall_simulators::bamboohr::Status::Active;
        let leaver = company.people().into_iter().rev().find(|one| one.status == active).unwrap();
        company.terminate(leaver.id, today).unwrap();
    }

    /// Waits until a run has begun and changed something.
    pub(super) async fn a_run_is_under_way(&self) {
        eventually("a run is under way", async || {
            let events = self.place.table("events");
            let kinds = "('run.fetched', 'run.applied')";
            let count = format!("select count(*) from {events} where type in {kinds}");
            self.place.count(&count).await > 0
        })
        .await;
    }

    /// Waits until everything was delivered and everything that follows is done.
    pub(super) async fn settle(&self) {
        self.provider.company().settle().await.unwrap();
        self.work_ends().await;
    }

    /// Waits until nothing is left to do. A frozen process may hold a lock until the database ends
    /// its transaction, half a minute later.
    pub(super) async fn work_ends(&self) {
        let deadline = Instant::now() + 4 * PATIENCE;
        while self.place.is_busy().await {
            assert!(Instant::now() < deadline, "it does not settle");
            self.place.let_time_fly().await;
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    /// What was promised is there, nothing is there twice, and the roster is right. No server runs.
    pub(super) async fn holds(&self) {
        assert_eq!(self.place.beside_its_files(), [""; 0]);
        let store = self.place.reopen().await;
        let projections = Projections::open(&store, Options::default()).await.unwrap();
        let followers = projections.start();
        projections.settle(PATIENCE).await.unwrap();
        let shard = store.shard_of(&self.tenant).await.unwrap();
        let log = store.read_shard(shard, 0, 1_000_000).await.unwrap();
        self.promises_are_kept(&log);
        nothing_happened_twice(&log);
        let db = projections.db();
        let mut people = 0;
        for target in &self.targets {
            people += everybody(db, &self.tenant, target).await.len();
            let ours = ours(db, &self.tenant, target).await;
            assert_equal(&ours, &theirs(&self.provider.company()));
        }
        assert_eq!(people, count(&log, "actor.created").len());
        for status in projections.list().await.unwrap() {
            let found = projections.verify(status.name, &|_| ()).await.unwrap();
            let wrong = (found.missing, found.extra, found.different);
            assert_eq!(wrong, (0, 0, 0), "{}: {:?}", status.name, found.keys);
        }
        followers.stop().await;
        nothing_is_left(&store).await;
    }

    /// The ledger is the provider's: what it was answered with 202.
    fn promises_are_kept(&self, log: &[Stored]) {
        let received = count(log, "receipt.received");
        assert!(received.values().all(|times| *times == 1), "{received:?}");
        for delivery in self.provider.company().deliveries() {
            assert_eq!(delivery.outcome, Outcome::Delivered, "{delivery:?}");
            let stream = format!("receipt/{}", self.receipt_of(&delivery));
            assert!(received.contains_key(stream.as_str()), "{delivery:?} was promised and lost");
        }
    }

    fn receipt_of(&self, delivery: &Delivery) -> String {
        let timestamp =
            delivery.headers.iter().find(|(name, _)| name == "X-BambooHR-Timestamp").unwrap();
        let timestamp = Some(timestamp.1.as_str());
        receipt_id(ProviderName::BambooHr, &self.tenant, &delivery.body, timestamp)
    }
}

/// How often each stream has an event of this type.
fn count<'a>(log: &'a [Stored], kind: &str) -> BTreeMap<&'a str, usize> {
    let mut streams = BTreeMap::new();
    for event in log.iter().filter(|event| &*event.kind == kind) {
        *streams.entry(&*event.stream).or_default() += 1;
    }
    streams
}

pub(super) fn nothing_happened_twice(log: &[Stored]) {
    for kind in ["actor.created", "unit.created", "run.queued", "run.succeeded"] {
        let twice: Vec<_> = count(log, kind).into_iter().filter(|(_, times)| *times > 1).collect();
        assert!(twice.is_empty(), "{kind}: {twice:?}");
    }
    // What was approved starts again.
    let approved = count(log, "run.approved");
    for (run, times) in count(log, "run.started") {
        assert!(times <= 1 + approved.get(run).copied().unwrap_or_default(), "{run}: {times}");
    }
    let ends = |kinds: &[&str]| -> usize { kinds.iter().map(|kind| count(log, kind).len()).sum() };
    let ended =
        ends(&["run.succeeded", "run.partial", "run.failed", "run.skipped", "run.cancelled"]);
    assert_eq!(ended, count(log, "run.queued").len(), "a run did not end, or ended twice");
}

pub(super) async fn nothing_is_left(store: &Store) {
    let left = store.intents(None, 10).await.unwrap();
    assert!(left.is_empty(), "{left:#?}");
}
