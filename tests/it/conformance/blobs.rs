//! Bodies and pages: small ones with their event, large ones ahead of it, all with an end.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{TimeDelta, Utc};
use rollcall_store::{AppendError, Clock, Expected, Store, StoreError};
use rollcall_workers::providers::bamboohr::parse_recorded;

use super::events::{ACME, acme, blob, event, log, to};
use crate::place::{Place, on_both_databases};

on_both_databases!(
    a_small_blob_lies_with_its_event,
    a_refused_append_leaves_no_blob,
    a_large_blob_is_written_in_chunks_ahead_of_its_event,
    a_blob_above_a_chunk_must_be_written_ahead,
    retention_takes_what_expired_and_is_not_pinned,
    a_blob_that_no_event_names_is_swept_after_an_hour,
    a_dropped_blob_is_gone_with_its_key,
    a_recording_with_damaged_records_says_the_same_when_it_is_unpacked,
);

const LARGE: usize = (3 << 20) + 12_345;

fn fresh_id() -> String {
    ulid::Ulid::generate().to_string()
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|number| (number % 251) as u8).collect()
}

#[track_caller]
fn gone(read: Result<Vec<u8>, StoreError>) {
    assert!(matches!(read, Err(StoreError::NotFound(_))), "{read:?}");
}

async fn write_ahead(store: &Store, id: &str, bytes: &[u8], days: i64) {
    let expires = Utc::now() + TimeDelta::days(days);
    let mut writer = store.write_blob(&ACME.into(), id, expires).await.unwrap();
    for piece in bytes.chunks(100_003) {
        writer.push(piece).await.unwrap();
    }
    assert_eq!(writer.finish().await.unwrap(), id);
}

async fn a_small_blob_lies_with_its_event(place: Place) {
    let store = place.open().await;
    acme(&store).await;
    let exactly_a_chunk = pattern(1 << 20);

    let append = to("receipt/1", Expected::NoStream, vec![event("{}")])
        .blob(blob("01A", b"a body", &[]))
        .blob(blob("01B", b"", &[]))
        .blob(blob("01C", &exactly_a_chunk, &[]));
    store.append(append).await.unwrap();

    assert_eq!(store.read_blob(ACME, "01A").await.unwrap(), b"a body");
    assert_eq!(store.read_blob(ACME, "01B").await.unwrap(), b"");
    assert_eq!(store.read_blob(ACME, "01C").await.unwrap(), exactly_a_chunk);
    gone(store.read_blob(ACME, "01D").await);
}

async fn a_refused_append_leaves_no_blob(place: Place) {
    let store = place.open().await;
    acme(&store).await;
    store.append(to("receipt/1", Expected::NoStream, vec![event("{}")])).await.unwrap();

    let again = to("receipt/1", Expected::NoStream, vec![event("{}")]);
    let refused = store.append(again.blob(blob("01A", b"a body", &[]))).await;

    assert!(matches!(refused, Err(AppendError::Conflict(_))));
    gone(store.read_blob(ACME, "01A").await);
}

async fn a_large_blob_is_written_in_chunks_ahead_of_its_event(place: Place) {
    let store = place.open().await;
    acme(&store).await;
    let (id, bytes) = (fresh_id(), pattern(LARGE));

    write_ahead(&store, &id, &bytes, 30).await;
    let mut append = to("run/1", Expected::NoStream, vec![event("{}")]);
    append.attach = vec![id.clone()];
    store.append(append).await.unwrap();

    assert_eq!(store.read_blob(ACME, &id).await.unwrap(), bytes);
    let mut pieces = Vec::new();
    for chunk in 0..10 {
        match store.read_blob_chunk(ACME, &id, chunk).await.unwrap() {
            Some(piece) => pieces.extend(piece),
            None => break,
        }
    }
    assert_eq!(pieces, bytes);
    gone(store.read_blob_chunk(ACME, "none", 0).await.map(Option::unwrap_or_default));
}

async fn a_blob_above_a_chunk_must_be_written_ahead(place: Place) {
    let store = place.open().await;
    acme(&store).await;

    let append = to("run/1", Expected::NoStream, vec![event("{}")]);
    let refused = store.append(append.blob(blob("01A", &pattern((1 << 20) + 1), &[]))).await;

    assert!(matches!(refused, Err(AppendError::Invalid(_))), "{refused:?}");
    assert!(log(&store).await.is_empty());
}

/// A clock, and what to move it with.
fn clock() -> (Clock, Arc<AtomicI64>) {
    let ahead = Arc::new(AtomicI64::new(0));
    let hand = ahead.clone();
    let now = move || Utc::now() + TimeDelta::minutes(hand.load(Ordering::SeqCst));
    (Clock::new(now), ahead)
}

const DAY: i64 = 24 * 60;

