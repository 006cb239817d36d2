//! The composition root: everything one process is made of, opened, started and stopped in order.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rollcall_api::{App, Parts, Settings};
use rollcall_commands::{InboundPolicies, Runs};
use rollcall_domain::vocabulary::Provider;
use rollcall_egress::{Egress, Policy};
use rollcall_projections::{Followers, Options as ProjectionOptions, Projections};
use rollcall_store::{Clock, Location, Options, Store};
use rollcall_workers::outbound::{self, Outbound};
use rollcall_workers::providers::{Providers, Registration};
use rollcall_workers::{
    Engine, Mailer, Memory, Minute, Reactors, Ticking, Workers, reactors, tasks,
};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::config::{Config, Role};
use crate::failure::{Failure, chain};

/// How often what has expired is removed.
const SWEEP: Duration = Duration::from_secs(600);

/// Who brings the schema up to date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Migrate {
    Now,
    /// SQLite's file is ours alone, so it moves with the binary; a shared database is migrated by
    /// `rollcall migrate`.
    OnlyEmbedded,
}

/// How long a node is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stays {
    UntilStopped,
    /// For one command: what a minute brings about is for those who stay.
    ForACommand,
}

/// What a node is to be, whatever store it is opened on. Its clock is the store's.
pub struct NodeOptions {
    /// What it does.
    pub roles: Vec<Role>,
    /// Where requests that leave may go, and how long they may take.
    pub policy: Policy,
    /// How much the API takes on.
    pub api: Settings,
    /// How read models are followed and rebuilt.
    pub projections: ProjectionOptions,
    /// How much a run keeps in memory.
    pub memory: Memory,
    /// Whoever sends mails.
    pub mailer: Mailer,
    /// Whether each minute does by itself what is due then; where it does not, somebody ticks.
    pub ticks: bool,
    /// Providers beside those we have clients for, or in their place.
    pub providers: Vec<(Provider, Registration)>,
}

/// All roles, public addresses only.
impl Default for NodeOptions {
    fn default() -> NodeOptions {
        NodeOptions {
            roles: vec![Role::Api, Role::Worker, Role::Projector],
            policy: Policy::default(),
            api: Settings::default(),
            projections: ProjectionOptions::default(),
            memory: Memory::default(),
            mailer: Mailer::default(),
            ticks: true,
            providers: vec![],
        }
    }
}

/// Everything a process is made of, except where it listens.
pub struct Node {
    pub projections: Projections,
    /// What a server serves; the store and the rules' caches are its parts.
    pub api: App,
    /// The way out.
    pub egress: Egress,
    followers: Option<Followers>,
    work: Option<Work>,
    /// Whoever hands an open one in closes it.
    closes_its_store: bool,
}

/// The parts of the role `worker`.
struct Work {
    reactors: Reactors,
    workers: Workers,
    sweeper: JoinHandle<()>,
    minute: Arc<Minute>,
    ticking: Option<Ticking>,
}

impl Node {
    /// Opens the database and starts what the roles ask for.
    pub(crate) async fn open(
        config: &Config,
        roles: &[Role],
        migrate: Migrate,
        stays: Stays,
    ) -> Result<Node, Failure> {
        let mailer = config.mailer()?;
        let store = open_store(config, migrate).await?;
        let (roles, policy) = (roles.to_vec(), config.policy());
        let ticks = stays == Stays::UntilStopped;
        let api = config.api();
        if ticks && !mailer.is_set() {
            tracing::info!("no mail is sent: --mail-url is not set");
        }
        let options = NodeOptions { roles, policy, api, mailer, ticks, ..NodeOptions::default() };
        Ok(Node { closes_its_store: true, ..Node::start(store, options).await? })
    }

