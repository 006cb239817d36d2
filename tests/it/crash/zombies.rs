//! Workers that were given up and are not dead: what they still do must change nothing.

use super::scene::Scene;
use super::server::Server;
use crate::place::Place;

/// Enough that a run is seen in its middle.
const PEOPLE: usize = 1_500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_sleeps_past_its_leases_and_wakes_up_changes_nothing_any_more() {
    let scene = Scene::prepare(Place::postgres(), PEOPLE).await;
    let sleeper = Server::start(&scene.place, scene.port, None).await;
    scene.a_run_is_under_way().await;
    sleeper.freeze();
    scene.place.let_leases_run_out().await;

    let heir = Server::beside(&scene.place, 0).await;
    scene.work_ends().await;
    sleeper.thaw();
    scene.things_happen();
    scene.settle().await;
    sleeper.stop().await;
    heir.stop().await;

    scene.holds().await;
}

/// Whoever holds work finds it claimed by the other all the time: both do the same runs at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_that_take_each_others_work_away_do_it_once() {
    let scene = Scene::prepare(Place::postgres(), PEOPLE).await;
    let one = Server::start(&scene.place, scene.port, None).await;
    let other = Server::beside(&scene.place, 0).await;
    scene.things_happen();

    for _ in 0..60 {
        scene.place.let_leases_run_out().await;
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    scene.things_happen();
    scene.settle().await;
    one.stop().await;
    other.stop().await;

    scene.holds().await;
}
