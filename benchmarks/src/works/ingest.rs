//! Webhook ingest: durable before `202`, through the real edge, against bare servers.

use std::net::SocketAddr;
use std::time::Duration;

use rollcall::Role;

use crate::database::{Database, Place};
use crate::deliveries;
use crate::failure::Failure;
use crate::load::{self, Rate};
use crate::node::{Running, customers};
use crate::numbers::median;
use crate::report::{Line, Value};
use crate::scale::Scale;
use crate::simulated::Simulated;
use crate::yardstick::http::{self, Commit};
use crate::yardstick::{Bare, Delivery};

pub(crate) const CONNECTIONS: usize = 64;
const UNIT: &str = "requests/s";
/// More than are sent in a round.
const MOST: usize = 100_000;

/// Rates of all rounds.
#[derive(Default)]
pub(crate) struct Rates(Vec<Rate>);

impl Rates {
    pub(crate) fn add(&mut self, rate: Rate) {
        self.0.push(rate);
    }
    pub(crate) fn per_second(&self) -> Value {
        Value(self.median(|rate| rate.per_second), UNIT)
    }
    pub(crate) fn p99_ms(&self) -> Value {
        Value(self.median(|rate| rate.p99_ms), "ms")
    }
    fn median(&self, of: impl Fn(&Rate) -> f64) -> f64 {
        median(&mut self.0.iter().map(of).collect::<Vec<_>>())
    }
}

pub(crate) async fn measure(database: &Database, scale: Scale) -> Result<Vec<Line>, Failure> {
    let mut lines = gated(database, scale, 1).await?;
    if matches!(database, Database::Postgres { .. }) {
        lines.extend(gated(database, scale, 16).await?);
    }
    lines.push(with_all_roles(database, scale).await?);
    Ok(lines)
}

/// Ours, bare group commit and a commit per request, in turn.
async fn gated(database: &Database, scale: Scale, tenants: usize) -> Result<Vec<Line>, Failure> {
    let (place, bare_place) = (database.fresh().await?, database.fresh().await?);
    let running = Running::start(&place, &[Role::Api]).await?;
    let slugs = slugs(&running, tenants, None).await?;
    let bare = Bare::open::<Delivery>(&bare_place.location).await?;
    let group = http::serve(Commit::group(&bare).await?).await?;
    let each = http::serve(Commit::each(&bare)).await?;
    let (mut ours, mut grouped, mut single) = Default::default();
    let sides: [(SocketAddr, &Place, &mut Rates); 3] = [
        (running.address, &place, &mut ours),
        (group.address, &bare_place, &mut grouped),
        (each.address, &bare_place, &mut single),
    ];
    let mut sides = sides;
    for round in 0..=scale.rounds {
        for (address, place, rates) in &mut sides {
            let rate = self::round(*address, &slugs, scale).await?;
            place.settle().await?;
            // The first round warms up.
            if round > 0 {
                rates.add(rate);
            }
        }
    }
    drop((group, each));
    running.stop().await;
    place.remove().await?;
    bare_place.remove().await?;
    Ok(lines(database, tenants, [&ours, &grouped, &single]))
}

fn lines(database: &Database, tenants: usize, [ours, group, each]: [&Rates; 3]) -> Vec<Line> {
    let name = database.name();
    let of = if tenants == 1 { "1 tenant".to_owned() } else { format!("{tenants} tenants") };
    let work = |what: &str| format!("webhook ingest, {of}{what}");
    let against = |other: &Rates| (ours.per_second(), other.per_second());
    let times = format!("{:.2} ×", ours.p99_ms().0 / each.p99_ms().0);
    let (mine, bare) = against(group);
    let grouped = match database {
        Database::Sqlite(_) => {
            Line::at_least(work(""), name, (mine, bare), "bare group commit", 0.65)
        }
        // A row per event is out of reach of it there; docs/benchmarks.md says why that stays.
        Database::Postgres { .. } => Line::new(work(""), name, mine)
            .against(bare, format!("{:.0} % of bare group commit", 100.0 * mine.0 / bare.0)),
    };
    vec![
        grouped,
        Line::new(work(", p99"), name, ours.p99_ms())
            .against(group.p99_ms(), format!("{:.2} ×", ours.p99_ms().0 / group.p99_ms().0)),
        Line::at_least(work(""), name, against(each), "insert per request", 1.0),
        Line::new(work(", p99"), name, ours.p99_ms())
            .against(each.p99_ms(), times)
            .gated("≤ insert per request", ours.p99_ms().0 <= each.p99_ms().0),
    ]
}

/// The same while reactors, workers and projections do what follows from each delivery.
async fn with_all_roles(database: &Database, scale: Scale) -> Result<Line, Failure> {
    let place = database.fresh().await?;
    let simulated = Simulated::start(5_000).await?;
    let roles = [Role::Api, Role::Worker, Role::Projector];
    let running = Running::start(&place, &roles).await?;
    let slugs = slugs(&running, 1, Some(&simulated.base_url)).await?;
    let mut rates = Rates::default();
    for _ in 0..scale.rounds {
        rates.add(round(running.address, &slugs, scale).await?);
        place.settle().await?;
    }
    running.stop().await;
    simulated.stop().await;
    place.remove().await?;
    let work = "webhook ingest, 1 tenant, all roles at work";
    let p99 = rates.p99_ms();
    let said = format!("p99 {:.1} ms", p99.0);
    Ok(Line::new(work, database.name(), rates.per_second()).remark(said))
}

pub(crate) async fn slugs(
    running: &Running,
    tenants: usize,
    base_url: Option<&str>,
) -> Result<Vec<String>, Failure> {
    let customers = customers(&running.node.api.store, tenants, base_url).await?;
    Ok(customers.into_iter().map(|customer| customer.slug).collect())
}

/// Sends for the time of a round.
pub(crate) async fn round(
    address: SocketAddr,
    slugs: &[String],
    scale: Scale,
) -> Result<Rate, Failure> {
    let requests = deliveries::requests(scale.of(MOST, MOST / 4), address, slugs);
    let time = Duration::from_millis(scale.of(2_000, 500) as u64);
    load::send(address, requests, CONNECTIONS, time).await
}
