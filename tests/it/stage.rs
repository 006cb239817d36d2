//! A whole installation for one test: a node, a tenant, a provider, connected; and the questions
//! tests ask about them.

use std::time::Instant;

use rollcall::NodeOptions;
use rollcall_commands::{
    Connect, NewTenant, RunRequest, add_webhook_secret, connect, create_tenant, handle,
};
use rollcall_domain::connection::{Command, Connection, Targets};
use rollcall_domain::run::RunSpec;
use rollcall_domain::tenant::Plan;
use rollcall_domain::vocabulary::{RunKind, Trigger};
use rollcall_projections::{Page, runs};
use rollcall_store::{Cause, Stored};
use secrecy::SecretString;

use crate::client::{self, Answer};
use crate::clock::MovableClock;
use crate::node::Node;
use crate::place::{PATIENCE, Place};
use crate::provider::{Letter, Provider};

pub(crate) struct Stage {
    pub(crate) place: Place,
    pub(crate) clock: MovableClock,
    pub(crate) node: Node,
    pub(crate) provider: Provider,
    pub(crate) tenant: String,
    pub(crate) baseline: String,
    pub(crate) connection: String,
}

/// The path deliveries to the tenant go to.
pub(crate) const WEBHOOK_PATH: &str = "/api/v1/integrations/bamboohr/webhook/acme";

fn test() -> Cause {
    Cause::by("test")
}

fn fresh_id() -> String {
    ulid::Ulid::generate().to_string()
}

impl Stage {
    /// Connected, with a webhook, after its first sync.
    pub(crate) async fn synced(place: Place, people: usize) -> Self {
        let stage = Self::connected(place, people).await;
        stage.settle().await;
        stage
    }

    /// Connected just now; the first sync is on its way.
    pub(crate) async fn connected(place: Place, people: usize) -> Self {
        Self::connected_on(place, people, NodeOptions::default()).await
    }

    /// A tenant on a node and a provider, and nothing between them yet.
    pub(crate) async fn apart(mut place: Place, provider: Provider, options: NodeOptions) -> Self {
        let clock = MovableClock::default();
        place.clock = clock.clock();
        let node = Node::start(place.open().await, options).await;
        let (tenant, baseline) = (fresh_id(), fresh_id());
        let new = NewTenant {
            id: tenant.clone(),
            live_baseline: baseline.clone(),
            slug: "acme".to_owned(),
            name: "Acme".to_owned(),
            plan: Plan::Business,
        };
        create_tenant(&node.store, new, test()).await.unwrap();
        Stage { place, clock, node, provider, tenant, baseline, connection: String::new() }
    }

    /// The same on a node of another kind.
    pub(crate) async fn connected_on(place: Place, people: usize, options: NodeOptions) -> Self {
        let mut stage = Self::apart(place, Provider::start(people).await, options).await;
        let connection = fresh_id();
        let new = Connect {
            id: connection.clone(),
            settings: stage.provider.settings(),
            targets: Targets { live_baseline: true, scenarios: vec![], all_future: false },
            credentials: SecretString::from(Provider::api_key()),
        };
        let (node, tenant) = (&stage.node, &stage.tenant);
        connect(&node.store, tenant, new, &test()).await.unwrap();
        let url = format!("http://{}{WEBHOOK_PATH}", node.address);
        stage.provider.register_webhook(&url).await;
        let secret = SecretString::from(stage.provider.secret.clone());
        add_webhook_secret(&node.store, tenant, &connection, &secret, &test()).await.unwrap();
        node.inbound_policies.forget();
        stage.connection = connection;
        stage
    }

    /// Waits until every delivery is answered, everything that follows is done, and can be read.
    pub(crate) async fn settle(&self) {
        self.provider.company().settle().await.unwrap();
        self.settle_work(false).await;
    }

    /// The same where work waits for a time of day: the clock moves there.
    pub(crate) async fn settle_without_waiting(&self) {
        self.provider.company().settle().await.unwrap();
        self.settle_work(true).await;
    }

    /// The same, but for deliveries that the provider holds back.
    pub(crate) async fn settle_all_but_held_back(&self) {
        self.settle_work(false).await;
    }

