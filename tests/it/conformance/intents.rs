//! Work: asked once, in order per key, held under a lease, never lost.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rollcall_store::{Claim, Claimed, NewIntent, Outcome, Store, StoreError};

use super::events::ACME;
use crate::place::{Place, eventually, on_both_databases};

on_both_databases!(
    asking_twice_is_asking_once,
    intents_of_one_key_come_in_order_and_only_when_the_one_before_is_done,
    several_of_one_key_are_claimed_together_where_that_is_wanted,
    nobody_gets_what_somebody_holds,
    many_workers_do_everything_exactly_once,
    a_retry_waits_and_holds_up_its_key_only,
    parked_work_stays_visible_and_lets_the_next_one_pass,
    a_lease_that_ran_out_goes_to_another,
    a_heartbeat_keeps_a_lease,
    work_of_the_future_is_not_due,
    work_of_other_kinds_is_left_alone,
    a_restart_loses_no_work,
    what_is_parked_is_tried_again_as_if_for_the_first_time_or_dropped,
    what_waits_for_a_time_can_be_woken,
);

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(100);

fn intent(effect: &str, key: &str) -> NewIntent {
    NewIntent {
        effect_id: effect.to_owned(),
        kind: "mail".to_owned(),
        tenant: ACME.into(),
        key: key.to_owned(),
        payload: format!("payload of {effect}").into_bytes(),
        run_at: None,
    }
}

async fn add(store: &Store, intents: &[NewIntent]) {
    store.add_intents(intents).await.unwrap();
}

async fn claim(store: &Store, owner: &str, keys: u32, per_key: u32) -> Vec<Claimed> {
    claim_at(store, owner, keys, per_key, LONG, Utc::now()).await
}

async fn claim_at(
    store: &Store,
    owner: &str,
    keys: u32,
    per_key: u32,
    lease: Duration,
    now: DateTime<Utc>,
) -> Vec<Claimed> {
    let mut claimed =
        store.claim(&Claim { kinds: &["mail"], owner, keys, per_key, lease, now }).await.unwrap();
    claimed.sort_by_key(|one| one.id);
    claimed
}

fn effects(claimed: &[Claimed]) -> Vec<&str> {
    claimed.iter().map(|one| one.effect_id.as_str()).collect()
}

async fn settle(store: &Store, claimed: &[Claimed], owner: &str, outcome: &Outcome) {
    let ids: Vec<i64> = claimed.iter().map(|one| one.id).collect();
    store.settle(&ids, owner, outcome).await.unwrap();
}

async fn asking_twice_is_asking_once(place: Place) {
    let store = place.open().await;
    add(&store, &[intent("a", "1"), intent("b", "1")]).await;
    let mut other = intent("a", "2");
    other.payload = b"other".to_vec();
    add(&store, &[other, intent("b", "1")]).await;

    assert_eq!(store.unfinished().await.unwrap(), 2);
    let claimed = claim(&store, "me", 10, 10).await;
    assert_eq!(effects(&claimed), ["a", "b"]);
    let first = &claimed[0];
    assert_eq!((&*first.kind, &*first.tenant, &*first.key), ("mail", ACME, "1"));
    assert_eq!((first.payload.as_slice(), first.attempts), (&b"payload of a"[..], 0));
}

async fn intents_of_one_key_come_in_order_and_only_when_the_one_before_is_done(place: Place) {
    let store = place.open().await;
    add(&store, &[intent("a1", "a"), intent("a2", "a"), intent("b1", "b")]).await;

    let first = claim(&store, "me", 10, 1).await;
    assert_eq!(effects(&first), ["a1", "b1"]);
    assert!(claim(&store, "me", 10, 1).await.is_empty());
    settle(&store, &first, "me", &Outcome::Done).await;

    assert_eq!(effects(&claim(&store, "you", 10, 1).await), ["a2"]);
}

async fn several_of_one_key_are_claimed_together_where_that_is_wanted(place: Place) {
    let store = place.open().await;
    let all: Vec<_> = (0..10).map(|number| intent(&format!("{number}"), "a")).collect();
    add(&store, &all).await;

    assert_eq!(effects(&claim(&store, "me", 1, 4).await), ["0", "1", "2", "3"]);
    assert!(claim(&store, "me", 1, 4).await.is_empty());
}

