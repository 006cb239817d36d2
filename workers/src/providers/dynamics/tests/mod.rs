//! The client against the simulators over real HTTP, through both surfaces.

mod by_hand;
mod degraded;
mod expected;
mod fixtures;
mod joined;
mod paging;
mod recorded;
mod rows;
mod single;
mod sources;
mod switches;
mod test_connection;
mod tokens;
mod wrong;

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use rollcall_domain::connection::{Dynamics365, Surface};
use rollcall_domain::field::{Field, Value};
use rollcall_domain::plan::Employee;
use rollcall_egress::{Egress, Policy};
use rollcall_simulators::dynamics::{Config, Simulator};
use secrecy::SecretString;

use super::Dynamics;
use crate::providers::{PageSink, Patience, Provider, ProviderError, ReadSummary, Stopped, policy};

const BOTH: [Surface; 2] = [Surface::FinanceOperations, Surface::Dataverse];

async fn company(people: usize) -> Simulator {
    let config = Config { people, ..Config::default() };
    Simulator::start(config).await.unwrap()
}

async fn cast() -> Simulator {
    let config = Config { people: 0, fixtures: true, ..Config::default() };
    Simulator::start(config).await.unwrap()
}

fn settings(simulator: &Simulator, surface: Surface) -> Dynamics365 {
    let config = Config::default();
    Dynamics365 {
        authority_url: Some(simulator.authority_url()),
        surface: Some(surface),
        ..Dynamics365::of(simulator.environment_url(), config.tenant_id, config.client_id)
    }
}

/// A client with the right secret, that hardly waits between attempts.
fn client(simulator: &Simulator, surface: Surface) -> Dynamics {
    client_of(&settings(simulator, surface), &Config::default().client_secret)
}

fn client_of(settings: &Dynamics365, secret: &str) -> Dynamics {
    client_within(settings, secret, Duration::from_secs(30))
}

fn client_within(settings: &Dynamics365, secret: &str, deadline: Duration) -> Dynamics {
    let rules = Policy {
        first_byte_timeout: deadline,
        ..policy(Policy::permitting(["127.0.0.0/8".parse().unwrap()]))
    };
    let zone = Some("UTC".to_owned());
    let egress = Egress::new(rules).unwrap();
    let client = Dynamics::new(egress, settings, zone, SecretString::from(secret)).unwrap();
    client.with_patience(Patience {
        tries: 3,
        within: Duration::from_millis(900),
        pause: Duration::from_millis(1),
        ..Patience::default()
    })
}

/// Keeps everything.
#[derive(Default)]
struct Kept {
    expected: Option<u64>,
    raw: Vec<u8>,
    pages: Vec<Vec<Employee>>,
}

impl Kept {
    fn people(&self) -> impl Iterator<Item = &Employee> {
        self.pages.iter().flatten()
    }

    fn person(&self, source_id: &str) -> &Employee {
        self.people().find(|one| one.source_id == source_id).unwrap()
    }
}

#[async_trait]
impl PageSink for Kept {
    fn expects(&mut self, people: Option<u64>) {
        self.expected = people;
    }
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
fn told(employee: &Employee, field: Field) -> Option<&str> {
    match employee.seen.get(&field)?.as_ref()? {
        Value::Text(text) => Some(text),
        Value::List(items) => items.first().map(String::as_str),
    }
}

async fn read_all(client: &Dynamics) -> Result<(ReadSummary, Kept), ProviderError> {
    let mut kept = Kept::default();
    let summary = client.read_all(&mut kept).await?;
    Ok((summary, kept))
}

async fn error_of(client: &Dynamics) -> ProviderError {
    match read_all(client).await {
        Ok(_) => panic!("the read should have failed"),
        Err(error) => error,
    }
}
