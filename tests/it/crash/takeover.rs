//! A server that dies without a word on PostgreSQL: its leases last 15 and 30 s more, and nobody waits
//! for them.

use std::time::{Duration, Instant};

use super::scene::Scene;
use super::server::Server;
use crate::place::{Place, eventually};

const SOON: Duration = Duration::from_secs(10);

/// More than one batch of a first sync.
const PEOPLE: usize = 520;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_server_goes_on_at_once_where_a_killed_one_was() {
    let scene = Scene::prepare(Place::postgres(), PEOPLE).await;
    let doomed = Server::start(&scene.place, scene.port, None).await;
    scene.a_run_is_under_way().await;
    doomed.dies_at_once().await;
    let killed = Instant::now();

    let heir = Server::start(&scene.place, scene.port, None).await;
    scene.things_happen();
    scene.settle().await;
    can_be_read(&scene).await;

    assert!(killed.elapsed() < SOON, "{:?}", killed.elapsed());
    heir.stop().await;
    scene.holds().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_beside_it_takes_over_at_once_from_a_killed_one() {
    let scene = Scene::prepare(Place::postgres(), PEOPLE).await;
    let doomed = Server::start(&scene.place, 0, None).await;
    scene.a_run_is_under_way().await;
    let heir = Server::beside(&scene.place, scene.port).await;
    doomed.dies_at_once().await;
    let killed = Instant::now();

    scene.things_happen();
    scene.settle().await;
    can_be_read(&scene).await;

    assert!(killed.elapsed() < SOON, "{:?}", killed.elapsed());
    heir.stop().await;
    scene.holds().await;
}

/// Every read model has seen everything.
async fn can_be_read(scene: &Scene) {
    let behind =
        "select count(*) from views.consumers as c join log.heads as h on h.shard = c.shard
        where c.status = 'live' and c.checkpoint < h.pos";
    eventually("it can be read", async || scene.place.count(behind).await == 0).await;
}
