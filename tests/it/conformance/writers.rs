//! Many writers at once, and callers who stop waiting.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use rollcall_store::{Claim, Expected, NewIntent, Store, TakeReactor};

use super::events::{ACME, acme, event, events, log, moved, stream, to};
use crate::place::{Place, eventually, on_both_databases};

on_both_databases!(
    of_64_writers_on_one_stream_one_wins,
    a_conflict_in_a_batch_does_not_fail_its_neighbours,
    positions_have_no_gaps,
    a_batch_larger_than_a_transaction_is_split_and_kept_in_order,
    a_given_up_append_is_written_once_or_not_at_all,
    a_given_up_call_leaves_no_transaction_open,
    the_end_of_the_log_can_be_watched,
);

async fn of_64_writers_on_one_stream_one_wins(place: Place) {
    let store = place.open().await;
    acme(&store).await;

    for version in 0..20 {
        let expected = if version == 0 { Expected::NoStream } else { Expected::Exact(version) };
        let writers = (0..64).map(|writer| {
            let store = store.clone();
            let append = to("thing/1", expected, vec![event(&format!("{writer}"))]);
            tokio::spawn(async move { store.append(append).await })
        });
        let results: Vec<_> = join_all(writers).await.into_iter().map(Result::unwrap).collect();

        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
        for lost in results.into_iter().filter(|result| result.is_err()) {
            let named = moved(lost);
            assert_eq!((named[0].expected, named[0].actual), (expected, version + 1));
        }
    }
    assert_eq!(stream(&store, "thing/1").await.len(), 20);
}

async fn a_conflict_in_a_batch_does_not_fail_its_neighbours(place: Place) {
    let store = place.open().await;
    acme(&store).await;
    store.append(to("taken/0", Expected::NoStream, events(1))).await.unwrap();

    let appends = (0..300).map(|number| {
        let name = if number % 3 == 0 { "taken/0".into() } else { format!("free/{number}") };
        store.append(to(&name, Expected::NoStream, events(2)))
    });
    let results = join_all(appends).await;

    for (number, result) in results.into_iter().enumerate() {
        if number % 3 == 0 {
            assert_eq!(moved(result)[0].actual, 1);
        } else {
            assert_eq!(result.unwrap().versions[&format!("free/{number}")], 2);
        }
    }
    assert_eq!(log(&store).await.len(), 401);
}

async fn positions_have_no_gaps(place: Place) {
    let store = place.open().await;
    acme(&store).await;

    let writers = (0..16).map(|writer| {
        let store = store.clone();
        tokio::spawn(async move {
            for number in 0..40 {
                let expected = if number % 5 == 4 { Expected::NoStream } else { Expected::Any };
                let append = to(&format!("thing/{}", writer % 4), expected, events(1 + number % 3));
                let _ = store.append(append).await;
            }
        })
    });
    join_all(writers).await.into_iter().for_each(Result::unwrap);

    let read = log(&store).await;
    let positions: Vec<u64> = read.iter().map(|event| event.position).collect();
    assert_eq!(positions, (1..=read.len() as u64).collect::<Vec<_>>());
    let shard = store.shard_of(ACME).await.unwrap();
    assert_eq!(store.head(shard).await.unwrap(), read.len() as u64);
    let ids: BTreeSet<&str> = read.iter().map(|event| event.event_id.as_str()).collect();
    assert_eq!(ids.len(), read.len());
}

async fn a_batch_larger_than_a_transaction_is_split_and_kept_in_order(place: Place) {
    let store = place.open().await;
    acme(&store).await;
    let large = "x".repeat(1 << 20);

    let appends = (0..20).map(|number| {
        store.append(to(&format!("thing/{number}"), Expected::NoStream, vec![event(&large)]))
    });
    let results = join_all(appends).await;

    assert!(results.iter().all(Result::is_ok));
    assert_eq!(log(&store).await.len(), 20);
}

async fn a_given_up_append_is_written_once_or_not_at_all(place: Place) {
    let store = place.open().await;
    acme(&store).await;
    let append = |number: u64| {
        to(&format!("thing/{}", number % 7), Expected::Any, events(2)).key(format!("{number}"))
    };

    for number in 0..200 {
        let patience = Duration::from_micros(number * 13 % 2_000);
        let _ = tokio::time::timeout(patience, store.append(append(number))).await;
    }
    let repeats = join_all((0..200).map(|number| store.append(append(number)))).await;

    assert!(repeats.iter().all(Result::is_ok), "{repeats:?}");
    let read = log(&store).await;
    assert_eq!(read.len(), 400);
    assert_eq!(read.last().unwrap().position, 400);
    nothing_is_open(&place).await;
}

async fn a_given_up_call_leaves_no_transaction_open(place: Place) {
    let store = place.open().await;
    acme(&store).await;

    for number in 0..300 {
        let patience = Duration::from_micros(number * 7 % 1_000);
        let _ = tokio::time::timeout(patience, one_of_many_calls(&store, number)).await;
    }
    nothing_is_open(&place).await;

    let intent = intent(1_000);
    store.add_intents(std::slice::from_ref(&intent)).await.unwrap();
    store.append(to("thing/1", Expected::Any, events(1))).await.unwrap();
    let expires = chrono::Utc::now();
    let mut writer = store.write_blob(&ACME.into(), "blob", expires).await.unwrap();
    writer.push(b"bytes").await.unwrap();
    writer.finish().await.unwrap();
    assert_eq!(log(&store).await.len(), 1);
}

fn intent(number: u64) -> NewIntent {
    NewIntent {
        effect_id: format!("effect {number}"),
        kind: "mail".to_owned(),
        tenant: ACME.into(),
        key: format!("{}", number % 5),
        payload: vec![],
        run_at: None,
    }
}

async fn one_of_many_calls(store: &Store, number: u64) {
    let (owner, lease, now) = ("me", Duration::from_secs(1), chrono::Utc::now());
    let claim = Claim { kinds: &["mail"], owner, keys: 4, per_key: 4, lease, now };
    let place = TakeReactor { name: "r", version: 1, shard: 0, owner, lease, from: 0 };
    // What they answer does not matter here.
    match number % 6 {
        0 => drop(store.add_intents(&[intent(number), intent(number + 1)]).await),
        1 => drop(store.claim(&claim).await),
        2 => drop(store.take_reactor(&place).await),
        3 => drop(store.unpin(ACME, &["none".to_owned()]).await),
        4 => drop(store.drop_blobs(ACME, &["none".to_owned()]).await),
        _ => drop(store.sweep().await),
    }
}

/// No connection sits in a transaction that nobody will end.
async fn nothing_is_open(place: &Place) {
    if !place.is_postgres() {
        return;
    }
    eventually("no transaction is open", async || {
        let open = "select count(*) from pg_stat_activity \
                    where datname = current_database() and state like 'idle in transaction%'";
        place.count(open).await == 0
    })
    .await;
}

async fn the_end_of_the_log_can_be_watched(place: Place) {
    let store = place.open().await;
    acme(&store).await;
    let mut end = store.watch(store.shard_of(ACME).await.unwrap());

    let appended = store.append(to("thing/1", Expected::Any, events(3))).await.unwrap();

    assert_eq!(*end.wait_for(|position| *position >= 3).await.unwrap(), appended.last);
}
