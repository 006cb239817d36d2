//! A first sync that tells an endpoint of more than ten thousand things, over HTTP, while somebody
//! replaces the secret: nothing is missing, and receivers of others verify everything that arrived.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::time::{Duration, Instant};

use reqwest::Method;
use rollcall_commands::{Connect, connect};
use rollcall_domain::connection::Targets;
use rollcall_domain::message::Kind;
use rollcall_egress::Policy;
use rollcall_projections::messages::MessageReader;
use rollcall_simulators::sink::{Received, Sink};
use rollcall_store::Cause;
use secrecy::SecretString;
use serde_json::{Map, Value, json};

use super::receivers::{changed, verify};
use crate::node::impatient;
use crate::place::Place;
use crate::provider::Provider;
use crate::visitor::House;

/// Each who is active is told of twice: as a person, and as one of the data.
const PEOPLE: usize = 5_500;
const DELIVERIES: usize = 10_000;
/// Requests under way at a time.
const CONCURRENCY: usize = 32;
/// So much has arrived when the secret is replaced.
const ROTATED_AFTER: usize = 4_000;
const DEADLINE: Duration = Duration::from_secs(240);

/// A node with an endpoint that hears of everything, and a company that is not connected yet.
struct Run {
    house: House,
    sink: Sink,
    provider: Provider,
    webhook: String,
    secret: String,
}

impl Run {
    async fn new() -> Run {
        // Nobody here is too slow, but for the machine.
        let patient = Duration::from_secs(20);
        let policy = Policy { first_byte_timeout: patient, idle_timeout: patient, ..impatient() };
        let house = House::with_deadlines(Place::sqlite(), policy).await;
        let sink = Sink::start().await.unwrap();
        let new = json!({
            "name": "Everything",
            "url": sink.url(),
            "events": Kind::ALL.map(Kind::as_str),
            "concurrency": CONCURRENCY,
        });
        let made = post(&house, "/webhooks", Some(new)).await;
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        let (webhook, secret) = (text("id"), text("secret"));
        Run { house, sink, provider: Provider::start(PEOPLE).await, webhook, secret }
    }

    /// Everybody is read and told of; the ids of the messages there are in the end.
    async fn everything_is_told(&self) -> BTreeSet<String> {
        let deadline = Instant::now() + DEADLINE;
        while self.house.place.is_busy().await || self.sink.count() < DELIVERIES {
            let count = self.sink.count();
            assert!(Instant::now() < deadline, "it does not end: {count} messages arrived");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let (store, tenant) = (&self.house.node.store, &self.house.acme);
        let shard = store.shard_of(tenant).await.unwrap();
        let log = store.read_shard(shard, 0, 1_000_000).await.unwrap();
        let positions: Vec<u64> = log.iter().map(|event| event.position).collect();
        let messages = MessageReader::new(store).at(tenant, &positions).await.unwrap();
        messages.into_iter().map(|message| message.id).collect()
    }

    async fn connect(&self) {
        let new = Connect {
            id: ulid::Ulid::generate().to_string(),
            settings: self.provider.settings(),
            targets: Targets { live_baseline: true, scenarios: vec![], all_future: false },
            credentials: SecretString::from(Provider::api_key()),
        };
        let store = &self.house.node.store;
        connect(store, &self.house.acme, new, &Cause::by("test")).await.unwrap();
    }
}

async fn post(house: &House, path: &str, body: Option<Value>) -> Value {
    let answer = house.operate(Method::POST, path, "acme", body).await;
    assert!(answer.status < 300, "{path}: {}", answer.json());
    answer.json()
}

fn signatures(received: &Received) -> usize {
    received.header("webhook-signature").unwrap().split(' ').count()
}

/// A line for receivers: the request as it came, and the secrets that each have to verify it.
fn line(number: usize, received: &Received, secrets: &[&str], key: &str) -> Value {
    let body = String::from_utf8(received.body.to_vec()).unwrap();
    let headers: Map<String, Value> = received
        .headers
        .iter()
        .map(|(name, value)| (name.to_lowercase(), value.as_str().into()))
        .collect();
    json!({
        "changed": changed(&body, number),
        "body": body,
        "headers": headers,
        "secrets": secrets,
        "organisation_key": key,
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_deliveries_are_verified_also_while_the_secret_is_replaced() {
    let run = Run::new().await;
    let (house, sink, old) = (&run.house, &run.sink, run.secret.as_str());
    run.connect().await;

    assert!(sink.has_received(ROTATED_AFTER, DEADLINE).await, "{} arrived", sink.count());
    let before = sink.count();
    let rotate = format!("/webhooks/{}/rotate_secret", run.webhook);
    let rotated = post(house, &rotate, Some(json!({ "overlap_hours": 24 }))).await;
    let after = sink.count() + CONCURRENCY;
    let new = rotated["secret"].as_str().unwrap();
    let told = run.everything_is_told().await;

    let received = sink.received();
    let ids = received.iter().map(|one| one.header("webhook-id").unwrap().to_owned());
    let arrived: BTreeSet<String> = ids.collect();
    assert!(told.len() >= DELIVERIES, "{} messages", told.len());
    assert!(arrived == told, "{} of {} messages arrived", arrived.len(), told.len());
    assert!(after + 1_000 < received.len(), "of {} {after} came too early", received.len());
    let key = post(house, "/webhooks/signing_key", None).await;
    let key = key["key"].as_str().unwrap();
    let mut lines = String::new();
    for (number, one) in received.iter().enumerate() {
        let secrets = match signatures(one) {
            1 => vec![old],
            _ => vec![new, old],
        };
        assert!(number >= before || secrets.len() == 1, "{number} was signed too early");
        assert!(number < after || secrets.len() == 2, "{number} was signed with one secret");
        writeln!(lines, "{}", line(number, one, &secrets, key)).unwrap();
    }
    verify(&lines, received.len());
}
