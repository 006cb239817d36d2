//! The database is away or hangs while deliveries come: nothing is acknowledged that is not there,
//! and the retry succeeds. Each on a PostgreSQL of its own: everybody else's would suffer too.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::Utc;
use rollcall_store::Location;
use rustix::process::{Pid, Signal, kill_process};
use secrecy::ExposeSecret;
use serde_json::json;
use sqlx::Connection;
use tokio::time::timeout;

use crate::client;
use crate::place::{PATIENCE, Place, eventually};
use crate::postgres::{Cluster, Fsync};
use crate::provider::Letter;
use crate::roster::{assert_equal, ours, theirs};
use crate::stage::{Stage, WEBHOOK_PATH};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_hangs_costs_a_retry_and_doubles_nothing() {
    let cluster = Cluster::start(Fsync::Off).unwrap();
    let place = Place::postgres_at(cluster.fresh_database().unwrap());
    let stage = Stage::synced(place, 12).await;
    let now = Utc::now().timestamp();
    let [first, letter] = [now - 1, now].map(|at| stage.provider.update_of(3, at));
    let before = stage.head().await;
    let Location::Postgres(url) = &stage.place.location else { panic!("it is on PostgreSQL") };
    let mut other = sqlx::PgConnection::connect(url.expose_secret()).await.unwrap();

    // What the policy knows is fresh then: it is the write that hangs.
    stage.deliver(&first).await.receipt();
    let frozen = Frozen::all_beside(&mut other).await;
    let hanging = timeout(PATIENCE, stage.deliver(&letter)).await.expect("an answer");
    drop(frozen);
    let answer = stage.deliver(&letter).await;
    stage.settle().await;

    assert_eq!((hanging.status, &hanging.json()["code"]), (503, &json!("storage_unavailable")));
    assert!(hanging.retry_after.is_some(), "{hanging:?}");
    let receipts = [answer.receipt()];
    assert_eq!(stage.count("receipt.received", before).await, 2);
    let again = stage.node.store.duplicates(&stage.tenant, &receipts).await.unwrap();
    assert_eq!(again, receipts.map(|receipt| (receipt, 1)));
}

/// The processes that work for a database, stopped until this is dropped.
struct Frozen(Vec<Pid>);

impl Frozen {
    async fn all_beside(connection: &mut sqlx::PgConnection) -> Self {
        let all = "select pid from pg_stat_activity \
                   where datname = current_database() and pid <> pg_backend_pid()";
        let all: Vec<i32> = sqlx::query_scalar(all).fetch_all(connection).await.unwrap();
        let frozen = Frozen(all.into_iter().filter_map(Pid::from_raw).collect());
        frozen.all_get(Signal::STOP);
        frozen
    }

    fn all_get(&self, signal: Signal) {
        for process in &self.0 {
            // Who has ended meanwhile needs no signal.
            let _ = kill_process(*process, signal);
        }
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        self.all_get(Signal::CONT);
    }
}

/// Delivers until the store is back, and notes what was promised and what was not.
async fn deliver_all(
    stage: &Stage,
    letters: Vec<Letter>,
    back: Arc<AtomicBool>,
) -> (BTreeSet<String>, Vec<Letter>, usize) {
    let (mut promised, mut turned_away, mut refusals) = (BTreeSet::new(), Vec::new(), 0);
    let mut letters = letters.into_iter();
    while !back.load(Ordering::SeqCst) || refusals == 0 {
        let Some(letter) = letters.next() else { break };
        let answer =
            client::post(stage.node.address, WEBHOOK_PATH, &letter.headers, &letter.body).await;
        let answer = answer.expect("the node itself is there all the time");
        match answer.status {
            202 => {
                promised.insert(answer.receipt());
            }
            503 => {
                assert!(answer.retry_after.is_some(), "{answer:?}");
                refusals += 1;
                turned_away.push(letter);
            }
            other => panic!("{other} is neither a promise nor a wish for a retry"),
        }
    }
    (promised, turned_away, refusals)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_goes_away_costs_a_retry_and_no_delivery() {
    let cluster = Arc::new(Cluster::start(Fsync::On).unwrap());
    let place = Place::postgres_at(cluster.fresh_database().unwrap());
    let stage = Stage::synced(place, 12).await;
    let start = Utc::now().timestamp() - 100_000;
    let letters = (0..50_000).map(|number| stage.provider.update_of(3, start + number)).collect();
    let back = Arc::new(AtomicBool::new(false));

    let (restarted, crashing) = (back.clone(), cluster.clone());
    let crash = tokio::task::spawn_blocking(move || {
        crashing.crash().unwrap();
        restarted.store(true, Ordering::SeqCst);
    });
    let (mut promised, turned_away, refusals) = deliver_all(&stage, letters, back).await;
    crash.await.unwrap();

    assert!(refusals > 0, "the database was never away");
    let mut later = BTreeSet::new();
    eventually("the database is used again", async || stage.node.store.ping().await.is_ok()).await;
    for letter in &turned_away {
        eventually("the retry succeeds", async || {
            let answer = stage.deliver(letter).await;
            answer.status == 202 && later.insert(answer.receipt())
        })
        .await;
    }
    promised.extend(later);
    stage.provider.company().update(3, [("firstName", "After")]).unwrap();
    stage.settle_without_waiting().await;

    let received: Vec<String> = stage
        .log(0)
        .await
        .iter()
        .filter(|event| &*event.kind == "receipt.received")
        .map(|event| event.stream.split_once('/').unwrap().1.to_owned())
        .collect();
    let distinct: BTreeSet<String> = received.iter().cloned().collect();
    assert_eq!(received.len(), distinct.len());
    assert!(distinct.is_superset(&promised), "a promise was broken");
    let db = stage.node.projections.db();
    assert_equal(
        &ours(db, &stage.tenant, &stage.baseline).await,
        &theirs(&stage.provider.company()),
    );
}
