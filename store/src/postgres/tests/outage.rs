//! A server that goes away, and what the log says about it.

use std::fmt::Write;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use super::SECOND;
use super::cluster::{Cluster, Fsync};
use crate::clock::Clock;
use crate::sealing::OperatorKey;
use crate::store::{Location, Options, Store};
use crate::types::{Append, Cause, Expected};

/// What is said at warnings and above.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<String>>>);

impl Said {
    fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        write!(self.0, "{field}={value:?} ").unwrap();
    }
}

impl Subscriber for Said {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= &Level::WARN && metadata.target().starts_with("rollcall")
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }
}

/// On one thread, so that everything that goes on in the store is heard.
#[tokio::test]
async fn an_outage_is_two_lines_in_the_log_however_much_fails() {
    let cluster = Arc::new(Cluster::start(Fsync::Off).unwrap());
    let store = Store::open(Options {
        location: Location::Postgres(cluster.fresh_database().unwrap().into()),
        operator_key: OperatorKey::generate(),
        migrate: true,
        clock: Clock::system(),
    });
    let store = store.await.unwrap();
    store.register_tenant("t1", "acme").await.unwrap();
    let said = Said::default();
    let _heard = tracing::subscriber::set_default(said.clone());
    let crashing = {
        let cluster = cluster.clone();
        tokio::task::spawn_blocking(move || cluster.crash().unwrap())
    };

    let mut failures = 0;
    while failures == 0 || !crashing.is_finished() {
        let append = Append::new("t1", Cause::by("test")).stream("a", Expected::Any, vec![event()]);
        for failed in [store.append(append).await.is_err(), store.unfinished().await.is_err()] {
            failures += usize::from(failed);
        }
    }
    for _ in 0..1_000 {
        if said.all().len() > 1 {
            break;
        }
        tokio::time::sleep(SECOND / 100).await;
    }

    let said = said.all();
    assert!(failures > 1, "too little failed to tell");
    assert_eq!(said.len(), 2, "{failures} failures: {said:#?}");
    assert!(said[0].contains("the database did not answer"), "{said:?}");
    assert!(said[1].contains("the database answers again"), "{said:?}");
    assert!(said[1].contains(&format!("failures={}", failures - 1)), "{failures}: {said:?}");
}

fn event() -> crate::types::NewEvent {
    crate::types::NewEvent {
        kind: "thing.happened".to_owned(),
        schema_version: 1,
        payload: b"{}".to_vec(),
        personal: None,
        subject: None,
        effective_at: None,
    }
}
