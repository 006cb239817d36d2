//! The database is away while deliveries come: nothing is acknowledged that is not there, and the
//! retry succeeds. On a PostgreSQL of its own, because everybody else's would go away too.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::Utc;

use crate::client;
use crate::place::{Place, eventually};
use crate::postgres::{Cluster, Fsync};
use crate::provider::Letter;
use crate::roster::{assert_equal, ours, theirs};
use crate::stage::{DOOR, Stage};

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
        let answer = client::post(stage.node.address, DOOR, &letter.headers, &letter.body).await;
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
    eventually("the database is used again", async || {
        stage.node.store.backend().ping().await.is_ok()
    })
    .await;
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
