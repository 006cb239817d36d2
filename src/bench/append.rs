//! Appends in process, against the same rows in a bare table.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rollcall_store::yardstick::{Bare, GroupCommit, LogRow, Pool, index_streams};
use rollcall_store::{
    Append, Cause, Clock, Expected, Location, NewEvent, OperatorKey, Options, Store, TenantRow,
};
use tokio::task::JoinSet;

use super::database::{Database, Place};
use super::report::{Line, Value, median};
use super::{Scale, broken};
use crate::failure::Failure;

const CLIENTS: usize = 256;
/// Those that append batches; each has a tenant, so that all shards are at work.
const BATCHERS: usize = 16;
const BATCH: usize = 100;
/// Connections of the yardstick for batches: as many as the store's hot pool has. SQLite has one
/// writer, whoever writes.
const CONNECTIONS: u32 = 12;
const PRINCIPAL: &str = "bench";
const KIND: &str = "bench.appended";
const UNIT: &str = "events/s";

pub(super) async fn measure(database: &Database, scale: Scale) -> Result<Vec<Line>, Failure> {
    let mut lines = vec![single(database, scale, 1).await?];
    if matches!(database, Database::Postgres { .. }) {
        lines.push(single(database, scale, BATCHERS).await?);
    }
    lines.push(batches(database, scale).await?);
    Ok(lines)
}

/// One event each.
async fn single(database: &Database, scale: Scale, tenants: usize) -> Result<Line, Failure> {
    let (place, bare_place) = (database.fresh().await?, database.fresh().await?);
    let ours = Ours::open(&place, tenants).await?;
    let bare = Bare::open::<LogRow>(&bare_place.location).await?;
    let group = Arc::new(GroupCommit::<LogRow>::start(&bare).await?);
    let positions = Arc::new(AtomicI64::new(0));
    let (mut our_rates, mut bare_rates) = (vec![], vec![]);
    for round in 0..=scale.rounds {
        let rate = clients(CLIENTS, scale, 1, |n| ours.client(n, 1)).await?;
        place.settle().await?;
        let bare_rate = clients(CLIENTS, scale, 1, |n| {
            let (group, positions) = (Arc::clone(&group), Arc::clone(&positions));
            move || {
                let row = row(n, &positions);
                let group = Arc::clone(&group);
                async move { Ok(group.commit(row).await?) }
            }
        })
        .await?;
        bare_place.settle().await?;
        // The first round warms up.
        if round > 0 {
            our_rates.push(rate);
            bare_rates.push(bare_rate);
        }
    }
    drop((ours, group));
    place.remove().await?;
    bare_place.remove().await?;
    let values = (Value(median(&mut our_rates), UNIT), Value(median(&mut bare_rates), UNIT));
    let name = "bare group commit";
    Ok(if tenants == 1 {
        Line::at_least(
            "append, one event, 256 clients, 1 tenant",
            database.name(),
            values,
            name,
            0.65,
        )
    } else {
        let work = format!("append, one event, 256 clients, {tenants} tenants");
        Line::at_least(work, database.name(), values, name, 0.65)
    })
}

/// A hundred events each.
async fn batches(database: &Database, scale: Scale) -> Result<Line, Failure> {
    let (place, bare_place) = (database.fresh().await?, database.fresh().await?);
    let ours = Ours::open(&place, BATCHERS).await?;
    let bare = Bare::open::<LogRow>(&bare_place.location).await?;
    index_streams(&bare).await?;
    let connections = match database {
        Database::Sqlite(_) => 1,
        Database::Postgres { .. } => CONNECTIONS,
    };
    let pool = Arc::new(Pool::<LogRow>::new(&bare, connections));
    let positions = Arc::new(AtomicI64::new(0));
    let (mut our_rates, mut bare_rates) = (vec![], vec![]);
    for round in 0..=scale.rounds {
        let rate = clients(BATCHERS, scale, BATCH, |n| ours.client(n, BATCH)).await?;
        place.settle().await?;
        let bare_rate = clients(BATCHERS, scale, BATCH, |n| {
            let (pool, positions) = (Arc::clone(&pool), Arc::clone(&positions));
            move || {
                let rows: Vec<LogRow> = (0..BATCH).map(|_| row(n, &positions)).collect();
                let pool = Arc::clone(&pool);
                async move { Ok(pool.commit(&rows).await?) }
            }
        })
        .await?;
        bare_place.settle().await?;
        if round > 0 {
            our_rates.push(rate);
            bare_rates.push(bare_rate);
        }
    }
    drop((ours, pool));
    place.remove().await?;
    bare_place.remove().await?;
    let values = (Value(median(&mut our_rates), UNIT), Value(median(&mut bare_rates), UNIT));
    let work = "append, 100 events, 16 clients, 16 tenants";
    Ok(Line::at_least(work, database.name(), values, "`insert` of the same batches", 0.6))
}

