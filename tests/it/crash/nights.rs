//! `reconcile-nightly` against several servers, and one that dies in the middle of the night's run.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use rollcall_store::Location;
use secrecy::ExposeSecret;
use serde_json::Value;
use tokio::process::Command;
use tokio::time::timeout;

use super::scene::Scene;
use super::server::Server;
use crate::place::{PATIENCE, Place};

/// Asks for tonight through the server of a directory; what became of it, and of which run.
async fn tonight(scene: &Scene, directory: &Path) -> (String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rollcall"));
    command.args(["--json", "reconcile-nightly", "--no-wait"]).env_clear();
    command.env("ROLLCALL_DATA_DIR", directory).env("ROLLCALL_LOG", "warn");
    if let Location::Postgres(url) = &scene.place.location {
        command.env("ROLLCALL_DATABASE_URL", url.expose_secret());
    }
    command.stdin(Stdio::null());
    let said = timeout(PATIENCE, command.output()).await.expect("it ends").unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let rows: Value = serde_json::from_slice(&said.stdout).unwrap();
    let text = |name: &str| rows[0][name].as_str().unwrap().to_owned();
    (text("night"), text("run"))
}

/// Nights in the log.
async fn nights(scene: &Scene) -> i64 {
    let slots = "select count(*) from log.events where stream like 'slot/nightly/%'";
    scene.place.count(slots).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_servers_that_are_asked_five_times_run_the_night_once() {
    let scene = Scene::prepare(Place::postgres(), 12).await;
    let mut servers = vec![Server::start(&scene.place, scene.port, None).await];
    let mut directories: Vec<PathBuf> = vec![scene.place.directory()];
    for _ in 0..2 {
        let directory = scene.place.another_directory();
        servers.push(Server::start_in(&directory, &scene.place, 0, None).await);
        directories.push(directory);
    }
    scene.settle().await;

    let asked = (0..5).map(|turn| tonight(&scene, &directories[turn % 3]));
    let told = futures_util::future::join_all(asked).await;

    let queued = told.iter().filter(|(night, _)| night == "queued").count();
    assert_eq!(queued, 1, "{told:?}");
    assert!(told.iter().all(|(_, run)| *run == told[0].1), "{told:?}");
    scene.settle().await;
    assert_eq!(nights(&scene).await, 1);
    for server in servers {
        server.stop().await;
    }
    scene.holds().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_dies_in_the_middle_of_the_nights_run_leaves_it_to_the_next() {
    let scene = Scene::prepare(Place::postgres(), 60).await;
    let first = Server::start(&scene.place, scene.port, None).await;
    scene.settle().await;
    first.stop().await;
    // Lost on the way: the night finds it.
    let company = scene.company();
    company.change_faults(|faults| faults.reorder_deliveries = true);
    for person in company.people() {
        company.update(person.id, [("jobTitle", format!("Title {}", person.id))]).unwrap();
    }

    let doomed = Server::start(&scene.place, 0, Some("apply.before_finish:1")).await;
    let (night, run) = tonight(&scene, &scene.place.directory()).await;
    assert_eq!(night, "queued");
    doomed.dies().await;
    let heir = Server::start(&scene.place, scene.port, None).await;
    scene.work_ends().await;

    assert_eq!(tonight(&scene, &scene.place.directory()).await, ("done".to_owned(), run));
    scene.settle().await;
    assert_eq!(nights(&scene).await, 1);
    heir.stop().await;
    scene.holds().await;
}
