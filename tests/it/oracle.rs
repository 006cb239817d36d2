//! The order oracle: many writers and readers in a tight loop; afterwards every reader's diary is
//! held against what was acknowledged. It has to fail on a store that takes order lightly.

mod diary;
mod load;
mod naive;

use std::sync::Arc;

use async_trait::async_trait;
use rollcall_store::{Append, AppendError, Cause, Expected, NewEvent, Store};

use crate::place::Place;
use diary::{Report, Seen};
use load::{Lane, Load};

/// Something with an order to be watched.
#[async_trait]
pub(crate) trait Subject: Send + Sync {
    /// Writes the wish whole, or nothing and says so.
    async fn write(&self, lane: &Lane, wish: &[Wish]) -> Written;
    /// The next events after a position, as many as it likes.
    async fn read(&self, lane: &Lane, after: u64) -> Vec<Seen>;
}

/// What one stream is to get, one event per marker.
pub(crate) struct Wish {
    pub(crate) stream: String,
    pub(crate) expected: Option<u64>,
    pub(crate) markers: Vec<String>,
}

pub(crate) enum Written {
    Acknowledged,
    Refused,
}

struct Node(Store);

#[async_trait]
impl Subject for Node {
    async fn write(&self, lane: &Lane, wishes: &[Wish]) -> Written {
        let mut append = Append::new(lane.tenant.clone(), Cause::by("oracle"));
        for wish in wishes {
            let expected = match wish.expected {
                None => Expected::Any,
                Some(0) => Expected::NoStream,
                Some(version) => Expected::Exact(version),
            };
            let events = wish.markers.iter().map(|marker| marked(marker)).collect();
            append = append.stream(wish.stream.clone(), expected, events);
        }
        match self.0.append(append).await {
            Ok(_) => Written::Acknowledged,
            Err(AppendError::Conflict(_)) => Written::Refused,
            Err(error) => panic!("{error}"),
        }
    }

    async fn read(&self, lane: &Lane, after: u64) -> Vec<Seen> {
        let page = self.0.read_shard(lane.shard, after, 300).await.unwrap();
        page.into_iter()
            .map(|event| Seen {
                position: event.position,
                stream: format!("{} {}", event.tenant, event.stream),
                version: event.version,
                marker: String::from_utf8(event.payload).unwrap(),
            })
            .collect()
    }
}

fn marked(marker: &str) -> NewEvent {
    NewEvent {
        kind: "thing.happened".to_owned(),
        schema_version: 1,
        payload: marker.as_bytes().to_vec(),
        personal: None,
        subject: None,
        effective_at: None,
    }
}

/// Tenants on so many different shards.
async fn lanes(store: &Store, wanted: u16) -> Vec<Lane> {
    let mut lanes: Vec<Lane> = Vec::new();
    for number in 0..200 {
        let id = format!("01TENANT{number}");
        let row = store.register_tenant(&id, &format!("t{number}")).await.unwrap();
        if lanes.iter().all(|lane| lane.shard != row.shard) {
            lanes.push(Lane { tenant: row.id, shard: row.shard });
        }
        if lanes.len() == usize::from(wanted.min(store.shards())) {
            break;
        }
    }
    lanes
}

#[track_caller]
fn flawless(reports: &[Report]) {
    for report in reports {
        assert!(report.read > 0 && report.is_flawless(), "{report:?}");
    }
}

const LOAD: Load = Load { events: 16_000, writers: 24, readers: 2, seed: 1 };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_shows_every_event_once_and_in_order() {
    let place = Place::sqlite();
    let store = place.open().await;
    let lanes = lanes(&store, 1).await;

    let reports = load::run(&[Arc::new(Node(store))], &lanes, LOAD).await;

    flawless(&reports);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_shows_every_event_once_and_in_order() {
    let place = Place::postgres();
    let store = place.open().await;
    let lanes = lanes(&store, 3).await;

    let reports = load::run(&[Arc::new(Node(store))], &lanes, LOAD).await;

    flawless(&reports);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_on_one_database_show_every_event_once_and_in_order() {
    let place = Place::postgres();
    let (here, there) = (place.open().await, place.open().await);
    let lanes = lanes(&here, 2).await;

    let nodes: [Arc<dyn Subject>; 2] = [Arc::new(Node(here)), Arc::new(Node(there))];
    let reports = load::run(&nodes, &lanes, LOAD).await;

    flawless(&reports);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_oracle_sees_what_a_naive_store_skips() {
    let store = naive::Naive::open().await;
    let lanes = [Lane { tenant: "naive".into(), shard: 0 }];

    let reports = load::run(&[Arc::new(store)], &lanes, LOAD).await;

    assert!(reports.iter().any(|report| report.skipped > 0), "{reports:?}");
}