async fn retention_takes_what_expired_and_is_not_pinned(mut place: Place) {
    let (clock, ahead) = clock();
    place.clock = clock;
    let store = place.open().await;
    acme(&store).await;
    let mut pinned = blob("01B", b"pinned", &[]);
    pinned.pinned = true;
    let mut later = blob("01C", b"later", &[]);
    later.expires_at = Utc::now() + TimeDelta::days(60);
    let append = to("receipt/1", Expected::Any, vec![event("{}")])
        .blob(blob("01A", b"free", &[]))
        .blob(pinned)
        .blob(later);
    store.append(append).await.unwrap();

    ahead.store(29 * DAY, Ordering::SeqCst);
    assert_eq!(store.sweep().await.unwrap(), 0);
    ahead.store(31 * DAY, Ordering::SeqCst);
    assert_eq!(store.sweep().await.unwrap(), 1);

    gone(store.read_blob(ACME, "01A").await);
    assert_eq!(store.read_blob(ACME, "01B").await.unwrap(), b"pinned");
    assert_eq!(store.read_blob(ACME, "01C").await.unwrap(), b"later");

    store.unpin(ACME, &["01B".to_owned()]).await.unwrap();
    assert_eq!(store.sweep().await.unwrap(), 1);
    gone(store.read_blob(ACME, "01B").await);
}

async fn a_blob_that_no_event_names_is_swept_after_an_hour(mut place: Place) {
    let (clock, ahead) = clock();
    place.clock = clock;
    let store = place.open().await;
    acme(&store).await;
    let (named, orphan) = (fresh_id(), fresh_id());
    write_ahead(&store, &named, &pattern(LARGE), 30).await;
    write_ahead(&store, &orphan, &pattern(LARGE), 30).await;
    let mut append = to("run/1", Expected::NoStream, vec![event("{}")]);
    append.attach = vec![named.clone()];
    store.append(append).await.unwrap();

    ahead.store(50, Ordering::SeqCst);
    assert_eq!(store.sweep().await.unwrap(), 0);
    ahead.store(70, Ordering::SeqCst);
    assert!(store.sweep().await.unwrap() > 0);

    gone(store.read_blob(ACME, &orphan).await);
    assert_eq!(store.read_blob(ACME, &named).await.unwrap().len(), LARGE);
}

async fn a_dropped_blob_is_gone_with_its_key(place: Place) {
    let store = place.open().await;
    acme(&store).await;
    store.register_tenant("01OTHER", "other").await.unwrap();
    let append = to("receipt/1", Expected::Any, vec![event("{}")])
        .blob(blob("01A", b"gone", &[]))
        .blob(blob("01B", b"kept", &[]));
    store.append(append).await.unwrap();

    store.drop_blobs("01OTHER", &["01B".to_owned()]).await.unwrap();
    store.drop_blobs(ACME, &["01A".to_owned(), "none".to_owned()]).await.unwrap();

    gone(store.read_blob(ACME, "01A").await);
    assert_eq!(store.read_blob(ACME, "01B").await.unwrap(), b"kept");
}

/// Chunks are packed, sealed, and cut wherever they are full: in the middle of what is no text, too.
async fn a_recording_with_damaged_records_says_the_same_when_it_is_unpacked(place: Place) {
    let store = place.open().await;
    acme(&store).await;
    let odd: [&[u8]; 5] = [
        br#"{"id":"11","status":"Active","firstName":"Pat \ud83c"},"#,
        b"{\"id\":\"12\",\"status\":\"Active\",\"firstName\":\"M\xfcl\nler\x00\"},",
        br#"{"id":"13","firstName":oops},"#,
        br#"null,"#,
        br#"{"id":"14","status":"Active"},"#,
    ];
    let people: Vec<u8> = odd.iter().cycle().take(50_000).copied().flatten().copied().collect();
    let report = [b"{\"employees\":[", people.as_slice(), b"0]}"].concat();
    let head =
        format!("{{\"part\":\"read\"}}\n{{\"part\":\"report\",\"bytes\":{}}}\n", report.len());
    let recording = [head.as_bytes(), &report, b"{\"part\":\"end\"}\n"].concat();
    let (id, mut before, mut after) = (fresh_id(), Vec::new(), Vec::new());
    let said = parse_recorded([&recording], |page| before.extend(page)).unwrap();

    write_ahead(&store, &id, &recording, 30).await;
    let mut chunks = Vec::new();
    while let Some(chunk) = store.read_blob_chunk(ACME, &id, chunks.len() as u32).await.unwrap() {
        chunks.push(chunk);
    }

    assert!(chunks.len() > 1 && (said.damaged, said.unreadable) == (30_000, 10_001));
    assert_eq!(parse_recorded(chunks, |page| after.extend(page)).unwrap(), said);
    assert!(before == after);
}