/// Lets clients call again and again for the time of a round; events per second.
async fn clients<C, F>(
    count: usize,
    scale: Scale,
    events: usize,
    mut client: impl FnMut(usize) -> C,
) -> Result<f64, Failure>
where
    C: FnMut() -> F + Send + 'static,
    F: Future<Output = Result<(), Failure>> + Send,
{
    let time = Duration::from_millis(scale.of(3_000, 500) as u64);
    let mut tasks = JoinSet::new();
    let (began, calls) = (Instant::now(), Arc::new(AtomicU64::new(0)));
    for n in 0..count {
        let (mut call, calls) = (client(n), Arc::clone(&calls));
        tasks.spawn(async move {
            while began.elapsed() < time {
                call().await?;
                calls.fetch_add(1, Ordering::Relaxed);
            }
            Ok::<(), Failure>(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.map_err(broken)??;
    }
    let calls = calls.load(Ordering::Relaxed) as f64;
    Ok(calls * events as f64 / began.elapsed().as_secs_f64())
}

/// The store under test.
struct Ours {
    store: Store,
    tenants: Vec<TenantRow>,
}

impl Ours {
    async fn open(place: &Place, tenants: usize) -> Result<Ours, Failure> {
        let store = open(&place.location).await?;
        Ok(Ours { tenants: spread(&store, tenants).await?, store })
    }

    /// Appends to a stream of its own, expecting exactly what it wrote before.
    fn client(
        &self,
        n: usize,
        events: usize,
    ) -> impl FnMut() -> std::pin::Pin<Box<dyn Future<Output = Result<(), Failure>> + Send>> + use<>
    {
        let (store, tenant) = (self.store.clone(), self.tenants[n % self.tenants.len()].id.clone());
        let stream = format!("bench/{}", ulid::Ulid::generate());
        let mut version = 0;
        move || {
            let expected = match version {
                0 => Expected::NoStream,
                version => Expected::Exact(version),
            };
            version += events as u64;
            let append = Append::new(tenant.clone(), Cause::by(PRINCIPAL)).stream(
                stream.clone(),
                expected,
                (0..events).map(|_| event()).collect(),
            );
            let store = store.clone();
            Box::pin(async move { store.append(append).await.map(|_| ()).map_err(broken) })
        }
    }
}

/// A store without a node around it.
pub(super) async fn open(location: &Location) -> Result<Store, Failure> {
    let operator_key = OperatorKey::generate();
    let (location, clock) = (location.clone(), Clock::system());
    Ok(Store::open(Options { location, operator_key, migrate: true, clock }).await?)
}

/// Tenants that lie in as many different shards as there are.
async fn spread(store: &Store, count: usize) -> Result<Vec<TenantRow>, Failure> {
    let mut tenants: Vec<TenantRow> = vec![];
    let shards = usize::from(store.shards());
    for _ in 0..1_000 {
        let id = ulid::Ulid::generate().to_string();
        let row = store.register_tenant(&id, &format!("bench-{}", id.to_lowercase())).await?;
        let new = tenants.iter().all(|known| known.shard != row.shard);
        if new || tenants.len() >= shards {
            tenants.push(row);
        }
        if tenants.len() == count {
            break;
        }
    }
    Ok(tenants)
}

/// About what a change of two fields is.
fn payload() -> Vec<u8> {
    let text = r#"{"fields_changed":{"actor":"01J8Z3Q5G7H9K1M3N5P7R9T1V3","scenario":"01J8Z3Q5G7H9K1M3N5P7R9T1V4","changes":{"job_title":["Engineer","Senior Engineer"],"location":["London","Paris"],"manager":["01J8Z3Q5G7H9K1M3N5P7R9T1V5","01J8Z3Q5G7H9K1M3N5P7R9T1V6"]}}}"#;
    text.as_bytes().to_vec()
}

fn event() -> NewEvent {
    NewEvent {
        kind: KIND.to_owned(),
        schema_version: 1,
        payload: payload(),
        personal: None,
        subject: None,
        effective_at: None,
    }
}

/// The same event as a bare row, in a stream of the client's.
fn row(client: usize, positions: &AtomicI64) -> LogRow {
    let pos = positions.fetch_add(1, Ordering::Relaxed);
    LogRow {
        shard: 0,
        pos,
        stream_no: client as i64,
        version: pos,
        tenant: "01J8Z3Q5G7H9K1M3N5P7R9T1V3".to_owned(),
        stream: format!("bench/01J8Z3Q5G7H9K1M3N5P7R9T{client:03}"),
        event_id: ulid::Ulid::generate().to_string(),
        kind: KIND.to_owned(),
        schema_version: 1,
        recorded_at: chrono::Utc::now().timestamp_micros(),
        principal: PRINCIPAL.to_owned(),
        payload: payload(),
    }
}
