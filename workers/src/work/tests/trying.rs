//! Tries, backoff, parking, stopping.

use chrono::TimeDelta;

use super::*;
use crate::testing::eventually;

#[tokio::test]
async fn what_is_asked_for_is_done_in_order_of_its_key_and_gone() {
    let place = Place::new().await;
    let diary = Diary::new();
    place.add(&[errand::<Single>("a", "first"), errand::<Single>("a", "second")]).await;

    let workers = start(&place, Tasks::default().with(errands::<Single>(&diary)));

    eventually("all is done", async || place.intents().await.is_empty()).await;
    assert_eq!(diary.calls(), [["first"], ["second"]]);
    workers.stop().await;
}

#[tokio::test]
async fn what_fails_waits_longer_than_its_backoff_and_holds_up_its_key_only() {
    let place = Place::new().await;
    let diary = Diary::new();
    let now = place.clock().now();
    let failing = [errand::<Single>("a", "fails"), errand::<Single>("a", "next")];
    place.add(&failing).await;

    let workers = start(&place, Tasks::default().with(errands::<Single>(&diary)));
    eventually("it was tried", async || diary.count("fails") == 1).await;
    place.add(&[errand::<Single>("b", "elsewhere")]).await;
    eventually("the other key goes on", async || diary.count("elsewhere") == 1).await;

    let failed = place.intent("a/fails").await.unwrap();
    assert_eq!((failed.attempts, failed.parked), (1, false));
    assert_eq!(failed.error.as_deref(), Some("it does not work"));
    // The store keeps microseconds.
    let waits = failed.run_at - now + TimeDelta::microseconds(1);
    assert!(waits >= TimeDelta::seconds(60) && waits <= TimeDelta::seconds(76), "{waits}");
    assert_eq!((diary.count("fails"), diary.count("next")), (1, 0));
    workers.stop().await;
}

#[tokio::test]
async fn what_fails_again_and_again_is_parked_with_its_reason_and_lets_the_next_one_pass() {
    let place = Place::new().await;
    let diary = Diary::new();
    place.add(&[errand::<Single>("a", "fails"), errand::<Single>("a", "next")]).await;

    let workers = start(&place, Tasks::default().with(errands::<Single>(&diary)));
    for attempts in 1..=2 {
        eventually("it was tried", async || {
            place.intent("a/fails").await.unwrap().attempts == attempts
        })
        .await;
        place.later(TimeDelta::seconds(80));
    }
    eventually("the next one passes", async || diary.count("next") == 1).await;

    let parked = place.intent("a/fails").await.unwrap();
    assert_eq!((parked.attempts, parked.parked), (3, true));
    assert_eq!(parked.error.as_deref(), Some("it does not work"));
    assert_eq!(diary.count("fails"), 3);
    workers.stop().await;
}

#[tokio::test]
async fn what_is_hopeless_is_parked_at_once_and_lets_the_next_one_pass() {
    let place = Place::new().await;
    let diary = Diary::new();
    place.add(&[errand::<Single>("a", "hopeless"), errand::<Single>("a", "next")]).await;

    let workers = start(&place, Tasks::default().with(errands::<Single>(&diary)));
    eventually("the next one passes", async || diary.count("next") == 1).await;

    let parked = place.intent("a/hopeless").await.unwrap();
    assert_eq!((parked.parked, parked.error.as_deref()), (true, Some("it never will")));
    assert_eq!(diary.count("hopeless"), 1);
    workers.stop().await;
}

#[tokio::test]
async fn a_panic_is_an_error_and_gives_its_place_back() {
    let place = Place::new().await;
    let diary = Diary::new();
    place.add(&[errand::<Single>("a", "panics"), errand::<Single>("b", "done")]).await;

    let workers = start(&place, Tasks::default().with(errands::<Single>(&diary)));

    eventually("the other is done", async || place.intent("b/done").await.is_none()).await;
    eventually("the panic is known", async || {
        place.intent("a/panics").await.unwrap().attempts == 1
    })
    .await;
    let failed = place.intent("a/panics").await.unwrap();
    assert_eq!(failed.error.as_deref(), Some("it panicked; see the log"));
    workers.stop().await;
}

#[tokio::test]
async fn a_stop_waits_for_what_is_under_way() {
    let place = Place::new().await;
    let diary = Diary::new();
    place.add(&[errand::<Single>("a", "hangs")]).await;
    let workers = start(&place, Tasks::default().with(errands::<Single>(&diary)));
    eventually("it is under way", async || diary.count("hangs") == 1).await;

    let stopping = tokio::spawn(workers.stop());
    let others = start_as("you", &place, Tasks::default().with(errands::<Other>(&diary)));
    place.add(&[errand::<Other>("b", "meanwhile")]).await;
    eventually("others go on", async || place.intents().await.len() == 1).await;
    assert!(!stopping.is_finished());
    diary.policy.add_permits(1);
    stopping.await.unwrap();

    assert_eq!(place.intents().await, []);
    others.stop().await;
}

#[tokio::test]
async fn workers_that_are_dropped_claim_nothing_more() {
    let place = Place::new().await;
    let (gone, here) = (Diary::new(), Diary::new());
    drop(start_as("gone", &place, Tasks::default().with(errands::<Single>(&gone))));

    let workers = start_as("here", &place, Tasks::default().with(errands::<Single>(&here)));
    for turn in 0..20 {
        place.add(&[errand::<Single>("a", &format!("{turn}"))]).await;
    }

    eventually("all is done", async || place.intents().await.is_empty()).await;
    assert_eq!((gone.calls().len(), here.calls().len()), (0, 20));
    workers.stop().await;
}

#[tokio::test]
async fn what_takes_longer_than_its_lease_stays_where_it_is() {
    let place = Place::new().await;
    let (mine, theirs) = (Diary::new(), Diary::new());
    place.add(&[errand::<Brief>("a", "hangs")]).await;
    let me = start_as("me", &place, Tasks::default().with(errands::<Brief>(&mine)));
    eventually("it is under way", async || mine.count("hangs") == 1).await;
    let you = start_as("you", &place, Tasks::default().with(errands::<Brief>(&theirs)));

    // Another, longer lease tells when the first would have been over.
    place.add(&[errand::<Other>("b", "a clock")]).await;
    let long = Brief::POLICY.lease * 3 / 2;
    let claim = async || {
        let now = place.clock().now();
        let due = rollcall_store::Claim {
            kinds: &["other"],
            owner: "clock",
            keys: 1,
            per_key: 1,
            lease: long,
            now,
        };
        place.store.claim(&due).await.unwrap()
    };
    assert_eq!(claim().await.len(), 1);
    eventually("the longer lease is over", async || !claim().await.is_empty()).await;

    assert_eq!((mine.count("hangs"), theirs.count("hangs")), (1, 0));
    mine.policy.add_permits(1);
    eventually("it is done", async || place.intent("a/hangs").await.is_none()).await;
    me.stop().await;
    you.stop().await;
}
