//! Claims and places: one holder at a time, in order, and nothing from who lost the lease.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::{SECOND, fresh, intent};
use crate::backend::Work;
use crate::types::StoreError;
use crate::work::{Claim, NewIntent, Outcome, TakeReactor};
use std::time::Duration;

#[tokio::test]
async fn only_the_first_due_intents_of_a_key_are_claimed_and_by_one_worker() {
    let db = fresh().await;
    let now = Utc::now();
    let later = NewIntent { run_at: Some(now + TimeDelta::hours(1)), ..intent("b2", "b") };
    let all = [
        intent("a1", "a"),
        intent("b1", "b"),
        intent("a2", "a"),
        later,
        intent("b3", "b"),
        intent("a3", "a"),
    ];
    db.add_intents(&all).await.unwrap();
    db.add_intents(&all).await.unwrap();
    let claim = async |owner: &str, now: DateTime<Utc>| {
        let (kinds, lease) = (&["mail", "run"][..], SECOND * 60);
        let claimed = db.claim(&Claim { kinds, owner, keys: 10, per_key: 2, lease, now }).await;
        let claimed = claimed.unwrap();
        claimed
            .into_iter()
            .map(|claim| (claim.id, claim.effect_id, claim.attempts))
            .collect::<Vec<_>>()
    };
    let names = |claimed: &[(i64, String, u32)]| {
        claimed.iter().map(|one| one.1.clone()).collect::<Vec<_>>()
    };

    let mine = claim("me", now).await;
    assert_eq!(names(&mine), ["a1", "b1", "a2"]);
    assert!(claim("you", now).await.is_empty());
    let settle =
        async |claimed: &(i64, String, u32), outcome| db.settle(&[claimed.0], "me", &outcome).await;
    settle(&mine[1], Outcome::Done).await.unwrap();
    let retry = Outcome::Retry { at: now + TimeDelta::hours(2), error: "busy".into() };
    settle(&mine[0], retry).await.unwrap();
    settle(&mine[2], Outcome::Parked { error: "no".into() }).await.unwrap();
    assert!(claim("you", now).await.is_empty(), "a3 waits for a1, b3 for b2");
    let due = claim("you", now + TimeDelta::hours(3)).await;
    assert_eq!(names(&due), ["a1", "b2", "b3", "a3"]);
    assert_eq!(due[0].2, 1);
    assert!(matches!(settle(&due[0], Outcome::Done).await, Err(StoreError::LeaseLost)));
    assert!(matches!(
        db.heartbeat(&[due[0].0, -1], "you", SECOND).await,
        Err(StoreError::LeaseLost)
    ));
    db.heartbeat(&[due[0].0, due[1].0], "you", SECOND).await.unwrap();
    assert_eq!(db.unfinished().await.unwrap(), 4);
}

#[tokio::test]
async fn many_workers_never_hold_one_key_twice_and_do_everything_once() {
    let db = Arc::new(fresh().await);
    let all: Vec<_> = (0..600).map(|n| intent(&format!("{n}"), &format!("{}", n % 20))).collect();
    db.add_intents(&all).await.unwrap();
    let done = Arc::new(std::sync::Mutex::new(vec![]));
    let worker = |name: String| {
        let (db, done) = (db.clone(), done.clone());
        async move {
            while db.unfinished().await.unwrap() > 0 {
                let (kinds, now) = (&["mail"][..], Utc::now());
                let (owner, lease) = (name.as_str(), SECOND * 60);
                let claim = Claim { kinds, owner, keys: 3, per_key: 4, lease, now };
                for one in db.claim(&claim).await.unwrap() {
                    done.lock().unwrap().push((one.key, one.id));
                    db.settle(&[one.id], &name, &Outcome::Done).await.unwrap();
                }
            }
        }
    };

    futures_util::future::join_all((0..8).map(|n| tokio::spawn(worker(n.to_string())))).await;

    let done = done.lock().unwrap();
    assert_eq!(done.len(), 600);
    for key in 0..20 {
        let of_key = done.iter().filter(|(name, _)| *name == key.to_string());
        assert!(of_key.map(|(_, id)| id).is_sorted());
    }
}

#[tokio::test]
async fn a_reactor_that_lost_its_place_commits_nothing() {
    let db = fresh().await;
    let take = async |owner: &str, lease| {
        let place = TakeReactor { name: "mails", version: 1, shard: 0, owner, lease, from: 7 };
        db.take_reactor(&place).await.unwrap()
    };

    let mine = take("me", Duration::ZERO).await.unwrap();
    let yours = take("you", SECOND * 60).await.unwrap();
    assert!(take("me", SECOND).await.is_none());
    assert_eq!((mine.checkpoint, mine.epoch, yours.epoch), (7, 1, 2));

    let late = db.commit_reactions(&mine, 9, &[intent("late", "k")], SECOND).await;
    assert!(matches!(late, Err(StoreError::LeaseLost)));
    db.commit_reactions(&yours, 9, &[intent("a", "k"), intent("b", "k")], SECOND).await.unwrap();
    let again = db.commit_reactions(&yours, 9, &[intent("c", "k")], SECOND).await;
    assert!(matches!(again, Err(StoreError::LeaseLost)), "the checkpoint has moved");
    let kept = db.intents(Some("acme"), 10).await.unwrap();
    assert_eq!(kept.iter().map(|one| one.effect_id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
}
