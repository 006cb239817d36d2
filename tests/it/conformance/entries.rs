//! Values with a short life: sealed, kept until they expire, of one of several who are first.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{TimeDelta, Utc};
use futures_util::future::join_all;
use rollcall_store::Clock;

use super::events::{ACME, acme};
use crate::place::{Place, on_both_databases};

on_both_databases!(
    a_value_is_kept_sealed_until_it_is_replaced_or_dropped,
    of_all_who_are_first_one_is,
    what_has_expired_is_not_there_and_makes_room,
);

async fn a_value_is_kept_sealed_until_it_is_replaced_or_dropped(place: Place) {
    let store = place.open().await;
    acme(&store).await;
    let later = Utc::now() + TimeDelta::hours(1);
    let get = async |kind, key| store.entry(ACME, kind, key).await.unwrap();

    assert_eq!(get("draft", "a").await, None);
    store.put_entry(ACME, "draft", "a", b"first and clear", later).await.unwrap();
    store.put_entry(ACME, "draft", "a", b"second and clear", later).await.unwrap();
    store.put_entry(ACME, "draft", "b", b"another", later).await.unwrap();

    assert_eq!(get("draft", "a").await.unwrap(), b"second and clear");
    assert_eq!((get("other", "a").await, get("draft", "c").await), (None, None));
    assert!(store.entry("nobody", "draft", "a").await.unwrap().is_none());
    for clear in ["first and clear", "second and clear"] {
        assert!(!place.holds(clear).await);
    }
    store.drop_entry(ACME, "draft", "a").await.unwrap();
    store.drop_entry(ACME, "draft", "a").await.unwrap();
    assert_eq!((get("draft", "a").await, get("draft", "b").await), (None, Some(b"another".into())));
}

async fn of_all_who_are_first_one_is(place: Place) {
    let store = place.open().await;
    acme(&store).await;
    let later = Utc::now() + TimeDelta::hours(1);
    let add = |number: u8| {
        let store = store.clone();
        async move { store.add_entry(ACME, "claim", "one", &[number], later).await.unwrap() }
    };

    let told = join_all((0..16).map(add)).await;

    let first: Vec<_> = (0_u8..).zip(told).filter(|(_, first)| *first).collect();
    assert_eq!(first.len(), 1);
    assert_eq!(store.entry(ACME, "claim", "one").await.unwrap(), Some(vec![first[0].0]));
}

async fn what_has_expired_is_not_there_and_makes_room(mut place: Place) {
    let hours = Arc::new(AtomicI64::new(0));
    let ahead = Arc::clone(&hours);
    let now = move || Utc::now() + TimeDelta::hours(ahead.load(Ordering::SeqCst));
    place.clock = Clock::new(now);
    let store = place.open().await;
    acme(&store).await;
    let later = |hours| Utc::now() + TimeDelta::hours(hours);
    store.put_entry(ACME, "draft", "short", b"short", later(1)).await.unwrap();
    store.put_entry(ACME, "draft", "long", b"long", later(3)).await.unwrap();
    assert!(!store.add_entry(ACME, "draft", "short", b"next", later(3)).await.unwrap());

    hours.store(2, Ordering::SeqCst);

    assert_eq!(store.entry(ACME, "draft", "short").await.unwrap(), None);
    assert!(store.add_entry(ACME, "draft", "short", b"next", later(3)).await.unwrap());
    hours.store(4, Ordering::SeqCst);
    store.sweep().await.unwrap();
    let left = format!("select count(*) from {}", place.table("entries"));
    assert_eq!(place.count(&left).await, 0);
}