    /// Starts what the roles ask for on a store that is open.
    pub async fn start(store: Store, options: NodeOptions) -> Result<Node, Failure> {
        let NodeOptions { roles, policy, api, projections, memory, mailer, ticks, providers } =
            options;
        let settings = Settings { mails: mailer.is_set(), ..api };
        let clock = store.clock().clone();
        let projections = Projections::open(&store, projections).await?;
        let (inbound_policies, runs) =
            (Arc::new(InboundPolicies::default()), Arc::new(Runs::default()));
        let no_way_out = |error| Failure::Failed(chain(&error));
        let egress = Egress::new(policy.clone()).map_err(no_way_out)?;
        let to_receivers = Egress::new(outbound::policy(policy)).map_err(no_way_out)?;
        let api = App::new(Parts {
            store: store.clone(),
            inbound_policies: Arc::clone(&inbound_policies),
            runs: Arc::clone(&runs),
            projections: projections.clone(),
            clock: clock.clone(),
            egress: to_receivers.clone(),
            settings,
        });
        let owner = store.new_owner();
        let followers = roles.contains(&Role::Projector).then(|| projections.start());
        let ours = Providers::new(egress.clone(), clock.clone());
        let more = providers.into_iter();
        let known = more.fold(ours, |known, (name, provider)| known.with(name, provider));
        let added = Arc::new(Notify::new());
        let outbound = Outbound::new(&store, &projections, to_receivers, Arc::clone(&added));
        let engine = Engine {
            store: store.clone(),
            inbound_policies,
            runs,
            projections: projections.clone(),
            providers: Arc::new(known),
            clock: clock.clone(),
            memory,
            outbound: Arc::new(outbound),
        };
        let work = match roles.contains(&Role::Worker) {
            true => Some(Work::start(&store, engine, mailer, &owner, added, ticks).await?),
            false => None,
        };
        Ok(Node { projections, api, egress, followers, work, closes_its_store: false })
    }

    /// Does what is due at this minute, if the node has the role `worker`.
    pub async fn tick(&self) {
        if let Some(work) = &self.work {
            work.minute.tick().await;
        }
    }

    /// Lets everything finish what it is at. Nobody may be served any more.
    pub async fn stop(self) {
        if let Some(work) = self.work {
            work.stop().await;
        }
        if let Some(followers) = self.followers {
            followers.stop().await;
        }
        if self.closes_its_store {
            self.api.store.close().await;
        }
    }
}

impl Work {
    async fn start(
        store: &Store,
        engine: Engine,
        mailer: Mailer,
        owner: &str,
        added: Arc<Notify>,
        ticks: bool,
    ) -> Result<Work, Failure> {
        let (clock, engine) = (engine.clock.clone(), Arc::new(engine));
        let minute = Arc::new(Minute::of(&engine));
        let ticking = match ticks {
            true => Some(Ticking::start(Arc::clone(&minute)).await.map_err(|error| {
                Failure::Failed(format!("the scheduler did not start: {}", chain(&error)))
            })?),
            false => None,
        };
        Ok(Work {
            reactors: Reactors::start(store, &reactors(), owner, Arc::clone(&added)),
            workers: Workers::start(store, tasks(engine, mailer), owner, added, clock),
            sweeper: tokio::spawn(sweep(store.clone())),
            minute,
            ticking,
        })
    }

    async fn stop(self) {
        if let Some(ticking) = self.ticking {
            ticking.stop().await;
        }
        self.sweeper.abort();
        self.workers.stop().await;
        self.reactors.stop().await;
    }
}

/// Opens the store; makes an operator key only for a database that has nothing to open yet.
pub(crate) async fn open_store(config: &Config, migrate: Migrate) -> Result<Store, Failure> {
    let location = config.location()?;
    let (operator_key, made) = config.operator_key()?;
    let migrate = match (migrate, &location) {
        (Migrate::Now, _) | (Migrate::OnlyEmbedded, Location::Sqlite(_)) => true,
        (Migrate::OnlyEmbedded, Location::Postgres(_)) => false,
    };
    let opened =
        Store::open(Options { location, operator_key, migrate, clock: Clock::system() }).await;
    let checked = match opened {
        Ok(store) => with_its_own_key(store, made.is_some()).await,
        Err(error) => Err(error.into()),
    };
    if checked.is_err() {
        forget(made);
    }
    checked
}

/// A fresh key opens nothing that is there already, and would seal what others could not open.
async fn with_its_own_key(store: Store, key_is_new: bool) -> Result<Store, Failure> {
    if key_is_new && !store.tenants().await?.is_empty() {
        return Err(Failure::failed(
            "this database was made with another operator key; set ROLLCALL_OPERATOR_KEY or \
             ROLLCALL_OPERATOR_KEY_FILE to it, or use the data directory that has its operator.key",
        ));
    }
    Ok(store)
}

fn forget(made: Option<PathBuf>) {
    if let Some(path) = made {
        // It was made a moment ago and has sealed nothing.
        let _ = std::fs::remove_file(path);
    }
}

/// Removes what has expired, again and again.
async fn sweep(store: Store) {
    let mut again = tokio::time::interval(SWEEP);
    again.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        again.tick().await;
        match store.sweep().await {
            Ok(0) => {}
            Ok(blobs) => tracing::info!(blobs, "what had expired was removed"),
            Err(error) => error.warn("what has expired could not be removed"),
        }
    }
}
