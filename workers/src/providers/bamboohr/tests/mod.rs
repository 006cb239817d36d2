//! The client against the simulator over real HTTP, and its parsers by themselves.

mod changes;
mod damaged;
mod deliveries;
mod faults;
mod one;
mod reading;
mod recorded;
mod refusals;
mod rows;
mod server;
mod single;
mod splitting;
mod test_connection;
mod told;
mod webhooks;

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use rollcall_domain::field::{Field, Value};
use rollcall_domain::plan::Employee;
use rollcall_egress::{Egress, Policy};
use rollcall_simulators::bamboohr::{Config, Simulator};
use secrecy::SecretString;

use super::{Account, BambooHr};
use crate::providers::{PageSink, Patience, Provider, ProviderError, ReadSummary, Stopped, policy};

async fn company(people: usize) -> Simulator {
    let config = Config { people, ..Config::default() };
    Simulator::start(config).await.unwrap()
}

/// A client with the right key.
fn client(simulator: &Simulator) -> BambooHr {
    client_with(simulator, &Config::default().api_key, Duration::from_secs(30))
}

/// A client that waits so long for an answer, and hardly between attempts.
fn client_with(simulator: &Simulator, key: &str, deadline: Duration) -> BambooHr {
    client_of(simulator.origin(), key, deadline)
}

fn client_of(origin: String, key: &str, deadline: Duration) -> BambooHr {
    let rules = Policy {
        first_byte_timeout: deadline,
        ..policy(Policy::permitting(["127.0.0.0/8".parse().unwrap()]))
    };
    let account = Account {
        subdomain: "acme".to_owned(),
        base_url: Some(origin),
        api_key: SecretString::from(key),
    };
    let patience = Patience {
        within: Duration::from_millis(900),
        pause: Duration::from_millis(1),
        ..Patience::default()
    };
    BambooHr::with_patience(Egress::new(rules).unwrap(), account, patience).unwrap()
}

/// Keeps everything.
#[derive(Default)]
struct Kept {
    raw: Vec<u8>,
    pages: Vec<Vec<Employee>>,
}

#[async_trait]
impl PageSink for Kept {
    async fn raw(&mut self, bytes: Bytes) -> Result<(), Stopped> {
        self.raw.extend_from_slice(&bytes);
        Ok(())
    }
    async fn page(&mut self, people: Vec<Employee>) -> Result<(), Stopped> {
        self.pages.push(people);
        Ok(())
    }
}

/// What an employee says of a field that they show.
fn told(employee: &Employee, field: Field) -> &str {
    let value = employee.seen.get(&field).and_then(Option::as_ref);
    value.and_then(Value::text).unwrap_or_default()
}

async fn read_all(client: &BambooHr) -> Result<(ReadSummary, Kept), ProviderError> {
    let mut kept = Kept::default();
    let summary = client.read_all(&mut kept).await?;
    Ok((summary, kept))
}
