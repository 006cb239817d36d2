//! The Dynamics 365 HR simulator in a process of its own, and a tenant that is connected to it.

use std::collections::BTreeMap;
use std::io::{self, Write};

use rollcall_domain::connection::{Dynamics365, ProviderSettings, Surface};
use rollcall_egress::{Egress, Policy, Request};
use rollcall_simulators::dynamics::{Config, Simulator};
use rollcall_store::Store;
use rollcall_workers::providers;
use tokio::process::Child;

use crate::failure::Failure;
use crate::node::{Customer, customer};
use crate::simulated::{input_ended, spawned};

/// More than the list of all pages that were asked for, in bytes.
const ANSWER: u64 = 64 * 1024;

/// A running simulator; it ends with this value.
pub(crate) struct Environment {
    environment_url: String,
    authority_url: String,
    child: Child,
}

impl Environment {
    pub(crate) async fn start(people: usize) -> Result<Environment, Failure> {
        let (child, line) = spawned("--environment", people).await?;
        let (environment, authority) =
            line.split_once(' ').ok_or_else(|| Failure::new("the simulator says one address"))?;
        let (environment_url, authority_url) = (environment.to_owned(), authority.to_owned());
        Ok(Environment { environment_url, authority_url, child })
    }

    pub(crate) async fn customer(&self, store: &Store) -> Result<Customer, Failure> {
        connected(store, &self.environment_url, &self.authority_url).await
    }

    /// How many requests it has answered, tokens included.
    pub(crate) async fn requests(&self) -> Result<u64, Failure> {
        let loopback = Policy::permitting(["127.0.0.0/8".parse()?]);
        let egress = Egress::new(providers::policy(loopback))?;
        let url = format!("{}/_control/requests", self.environment_url);
        let by_page: BTreeMap<String, u64> =
            egress.send(Request::get(url)).await?.json(ANSWER).await?;
        Ok(by_page.values().sum())
    }

    pub(crate) async fn stop(mut self) {
        // It has nothing to lose; and an error means that it has ended already.
        let _ = self.child.kill().await;
    }
}

/// A tenant that reads everybody by Finance and Operations.
pub(crate) async fn connected(
    store: &Store,
    environment_url: &str,
    authority_url: &str,
) -> Result<Customer, Failure> {
    let config = Config::default();
    let own = Dynamics365 {
        authority_url: Some(authority_url.to_owned()),
        surface: Some(Surface::FinanceOperations),
        ..Dynamics365::of(environment_url.to_owned(), config.tenant_id, config.client_id)
    };
    let id = ulid::Ulid::generate().to_string();
    customer(store, id, ProviderSettings::Dynamics365(own), &config.client_secret).await
}

/// What the process is: says where environment and authority are, and ends with standard input.
pub(crate) async fn serve(people: usize) -> Result<(), Failure> {
    let simulator = Simulator::start(Config { people, ..Config::default() }).await?;
    writeln!(io::stdout(), "{} {}", simulator.environment_url(), simulator.authority_url())?;
    input_ended().await?;
    simulator.shutdown().await;
    Ok(())
}
