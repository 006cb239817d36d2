//! A server that is killed at a named point, mid-work, and started again.

use super::scene::Scene;
use super::server::Server;
use crate::place::Place;

/// More than one batch of a first sync.
const PEOPLE: usize = 520;

async fn survives(place: Place, failpoint: &str) {
    let targets = if failpoint.contains("target") { 2 } else { 1 };
    let scene = Scene::with_targets(place, PEOPLE, targets).await;
    let doomed = Server::start(&scene.place, scene.port, Some(failpoint)).await;
    scene.things_happen();
    doomed.dies().await;

    let server = Server::start(&scene.place, scene.port, None).await;
    scene.things_happen();
    scene.settle().await;
    server.stop().await;

    scene.holds().await;
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
    before_a_delivery_is_stored: "ingest.before_append:3",
    after_a_delivery_is_stored_before_it_is_acknowledged: "ingest.after_append:3",
    before_the_log_commits: "log.before_commit:4",
    after_the_log_commits_before_anybody_knows: "log.after_commit:4",
    before_a_reactor_commits: "reactor.before_commit:2",
    after_a_reactor_commits: "reactor.after_commit:1",
    before_work_is_settled: "work.before_settle:1",
    before_the_end_of_a_run_is_settled: "work.before_settle:2",
    before_a_batch_is_applied: "apply.before_batch:1",
    after_a_batch_is_applied: "apply.after_batch:1",
    between_two_targets: "apply.after_target:1",
    before_a_run_ends: "apply.before_finish:1",
    after_a_run_ends: "apply.after_finish:1",
    before_a_projection_commits: "projection.before_commit:3",
    after_a_projection_commits: "projection.after_commit:3",
);
