//! What only this database promises: its statements, its plans, its migrations, its roles, and two
//! nodes on one log. What both databases promise stands in the conformance suite.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::{TimeDelta, Utc};

use super::*;
use crate::backend::{
    Bases, Batch, BatchError, EventData, EventRow, Keys, Log, Part, StreamNumber,
};
use crate::sealing::{KeyId, KeyPage, with_slot};
use crate::types::Shard;
use crate::work::NewIntent;

mod claims;
#[path = "../../../tests/support/postgres.rs"]
mod cluster;
mod outage;
mod presence;
mod roles;
mod schema;

use cluster::{Fsync, shared};

const SECOND: Duration = Duration::from_secs(1);

fn address() -> String {
    shared(Fsync::Off).fresh_database().unwrap()
}

async fn fresh() -> Postgres {
    Postgres::open(&address(), true).await.unwrap()
}

fn row(number: StreamNumber, version: u64) -> EventRow {
    let data = EventData {
        correlation: Some("c".into()),
        subject: Some("ada".into()),
        sealed: Some(vec![1, 2, 3]),
        ..EventData::made_up("actor/1")
    };
    EventRow { number, version, data: Arc::new(data) }
}

fn begin(shard: Shard, hash: u8) -> Batch {
    let part = Part {
        shard,
        rows: vec![row(StreamNumber::BeginsAt(0), 1), row(StreamNumber::BeginsAt(0), 2)],
        begun: vec![([hash; 16], 0)],
        keys: vec![("acme".into(), format!("key {hash}"), vec![hash], 0, 1)],
    };
    let subject_keys = vec![("acme".into(), "ada".into(), [hash; 16])];
    Batch { parts: vec![part], subject_keys, ..Batch::default() }
}

/// Writes as the writer does: a connection that is opened for it begins another era.
async fn write(db: &Postgres, mut batch: Batch) -> Result<Bases, BatchError> {
    loop {
        batch.era = db.era();
        match db.write(&batch).await {
            Err(BatchError::Raced) if batch.era != db.era() => {}
            result => return result,
        }
    }
}

fn intent(effect: &str, key: &str) -> NewIntent {
    NewIntent {
        effect_id: effect.into(),
        kind: "mail".into(),
        tenant: "acme".into(),
        key: key.into(),
        payload: vec![],
        run_at: None,
    }
}

#[tokio::test]
async fn a_batch_comes_back_as_written_and_its_head_with_it() {
    let db = fresh().await;

    let first = write(&db, begin(3, 1)).await.unwrap();
    let mut more = begin(3, 2);
    let part = &mut more.parts[0];
    part.rows.insert(0, row(StreamNumber::Known(1), 3));
    part.begun = vec![([2; 16], 1)];
    part.rows[1].number = StreamNumber::BeginsAt(1);
    part.rows[2].number = StreamNumber::BeginsAt(1);
    let second = write(&db, more).await.unwrap();

    assert_eq!((first, second), (vec![1], vec![3]));
    let events = db.read_shard(3, 0, 100).await.unwrap();
    let places: Vec<_> = events.iter().map(|event| (event.position, event.version)).collect();
    assert_eq!(places, [(1, 1), (2, 2), (3, 3), (4, 1), (5, 2)]);
    assert!(events.is_sorted_by_key(|event| event.recorded_at));
    assert_eq!(events[0].sealed.as_deref(), Some(&[1, 2, 3][..]));
    let stream = db.read_stream(3, [1; 16], 1).await.unwrap();
    assert_eq!(stream.iter().map(|event| event.position).collect::<Vec<_>>(), [2, 3]);
    let asked = [("acme".into(), "no".into()), ("acme".into(), "key 2".to_owned())];
    let streams = [(3, [9; 16]), (3, [2; 16]), (3, [1; 16])];
    let (heads, used) = db.look(&streams, &asked).await.unwrap();
    let heads: Vec<_> =
        heads.iter().map(|head| head.map(|head| (head.first, head.version))).collect();
    assert_eq!(heads, [None, Some((4, 2)), Some((1, 3))]);
    assert_eq!((&used[0], used[1].as_ref().unwrap().last), (&None, 4));
    assert_eq!((db.head(3).await.unwrap(), db.head(4).await.unwrap()), (5, 0));
}

#[tokio::test]
async fn a_batch_of_several_shards_is_numbered_in_each() {
    let db = fresh().await;
    write(&db, begin(5, 1)).await.unwrap();

    let mut batch = begin(2, 2);
    batch.parts.extend([begin(5, 3).parts.remove(0), begin(9, 4).parts.remove(0)]);
    let bases = write(&db, batch).await.unwrap();

    assert_eq!(bases, [1, 3, 1]);
    for (shard, last) in [(2, 2), (5, 4), (9, 2)] {
        let events = db.read_shard(shard, 0, 100).await.unwrap();
        assert_eq!(events.iter().map(|event| event.position).collect::<Vec<_>>(), {
            (1..=last).collect::<Vec<_>>()
        });
    }
    let (heads, _) = db.look(&[(9, [4; 16]), (5, [3; 16])], &[]).await.unwrap();
    assert_eq!(heads.iter().map(|head| head.unwrap().first).collect::<Vec<_>>(), [1, 3]);
}

