//! Rebuilding `actors` from the log, against the least that reading the same log takes.

use std::time::Instant;

use rollcall_projections::actors;
use rollcall_store::Location;

use crate::child::{self, Rebuilt, What};
use crate::database::{Database, Place};
use crate::failure::Failure;
use crate::node::{Customer, customers, open};
use crate::numbers::median;
use crate::people;
use crate::report::{Line, Value};
use crate::scale::{Scale, progress};
use crate::yardstick::{Folded, copy_events};

const UNIT: &str = "events/s";
/// What `actors::by_ids` takes at a time.
const CHECKED: usize = 1_000;
const MOST_MIB: Value = Value(300.0, "MiB");

pub(crate) async fn measure(database: &Database, scale: Scale) -> Result<Vec<Line>, Failure> {
    let everybody = scale.of(50_000, 2_000);
    let place = database.fresh().await?;
    let node = open(&place, &[]).await?;
    let customer = customers(&node.api.store, 1, None).await?.remove(0);
    people::write(&node.api.store, &customer, everybody).await?;
    let clear = match database {
        Database::Sqlite(_) => Some(Folded::create(&place.directory).await?),
        Database::Postgres { .. } => None,
    };
    let truth = people::account(&node.api.store, &customer.tenant, clear.as_ref()).await?;
    node.stop().await;
    place.settle().await?;
    progress(&format!(
        "{} people and their {} events are stored",
        truth.len(),
        truth.len() * people::EVENTS
    ));
    let (mut built, mut yardsticks) = (vec![], vec![]);
    for _ in 0..scale.rounds {
        built.push(child::ask::<Rebuilt>(&place, What::Rebuild).await?);
        place.settle().await?;
        yardsticks.push(yardstick(&place, clear.as_ref()).await?);
    }
    let wrong = differences(&place, &customer, &truth).await?;
    place.remove().await?;
    Ok(lines(database, everybody, &built, &mut yardsticks, wrong))
}

/// Events per second of the yardstick.
async fn yardstick(place: &Place, clear: Option<&Folded>) -> Result<f64, Failure> {
    let began = Instant::now();
    let events = match (&place.location, clear) {
        (Location::Sqlite(_), Some(clear)) => clear.fold(people::parse).await?,
        (Location::Sqlite(_), None) => 0,
        (Location::Postgres(url), _) => copy_events(url).await?,
    };
    Ok(events as f64 / began.elapsed().as_secs_f64())
}

/// How many people the read model misses, has too many, or has otherwise than the log says.
async fn differences(
    place: &Place,
    customer: &Customer,
    truth: &people::Truth,
) -> Result<usize, Failure> {
    let node = open(place, &[]).await?;
    let db = node.projections.db();
    let (tenant, scenario) = (&customer.tenant, &customer.live_baseline);
    let rows = actors::count(db, tenant, scenario).await?.all;
    let mut wrong = usize::try_from(rows).unwrap_or(usize::MAX).abs_diff(truth.len());
    let ids: Vec<String> = truth.keys().cloned().collect();
    for some in ids.chunks(CHECKED) {
        let rows = actors::by_ids(db, tenant, scenario, some).await?;
        wrong += some.len() - rows.len();
        wrong += rows.iter().filter(|row| truth.get(&row.actor) != Some(&row.fields())).count();
    }
    node.stop().await;
    Ok(wrong)
}

fn lines(
    database: &Database,
    everybody: usize,
    built: &[Rebuilt],
    yardsticks: &mut [f64],
    wrong: usize,
) -> Vec<Line> {
    let mut rates: Vec<f64> = built.iter().map(|one| one.events as f64 / one.seconds).collect();
    let peak = built.iter().map(|one| one.peak_mib).fold(0.0, f64::max);
    let values = (Value(median(&mut rates), UNIT), Value(median(yardsticks), UNIT));
    let (yardstick, part) = match database {
        Database::Sqlite(_) => ("read, parse, upsert each", 0.35),
        Database::Postgres { .. } => ("`COPY events TO STDOUT`", 0.25),
    };
    let work = format!("rebuild of `actors`, {everybody} × {} events", people::EVENTS);
    let name = database.name();
    let complete = built.iter().all(|one| one.rows >= everybody as u64) && wrong == 0;
    let rows = built.last().map_or(0, |one| one.rows);
    vec![
        Line::at_least(&work, name, values, yardstick, part),
        Line::below(format!("{work}, peak memory"), name, Value(peak, "MiB"), MOST_MIB),
        Line::new(format!("{work}, content"), name, Value(rows as f64, "rows written"))
            .remark(format!("{wrong} people differ from an independent fold"))
            .gated("all there and equal", complete),
    ]
}
