//! Queues of outbound endpoints: of each key one message at a time, and everything written down once.

use chrono::{DateTime, TimeDelta, Utc};
use rollcall_store::{
    Attempted, Delivery, DeliveryState, EndpointHealth, Fate, NewDelivery, ParkedSince, Store,
};

use crate::place::{Place, on_both_databases};

on_both_databases!(
    of_each_key_the_first_is_due_and_then_the_next,
    queues_with_something_due_are_known_unless_they_rest,
    a_message_is_queued_once_and_an_older_one_comes_first,
    what_is_parked_is_sent_again_in_order,
    what_stands_behind_an_older_one_says_nothing_of_when_to_look,
    what_is_parked_is_known_for_as_long_as_it_takes,
    answers_are_sealed_and_go_with_the_person,
    what_ended_while_it_was_under_way_stays_so_unless_it_was_delivered,
    many_hands_at_one_queue_leave_nothing_stuck,
);

const ACME: &str = "acme";

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(seconds)
}

fn message(endpoint: &str, key: &str, position: u64) -> NewDelivery {
    NewDelivery {
        id: format!("{endpoint}-{key}-{position}"),
        endpoint: endpoint.to_owned(),
        message: format!("msg_{position}"),
        kind: "employee_data_changed".to_owned(),
        order_key: key.to_owned(),
        position,
        part: 3,
        run: None,
        subject: Some(key.to_owned()),
    }
}

async fn store(place: &Place) -> Store {
    let store = place.open().await;
    store.register_tenant(ACME, ACME).await.unwrap();
    store
}

async fn due(store: &Store, seconds: i64) -> Vec<Delivery> {
    store.due_deliveries(ACME, "e", at(seconds), 100).await.unwrap()
}

fn ids(deliveries: &[Delivery]) -> Vec<&str> {
    deliveries.iter().map(|one| one.id.as_str()).collect()
}

async fn record(store: &Store, delivery: &Delivery, seconds: i64, fate: Fate) {
    let delivered = fate == Fate::Delivered;
    let attempted = Attempted {
        delivery: delivery.id.clone(),
        order_key: delivery.order_key.clone(),
        at: at(seconds),
        millis: 12,
        status: Some(if delivered { 200 } else { 500 }),
        error: (!delivered).then(|| "it answered 500".to_owned()),
        reply: Some(b"name of somebody".to_vec()),
        fate,
    };
    let health = EndpointHealth { succeeded_at: Some(at(seconds)), ..EndpointHealth::default() };
    store.record_attempts(ACME, "e", &[attempted], health).await.unwrap();
}

async fn of_each_key_the_first_is_due_and_then_the_next(place: Place) {
    let store = store(&place).await;
    let new = [("a", 1), ("b", 2), ("a", 3), ("a", 5)].map(|(key, n)| message("e", key, n));
    assert_eq!(store.add_deliveries(ACME, &new, at(0)).await.unwrap(), 4);
    assert_eq!(store.due_deliveries(ACME, "other", at(9), 9).await.unwrap(), []);
    assert_eq!(store.due_deliveries("beta", "e", at(9), 9).await.unwrap(), []);

    let first = due(&store, 0).await;
    assert_eq!(ids(&first), ["e-a-1", "e-b-2"]);
    record(&store, &first[0], 1, Fate::Again(at(60))).await;
    assert_eq!(ids(&due(&store, 2).await), ["e-b-2"], "nobody overtakes who waits");
    let next = store.next_delivery(ACME, "e").await.unwrap();
    assert_eq!(next, Some(at(0)));
    record(&store, &first[1], 2, Fate::Delivered).await;
    assert_eq!(store.next_delivery(ACME, "e").await.unwrap(), Some(at(60)));
    let again = due(&store, 60).await;
    assert_eq!((ids(&again), again[0].tries), (vec!["e-a-1"], 1));
    record(&store, &again[0], 61, Fate::Parked("exhausted".to_owned())).await;

    let behind = due(&store, 61).await;
    assert_eq!(ids(&behind), ["e-a-3"], "who is parked holds up nobody");
    record(&store, &behind[0], 62, Fate::Delivered).await;
    assert_eq!(ids(&due(&store, 62).await), ["e-a-5"]);
    let attempts = store.attempts(ACME, "e-a-1").await.unwrap();
    assert_eq!(attempts.iter().map(|one| one.n).collect::<Vec<_>>(), [1, 2]);
    let health = store.endpoint_health(ACME, "e").await.unwrap();
    assert_eq!((health.failing_since, health.succeeded_at), (None, Some(at(62))));
}