#[tokio::test]
async fn the_second_of_two_nodes_raced_and_wrote_nothing() {
    let url = address();
    let here = Postgres::open(&url, true).await.unwrap();
    let there = Postgres::open(&url, false).await.unwrap();
    write(&here, begin(0, 1)).await.unwrap();
    let on = || {
        let part = Part { rows: vec![row(StreamNumber::Known(1), 3)], ..Part::default() };
        Batch { parts: vec![part], ..Batch::default() }
    };

    let (one, two) = tokio::join!(write(&here, on()), write(&there, on()));

    let raced = |result: &Result<_, _>| matches!(result, Err(BatchError::Raced));
    assert!(one.is_ok() && raced(&two) || raced(&one) && two.is_ok(), "{one:?} {two:?}");
    assert!(raced(&write(&there, begin(0, 1)).await));
    assert_eq!(here.head(0).await.unwrap(), 3);
}

#[tokio::test]
async fn a_restart_of_the_server_begins_another_era() {
    let cluster = cluster::Cluster::start(Fsync::On).unwrap();
    let db = Postgres::open(&cluster.fresh_database().unwrap(), true).await.unwrap();
    write(&db, begin(0, 1)).await.unwrap();
    let era = db.era();
    cluster.crash().unwrap();

    assert_eq!(db.head(0).await.unwrap(), 2);
    cluster.crash().unwrap();
    let first = write(&db, begin(0, 2)).await;
    let bases = match first {
        Err(BatchError::Broke(_)) => write(&db, Batch { careful: true, ..begin(0, 2) }).await,
        result => result,
    };

    assert_eq!(bases.unwrap(), [3]);
    assert!(db.era() > era);
    let late = db.write(&Batch { era, careful: true, ..begin(0, 3) }).await;
    assert!(matches!(late, Err(BatchError::Raced)), "{late:?}");
}

#[tokio::test]
async fn hints_arrive_and_a_lost_connection_is_made_up_for() {
    let url = address();
    let db = Postgres::open(&url, true).await.unwrap();
    write(&db, begin(5, 1)).await.unwrap();
    let seen = Arc::new(AtomicU64::new(0));
    let noted = seen.clone();
    let listener = db.listen(move |shard, position| {
        if shard == 5 {
            noted.store(position, Ordering::SeqCst);
        }
    });
    let until = async |position| {
        for _ in 0..400 {
            if seen.load(Ordering::SeqCst) == position {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("no hint for {position}");
    };

    until(2).await;
    db.notify(5, 40).await.unwrap();
    until(40).await;
    sqlx::query(
        "select pg_terminate_backend(pid) from pg_stat_activity where query ilike 'listen%'",
    )
    .execute(&db.calm)
    .await
    .unwrap();
    until(2).await;
    listener.abort();
}

#[tokio::test]
async fn erasing_destroys_the_keys_of_the_person_and_of_blobs_that_name_them() {
    let db = fresh().await;
    let mut page = KeyPage::fresh();
    let first = page.id;
    let key = |slot: u8| with_slot(first, slot);
    let (of_ada, of_a, of_b) = (key(1), key(2), key(15));
    db.add_keys("acme", std::slice::from_ref(&page)).await.unwrap();
    let mut batch = begin(0, 1);
    batch.subject_keys[0].2 = of_ada;
    let blob = |id: &str, key_id: KeyId, tag: u8| crate::backend::BlobRow {
        tenant: "acme".into(),
        id: id.into(),
        chunk: 0,
        key_id,
        sealed: vec![0; 9],
        subject_tags: [[8; 16], [tag; 16]].concat(),
        expires_at: Utc::now(),
        pinned: false,
        attached: true,
    };
    batch.blobs = vec![Arc::new(blob("a", of_a, 7)), Arc::new(blob("b", of_b, 6))];
    write(&db, batch).await.unwrap();

    db.erase("acme", "ada", [7; 16], Utc::now()).await.unwrap();

    page.destroy(of_ada);
    page.destroy(of_a);
    assert_eq!(db.load_keys(&[page.id]).await.unwrap(), [page.clone()]);
    assert_eq!(db.erased("acme", &["bob".into(), "ada".into()]).await.unwrap(), ["ada"]);
    assert_eq!(db.subject_keys("acme", &["ada".into()]).await.unwrap(), [("ada".into(), of_ada)]);
    let swept = crate::backend::Blobs::sweep(&db, Utc::now() + TimeDelta::hours(1)).await.unwrap();
    assert_eq!(swept, 2);
    page.destroy(of_b);
    assert_eq!(db.load_keys(&[page.id]).await.unwrap(), [page.clone()]);
    let all: Vec<KeyId> = (0..16).map(key).collect();
    let destroy = "select keys.destroy(cast($1 as bytea[]))";
    let all: Vec<&[u8]> = all.iter().map(|id| &id[..]).collect();
    sqlx::query(destroy).bind(all).execute(&db.calm).await.unwrap();
    assert!(db.load_keys(&[page.id]).await.unwrap().is_empty());
    db.ping().await.unwrap();
}
