//! The index answers the same whether places are in memory, on their way, or in the file.

use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::backend::stream_hash;
use crate::backend::{Batch, BatchError, EventData, EventRow, Log, StreamNumber};
use crate::sqlite::Sqlite;

const TENANT: &str = "acme";
const STEP: usize = 40;

/// A step that is under way when a store is closed holds the directory until it is done.
async fn open(directory: &Path) -> Sqlite {
    for _ in 0..1_000 {
        if let Ok(db) = Sqlite::open_with(directory, true, STEP).await {
            return db;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the directory is not let go");
}

fn hash(stream: usize) -> StreamHash {
    stream_hash(TENANT, &format!("thing/{stream}"))
}

fn row(stream: usize, number: StreamNumber, version: Version) -> EventRow {
    let data = EventData::made_up(&format!("thing/{stream}"));
    EventRow { number, version, data: Arc::new(data) }
}

/// One event that begins a stream.
async fn begin(db: &Sqlite, stream: usize) -> Result<Position, BatchError> {
    let row = row(stream, StreamNumber::BeginsAt(0), 1);
    let part = Part { rows: vec![row], begun: vec![(hash(stream), 0)], ..Part::default() };
    Ok(db.write(&Batch { parts: vec![part], ..Batch::default() }).await?[0])
}

/// One more event for each of the streams, where they end by what the index says.
async fn go_on(db: &Sqlite, streams: std::ops::Range<usize>) {
    let hashes: Vec<_> = streams.clone().map(|stream| (0, hash(stream))).collect();
    let (heads, _) = db.look(&hashes, &[]).await.unwrap();
    let rows = streams.zip(heads).map(|(stream, head)| {
        let head = head.unwrap();
        row(stream, StreamNumber::Known(head.first), head.version + 1)
    });
    let part = Part { rows: rows.collect(), ..Part::default() };
    db.write(&Batch { parts: vec![part], ..Batch::default() }).await.unwrap();
}

/// 20 streams of 21 events each: several steps, and a rest.
async fn grow(db: &Sqlite) {
    for stream in 0..20 {
        begin(db, stream).await.unwrap();
    }
    for _ in 0..20 {
        go_on(db, 0..20).await;
    }
}

async fn is_whole(db: &Sqlite) {
    for stream in 0..20 {
        let events = db.read_stream(0, hash(stream), 0).await.unwrap();
        let versions: Vec<Version> = events.iter().map(|event| event.version).collect();
        assert_eq!(versions, (1..=21).collect::<Vec<_>>());
        assert!(events.iter().all(|event| *event.stream == format!("thing/{stream}")));
        assert!(events.is_sorted_by_key(|event| event.position));
        let rest = db.read_stream(0, hash(stream), 18).await.unwrap();
        assert_eq!(rest.iter().map(|event| event.version).collect::<Vec<_>>(), [19, 20, 21]);
    }
    assert!(db.read_stream(0, hash(99), 0).await.unwrap().is_empty());
}

async fn stored(db: &Sqlite) -> i64 {
    sqlx::query_scalar("select pos from covered").fetch_one(&db.index.read).await.unwrap()
}

#[tokio::test]
async fn a_stream_is_found_whole_wherever_its_places_are() {
    let directory = tempfile::tempdir().unwrap();
    let db = open(directory.path()).await;

    grow(&db).await;

    is_whole(&db).await;
    while db.index.recent().is_longer_than(STEP) {
        db.index.step().await.unwrap();
    }
    assert!(stored(&db).await >= 420 - STEP as i64);
    is_whole(&db).await;
}

#[tokio::test]
async fn a_stream_begins_once_wherever_its_place_is() {
    let directory = tempfile::tempdir().unwrap();
    let db = open(directory.path()).await;
    begin(&db, 1).await.unwrap();

    assert!(matches!(begin(&db, 1).await, Err(BatchError::Raced)));
    db.index.step().await.unwrap();
    assert!(db.index.recent().first(&hash(1)).is_none());
    assert!(matches!(begin(&db, 1).await, Err(BatchError::Raced)));

    assert_eq!(begin(&db, 2).await.unwrap(), 2);
    assert_eq!(db.read_shard(0, 0, 10).await.unwrap().len(), 2);
}

#[tokio::test]
async fn what_was_only_in_memory_is_read_from_the_log_again() {
    let directory = tempfile::tempdir().unwrap();
    grow(&open(directory.path()).await).await;

    let db = open(directory.path()).await;

    is_whole(&db).await;
    assert!(matches!(begin(&db, 7).await, Err(BatchError::Raced)));
}

#[tokio::test]
async fn a_lost_index_and_one_of_another_log_are_built_anew() {
    let (directory, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    grow(&open(directory.path()).await).await;
    let elsewhere = open(other.path()).await;
    begin(&elsewhere, 500).await.unwrap();
    begin(&elsewhere, 7).await.unwrap();
    elsewhere.index.step().await.unwrap();
    drop(elsewhere);

    let index = |directory: &Path| directory.join("index.db");
    std::fs::remove_file(index(directory.path())).unwrap();
    let db = open(directory.path()).await;
    is_whole(&db).await;
    drop(db);
    std::fs::copy(index(other.path()), index(directory.path())).unwrap();
    let db = open(directory.path()).await;

    is_whole(&db).await;
    assert!(db.read_stream(0, hash(500), 0).await.unwrap().is_empty());
}

#[tokio::test]
async fn after_a_failure_the_log_says_where_it_ends() {
    let directory = tempfile::tempdir().unwrap();
    let db = open(directory.path()).await;
    begin(&db, 1).await.unwrap();
    // What the disk may do: the transaction is gone before its commit.
    sqlx::raw_sql("begin immediate").execute(&mut *db.log.lock().await).await.unwrap();

    assert!(matches!(begin(&db, 2).await, Err(BatchError::Store(_))));

    assert_eq!(begin(&db, 2).await.unwrap(), 2);
    go_on(&db, 1..3).await;
    assert_eq!(db.read_stream(0, hash(2), 0).await.unwrap().len(), 2);
}

#[test]
fn an_address_names_the_file_whatever_its_path_has_in_it() {
    let address = read_only_address(Path::new("/data/50% of #1?/index.db"));

    assert_eq!(address, "file:/data/50%25 of %231%3f/index.db?mode=ro");
}
