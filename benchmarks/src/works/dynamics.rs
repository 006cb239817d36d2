//! Dynamics 365 HR through the real client: a first sync of everybody, and a night that finds
//! nothing, phase by phase.

use crate::child::{self, What};
use crate::database::Database;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::node::open;
use crate::numbers::median;
use crate::phases::Synced;
use crate::report::{Line, Value};
use crate::scale::{Scale, progress};

const MOST_MIB: Value = Value(200.0, "MiB");
/// Pages have 1,000 records, and a person has one in each of five sets.
const PEOPLE_OF_A_REQUEST: usize = 100;

pub(crate) async fn measure(database: &Database, scale: Scale) -> Result<Vec<Line>, Failure> {
    let everybody = scale.of(12_000, 2_000);
    let environment = Environment::start(everybody).await?;
    let place = database.fresh().await?;
    let node = open(&place, &[]).await?;
    let customer = environment.customer(&node.api.store).await?;
    node.stop().await;
    let ask = |again| {
        let customer = customer.clone();
        child::ask::<Synced>(&place, What::Sync { customer, again })
    };
    let first = Measured { synced: ask(false).await?, requests: environment.requests().await? };
    let mut nights = vec![];
    for _ in 0..scale.rounds {
        place.settle().await?;
        let before = environment.requests().await?;
        let synced = ask(true).await?;
        nights.push(Measured { synced, requests: environment.requests().await? - before });
    }
    environment.stop().await;
    place.remove().await?;
    let name = database.name();
    let mut lines = of(name, everybody, "first sync", &[first]);
    lines.extend(of(name, everybody, "a night without changes", &nights));
    Ok(lines)
}

struct Measured {
    synced: Synced,
    requests: u64,
}

/// The lines of one kind of sync, from all its rounds.
fn of(name: &'static str, everybody: usize, what: &str, rounds: &[Measured]) -> Vec<Line> {
    if let Some(odd) = rounds.iter().find(|one| one.synced.status != "succeeded") {
        progress(&format!("a sync ended {}: {}", odd.synced.status, odd.synced.said));
    }
    let succeeded = rounds.iter().all(|one| one.synced.status == "succeeded");
    let of = |value: fn(&Synced) -> f64| {
        median(&mut rounds.iter().map(|one| value(&one.synced)).collect::<Vec<_>>())
    };
    let phases = [of(|one| one.reading), of(|one| one.planning), of(|one| one.applying)];
    let whole = of(|one| one.reading + one.planning + one.applying);
    let peak = rounds.iter().map(|one| one.synced.peak_mib).fold(0.0, f64::max);
    let changed = rounds.iter().map(|one| one.synced.changed).max().unwrap_or_default();
    let requests = rounds.iter().map(|one| one.requests).max().unwrap_or_default();
    let work = format!("Dynamics, {everybody} workers, {what}");
    let [reading, planning, applying] = phases;
    vec![
        Line::new(&work, name, Value(whole, "s"))
            .remark(format!(
                "{reading:.2} s reading, {planning:.2} planning, {applying:.2} applying; \
                 {changed} changed"
            ))
            .gated("succeeded", succeeded),
        Line::new(format!("{work}, requests"), name, Value(requests as f64, "requests")).gated(
            format!("< 1 for {PEOPLE_OF_A_REQUEST} workers"),
            requests < (everybody / PEOPLE_OF_A_REQUEST) as u64,
        ),
        Line::below(format!("{work}, peak memory"), name, Value(peak, "MiB"), MOST_MIB),
    ]
}
