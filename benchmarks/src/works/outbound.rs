//! Messages to outbound endpoints: how many arrive in a second at a healthy receiver, with every
//! attempt written down, against a bare loop of signed POSTs to the same receiver; how much a dead
//! receiver beside it costs; and how long one message takes with nothing else going on.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use rollcall::{Node, Role};
use rollcall_commands::outbound::send_missed;
use rollcall_commands::{NewEndpoint, NewPerson, create_endpoint, create_person};
use rollcall_domain::field::{Field, Fields, Value as Told};
use rollcall_domain::message::{
    Detail, EndpointFace, EndpointSecret, Kind, Scenarios, Selection, headers, sample,
};
use rollcall_domain::webhook_endpoint::Settings;
use rollcall_egress::{Egress, Policy, Request};
use rollcall_simulators::sink::{Behaviour, Sink};
use rollcall_store::{Cause, DeliveryState};

use crate::database::Database;
use crate::failure::Failure;
use crate::node::{Customer, Running, customers};
use crate::numbers::{median, quantile};
use crate::people;
use crate::report::{Line, Value};
use crate::scale::{Scale, progress};

/// What the aim asks for.
const PART: f64 = 0.025;
/// Requests under way at a time, ours and the yardstick's.
const CONCURRENCY: u32 = 16;
const PATIENCE: Duration = Duration::from_secs(900);
const IDLE: Duration = Duration::from_millis(60);

pub(crate) async fn measure(database: &Database, scale: Scale) -> Result<Vec<Line>, Failure> {
    let count = scale.of(20_000, 400);
    let place = database.fresh().await?;
    let running = Running::start(&place, &[Role::Api, Role::Worker, Role::Projector]).await?;
    let store = &running.node.api.store;
    let customer = customers(store, 1, None).await?.remove(0);
    people::write_rounds(store, &customer, count, 1).await?;
    running.node.projections.settle(PATIENCE).await?;
    let (mut alone, mut beside, mut bare) = (vec![], vec![], vec![]);
    for _ in 0..scale.rounds {
        bare.push(posted(count).await?);
        alone.push(delivered(&running.node, &customer, count, false).await?);
        beside.push(delivered(&running.node, &customer, count, true).await?);
    }
    let mut latencies = idle(&running.node, &customer, scale.of(100, 5)).await?;
    running.stop().await;
    place.remove().await?;
    let name = database.name();
    let rate = |rates: &mut Vec<f64>| Value(median(rates), "messages/s");
    let (ours, yardstick, dead) = (rate(&mut alone), rate(&mut bare), rate(&mut beside));
    let (p50, p99) = (median(&mut latencies), quantile(&mut latencies, 0.99));
    let beside_dead = "deliveries beside a dead receiver";
    Ok(vec![
        Line::at_least("deliveries", name, (ours, yardstick), "signed POSTs", PART),
        Line::at_least(beside_dead, name, (dead, ours), "without it", 0.95),
        Line::new("change → delivered, idle, p50", name, Value(p50, "ms")),
        Line::new("change → delivered, idle, p99", name, Value(p99, "ms")),
    ])
}

async fn endpoint(node: &Node, customer: &Customer, sink: &Sink) -> Result<String, Failure> {
    let (id, store) = (ulid::Ulid::generate().to_string(), &node.api.store);
    let kinds = [Kind::EmployeeChanged].into();
    let settings = Settings {
        name: "Bench".to_owned(),
        url: sink.url(),
        selection: Selection { kinds, scenarios: Scenarios::LiveBaseline },
        detail: Detail::Full,
        rate_limit: None,
        concurrency: CONCURRENCY,
    };
    let new = NewEndpoint { id: id.clone(), settings, headers: vec![], http: true };
    let at = store.clock().now();
    create_endpoint(store, &customer.tenant, new, at, &Cause::by("bench")).await?;
    node.projections.settle(PATIENCE).await?;
    Ok(id)
}