    /// The same where work waits for a time of day.
    pub(crate) async fn settle_waiting(&self) {
        self.settle_work(true).await;
    }

    async fn settle_work(&self, time_flies: bool) {
        let deadline = Instant::now() + 4 * PATIENCE;
        while self.place.is_busy().await {
            assert!(Instant::now() < deadline, "it does not settle: {}", self.what_is_left().await);
            if time_flies {
                self.skip_waiting().await;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        self.node.projections.settle(PATIENCE).await.unwrap();
    }

    /// Moves the clock to where the next work is due; not at all while some is.
    async fn skip_waiting(&self) {
        let waiting = self.node.store.intents(None, 100).await.unwrap();
        if let Some(next) = waiting.iter().filter(|one| !one.parked).map(|one| one.run_at).min() {
            self.clock.reach(next);
        }
    }

    async fn what_is_left(&self) -> String {
        let left = self.node.store.intents(None, 20).await.unwrap();
        format!("{left:#?}")
    }

    /// Another node takes over, in this process, and the first one stops.
    pub(crate) async fn change_node(&mut self) {
        let next = Node::start(self.node.store.clone(), NodeOptions::default()).await;
        std::mem::replace(&mut self.node, next).stop().await;
    }

    /// Changes the connection.
    pub(crate) async fn change(&self, command: Command) {
        let (store, id) = (&self.node.store, self.connection.as_str());
        let change = || command.clone();
        handle::<Connection>(store, &self.tenant, id, change, &test()).await.unwrap();
        self.node.inbound_policies.forget();
    }

    /// Sends a delivery.
    pub(crate) async fn deliver(&self, letter: &Letter) -> Answer {
        client::post(self.node.address, WEBHOOK_PATH, &letter.headers, &letter.body).await.unwrap()
    }

    /// Asks for a run that reads everybody, and sees it through; its id.
    pub(crate) async fn sync(&self, kind: RunKind) -> String {
        let run = self.ask_for(kind).await;
        self.settle_without_waiting().await;
        run
    }

    pub(crate) async fn ask_for(&self, kind: RunKind) -> String {
        let event_type =
            if kind == RunKind::Reconcile { "manual_reconciliation" } else { "sync_now" };
        let request = RunRequest {
            run: fresh_id(),
            connection: self.connection.clone(),
            spec: RunSpec::new(kind, event_type, Trigger::Person),
            effect: None,
        };
        let (store, runs) = (&self.node.store, &self.node.runs);
        runs.request(store, &self.tenant, &request, &test()).await.unwrap().unwrap()
    }

    /// Everything in the tenant's part of the log after a position, personal parts opened.
    pub(crate) async fn log(&self, after: u64) -> Vec<Stored> {
        let shard = self.node.store.shard_of(&self.tenant).await.unwrap();
        let mut log = self.node.store.read_shard(shard, after, 100_000).await.unwrap();
        self.node.store.unseal(&mut log).await.unwrap();
        log
    }

    /// The end of the tenant's part of the log.
    pub(crate) async fn head(&self) -> u64 {
        let shard = self.node.store.shard_of(&self.tenant).await.unwrap();
        self.node.store.head(shard).await.unwrap()
    }

    /// How many events of a type came after a position.
    pub(crate) async fn count(&self, kind: &str, after: u64) -> usize {
        self.log(after).await.iter().filter(|event| &*event.kind == kind).count()
    }

    /// All runs, newest first.
    pub(crate) async fn runs(&self) -> Vec<runs::Run> {
        let filter = runs::Filter::default();
        let page: Page<runs::Run> =
            runs::list(self.node.projections.db(), &self.tenant, &filter, None, 200).await.unwrap();
        page.rows
    }

    pub(crate) async fn run(&self, id: &str) -> runs::Run {
        runs::one(self.node.projections.db(), &self.tenant, id).await.unwrap().unwrap()
    }

    /// Every projection equals one built from the log's beginning.
    pub(crate) async fn projections_hold(&self) {
        for status in self.node.projections.list().await.unwrap() {
            let found = self.node.projections.verify(status.name, &|_| ()).await.unwrap();
            assert_eq!(
                (found.missing, found.extra, found.different),
                (0, 0, 0),
                "{}: {:?}",
                status.name,
                found.keys
            );
        }
    }
}
