//! One node of ours behind the real edge, with tenants that are connected to an HR system.

use std::net::SocketAddr;

use rollcall::{Node, NodeOptions, Role, Server};
use rollcall_api::{Rates, Settings};
use rollcall_commands::{
    Connect, NewTenant, RunRequest, Runs, add_webhook_secret, connect, create_tenant,
};
use rollcall_domain::connection::{BambooHr, ProviderSettings, Targets};
use rollcall_domain::run::RunSpec;
use rollcall_domain::tenant::Plan;
use rollcall_domain::vocabulary::{Provider, RunKind, Source, Trigger};
use rollcall_egress::Policy;
use rollcall_store::{Cause, Store};
use rollcall_workers::providers::{Registration, policy};
use secrecy::SecretString;
use tokio::net::TcpListener;

use crate::database::Place;
use crate::deliveries::{FORM, SECRET};
use crate::failure::Failure;

/// The subdomain and the key of the simulator's company.
pub(crate) const ACCOUNT: &str = "acme";
pub(crate) const API_KEY: &str = "0123456789abcdef0123456789abcdef01234567";
/// Whose employees the customers read.
pub(crate) fn source() -> Source {
    Source::new(Provider::BambooHr, ACCOUNT)
}

/// Where nobody answers.
const NOWHERE: &str = "http://127.0.0.1:9/api/v1";

/// A running node.
pub(crate) struct Running {
    pub(crate) node: Node,
    pub(crate) address: SocketAddr,
    server: Server,
}

/// A tenant with a connection.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct Customer {
    pub(crate) tenant: String,
    pub(crate) slug: String,
    pub(crate) connection: String,
    pub(crate) live_baseline: String,
}

impl Running {
    pub(crate) async fn start(place: &Place, roles: &[Role]) -> Result<Running, Failure> {
        let node = open(place, roles).await?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let server = Server::on_tcp(&node.api, listener);
        Ok(Running { node, address, server })
    }

    pub(crate) async fn stop(self) {
        self.server.stop().await;
        self.node.stop().await;
    }
}

/// A node that is not served. It reaches this machine only, where the simulator is.
pub(crate) async fn open(place: &Place, roles: &[Role]) -> Result<Node, Failure> {
    open_with(place, roles, vec![]).await
}

/// The same with providers in the place of those it has.
pub(crate) async fn open_with(
    place: &Place,
    roles: &[Role],
    providers: Vec<(Provider, Registration)>,
) -> Result<Node, Failure> {
    let loopback = Policy::permitting(["127.0.0.0/8".parse()?]);
    let options = NodeOptions {
        roles: roles.to_vec(),
        policy: policy(loopback),
        providers,
        // One caller asks as fast as it can.
        api: Settings { rates: Rates { reads: 0, writes: 0 }, ..Settings::default() },
        ..NodeOptions::default()
    };
    Ok(Node::start(place.store().await?, options).await?)
}

/// Tenants in as many different shards as there are, each connected to the provider at `base_url`.
pub(crate) async fn customers(
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
        let own = BambooHr {
            base_url: Some(base_url.unwrap_or(NOWHERE).to_owned()),
            signature_form: FORM,
            // A round of growth may begin long after its requests were signed.
            freshness_seconds: 3_600,
            ..BambooHr::of(ACCOUNT)
        };
        let customer = customer(store, id, ProviderSettings::BambooHr(own), API_KEY).await?;
        let Customer { tenant, connection, .. } = &customer;
        let secret = SecretString::from(SECRET);
        add_webhook_secret(store, tenant, connection, &secret, &Cause::by("bench")).await?;
        customers.push(customer);
    }
    Ok(customers)
}

/// As `Store::register_tenant` does it; a wrong guess would only spread less well.
fn shard_of(id: &str, shards: u16) -> u16 {
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(id.as_bytes());
    u16::from_be_bytes([digest[0], digest[1]]) % shards
}

/// A tenant of that id, connected to an HR system.
pub(crate) async fn customer(
    store: &Store,
    id: String,
    settings: ProviderSettings,
    credentials: &str,
) -> Result<Customer, Failure> {
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
    create_tenant(store, new, cause.clone()).await?;
    let connection = ulid::Ulid::generate().to_string();
    let connected = Connect {
        id: connection.clone(),
        settings: settings.into(),
        targets: Targets { live_baseline: true, scenarios: vec![], all_future: false },
        credentials: SecretString::from(credentials),
    };
    connect(store, &id, connected, &cause).await?;
    Ok(Customer { tenant: id, slug, connection, live_baseline })
}

/// Asks for a reconciliation; the run's id.
pub(crate) async fn request(store: &Store, customer: &Customer) -> Result<String, Failure> {
    let request = RunRequest {
        run: ulid::Ulid::generate().to_string(),
        connection: customer.connection.clone(),
        spec: RunSpec::new(RunKind::Reconcile, "reconcile", Trigger::Cli),
        effect: None,
    };
    let cause = Cause::by("bench");
    let run = Runs::default().request(store, &customer.tenant, &request, &cause).await;
    run?.ok_or_else(|| Failure::new("the lane took no reconciliation"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rollcall::Role;

    use super::{Running, customers};
    use crate::database::Database;
    use crate::{deliveries, load};

    /// What every measurement of ingest rests on.
    #[tokio::test]
    async fn a_customers_deliveries_are_taken_in() {
        let directory = tempfile::tempdir().unwrap();
        let place = Database::Sqlite(directory.path().to_owned()).fresh().await.unwrap();
        let running = Running::start(&place, &[Role::Api]).await.unwrap();
        let slug = customers(&running.node.api.store, 1, None).await.unwrap().remove(0).slug;
        let requests = deliveries::requests(4, running.address, &[slug]);

        load::send(running.address, requests, 2, Duration::from_secs(10)).await.unwrap();

        running.stop().await;
        place.remove().await.unwrap();
    }
}
