//! A server that is killed while it takes a run back, and what became of it when the next one starts.

use rollcall_commands::{RunRequest, Runs};
use rollcall_domain::run::RunSpec;
use rollcall_domain::vocabulary::{RunKind, Trigger};
use rollcall_projections::{Options, Projections, runs};
use rollcall_store::Cause;

use super::scene::{Scene, nothing_is_left};
use super::server::Server;
use crate::place::{PATIENCE, Place};
use crate::roster::everybody;

/// With two events each they fill more than one batch of an undo.
const PEOPLE: usize = 320;

async fn takes_back_everybody_once(place: Place, failpoint: &str) {
    let scene = Scene::prepare(place, PEOPLE).await;
    let server = Server::start(&scene.place, scene.port, None).await;
    scene.settle().await;
    server.stop().await;
    let undo = ask(&scene).await;

    let doomed = Server::start(&scene.place, scene.port, Some(failpoint)).await;
    doomed.dies().await;
    let server = Server::start(&scene.place, scene.port, None).await;
    scene.work_ends().await;
    server.stop().await;

    let store = scene.place.reopen().await;
    let projections = Projections::open(&store, Options::default()).await.unwrap();
    let followers = projections.start();
    projections.settle(PATIENCE).await.unwrap();
    let (db, tenant) = (projections.db(), scene.tenant());
    let people = everybody(db, tenant, scene.baseline()).await;
    assert!(people.len() > 250);
    assert!(people.iter().all(|one| !one.active && one.on_hold.is_some()));
    let run = runs::one(db, tenant, &undo).await.unwrap().unwrap();
    assert_eq!(run.status, "succeeded", "{run:?}");
    assert_eq!(run.counts.deactivated, people.len() as u64);
    // Whoever was written before the crash is not looked at as if somebody else had been there.
    assert_eq!(run.noted, 0);
    let shard = store.shard_of(tenant).await.unwrap();
    let log = store.read_shard(shard, 0, 1_000_000).await.unwrap();
    for kind in ["actor.deactivated", "actor.put_on_hold"] {
        let events = log.iter().filter(|event| &*event.kind == kind);
        assert_eq!(events.count(), people.len(), "{kind}");
    }
    followers.stop().await;
    nothing_is_left(&store).await;
}

/// Asks for an undo of the first sync while no server runs.
async fn ask(scene: &Scene) -> String {
    let store = scene.place.reopen().await;
    let projections = Projections::open(&store, Options::default()).await.unwrap();
    let followers = projections.start();
    projections.settle(PATIENCE).await.unwrap();
    let (db, tenant) = (projections.db(), scene.tenant());
    let initial = runs::list(db, tenant, &runs::Filter::default(), None, 1).await.unwrap();
    let initial = initial.rows.into_iter().next().unwrap();
    followers.stop().await;
    let request = RunRequest {
        run: ulid::Ulid::generate().to_string(),
        connection: initial.connection,
        spec: RunSpec {
            undoes: Some(initial.run),
            ..RunSpec::new(RunKind::Undo, "undo", Trigger::Person)
        },
        effect: None,
    };
    let cause = Cause::by("test");
    let run = Runs::default().request(&store, tenant, &request, &cause).await.unwrap();
    drop((projections, store));
    scene.place.let_go().await;
    run.unwrap()
}

/// One test per point and database.
// A macro, because each point has to be a test with a name of its own.
macro_rules! points {
    ($($name:ident: $point:literal),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::takes_back_everybody_once(crate::place::Place::sqlite(), $point).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::takes_back_everybody_once(crate::place::Place::postgres(), $point).await;
            })+
        }
    };
}

points!(
    before_people_are_taken_back: "apply.before_batch:1",
    after_some_are_taken_back: "apply.after_batch:1",
    before_an_undo_ends: "apply.before_finish:1",
);
