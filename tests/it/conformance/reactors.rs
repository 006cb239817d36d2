//! The places of reactors: one owner at a time, and a page under an old lease is refused.

use std::time::Duration;

use rollcall_store::{Lease, NewIntent, Store, StoreError, TakeReactor};

use super::events::ACME;
use crate::place::{Place, eventually, on_both_databases};

on_both_databases!(
    a_new_reactor_starts_where_it_is_told_to,
    intents_and_checkpoint_are_written_together,
    an_old_epoch_is_refused_with_everything_it_brings,
    an_old_checkpoint_is_refused,
    a_page_written_twice_asks_once,
);

const LONG: Duration = Duration::from_secs(60);

fn intent(effect: &str) -> NewIntent {
    NewIntent {
        effect_id: effect.to_owned(),
        kind: "mail".to_owned(),
        tenant: ACME.into(),
        key: "key".to_owned(),
        payload: vec![],
        run_at: None,
    }
}

async fn take(store: &Store, owner: &str, lease: Duration, from: u64) -> Option<Lease> {
    let place = TakeReactor { name: "mails", version: 1, shard: 0, owner, lease, from };
    store.take_reactor(&place).await.unwrap()
}

async fn taken_by_another(store: &Store) -> Lease {
    let mut taken = None;
    eventually("the place is free", async || {
        taken = take(store, "you", LONG, 0).await;
        taken.is_some()
    })
    .await;
    taken.expect("it was taken")
}

async fn commit(store: &Store, lease: &Lease, to: u64, effect: &str) -> Result<(), StoreError> {
    store.commit_reactions(lease, to, &[intent(effect)], LONG).await
}

#[track_caller]
fn lost(result: Result<(), StoreError>) {
    assert!(matches!(result, Err(StoreError::LeaseLost)), "{result:?}");
}

async fn a_new_reactor_starts_where_it_is_told_to(place: Place) {
    let store = place.open().await;

    let lease = take(&store, "me", LONG, 42).await.unwrap();
    let again = take(&store, "me", LONG, 7).await.unwrap();

    assert_eq!((lease.checkpoint, again.checkpoint), (42, 42));
    assert_eq!((lease.name.as_str(), lease.version, lease.shard), ("mails", 1, 0));
}

async fn intents_and_checkpoint_are_written_together(place: Place) {
    let store = place.open().await;
    let lease = take(&store, "me", LONG, 0).await.unwrap();

    commit(&store, &lease, 10, "a").await.unwrap();

    assert_eq!(store.unfinished().await.unwrap(), 1);
    assert_eq!(take(&store, "me", LONG, 0).await.unwrap().checkpoint, 10);
}

async fn an_old_epoch_is_refused_with_everything_it_brings(place: Place) {
    let store = place.open().await;
    let mine = take(&store, "me", Duration::from_millis(50), 0).await.unwrap();
    let theirs = taken_by_another(&store).await;

    lost(commit(&store, &mine, 10, "mine").await);
    commit(&store, &theirs, 5, "theirs").await.unwrap();
    lost(commit(&store, &Lease { checkpoint: 5, ..mine }, 10, "mine").await);

    assert!(theirs.epoch > 0);
    let left = store.intents(None, 10).await.unwrap();
    assert_eq!(left.iter().map(|one| one.effect_id.as_str()).collect::<Vec<_>>(), ["theirs"]);
}

async fn an_old_checkpoint_is_refused(place: Place) {
    let store = place.open().await;
    let lease = take(&store, "me", LONG, 0).await.unwrap();
    commit(&store, &lease, 10, "a").await.unwrap();

    lost(commit(&store, &lease, 20, "b").await);

    assert_eq!(take(&store, "me", LONG, 0).await.unwrap().checkpoint, 10);
    assert_eq!(store.unfinished().await.unwrap(), 1);
}

async fn a_page_written_twice_asks_once(place: Place) {
    let store = place.open().await;
    let mut lease = take(&store, "me", LONG, 0).await.unwrap();

    commit(&store, &lease, 10, "a").await.unwrap();
    lease.checkpoint = 10;
    commit(&store, &lease, 20, "a").await.unwrap();

    assert_eq!(store.unfinished().await.unwrap(), 1);
}

/// Only where several nodes can be.
#[tokio::test]
async fn a_place_that_is_held_is_nobody_elses() {
    let place = Place::postgres();
    let (here, there) = (place.open().await, place.open().await);

    let mine = take(&here, "me", LONG, 0).await.unwrap();

    assert_eq!(take(&there, "you", LONG, 0).await, None);
    commit(&here, &mine, 1, "a").await.unwrap();
}
