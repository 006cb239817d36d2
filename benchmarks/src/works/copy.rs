//! Copying a scenario: how fast, how large its appends are, and how much longer deliveries take
//! meanwhile than without.

use std::time::{Duration, Instant};

use rollcall::{Node, Role};
use rollcall_commands::copy_scenario;
use rollcall_projections::scenarios;
use rollcall_store::{Cause, Position, Store};

use super::ingest::{Rates, round};
use crate::database::Database;
use crate::failure::Failure;
use crate::node::{Customer, Running, customers};
use crate::numbers::median;
use crate::people;
use crate::report::{Line, Value};
use crate::scale::{Scale, progress};

/// What one commit takes at most.
const LARGEST: Value = Value(4.0, "MiB");
/// How much longer a delivery may take beside a copy.
const TIMES_IDLE: f64 = 2.0;
const PATIENCE: Duration = Duration::from_secs(900);
/// How often a copy is looked at.
const LOOK: Duration = Duration::from_millis(20);
const PAGE: u32 = 5_000;

/// What one copy came to.
pub(super) struct Copied {
    events: u64,
    seconds: f64,
    largest_bytes: usize,
}

pub(crate) async fn measure(database: &Database, scale: Scale) -> Result<Vec<Line>, Failure> {
    let everybody = scale.of(100_000, 2_000);
    let place = database.fresh().await?;
    let running = Running::start(&place, &[Role::Api, Role::Worker, Role::Projector]).await?;
    let store = &running.node.api.store;
    // Deliveries go to the same tenant, hence to the same writer. Its provider never answers, so that
    // nobody is changed meanwhile.
    let customer = customers(store, 1, None).await?.remove(0);
    people::write_rounds(store, &customer, everybody, 1).await?;
    running.node.projections.settle(PATIENCE).await?;
    place.settle().await?;
    let slugs = [customer.slug.clone()];
    let (mut idle, mut beside, mut copies) = (Rates::default(), Rates::default(), vec![]);
    for _ in 0..scale.rounds {
        idle.add(round(running.address, &slugs, scale).await?);
        place.settle().await?;
        let copying = copy(&running.node, &customer);
        let (rate, copied) = tokio::join!(round(running.address, &slugs, scale), copying);
        beside.add(rate?);
        copies.push(copied?);
        place.settle().await?;
    }
    running.stop().await;
    place.remove().await?;
    Ok(lines(database.name(), everybody, &copies, [&idle, &beside]))
}

/// Makes a copy of the live baseline and waits until it is complete.
pub(super) async fn copy(node: &Node, customer: &Customer) -> Result<Copied, Failure> {
    let (store, db) = (&node.api.store, node.projections.db());
    let (tenant, live) = (&customer.tenant, &customer.live_baseline);
    let (id, cause) = (ulid::Ulid::generate().to_string(), Cause::by("bench"));
    let began = Instant::now();
    let asked = copy_scenario(store, tenant, &id, live, "Copy", &cause).await?;
    loop {
        let row = scenarios::one(db, tenant, &id).await?;
        if row.is_some_and(|row| row.state == "active") {
            break;
        }
        if began.elapsed() > PATIENCE {
            return Err(Failure::new("the copy was not complete in time"));
        }
        tokio::time::sleep(LOOK).await;
    }
    let seconds = began.elapsed().as_secs_f64();
    let (events, largest_bytes) = appended(store, tenant, asked.last).await?;
    progress(&format!("copied {events} events in {seconds:.1} s"));
    Ok(Copied { events, seconds, largest_bytes })
}

/// The copy's events after a position, and how many bytes the largest of its appends has. Each begins
/// with how far the copy is.
async fn appended(
    store: &Store,
    tenant: &str,
    mut after: Position,
) -> Result<(u64, usize), Failure> {
    let shard = store.shard_of(tenant).await?;
    let (mut events, mut size, mut largest) = (0, 0, 0);
    loop {
        let page = store.read_shard(shard, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.position;
        let copied =
            |kind: &str| ["actor.", "unit.", "scenario."].iter().any(|k| kind.starts_with(k));
        let ours = page.iter().filter(|event| &*event.tenant == tenant && copied(&event.kind));
        for event in ours {
            events += 1;
            size = if &*event.kind == "scenario.filled" { 0 } else { size };
            size += event.payload.len() + event.sealed.as_ref().map_or(0, Vec::len);
            largest = size.max(largest);
        }
    }
    Ok((events, largest))
}

fn lines(
    name: &'static str,
    everybody: usize,
    copies: &[Copied],
    [idle, beside]: [&Rates; 2],
) -> Vec<Line> {
    let mut rates: Vec<f64> =
        copies.iter().map(|copied| copied.events as f64 / copied.seconds).collect();
    let largest = copies.iter().map(|copied| copied.largest_bytes).max().unwrap_or_default();
    let (p99, idle_p99) = (beside.p99_ms(), idle.p99_ms());
    let work = format!("copy of a scenario of {everybody} people");
    let slowest = copies.iter().map(|copied| copied.seconds).fold(0.0, f64::max);
    vec![
        Line::new(&work, name, Value(median(&mut rates), "events/s"))
            .remark(format!("the slowest took {slowest:.1} s")),
        Line::below(
            format!("{work}, largest append"),
            name,
            Value(largest as f64 / f64::from(1 << 20), "MiB"),
            LARGEST,
        ),
        Line::at_most(
            format!("webhook ingest beside a {work}, p99"),
            name,
            (p99, idle_p99),
            "idle",
            TIMES_IDLE,
        ),
        Line::new(format!("webhook ingest beside a {work}"), name, beside.per_second())
            .against(idle.per_second(), String::new()),
    ]
}
