//! One node of ours behind the real edge, with tenants that are connected to BambooHR.

use std::net::{Ipv4Addr, SocketAddr};

use ipnet::IpNet;
use rollcall_api::edge::{Limits, serve};
use rollcall_api::router;
use rollcall_commands::{Connect, NewTenant, add_webhook_secret, connect, create_tenant};
use rollcall_domain::connection::{Settings, Targets};
use rollcall_domain::tenant::Plan;
use rollcall_domain::vocabulary::Provider;
use rollcall_store::{Cause, Location, Store};
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::broken;
use super::database::Place;
use super::deliveries::{FORM, SECRET};
use crate::app::{Migrate, Node};
use crate::config::{Config, LogFormat, Role};
use crate::failure::Failure;

/// The subdomain and the key of the simulator's company.
pub(super) const ACCOUNT: &str = "acme";
pub(super) const API_KEY: &str = "0123456789abcdef0123456789abcdef01234567";
/// Where nobody answers.
const NOWHERE: &str = "http://127.0.0.1:9/api/v1";

/// A running node.
pub(super) struct Running {
    pub(super) node: Node,
    pub(super) address: SocketAddr,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

/// A tenant with a connection.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(super) struct Customer {
    pub(super) tenant: String,
    pub(super) slug: String,
    pub(super) connection: String,
    pub(super) live_baseline: String,
}

impl Running {
    pub(super) async fn start(place: &Place, roles: &[Role]) -> Result<Running, Failure> {
        let node = open(place, roles).await?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (stop, router) = (watch::Sender::new(false), router(node.api.clone()));
        let mut stopped = stop.subscribe();
        let serving = tokio::spawn(async move {
            let told = async move {
                let _ = stopped.wait_for(|stop| *stop).await;
            };
            serve(vec![listener.into()], router, Limits::default(), told).await;
        });
        Ok(Running { node, address, stop, serving })
    }

    pub(super) async fn stop(self) {
        self.stop.send_replace(true);
        // A panic of it has been logged.
        let _ = self.serving.await;
        self.node.stop().await;
    }
}

/// A node that is not served.
pub(super) async fn open(place: &Place, roles: &[Role]) -> Result<Node, Failure> {
    let database_url = match &place.location {
        Location::Sqlite(_) => None,
        Location::Postgres(url) => Some(url.clone()),
    };
    let config = Config {
        database_url,
        data_dir: Some(place.directory.clone()),
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        operator_key_file: None,
        roles: roles.to_vec(),
        allow_private: vec![IpNet::from(std::net::IpAddr::from(Ipv4Addr::LOCALHOST))],
        log: None,
        log_format: LogFormat::Text,
    };
    Node::open(&config, roles, Migrate::Now).await
}

/// Tenants in as many different shards as there are, each connected to the provider at `base_url`.
pub(super) async fn customers(
    store: &Store,
    count: usize,
    base_url: Option<&str>,
) -> Result<Vec<Customer>, Failure> {
    let mut customers = Vec::with_capacity(count);
    let mut taken = vec![];
    let shards = usize::from(store.shards());
    while customers.len() < count {
        let id = ulid::Ulid::generate().to_string();
        let shard = shard_of(&id, store.shards());
        if taken.contains(&shard) && taken.len() < shards {
            continue;
        }
        taken.push(shard);
        customers.push(customer(store, id, base_url.unwrap_or(NOWHERE)).await?);
    }
    Ok(customers)
}

/// As `Store::register_tenant` does it; a wrong guess would only spread less well.
fn shard_of(id: &str, shards: u16) -> u16 {
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(id.as_bytes());
    u16::from_be_bytes([digest[0], digest[1]]) % shards
}

async fn customer(store: &Store, id: String, base_url: &str) -> Result<Customer, Failure> {
    let cause = Cause::by("bench");
    let slug = format!("bench-{}", id.to_lowercase());
    let live_baseline = ulid::Ulid::generate().to_string();
    let new = NewTenant {
        id: id.clone(),
        live_baseline: live_baseline.clone(),
        slug: slug.clone(),
        name: "Bench".to_owned(),
        plan: Plan::Enterprise,
    };
    create_tenant(store, new, cause.clone()).await.map_err(broken)?;
    let connection = ulid::Ulid::generate().to_string();
    let connected = Connect {
        id: connection.clone(),
        provider: Provider::BambooHr,
        settings: Settings {
            account: ACCOUNT.to_owned(),
            base_url: Some(base_url.to_owned()),
            signature_form: FORM,
            // A round of growth may begin long after its requests were signed.
            freshness_seconds: 3_600,
        },
        targets: Targets { live_baseline: true, scenarios: vec![], all_future: false },
        credentials: SecretString::from(API_KEY),
    };
    connect(store, &id, connected, &cause).await.map_err(broken)?;
    let secret = SecretString::from(SECRET);
    add_webhook_secret(store, &id, &connection, &secret, &cause).await.map_err(broken)?;
    Ok(Customer { tenant: id, slug, connection, live_baseline })
}