async fn nobody_gets_what_somebody_holds(place: Place) {
    let store = place.open().await;
    add(&store, &[intent("a", "a")]).await;
    let held = claim(&store, "me", 1, 1).await;
    let ids = [held[0].id];

    let stolen = store.settle(&ids, "you", &Outcome::Done).await;
    let beaten = store.heartbeat(&ids, "you", LONG).await;

    assert!(claim(&store, "you", 1, 1).await.is_empty());
    assert!(matches!(stolen, Err(StoreError::LeaseLost)), "{stolen:?}");
    assert!(matches!(beaten, Err(StoreError::LeaseLost)), "{beaten:?}");
    settle(&store, &held, "me", &Outcome::Done).await;
    let again = store.settle(&ids, "me", &Outcome::Done).await;
    assert!(matches!(again, Err(StoreError::LeaseLost)), "{again:?}");
}

async fn many_workers_do_everything_exactly_once(place: Place) {
    let store = place.open().await;
    let name = |number: usize| format!("{number:04}");
    let all: Vec<_> =
        (0..300).map(|number| intent(&name(number), &format!("key {}", number % 17))).collect();
    add(&store, &all).await;

    let workers = (0..8).map(|worker| {
        let store = store.clone();
        tokio::spawn(async move {
            let owner = format!("worker {worker}");
            let mut done = Vec::new();
            while store.unfinished().await.unwrap() > 0 {
                let claimed = claim(&store, &owner, 3, 2).await;
                if claimed.is_empty() {
                    tokio::task::yield_now().await;
                    continue;
                }
                done.extend(claimed.iter().map(|one| one.effect_id.clone()));
                settle(&store, &claimed, &owner, &Outcome::Done).await;
            }
            done
        })
    });
    let done = futures_util::future::join_all(workers).await;

    let mut done: Vec<String> = done.into_iter().flat_map(Result::unwrap).collect();
    done.sort();
    assert_eq!(done, (0..300).map(name).collect::<Vec<_>>());
}

async fn a_retry_waits_and_holds_up_its_key_only(place: Place) {
    let store = place.open().await;
    add(&store, &[intent("a1", "a"), intent("a2", "a"), intent("b1", "b")]).await;
    let now = Utc::now();
    let claimed = claim(&store, "me", 1, 1).await;
    let retry = Outcome::Retry { at: now + TimeDelta::hours(1), error: "not yet".to_owned() };

    settle(&store, &claimed, "me", &retry).await;

    let status = store.intents(Some(ACME), 10).await.unwrap().remove(0);
    assert_eq!((status.effect_id.as_str(), status.attempts, status.parked), ("a1", 1, false));
    assert_eq!(status.error.as_deref(), Some("not yet"));
    assert_eq!(effects(&claim(&store, "me", 10, 10).await), ["b1"]);
    let later = claim_at(&store, "me", 10, 10, LONG, now + TimeDelta::minutes(61)).await;
    assert_eq!(effects(&later), ["a1", "a2"]);
    assert_eq!(later[0].attempts, 1);
}

async fn parked_work_stays_visible_and_lets_the_next_one_pass(place: Place) {
    let store = place.open().await;
    add(&store, &[intent("a1", "a"), intent("a2", "a")]).await;
    let claimed = claim(&store, "me", 1, 1).await;

    settle(&store, &claimed, "me", &Outcome::Parked { error: "hopeless".to_owned() }).await;

    let listed = store.intents(None, 10).await.unwrap();
    let parked: Vec<_> = listed.iter().map(|one| (one.effect_id.as_str(), one.parked)).collect();
    assert_eq!(parked, [("a1", true), ("a2", false)]);
    assert_eq!(listed[0].error.as_deref(), Some("hopeless"));
    assert!(store.intents(Some("01OTHER"), 10).await.unwrap().is_empty());
    assert_eq!(store.unfinished().await.unwrap(), 1);
    assert_eq!(effects(&claim(&store, "me", 10, 10).await), ["a2"]);
}

async fn a_lease_that_ran_out_goes_to_another(place: Place) {
    let store = place.open().await;
    add(&store, &[intent("a", "a")]).await;
    let mine = claim_at(&store, "me", 1, 1, SHORT, Utc::now()).await;

    let mut theirs = Vec::new();
    eventually("the lease runs out", async || {
        theirs = claim(&store, "you", 1, 1).await;
        !theirs.is_empty()
    })
    .await;

    assert_eq!((theirs[0].id, theirs[0].attempts), (mine[0].id, 1));
    let late = store.settle(&[mine[0].id], "me", &Outcome::Done).await;
    assert!(matches!(late, Err(StoreError::LeaseLost)), "{late:?}");
    settle(&store, &theirs, "you", &Outcome::Done).await;
    assert_eq!(store.unfinished().await.unwrap(), 0);
}

