//! Measures a rebuild of `actors`: people with sealed personal parts, twenty events each.
//!
//! `cargo run --release -p rollcall-projections --example rebuild -- [sqlite|postgres] [people] [MiB]`
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a measurement for people")]

#[path = "../../tests/support/postgres.rs"]
#[allow(unreachable_pub, reason = "shared")]
mod postgres;

use std::time::{Duration, Instant};

use rollcall_domain::actor::Event;
use rollcall_domain::decider::Written;
use rollcall_domain::field::{Changes, Field, Fields, Value};
use rollcall_domain::vocabulary::Provider;
use rollcall_projections::{Options as Tuning, Projections, actors};
use rollcall_store::{
    Append, Cause, Clock, Expected, Location, NewEvent, OperatorKey, Options, Store,
};

const EVENTS_EACH: usize = 20;

#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1);
    let kind = args.next().unwrap_or_else(|| "sqlite".into());
    let people: usize = args.next().map_or(50_000, |count| count.parse().unwrap());
    let directory = tempfile::TempDir::new().unwrap();
    let (location, database) = if kind == "postgres" {
        let url = postgres::shared(postgres::Fsync::On).fresh_database().unwrap();
        (Location::Postgres(url.into()), Some("test_0"))
    } else {
        (Location::Sqlite(directory.path().to_owned()), None)
    };
    let operator_key = OperatorKey::generate();
    let options = Options { location, operator_key, migrate: true, clock: Clock::system() };
    let store = Store::open(options).await.unwrap();
    store.register_tenant("t1", "acme").await.unwrap();
    let mebibytes: usize = args.next().map_or(96, |mebibytes| mebibytes.parse().unwrap());
    let tuning = Tuning { build_cache_bytes: mebibytes << 20, ..Tuning::default() };
    let projections = Projections::open(&store, tuning).await.unwrap();
    let started = Instant::now();
    fill(&store, people).await;
    let events = people * EVENTS_EACH;
    rate("append", events, started.elapsed());
    println!("memory before: {} MiB", memory("VmRSS"));
    copy(database, events);

    for _ in 0..2 {
        let cpu = cpu_seconds();
        let built = projections.rebuild("actors", &|_| ()).await.unwrap();
        rate("rebuild", events, built.elapsed);
        println!("{:.1} s on the processor in this process", cpu_seconds() - cpu);
        println!("{built:?}, most memory so far: {} MiB", memory("VmHWM"));
    }
    copy(database, events);
    let started = Instant::now();
    let compared = projections.verify("actors", &|_| ()).await.unwrap();
    rate("verify", events, started.elapsed());
    assert!(compared.is_equal(), "{compared:?}");
    queries(&projections).await;

    let started = Instant::now();
    let followers = projections.start();
    projections.settle(Duration::from_secs(1_000)).await.unwrap();
    rate("all others follow live", events, started.elapsed());
    println!("most memory: {} MiB", memory("VmHWM"));
    followers.stop().await;
}

async fn queries(projections: &Projections) {
    let db = projections.db();
    for _ in 0..2 {
        let started = Instant::now();
        let keys = actors::roster_keys(db, "t1", "live", Provider::BambooHr).await.unwrap();
        println!("roster keys: {} in {:?}", keys.len(), started.elapsed());
        let some: Vec<String> =
            keys.iter().take(1_000).map(|key| actors::id_text(key.actor)).collect();
        let started = Instant::now();
        let rows = actors::roster_rows(db, "t1", "live", &some).await.unwrap();
        println!("roster rows: {} in {:?}", rows.len(), started.elapsed());
        let started = Instant::now();
        let managers = actors::managers_of(db, "t1", "live").await.unwrap();
        println!("managers: {} in {:?}", managers.len(), started.elapsed());
        let filter = actors::Filter { q: Some("last00123"), ..actors::Filter::default() };
        let started = Instant::now();
        let page = actors::list(db, "t1", "live", &filter, None, 50).await.unwrap();
        println!("search: {} in {:?}", page.rows.len(), started.elapsed());
    }
}

fn rate(what: &str, events: usize, elapsed: Duration) {
    println!(
        "{what}: {events} events in {elapsed:.1?}, {:.0}/s",
        events as f64 / elapsed.as_secs_f64()
    );
}

fn copy(database: Option<&str>, events: usize) {
    let Some(database) = database else { return };
    for _ in 0..2 {
        let started = Instant::now();
        let cluster = postgres::shared(postgres::Fsync::On);
        cluster.psql(database, "\\copy log.events to '/dev/null'").unwrap();
        rate("copy", events, started.elapsed());
    }
}

/// Ticks of 10 ms, user and system.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

fn memory(which: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(which)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

async fn fill(store: &Store, people: usize) {
    for round in 0..EVENTS_EACH {
        let mut waiting = tokio::task::JoinSet::new();
        for from in (0..people).step_by(500) {
            let mut append = Append::new("t1", Cause::by("bench"));
            for n in from..(from + 500).min(people) {
                let event = if round == 0 { created(n) } else { changed(n, round) };
                let written = NewEvent {
                    kind: event.kind().to_owned(),
                    schema_version: 1,
                    payload: event.payload(),
                    personal: event.personal_bytes(),
                    subject: Some(format!("person-{n}")),
                    effective_at: None,
                };
                append = append.stream(format!("actor/{}", id(n)), Expected::Any, vec![written]);
            }
            let store = store.clone();
            waiting.spawn(async move { store.append(append).await.unwrap() });
            if waiting.len() > 3 {
                waiting.join_next().await.unwrap().unwrap();
            }
        }
        waiting.join_all().await;
    }
}

fn id(n: usize) -> String {
    ulid::Ulid::from((n as u128).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835))
        .to_string()
}

fn created(n: usize) -> Event {
    let text = |text: String| Value::Text(text);
    let fields = Fields::from([
        (Field::EmployeeNumber, text(n.to_string())),
        (Field::FirstName, text(format!("First{n}"))),
        (Field::LastName, text(format!("Last{n:06}"))),
        (Field::Email, text(format!("first.last{n}@example.com"))),
        (Field::Phone, text(format!("+1 555 {n}"))),
        (Field::JobTitle, "Senior Engineer".into()),
        (Field::Departments, Value::List(vec![id(n % 40)])),
        (Field::Location, text(id(n % 7))),
        (Field::EmploymentType, "Full-Time".into()),
        (Field::HireDate, "2020-01-31".into()),
        (Field::Manager, text(id(n / 8))),
    ]);
    let (provider, source) = (Some(Provider::BambooHr), Some(n.to_string()));
    Event::created(id(n), "live".into(), format!("person-{n}"), provider, source, true, fields)
}

fn changed(n: usize, round: usize) -> Event {
    let change = |what: &str| {
        (
            Some(Value::Text(format!("{what} {}", round - 1))),
            Some(Value::Text(format!("{what} {round}"))),
        )
    };
    let changes =
        Changes::from([(Field::Phone, change("+1 555")), (Field::JobTitle, change("Engineer"))]);
    Event::fields_changed(id(n), "live".into(), changes).unwrap()
}
