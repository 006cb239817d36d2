//! Worlds for tests: a store on each database, and events as their writers make them.

#[path = "../../tests/support/postgres.rs"]
pub(crate) mod postgres;

use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use rollcall_domain::decider::Written;
use rollcall_domain::field::{Field, Fields, Value};
use rollcall_domain::vocabulary::{Provider, Source};
use rollcall_domain::{Fact, Recorded, actor, unit};
use rollcall_store::{
    Append, Appended, Cause, Clock, Expected, Location, NewEvent, OperatorKey, Options, Store,
};
use tempfile::TempDir;

use crate::table::{Declared, Projection};
use crate::{Options as Tuning, Projections, registry};

pub(crate) const TENANT: &str = "t1";
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A store with the tenant `t1`, and its place on disk.
pub(crate) struct World {
    pub(crate) store: Store,
    operator_key: OperatorKey,
    directory: Option<TempDir>,
}

impl World {
    pub(crate) async fn sqlite() -> World {
        let directory = TempDir::new().unwrap();
        World::open(Location::Sqlite(directory.path().to_owned()), Some(directory)).await
    }
    pub(crate) async fn postgres() -> World {
        let url = postgres::shared(postgres::Fsync::Off).fresh_database().unwrap();
        World::at(url).await
    }
    /// On a PostgreSQL database, as the role that its address names.
    pub(crate) async fn at(url: String) -> World {
        World::open(Location::Postgres(url.into()), None).await
    }
    /// Another node, as another role, that leaves the schema as it is.
    pub(crate) async fn joined_at(&self, url: String) -> World {
        let (location, operator_key) = (Location::Postgres(url.into()), self.operator_key.clone());
        let options = Options {
            location,
            operator_key: operator_key.clone(),
            migrate: false,
            clock: Clock::system(),
        };
        World { store: Store::open(options).await.unwrap(), operator_key, directory: None }
    }
    async fn open(location: Location, directory: Option<TempDir>) -> World {
        let operator_key = OperatorKey::generate();
        let options = Options {
            location,
            operator_key: operator_key.clone(),
            migrate: true,
            clock: Clock::system(),
        };
        let store = Store::open(options).await.unwrap();
        store.register_tenant(TENANT, "acme").await.unwrap();
        World { store, operator_key, directory }
    }
    pub(crate) fn is_sqlite(&self) -> bool {
        self.directory.is_some()
    }

    pub(crate) async fn projections(&self) -> Projections {
        self.with(registry::all()).await
    }
    pub(crate) async fn with(&self, registry: Vec<Declared>) -> Projections {
        Projections::open_with(&self.store, Tuning::default(), registry).await.unwrap()
    }
    pub(crate) async fn only<P: Projection>(&self) -> Projections {
        self.with(vec![Declared::of::<P>()]).await
    }

    pub(crate) async fn append(&self, appends: Vec<(String, Vec<NewEvent>)>) -> Appended {
        let mut append = Append::new(TENANT, Cause::by("test").correlation("r1"));
        for (stream, events) in appends {
            append = append.stream(stream, Expected::Any, events);
        }
        self.store.append(append).await.unwrap()
    }
    pub(crate) async fn append_one(&self, stream: &str, event: NewEvent) -> Appended {
        self.append(vec![(stream.to_owned(), vec![event])]).await
    }
    /// Actors `from..to`, each in a stream of its own.
    pub(crate) async fn hire(&self, from: usize, to: usize) -> Appended {
        let people: Vec<usize> = (from..to).collect();
        let mut last = None;
        for people in people.chunks(500) {
            let streams = people.iter().map(|n| (stream_of(*n), vec![hired(*n)])).collect();
            last = Some(self.append(streams).await);
        }
        last.unwrap()
    }
}

pub(crate) fn written<E: Written>(event: &E, subject: Option<String>) -> NewEvent {
    NewEvent {
        kind: event.kind().to_owned(),
        schema_version: event.schema_version(),
        payload: event.payload(),
        personal: event.personal_bytes(),
        subject,
        effective_at: None,
    }
}

/// An id that looks like one.
pub(crate) fn id(n: usize) -> String {
    ulid::Ulid::from(n as u128 + 1).to_string()
}

pub(crate) fn subject_of(n: usize) -> String {
    format!("person-{n}")
}

pub(crate) fn stream_of(n: usize) -> String {
    format!("actor/{}", id(n))
}

pub(crate) fn person(n: usize) -> Fields {
    Fields::from([
        (Field::FirstName, Value::Text(format!("First{n}"))),
        (Field::LastName, Value::Text(format!("Last{n:05}"))),
        (Field::Email, Value::Text(format!("p{n}@example.com"))),
        (Field::EmployeeNumber, Value::Text(n.to_string())),
        (Field::JobTitle, "Engineer".into()),
        (Field::Departments, Value::List(vec![format!("d{}", n % 3)])),
        (Field::HireDate, "2020-01-31".into()),
    ])
}

pub(crate) fn acme() -> Source {
    Source::new(Provider::BambooHr, "acme")
}

pub(crate) fn created(n: usize) -> actor::Event {
    let (source, source_id) = (Some(acme()), Some(n.to_string()));
    let subject = subject_of(n);
    actor::Event::created(id(n), "live".into(), subject, source, source_id, true, person(n))
}

pub(crate) fn hired(n: usize) -> NewEvent {
    written(&created(n), Some(subject_of(n)))
}

pub(crate) fn renamed(n: usize, was: &str, is: &str) -> NewEvent {
    written(&change(n, Field::LastName, was, is), Some(subject_of(n)))
}

pub(crate) fn change(n: usize, field: Field, was: &str, is: &str) -> actor::Event {
    let changes = [(field, (Some(was.into()), Some(is.into())))].into();
    actor::Event::fields_changed(id(n), "live".into(), changes).unwrap()
}

pub(crate) fn founded(name: &str) -> NewEvent {
    let (unit, scenario) = (format!("u-{name}"), "live".to_owned());
    let (kind, name) = (unit::Kind::Department, name.to_owned());
    written(
        &unit::Event::Created {
            unit,
            scenario,
            kind,
            name,
            source: None,
            source_key: None,
            copied_from: None,
            parent: None,
        },
        None,
    )
}

/// An event as a fold sees it, without a store.
pub(crate) fn recorded(position: u64, stream: &str, kind: &str, fact: Fact) -> Recorded {
    Recorded {
        shard: 0,
        position,
        tenant: TENANT.into(),
        stream: stream.into(),
        version: position,
        event_id: format!("e{position}"),
        kind: kind.into(),
        recorded_at: DateTime::from_timestamp_micros(position.cast_signed()).unwrap(),
        effective_at: None,
        principal: "test".into(),
        causation: None,
        correlation: Some(Arc::from("r1")),
        subject: None,
        fact,
    }
}

/// Given these events, the rows of a projection.
pub(crate) fn rows_after<P: Projection>(events: &[Recorded]) -> Vec<P::Row> {
    let mut rows = std::collections::BTreeMap::new();
    for event in events {
        for key in P::keys(event) {
            let row = P::evolve(&key, rows.remove(&key), event);
            if let Some(mut row) = row {
                P::finish(&mut row);
                rows.insert(key, row);
            }
        }
    }
    rows.into_values().collect()
}

/// Runs a test on both databases.
macro_rules! on_both {
    ($($name:ident)+) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name($crate::testing::World::sqlite().await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name($crate::testing::World::postgres().await).await;
            })+
        }
    };
}
pub(crate) use on_both;