/// Everything that ever happened, sent to a receiver that is new; messages a second.
async fn delivered(
    node: &Node,
    customer: &Customer,
    count: usize,
    with_a_dead_one: bool,
) -> Result<f64, Failure> {
    let (sink, dead) = (Sink::start().await?, Sink::start().await?);
    dead.behave(Behaviour::Hang);
    let (store, tenant) = (&node.api.store, Arc::<str>::from(customer.tenant.as_str()));
    let now = || store.clock().now();
    if with_a_dead_one {
        let id = endpoint(node, customer, &dead).await?;
        send_missed(store, &tenant, &id, chrono::DateTime::UNIX_EPOCH, now()).await?;
    }
    let id = endpoint(node, customer, &sink).await?;
    let began = Instant::now();
    send_missed(store, &tenant, &id, chrono::DateTime::UNIX_EPOCH, now()).await?;
    if !sink.has_received(count, PATIENCE).await {
        return Err(Failure::new("not everything was delivered"));
    }
    let seconds = began.elapsed().as_secs_f64();
    progress(&format!("{count} messages in {seconds:.1} s"));
    all_written_down(node, customer, &id).await?;
    Ok(count as f64 / seconds)
}

async fn all_written_down(node: &Node, customer: &Customer, id: &str) -> Result<(), Failure> {
    let began = Instant::now();
    let waiting = Some(DeliveryState::Waiting);
    loop {
        let store = &node.api.store;
        let left = store.deliveries(&customer.tenant, Some(id), waiting, None, 1).await?;
        if left.is_empty() {
            return Ok(());
        }
        if began.elapsed() > PATIENCE {
            return Err(Failure::new("what was delivered was not written down"));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The yardstick: the same bodies, signed the same way, and nothing kept; messages a second.
async fn posted(count: usize) -> Result<f64, Failure> {
    let sink = Sink::start().await?;
    let egress = Egress::new(Policy::permitting(["127.0.0.0/8".parse()?]))?;
    let secrets = [EndpointSecret::new(&[7; 32]).map_err(|_| Failure::new("a secret"))?];
    let face = EndpointFace { webhook_id: "bench".to_owned(), url: sink.url() };
    let began = Instant::now();
    let post = |_| {
        let at = chrono::Utc::now();
        let message = sample(Kind::EmployeeChanged, at);
        let body = message.body(&face, Detail::Full).to_string().into_bytes();
        let mut request = Request::post(face.url.as_str());
        for (name, value) in headers(&message.id, at, &body, &secrets, "bench") {
            request = request.header(name, &value);
        }
        let request = request.body("application/json", body);
        async { egress.send(request).await?.head(64).await }
    };
    let mut posts = stream::iter(0..count).map(post).buffer_unordered(CONCURRENCY as usize);
    while let Some(done) = posts.next().await {
        done?;
    }
    Ok(count as f64 / began.elapsed().as_secs_f64())
}

/// From somebody new to the receiver, with nothing else going on; milliseconds.
async fn idle(node: &Node, customer: &Customer, turns: usize) -> Result<Vec<f64>, Failure> {
    let sink = Sink::start().await?;
    endpoint(node, customer, &sink).await?;
    let mut took = vec![];
    for turn in 0..turns {
        tokio::time::sleep(IDLE + Duration::from_millis((turn % 20) as u64)).await;
        let id = ulid::Ulid::generate().to_string();
        let new = NewPerson {
            scenario: customer.live_baseline.clone(),
            actor: id.clone(),
            subject: id,
            active: true,
            fields: Fields::from([(Field::FirstName, Told::from("Somebody"))]),
        };
        let began = Instant::now();
        create_person(&node.api.store, &customer.tenant, &new, &Cause::by("bench")).await?;
        if !sink.has_received(turn + 1, PATIENCE).await {
            return Err(Failure::new("a message was not delivered"));
        }
        took.push(began.elapsed().as_secs_f64() * 1e3);
    }
    Ok(took)
}