async fn a_heartbeat_keeps_a_lease(place: Place) {
    let store = place.open().await;
    add(&store, &[intent("a", "a"), intent("b", "b")]).await;
    let mine = claim_at(&store, "me", 1, 1, Duration::from_secs(1), Utc::now()).await;
    store.heartbeat(&[mine[0].id], "me", LONG).await.unwrap();
    let clock = claim_at(&store, "clock", 1, 1, Duration::from_millis(1_200), Utc::now()).await;

    // The other intent's lease tells when the first one's would have been over.
    eventually("a longer lease runs out", async || !claim(&store, "you", 1, 1).await.is_empty())
        .await;

    assert_eq!(effects(&clock), ["b"]);
    assert!(claim(&store, "you", 2, 1).await.is_empty());
    settle(&store, &mine, "me", &Outcome::Done).await;
}

async fn work_of_the_future_is_not_due(place: Place) {
    let store = place.open().await;
    let now = Utc::now();
    let mut tomorrow = intent("a", "a");
    tomorrow.run_at = Some(now + TimeDelta::days(1));
    add(&store, &[tomorrow, intent("b", "b")]).await;

    assert_eq!(effects(&claim(&store, "me", 10, 10).await), ["b"]);
    let then = claim_at(&store, "me", 10, 10, LONG, now + TimeDelta::days(2)).await;
    assert_eq!(effects(&then), ["a"]);
}

async fn work_of_other_kinds_is_left_alone(place: Place) {
    let store = place.open().await;
    let mut run = intent("a", "a");
    run.kind = "run".to_owned();
    add(&store, &[run, intent("b", "a")]).await;

    assert_eq!(effects(&claim(&store, "me", 10, 10).await), ["b"]);
    let (kinds, now) = (&["run"][..], Utc::now());
    let claim = Claim { kinds, owner: "me", keys: 1, per_key: 1, lease: LONG, now };
    let runs = store.claim(&claim).await.unwrap();
    assert_eq!(effects(&runs), ["a"]);
}

async fn a_restart_loses_no_work(place: Place) {
    let store = place.open().await;
    add(&store, &[intent("a", "a"), intent("b", "b")]).await;
    claim_at(&store, "me", 1, 1, SHORT, Utc::now()).await;
    drop(store);

    let store = place.reopen().await;

    let mut found = Vec::new();
    eventually("both are free again", async || {
        found.extend(claim(&store, "you", 2, 1).await);
        found.len() == 2
    })
    .await;
}

async fn what_is_parked_is_tried_again_as_if_for_the_first_time_or_dropped(place: Place) {
    let store = place.open().await;
    add(&store, &[intent("a", "a"), intent("b", "b"), intent("c", "c")]).await;
    let mine = claim(&store, "me", 2, 1).await;
    settle(&store, &mine, "me", &Outcome::Parked { error: "no".into() }).await;
    let [a, b] = [mine[0].id, mine[1].id];

    assert!(!store.retry_parked("another tenant", a).await.unwrap());
    assert!(store.retry_parked(ACME, a).await.unwrap());
    assert!(store.drop_parked(ACME, b).await.unwrap());
    // Once: it is parked no more. What never was is nobody's to drop.
    assert!(!store.retry_parked(ACME, a).await.unwrap());
    let waiting = store.intents(None, 10).await.unwrap();
    assert!(!store.drop_parked(ACME, waiting[1].id).await.unwrap());

    let again = claim(&store, "you", 10, 1).await;
    assert_eq!(effects(&again), ["a", "c"]);
    assert_eq!(again[0].attempts, 0);
}

async fn what_waits_for_a_time_can_be_woken(place: Place) {
    let store = place.open().await;
    let mut tomorrow = intent("a", "a");
    tomorrow.run_at = Some(Utc::now() + TimeDelta::days(1));
    let other = NewIntent { effect_id: "b".into(), key: "b".into(), ..tomorrow.clone() };
    add(&store, &[tomorrow, other]).await;

    store.wake(ACME, "mail", "a").await.unwrap();

    assert_eq!(effects(&claim(&store, "me", 10, 10).await), ["a"]);
}