async fn queues_with_something_due_are_known_unless_they_rest(place: Place) {
    let store = store(&place).await;
    let new = [("e", "a"), ("e", "b"), ("f", "a")].map(|(endpoint, key)| message(endpoint, key, 1));
    store.add_deliveries(ACME, &new, at(0)).await.unwrap();
    let queues = async |seconds| {
        let mut found = store.due_queues(at(seconds)).await.unwrap();
        found.sort();
        assert!(found.iter().all(|(tenant, _)| &**tenant == ACME));
        found.into_iter().map(|(_, endpoint)| endpoint).collect::<Vec<_>>()
    };
    assert_eq!(queues(-1).await, [] as [&str; 0]);
    assert_eq!(queues(0).await, ["e", "f"]);

    for one in due(&store, 0).await {
        record(&store, &one, 1, Fate::Delivered).await;
    }
    assert_eq!(queues(1).await, ["f"]);
    let health = EndpointHealth { quiet_until: Some(at(60)), ..EndpointHealth::default() };
    store.record_attempts(ACME, "f", &[], health).await.unwrap();
    assert_eq!(queues(59).await, [] as [&str; 0]);
    assert_eq!(queues(60).await, ["f"]);
}

async fn a_message_is_queued_once_and_an_older_one_comes_first(place: Place) {
    let store = store(&place).await;
    store.add_deliveries(ACME, &[message("e", "a", 7)], at(0)).await.unwrap();
    let both = [message("e", "a", 7), message("e", "a", 4)];
    assert_eq!(store.add_deliveries(ACME, &both, at(1)).await.unwrap(), 1);

    assert_eq!(ids(&due(&store, 1).await), ["e-a-4"], "what was missed is older");
    let first = due(&store, 1).await.remove(0);
    record(&store, &first, 2, Fate::Delivered).await;
    assert_eq!(ids(&due(&store, 2).await), ["e-a-7"]);
    let known = ["e-a-4", "e-a-5", "e-a-7"].map(str::to_owned);
    let mut found = store.known_deliveries(ACME, &known).await.unwrap();
    found.sort();
    assert_eq!(found, ["e-a-4", "e-a-7"]);
    let listed = store.deliveries(ACME, Some("e"), None, None, 1).await.unwrap();
    let older = store.deliveries(ACME, None, None, Some(listed[0].seq), 9).await.unwrap();
    assert_eq!((ids(&listed), ids(&older)), (vec!["e-a-4"], vec!["e-a-7"]));
}

async fn what_is_parked_is_sent_again_in_order(place: Place) {
    let store = store(&place).await;
    let new = [("a", 1), ("a", 2), ("b", 3)].map(|(key, n)| message("e", key, n));
    store.add_deliveries(ACME, &new, at(0)).await.unwrap();
    let parked = DeliveryState::Parked;
    store.end_deliveries(ACME, "e", parked, "disabled", at(10)).await.unwrap();
    assert_eq!(due(&store, 99).await, []);
    let since = |seconds, reason| ParkedSince { since: at(seconds), reason };
    let count = async |which| store.parked_deliveries(ACME, "e", which).await.unwrap();
    assert_eq!(count(since(0, None)).await, 3);
    assert_eq!(count(since(11, None)).await, 0);
    assert_eq!(count(since(0, Some("exhausted"))).await, 0);

    let which = since(0, Some("disabled"));
    assert_eq!(store.resend_parked(ACME, "e", which, at(20)).await.unwrap(), 3);
    let first = due(&store, 20).await;
    assert_eq!(ids(&first), ["e-a-1", "e-b-3"]);
    record(&store, &first[0], 21, Fate::Delivered).await;
    assert!(store.resend_delivery(ACME, "e", "e-a-1", at(22)).await.unwrap());
    assert_eq!(ids(&due(&store, 22).await), ["e-b-3", "e-a-1"], "again before the next");
    assert!(!store.resend_delivery(ACME, "other", "e-a-1", at(22)).await.unwrap());
    assert!(!store.resend_delivery(ACME, "e", "unknown", at(22)).await.unwrap());
}

