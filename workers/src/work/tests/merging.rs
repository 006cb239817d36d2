//! Intents of one key that are handed over together, and what becomes of them when one is bad.

use chrono::TimeDelta;

use super::*;
use crate::testing::eventually;

#[tokio::test]
async fn intents_of_one_key_are_handed_over_together() {
    let place = Place::new().await;
    let diary = Diary::new();
    let of = |key: &str, what: &str| errand::<Merged>(key, what);
    place.add(&[of("a", "one"), of("b", "alone"), of("a", "two"), of("a", "three")]).await;

    let workers = start(&place, Tasks::default().with(errands::<Merged>(&diary)));

    eventually("all is done", async || place.intents().await.is_empty()).await;
    let mut calls = diary.calls();
    calls.sort_by_key(Vec::len);
    assert_eq!(calls, [vec!["alone"], vec!["one", "two", "three"]]);
    workers.stop().await;
}

#[tokio::test]
async fn one_that_fails_takes_the_others_along_once() {
    let place = Place::new().await;
    let diary = Diary::new();
    let of = |what: &str| errand::<Merged>("a", what);
    place.add(&[of("one"), of("fails"), of("two")]).await;

    let workers = start(&place, Tasks::default().with(errands::<Merged>(&diary)));
    eventually("they were tried", async || {
        place.intents().await.iter().all(|intent| intent.attempts == 1)
    })
    .await;
    place.later(TimeDelta::seconds(80));
    eventually("the others are done", async || place.intents().await.len() == 1).await;

    let calls = diary.calls();
    assert_eq!(calls, [vec!["one", "fails", "two"], vec!["one"], vec!["fails"], vec!["two"]]);
    assert_eq!(place.intent("a/fails").await.unwrap().attempts, 2);
    workers.stop().await;
}

#[tokio::test]
async fn one_that_nobody_can_read_is_parked_and_the_others_are_done() {
    let place = Place::new().await;
    let diary = Diary::new();
    let of = |what: &str| errand::<Merged>("a", what);
    let odd = NewIntent { payload: b"{\"key\":".to_vec(), ..of("odd") };
    place.add(&[of("one"), odd, of("two")]).await;

    let workers = start(&place, Tasks::default().with(errands::<Merged>(&diary)));
    eventually("it is parked", async || {
        place.later(TimeDelta::seconds(80));
        place.intents().await.iter().all(|intent| intent.parked)
    })
    .await;

    let left = place.intents().await;
    assert_eq!(left.len(), 1);
    assert_eq!((left[0].effect_id.as_str(), left[0].attempts), ("a/odd", 3));
    assert_eq!(left[0].error.as_deref(), Some("the intent can't be read"));
    assert_eq!(diary.calls(), [["one"], ["two"]]);
    workers.stop().await;
}
