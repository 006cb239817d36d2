//! The end of a process: what it had taken is free at once, and what it wrote lies where it belongs.

use std::path::Path;
use std::time::Duration;

use chrono::Utc;
use rollcall_commands::{NewTenant, create_tenant};
use rollcall_domain::tenant::Plan;
use rollcall_projections::{Options, Projections};
use rollcall_store::{
    Cause, Claim, Location, NewIntent, Options as StoreOptions, Store, TakeReactor,
};
use secrecy::SecretString;

use super::events::ACME;
use crate::place::{PATIENCE, Place, eventually, on_both_databases};

on_both_databases!(
    what_a_process_had_taken_is_free_when_it_is_gone,
    what_a_process_had_taken_is_free_when_it_has_closed,
);

/// Longer than any test waits. Those of read models last 15 s.
const LEASE: Duration = Duration::from_secs(600);

async fn something_happens(store: &Store, slug: &str) {
    let new = NewTenant {
        id: ulid::Ulid::generate().to_string(),
        live_baseline: ulid::Ulid::generate().to_string(),
        slug: slug.to_owned(),
        name: slug.to_owned(),
        plan: Plan::Business,
    };
    create_tenant(store, new, Cause::by("test")).await.unwrap();
}

async fn claims(store: &Store) -> bool {
    let owner = store.new_owner();
    let now = Utc::now();
    let claim = Claim { kinds: &["mail"], owner: &owner, keys: 1, per_key: 1, lease: LEASE, now };
    !store.claim(&claim).await.unwrap().is_empty()
}

async fn takes_reactor(store: &Store) -> bool {
    let (name, owner) = ("mails", &store.new_owner());
    let place = TakeReactor { name, version: 1, shard: 0, owner, lease: LEASE, from: 0 };
    store.take_reactor(&place).await.unwrap().is_some()
}

/// One who takes everything there is to take and gives nothing back.
async fn greedy(place: &Place) -> Store {
    let store = place.open().await;
    something_happens(&store, "acme").await;
    let intent = NewIntent {
        effect_id: "a".to_owned(),
        kind: "mail".to_owned(),
        tenant: ACME.into(),
        key: "a".to_owned(),
        payload: vec![],
        run_at: None,
    };
    store.add_intents(&[intent]).await.unwrap();
    assert!(claims(&store).await && takes_reactor(&store).await);
    let projections = Projections::open(&store, Options::default()).await.unwrap();
    let followers = projections.start();
    projections.settle(PATIENCE).await.unwrap();
    drop(followers);
    store
}

async fn everything_is_free(place: Place) {
    let store = place.reopen().await;
    something_happens(&store, "globex").await;
    let projections = Projections::open(&store, Options::default()).await.unwrap();
    let _followers = projections.start();
    let (mut claimed, mut taken) = (false, false);

    eventually("all is free", async || {
        claimed = claimed || claims(&store).await;
        taken = taken || takes_reactor(&store).await;
        claimed && taken
    })
    .await;
    projections.settle(Duration::from_secs(8)).await.unwrap();
}

async fn what_a_process_had_taken_is_free_when_it_is_gone(place: Place) {
    drop(greedy(&place).await);

    everything_is_free(place).await;
}

async fn what_a_process_had_taken_is_free_when_it_has_closed(place: Place) {
    greedy(&place).await.close().await;

    everything_is_free(place).await;
}

#[tokio::test]
async fn the_files_of_a_closed_directory_are_whole_without_anything_beside_them() {
    let place = Place::sqlite();
    let store = place.open().await;
    something_happens(&store, "acme").await;
    store.vault_put(ACME, "key", &SecretString::from("secret")).await.unwrap();
    let projections = Projections::open(&store, Options::default()).await.unwrap();
    let followers = projections.start();
    projections.settle(PATIENCE).await.unwrap();
    followers.stop().await;
    assert!(!place.beside_its_files().is_empty());
    let written = store.read_shard(0, 0, 100).await.unwrap();

    store.close().await;

    assert_eq!(place.beside_its_files(), [""; 0]);
    let directory = tempfile::tempdir().unwrap();
    let copy = copied(&place, directory.path()).await;
    assert_eq!(copy.read_shard(0, 0, 100).await.unwrap(), written);
    assert!(copy.vault_get(ACME, "key").await.unwrap().is_some());
    let projections = Projections::open(&copy, Options::default()).await.unwrap();
    let read = projections.list().await.unwrap();
    assert!(read.iter().flat_map(|one| &one.shards).all(|shard| shard.lag == 0), "{read:?}");
}

/// What is there when nothing but the database files was taken along.
async fn copied(place: &Place, copy: &Path) -> Store {
    for file in ["log.db", "keys.db", "index.db", "views.db"] {
        std::fs::copy(place.directory().join(file), copy.join(file)).unwrap();
    }
    let options = StoreOptions {
        location: Location::Sqlite(copy.to_owned()),
        operator_key: place.operator_key.clone(),
        migrate: false,
        clock: place.clock.clone(),
    };
    Store::open(options).await.unwrap()
}
