//! Opening a store: with the right key, as the only process of a directory, with its schema.

use rollcall_store::{Expected, OperatorKey, Options, Store, StoreError};
use secrecy::SecretString;

use super::events::{ACME, about, acme, to};
use crate::place::{Place, on_both_databases};

on_both_databases!(
    a_wrong_operator_key_is_told_apart_from_damage_and_opens_nothing,
    the_first_operator_key_stays_the_only_one,
    an_empty_database_without_migrations_says_what_to_do,
    opening_twice_migrates_once,
);

async fn a_wrong_operator_key_is_told_apart_from_damage_and_opens_nothing(place: Place) {
    let store = place.open().await;
    acme(&store).await;
    store.append(to("actor/1", Expected::Any, vec![about("ada", "Ada")])).await.unwrap();
    store.vault_put(ACME, "key", &SecretString::from("secret")).await.unwrap();
    drop(store);
    place.let_go().await;

    let refused = place.try_open(OperatorKey::generate()).await.err().expect("it opens nothing");

    assert!(refused.to_string().contains("operator key"), "{refused}");
    let store = place.reopen().await;
    assert!(store.vault_get(ACME, "key").await.unwrap().is_some());
}

async fn the_first_operator_key_stays_the_only_one(place: Place) {
    drop(place.open().await);
    place.let_go().await;

    let refused = place.try_open(OperatorKey::generate()).await.err().expect("it is another");

    assert!(matches!(refused, StoreError::Setup(_)), "{refused}");
    drop(place.reopen().await);
}

async fn an_empty_database_without_migrations_says_what_to_do(place: Place) {
    let options = Options {
        location: place.location.clone(),
        operator_key: place.operator_key.clone(),
        migrate: false,
        clock: place.clock.clone(),
    };

    let refused = Store::open(options).await.err().expect("there is no schema");

    assert!(refused.to_string().contains("rollcall migrate"), "{refused}");
}

async fn opening_twice_migrates_once(place: Place) {
    drop(place.open().await);
    drop(place.reopen().await);
}

#[tokio::test]
async fn a_second_process_on_a_directory_is_refused_and_told_why() {
    let place = Place::sqlite();
    let first = place.open().await;

    let refused = place.try_open(place.operator_key.clone()).await.err().expect("it is taken");

    let text = refused.to_string();
    assert!(matches!(refused, StoreError::Setup(_)));
    assert!(text.contains("another process has opened"), "{text}");
    drop(first);
    drop(place.reopen().await);
}

/// Whichever node is first; the others wait for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_start_together_migrate_once() {
    let place = Place::postgres();

    let nodes = futures_util::future::join_all((0..4).map(|_| place.open())).await;

    acme(&nodes[0]).await;
    nodes[3].append(to("actor/1", Expected::Any, vec![about("ada", "Ada")])).await.unwrap();
}
