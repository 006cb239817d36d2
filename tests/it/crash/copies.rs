//! A server that is killed in the middle of a copy, and what became of it when the next one starts.

use rollcall_commands::{archive_scenario, copy_scenario};
use rollcall_projections::{Options, Projections, actors, scenarios, units};
use rollcall_store::{Cause, Store};

use super::scene::Scene;
use super::server::Server;
use crate::place::{PATIENCE, Place};

/// More than two batches of a copy.
const PEOPLE: usize = 1_200;
const COPY: &str = "01COPY";

/// A company that is synced, and a copy of it that was asked for; no server runs.
async fn asked(place: Place) -> Scene {
    let scene = Scene::prepare(place, PEOPLE).await;
    let server = Server::start(&scene.place, scene.port, None).await;
    scene.settle().await;
    server.stop().await;
    let store = scene.place.reopen().await;
    let (tenant, live) = (scene.tenant(), scene.baseline());
    copy_scenario(&store, tenant, COPY, live, "Copy", &Cause::by("test")).await.unwrap();
    scene
}

/// What the read models say of both, in the end.
async fn in_the_end(scene: &Scene) -> (String, [u64; 2], [usize; 2]) {
    let store = scene.place.reopen().await;
    let projections = Projections::open(&store, Options::default()).await.unwrap();
    let followers = projections.start();
    projections.settle(PATIENCE).await.unwrap();
    let (db, tenant) = (projections.db(), scene.tenant());
    let state = scenarios::one(db, tenant, COPY).await.unwrap().unwrap().state;
    let (mut people, mut in_units) = ([0; 2], [0; 2]);
    for (at, scenario) in [scene.baseline(), COPY].into_iter().enumerate() {
        people[at] = actors::count(db, tenant, scenario).await.unwrap().all;
        in_units[at] = units::of_scenario(db, tenant, scenario).await.unwrap().len();
    }
    followers.stop().await;
    nothing_twice(&store, scene.tenant()).await;
    (state, people, in_units)
}

async fn nothing_twice(store: &Store, tenant: &str) {
    let shard = store.shard_of(tenant).await.unwrap();
    let log = store.read_shard(shard, 0, 1_000_000).await.unwrap();
    let created = log.iter().filter(|event| event.kind.ends_with(".created"));
    let mut streams: Vec<&str> = created.map(|event| &*event.stream).collect();
    let all = streams.len();
    streams.sort_unstable();
    streams.dedup();
    assert_eq!(streams.len(), all, "something was created twice");
    assert!(store.intents(None, 10).await.unwrap().is_empty());
}

async fn is_complete_in_the_end(place: Place, failpoint: &str) {
    let scene = asked(place).await;
    let doomed = Server::start(&scene.place, scene.port, Some(failpoint)).await;
    doomed.dies().await;

    let server = Server::start(&scene.place, scene.port, None).await;
    scene.work_ends().await;
    server.stop().await;

    let (state, people, in_units) = in_the_end(&scene).await;
    assert_eq!(state, "active");
    assert!(people[0] > 500 && in_units[0] > 0);
    assert_eq!((people[0], in_units[0]), (people[1], in_units[1]));
}

/// Between two batches, by whoever has the database open meanwhile.
async fn ends_quietly_when_archived(place: Place) {
    let scene = asked(place).await;
    let doomed = Server::start(&scene.place, scene.port, Some("copy.after_batch:2")).await;
    doomed.dies().await;
    let store = scene.place.reopen().await;
    archive_scenario(&store, scene.tenant(), COPY, &Cause::by("test")).await.unwrap();
    drop(store);
    scene.place.let_go().await;

    let server = Server::start(&scene.place, scene.port, None).await;
    scene.work_ends().await;
    server.stop().await;

    let (state, people, _) = in_the_end(&scene).await;
    assert_eq!(state, "archived");
    assert!(0 < people[1] && people[1] < people[0], "{people:?}");
}

/// One test per point and database.
// A macro, because each point has to be a test with a name of its own.
macro_rules! points {
    ($($name:ident: $point:literal),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::is_complete_in_the_end(crate::place::Place::sqlite(), $point).await;
            })+
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn a_copy_that_is_archived_between_two_batches_ends_quietly() {
                super::ends_quietly_when_archived(crate::place::Place::sqlite()).await;
            }
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::is_complete_in_the_end(crate::place::Place::postgres(), $point).await;
            })+
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn a_copy_that_is_archived_between_two_batches_ends_quietly() {
                super::ends_quietly_when_archived(crate::place::Place::postgres()).await;
            }
        }
    };
}

points!(
    before_units_are_copied: "copy.before_batch:1",
    after_units_are_copied: "copy.after_batch:1",
    before_the_second_people_are_copied: "copy.before_batch:3",
    after_the_last_people_are_copied: "copy.after_batch:3",
);
