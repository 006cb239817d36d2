//! A server that is killed while it sends messages to an endpoint: every message arrives at least once,
//! those of one person or connection in order, and none without a row in the log of deliveries.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use rollcall_commands::{NewEndpoint, create_endpoint};
use rollcall_domain::message::{Detail, Kind, Message, Scenarios, Selection};
use rollcall_domain::webhook_endpoint::Settings;
use rollcall_projections::messages::MessageReader;
use rollcall_simulators::sink::{Received, Sink};
use rollcall_store::{Cause, Delivery, DeliveryState, Position, Store};

use super::scene::Scene;
use super::server::Server;
use crate::place::{PATIENCE, Place};

const PEOPLE: usize = 40;
const ENDPOINT: &str = "01JENDPOINT000000000000000";

async fn survives(place: Place, failpoint: &str) {
    let (scene, sink) = (Scene::prepare(place, PEOPLE).await, Sink::start().await.unwrap());
    // Everybody is synced and everything can be read before there is an endpoint.
    let server = Server::start(&scene.place, scene.port, None).await;
    scene.settle().await;
    server.stop().await;
    let (tenant, url) = (scene.tenant(), sink.url());
    let made_at = scene.alone(async |store| create(store, tenant, &url).await).await;
    let doomed = Server::start(&scene.place, scene.port, Some(failpoint)).await;
    scene.things_happen();
    doomed.dies().await;

    let server = Server::start(&scene.place, scene.port, None).await;
    scene.things_happen();
    scene.settle().await;
    server.stop().await;

    scene.holds().await;
    scene
        .alone(async |store| {
            let deliveries = deliveries(store, scene.tenant()).await;
            let messages = messages(store, scene.tenant(), made_at).await;
            all_arrived(&messages, &deliveries, &sink.received());
        })
        .await;
}

/// One that hears of everything; where the log ends then.
async fn create(store: &Store, tenant: &str, url: &str) -> Position {
    let selection = Selection { kinds: Kind::ALL.into(), scenarios: Scenarios::LiveBaseline };
    let settings = Settings {
        name: "Everything".to_owned(),
        url: url.to_owned(),
        selection,
        detail: Detail::Full,
        rate_limit: None,
        concurrency: 4,
    };
    let new = NewEndpoint { id: ENDPOINT.to_owned(), settings, headers: vec![], http: true };
    let at = store.clock().now();
    create_endpoint(store, tenant, new, at, &Cause::by("test")).await.unwrap();
    store.head(store.shard_of(tenant).await.unwrap()).await.unwrap()
}

/// Everything that was told after a position.
async fn messages(store: &Store, tenant: &str, after: Position) -> Vec<Message> {
    let shard = store.shard_of(tenant).await.unwrap();
    let log = store.read_shard(shard, after, 1_000_000).await.unwrap();
    let positions: Vec<u64> = log.iter().map(|event| event.position).collect();
    MessageReader::new(store).at(tenant, &positions).await.unwrap()
}

async fn deliveries(store: &Store, tenant: &str) -> Vec<Delivery> {
    let deadline = Instant::now() + PATIENCE;
    let (mut all, mut before) = (vec![], None);
    loop {
        assert!(Instant::now() < deadline);
        let piece = store.deliveries(tenant, Some(ENDPOINT), None, before, 200).await.unwrap();
        let Some(last) = piece.last() else { return all };
        before = Some(last.seq);
        all.extend(piece);
    }
}

fn all_arrived(messages: &[Message], deliveries: &[Delivery], received: &[Received]) {
    let of_rows: BTreeSet<&str> = deliveries.iter().map(|one| one.message.as_str()).collect();
    let told: BTreeSet<&str> = messages.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(of_rows, told, "each message has its row");
    assert!(deliveries.iter().all(|one| one.state == DeliveryState::Delivered));
    let place: BTreeMap<&str, (&str, usize)> = messages
        .iter()
        .enumerate()
        .map(|(place, one)| (one.id.as_str(), (one.order_key.as_str(), place)))
        .collect();
    let (mut arrived, mut last) = (BTreeSet::new(), BTreeMap::new());
    for one in received {
        let id = one.header("webhook-id").unwrap().to_owned();
        let (key, place) = place.get(id.as_str()).expect("nothing is sent without a row");
        let before = last.insert(*key, *place).unwrap_or_default();
        assert!(before <= *place, "{key}: {id} came after a later one");
        arrived.insert(id);
    }
    assert_eq!(arrived.len(), told.len(), "each message arrived");
}

/// One test per point and database.
// A macro, because each point has to be a test with a name of its own.
macro_rules! points {
    ($($name:ident: $point:literal),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::survives(crate::place::Place::sqlite(), $point).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::survives(crate::place::Place::postgres(), $point).await;
            })+
        }
    };
}

points!(
    after_messages_are_queued_before_anybody_looks: "outbound.after_queue:1",
    before_a_message_is_sent: "outbound.before_send:9",
    after_messages_are_sent_before_that_is_written_down: "outbound.before_record:3",
    after_what_became_of_messages_is_written_down: "outbound.after_record:3",
);
