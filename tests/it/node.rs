//! One node in this process: everything `rollcall serve` runs, on a store that a test can look into.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use rollcall_api::edge::{Limits, serve};
use rollcall_api::{App, Parts, Settings, router};
use rollcall_commands::{Gates, Lanes};
use rollcall_egress::{Egress, Policy};
use rollcall_projections::{Followers, Options, Projections};
use rollcall_store::Store;
use rollcall_workers::{Engine, Providers, Reactors, Workers};
use tokio::net::TcpListener;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

/// A running node.
pub(crate) struct Node {
    pub(crate) store: Store,
    pub(crate) projections: Projections,
    pub(crate) gates: Arc<Gates>,
    pub(crate) lanes: Arc<Lanes>,
    pub(crate) address: SocketAddr,
    followers: Followers,
    reactors: Reactors,
    workers: Workers,
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
}

impl Node {
    pub(crate) async fn start(store: Store) -> Self {
        let projections = Projections::open(&store, Options::default()).await.unwrap();
        let (gates, lanes) = (Arc::new(Gates::default()), Arc::new(Lanes::default()));
        let app = App::new(Parts {
            store: store.clone(),
            gates: gates.clone(),
            lanes: lanes.clone(),
            projections: projections.clone(),
            clock: Arc::new(Utc::now),
            settings: Settings::default(),
        });
        let engine = Engine {
            store: store.clone(),
            gates: gates.clone(),
            lanes: lanes.clone(),
            projections: projections.clone(),
            providers: Providers::new(Egress::new(impatient()).unwrap()),
            now: Utc::now,
        };
        let owner = store.new_owner();
        let added = Arc::new(Notify::new());
        let followers = projections.start();
        let reactors = Reactors::start(&store, &owner, added.clone());
        let workers = Workers::start(&store, Arc::new(engine), &owner, added);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            serve(vec![listener.into()], router(app), Limits::default(), stopped).await;
        });
        Node {
            store,
            projections,
            gates,
            lanes,
            address,
            followers,
            reactors,
            workers,
            stop,
            server,
        }
    }

    /// Stops everything, in the order `rollcall serve` does.
    pub(crate) async fn stop(self) {
        let _ = self.stop.send(());
        self.server.await.unwrap();
        self.workers.stop().await;
        self.reactors.stop().await;
        self.followers.stop().await;
    }
}

/// Loopback only, and short deadlines: a provider that hangs shall not hold a test up.
fn impatient() -> Policy {
    Policy {
        connect_timeout: Duration::from_millis(500),
        first_byte_timeout: Duration::from_millis(500),
        idle_timeout: Duration::from_millis(500),
        total_timeout: Duration::from_secs(20),
        ..Policy::permitting(["127.0.0.0/8".parse().unwrap()])
    }
}
