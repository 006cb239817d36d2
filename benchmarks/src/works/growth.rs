//! Ingest with much history behind it, against the same with little: two databases, in turn.

use rollcall::Role;
use rollcall_commands::written;
use rollcall_domain::Decider;
use rollcall_domain::receipt::{self, Proof, Receipt, Received, Verdict};
use rollcall_domain::vocabulary::Provider;
use rollcall_store::{Append, Cause, Expected, Store};
use tokio::task::JoinSet;

use super::ingest::{Rates, round};
use crate::database::{Database, Place};
use crate::failure::Failure;
use crate::node::{Customer, Running, customers};
use crate::report::Line;
use crate::scale::{Scale, progress};

const TENANTS: usize = 16;
const WRITERS: usize = 8;
/// Events of one append while filling.
const BATCH: usize = 500;

/// A node with history.
struct Grown {
    place: Place,
    running: Running,
    slugs: Vec<String>,
    rates: Rates,
}

pub(crate) async fn measure(database: &Database, scale: Scale) -> Result<Vec<Line>, Failure> {
    let (few, many) = (scale.of(50_000, 5_000), scale.of(5_000_000, 50_000));
    let mut small = Grown::new(database, few).await?;
    let mut big = Grown::new(database, many).await?;
    for turn in 0..=scale.rounds {
        for grown in [&mut big, &mut small] {
            let rate = round(grown.running.address, &grown.slugs, scale).await?;
            grown.place.settle().await?;
            if turn > 0 {
                grown.rates.add(rate);
            }
        }
    }
    let values = (big.rates.per_second(), small.rates.per_second());
    let (p99, small_p99) = (big.rates.p99_ms(), small.rates.p99_ms());
    big.remove().await?;
    small.remove().await?;
    let work = format!("growth: webhook ingest with {many} events stored");
    let name = format!("the same with {few}");
    Ok(vec![
        Line::at_least(&work, database.name(), values, &name, 0.8),
        Line::new(format!("{work}, p99"), database.name(), p99)
            .against(small_p99, format!("{:.2} ×", p99.0 / small_p99.0)),
    ])
}

impl Grown {
    async fn new(database: &Database, events: usize) -> Result<Grown, Failure> {
        let place = database.fresh().await?;
        let running = Running::start(&place, &[Role::Api]).await?;
        let customers = customers(&running.node.api.store, TENANTS, None).await?;
        fill(&running.node.api.store, &customers, events).await?;
        place.settle().await?;
        let slugs = customers.into_iter().map(|customer| customer.slug).collect();
        Ok(Grown { place, running, slugs, rates: Rates::default() })
    }

    async fn remove(self) -> Result<(), Failure> {
        self.running.stop().await;
        self.place.remove().await
    }
}

/// Stores receipts as deliveries leave them, a stream each, but for their bodies.
async fn fill(store: &Store, customers: &[Customer], events: usize) -> Result<(), Failure> {
    let began = std::time::Instant::now();
    let mut tasks = JoinSet::new();
    for writer in 0..WRITERS {
        let (store, customers) = (store.clone(), customers.to_vec());
        tasks.spawn(async move {
            let appends = events / BATCH;
            for turn in (writer..appends).step_by(WRITERS) {
                let customer = &customers[turn % customers.len()];
                store.append(receipts(customer)).await?;
            }
            Ok::<(), Failure>(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    progress(&format!("stored {events} events in {:.0} s", began.elapsed().as_secs_f64()));
    Ok(())
}

fn receipts(customer: &Customer) -> Append {
    let append = Append::new(customer.tenant.as_str(), Cause::by("provider:bamboohr"));
    (0..BATCH).fold(append, |append, _| {
        let id = hex::encode([ulid::Ulid::generate().to_bytes(); 2].concat());
        let event = receipt::Event::Received(Received {
            provider: Provider::BambooHr,
            connection: customer.connection.clone(),
            blob: ulid::Ulid::generate().to_string(),
            body_sha256: id.clone(),
            body_bytes: 600,
            content_type: "application/json".to_owned(),
            timestamp: Some("1769884920".to_owned()),
            headers: vec![("user-agent".to_owned(), "BambooHR".to_owned())],
            event_type: "employee.updated".to_owned(),
            subjects: vec![ulid::Ulid::generate().to_string()],
            people: None,
            proof: Proof::Signature,
            verdict: Verdict::Accepted,
        });
        append.stream(Receipt::stream(&id), Expected::NoStream, written(&[event], None))
    })
}