async fn what_stands_behind_an_older_one_says_nothing_of_when_to_look(place: Place) {
    let store = store(&place).await;
    let new = [1, 2].map(|n| message("e", "a", n));
    store.add_deliveries(ACME, &new, at(0)).await.unwrap();
    let first = due(&store, 0).await.remove(0);
    record(&store, &first, 1, Fate::Parked("exhausted".to_owned())).await;
    assert_eq!(ids(&due(&store, 1).await), ["e-a-2"]);

    store.resend_delivery(ACME, "e", "e-a-1", at(2)).await.unwrap();
    let again = due(&store, 2).await.remove(0);
    record(&store, &again, 3, Fate::Again(at(60))).await;

    assert_eq!(due(&store, 59).await, []);
    assert_eq!(store.next_delivery(ACME, "e").await.unwrap(), Some(at(60)));
}

async fn what_is_parked_is_known_for_as_long_as_it_takes(place: Place) {
    let store = store(&place).await;
    let new = [message("e", "a", 1), message("e", "b", 2)];
    store.add_deliveries(ACME, &new, at(0)).await.unwrap();
    let both = due(&store, 0).await;
    record(&store, &both[0], 1, Fate::Parked("disabled".to_owned())).await;
    record(&store, &both[1], 1, Fate::Delivered).await;

    // By a clock that is months ahead.
    store.sweep().await.unwrap();

    let known = ["e-a-1", "e-b-2"].map(str::to_owned);
    assert_eq!(store.known_deliveries(ACME, &known).await.unwrap(), ["e-a-1"]);
    assert_eq!(store.attempts(ACME, "e-a-1").await.unwrap().len(), 1);
}

async fn answers_are_sealed_and_go_with_the_person(place: Place) {
    let store = store(&place).await;
    store.add_deliveries(ACME, &[message("e", "a", 1)], at(0)).await.unwrap();
    let one = due(&store, 0).await.remove(0);
    record(&store, &one, 1, Fate::Delivered).await;

    let reply = async || store.attempts(ACME, "e-a-1").await.unwrap().remove(0).reply;
    assert_eq!(reply().await.as_deref(), Some(&b"name of somebody"[..]));
    assert!(!place.holds("name of somebody").await);
    store.forget_replies(ACME, "b").await.unwrap();
    assert!(reply().await.is_some());
    store.forget_replies(ACME, "a").await.unwrap();
    assert_eq!(reply().await, None);
    // It ended long ago by the clock of everybody.
    store.sweep().await.unwrap();
    assert_eq!(store.delivery(ACME, "e-a-1").await.unwrap(), None);
    assert_eq!(store.attempts(ACME, "e-a-1").await.unwrap(), []);
}

async fn what_ended_while_it_was_under_way_stays_so_unless_it_was_delivered(place: Place) {
    let store = store(&place).await;
    let new = [("a", 1), ("b", 2)].map(|(key, n)| message("e", key, n));
    store.add_deliveries(ACME, &new, at(0)).await.unwrap();
    let under_way = due(&store, 0).await;
    let parked = DeliveryState::Parked;
    store.end_deliveries(ACME, "e", parked, "disabled", at(1)).await.unwrap();

    record(&store, &under_way[0], 2, Fate::Again(at(60))).await;
    record(&store, &under_way[1], 2, Fate::Delivered).await;

    let state = async |id| store.delivery(ACME, id).await.unwrap().unwrap().state;
    assert_eq!(state("e-a-1").await, DeliveryState::Parked);
    assert_eq!(state("e-b-2").await, DeliveryState::Delivered);
    assert_eq!(due(&store, 99).await, []);
}

/// Queueing and writing down at once, of the same keys: whoever is first at the end has a time.
async fn many_hands_at_one_queue_leave_nothing_stuck(place: Place) {
    let store = store(&place).await;
    let adding = async {
        for position in 1..=60 {
            let new = ["a", "b"].map(|key| message("e", key, position));
            store.add_deliveries(ACME, &new, at(0)).await.unwrap();
        }
    };
    let sending = async {
        let mut sent = 0;
        while sent < 120 {
            for one in due(&store, 0).await {
                record(&store, &one, 0, Fate::Delivered).await;
                sent += 1;
            }
            tokio::task::yield_now().await;
        }
        sent
    };
    let both = async { tokio::join!(adding, sending).1 };
    let sent = tokio::time::timeout(crate::place::PATIENCE, both).await;
    assert_eq!(sent.expect("a message was never due"), 120);
}
