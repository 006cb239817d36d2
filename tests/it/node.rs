//! One node in this process, as `rollcall serve` runs it, on a store that a test can look into.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rollcall::{NodeOptions, Server};
use rollcall_commands::{InboundPolicies, Runs};
use rollcall_egress::Policy;
use rollcall_projections::Projections;
use rollcall_store::Store;
use tokio::net::TcpListener;

/// A running node.
pub(crate) struct Node {
    pub(crate) store: Store,
    pub(crate) projections: Projections,
    pub(crate) inbound_policies: Arc<InboundPolicies>,
    pub(crate) runs: Arc<Runs>,
    pub(crate) address: SocketAddr,
    node: rollcall::Node,
    server: Server,
}

impl Node {
    /// All roles, this machine only for requests that leave, and minutes that pass when a test says so.
    pub(crate) async fn start(store: Store, options: NodeOptions) -> Self {
        Self::start_as(store, NodeOptions { policy: impatient(), ..options }).await
    }

    /// The same with the deadlines of its own policy.
    pub(crate) async fn start_as(store: Store, options: NodeOptions) -> Self {
        let options = NodeOptions { ticks: false, ..options };
        let node = rollcall::Node::start(store, options).await.unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Server::on_tcp(&node.api, listener);
        Node {
            store: node.api.store.clone(),
            projections: node.projections.clone(),
            inbound_policies: node.api.inbound_policies.clone(),
            runs: node.api.runs.clone(),
            address,
            node,
            server,
        }
    }

    /// A minute has passed.
    pub(crate) async fn tick(&self) {
        self.node.tick().await;
    }

    pub(crate) async fn stop(self) {
        self.server.stop().await;
        self.node.stop().await;
    }
}

/// Loopback only, and short deadlines: a provider that hangs shall not hold a test up.
pub(crate) fn impatient() -> Policy {
    Policy {
        connect_timeout: Duration::from_millis(500),
        first_byte_timeout: Duration::from_millis(500),
        idle_timeout: Duration::from_millis(500),
        total_timeout: Duration::from_secs(20),
        ..Policy::permitting(["127.0.0.0/8".parse().unwrap()])
    }
}
