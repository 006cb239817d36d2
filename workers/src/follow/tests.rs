//! Where reactors start, where they go on, and what stops them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rollcall_domain::Recorded;
use rollcall_domain::tenant::Plan;
use rollcall_store::{Append, Cause, Expected, NewEvent, NewIntent, TakeReactor};
use tokio::sync::Notify;

use super::{Reactor, Reactors, Start, effect_id};
use crate::testing::{Place, eventually};

const NOTES: Reactor = Reactor {
    name: "notes",
    version: 1,
    reads: &["tenant."],
    start: Start::Beginning,
    react: |page| notes("notes", page),
};

/// The same of other events.
const OTHERS: Reactor = Reactor {
    name: "others",
    reads: &["scenario.created"],
    react: |page| notes("others", page),
    ..NOTES
};

/// One intent for each event.
fn notes(name: &str, page: &[Recorded]) -> Vec<NewIntent> {
    let note = |recorded: &Recorded| NewIntent {
        effect_id: effect_id(name, recorded),
        kind: "note".to_owned(),
        tenant: recorded.tenant.clone(),
        key: recorded.tenant.to_string(),
        payload: vec![],
        run_at: None,
    };
    page.iter().map(note).collect()
}

fn start(place: &Place, reactors: &[Reactor]) -> Reactors {
    Reactors::start(&place.store, reactors, "me", Arc::new(Notify::new()))
}

/// The effect ids of what was asked for.
async fn asked(place: &Place) -> Vec<String> {
    place.intents().await.into_iter().map(|intent| intent.effect_id).collect()
}

async fn are_asked(place: &Place, count: usize) {
    eventually("it is asked for", async || asked(place).await.len() == count).await;
}

/// Where a reactor is that nobody runs any more.
async fn checkpoint(place: &Place, reactor: &Reactor) -> u64 {
    let place_of = TakeReactor {
        name: reactor.name,
        version: reactor.version,
        shard: 0,
        owner: "test",
        lease: Duration::ZERO,
        from: 0,
    };
    let taken = place.store.take_reactor(&place_of).await;
    taken.unwrap().unwrap().checkpoint
}

/// An event of a type that is known, in a shape that is not.
async fn write_nonsense(place: &Place, tenant: &str) {
    let event = NewEvent {
        kind: "tenant.plan_changed".to_owned(),
        schema_version: 1,
        payload: b"{}".to_vec(),
        personal: None,
        subject: None,
        effective_at: None,
    };
    let append = Append::new(tenant, Cause::by("test"));
    let append = append.stream(format!("tenant/{tenant}"), Expected::Any, vec![event]);
    place.store.append(append).await.unwrap();
}

#[tokio::test]
async fn what_was_there_before_the_first_reactor_is_reacted_to() {
    let place = Place::new().await;
    place.tenant("acme", Plan::Team).await;

    let reactors = start(&place, &[NOTES]);
    are_asked(&place, 1).await;
    place.tenant("other", Plan::Team).await;
    are_asked(&place, 2).await;

    reactors.stop().await;
    assert_eq!(asked(&place).await, ["notes/0/1", "notes/0/4"]);
}

#[tokio::test]
async fn one_that_starts_now_leaves_the_past_alone() {
    let place = Place::new().await;
    place.tenant("acme", Plan::Team).await;
    let later = Reactor { start: Start::Now, ..NOTES };

    let reactors = start(&place, &[later]);
    let mut turn = 0;
    eventually("it reacts to what comes", async || {
        turn += 1;
        place.tenant(&format!("other-{turn}"), Plan::Team).await;
        !asked(&place).await.is_empty()
    })
    .await;

    reactors.stop().await;
    assert!(!asked(&place).await.contains(&"notes/0/1".to_owned()));
}

#[tokio::test]
async fn a_reactor_that_starts_again_asks_nothing_twice() {
    let place = Place::new().await;
    place.tenant("acme", Plan::Team).await;
    let reactors = start(&place, &[NOTES]);
    are_asked(&place, 1).await;
    reactors.stop().await;

    let again = Reactor { version: 2, ..NOTES };
    let reactors = start(&place, &[NOTES, again]);
    place.tenant("other", Plan::Team).await;
    are_asked(&place, 2).await;
    reactors.stop().await;

    assert_eq!(asked(&place).await, ["notes/0/1", "notes/0/4"]);
}

#[tokio::test]
async fn a_place_moves_past_events_that_ask_for_nothing() {
    static SEEN: AtomicU64 = AtomicU64::new(0);
    let place = Place::new().await;
    let silent = Reactor {
        react: |page| {
            SEEN.fetch_max(page.last().map_or(0, |last| last.position), Ordering::SeqCst);
            vec![]
        },
        ..NOTES
    };

    let reactors = start(&place, &[silent]);
    place.tenant("acme", Plan::Team).await;
    eventually("it is read", async || SEEN.load(Ordering::SeqCst) == 1).await;
    reactors.stop().await;

    assert_eq!(checkpoint(&place, &silent).await, place.store.head(0).await.unwrap());
}

#[tokio::test]
async fn an_event_that_cant_be_read_stops_one_reactor_there_and_no_other() {
    let place = Place::new().await;
    place.tenant("acme", Plan::Team).await;
    write_nonsense(&place, "acme").await;
    place.tenant("other", Plan::Team).await;

    let reactors = start(&place, &[NOTES, OTHERS]);
    are_asked(&place, 3).await;
    reactors.stop().await;

    let mut asked = asked(&place).await;
    asked.sort();
    assert_eq!(asked, ["notes/0/1", "others/0/2", "others/0/6"]);
    assert_eq!(checkpoint(&place, &NOTES).await, 3);
}

#[tokio::test]
async fn a_reactor_that_panics_stops_alone_and_is_tried_again_later() {
    static PANICS: AtomicU64 = AtomicU64::new(0);
    let place = Place::new().await;
    let broken = Reactor {
        react: |_| {
            PANICS.fetch_add(1, Ordering::SeqCst);
            panic!("as told")
        },
        ..NOTES
    };
    place.tenant("acme", Plan::Team).await;

    let reactors = start(&place, &[broken, OTHERS]);
    eventually("it panics", async || PANICS.load(Ordering::SeqCst) == 1).await;
    are_asked(&place, 1).await;

    assert!(!reactors.followers[0].is_finished());
    reactors.stop().await;
    assert_eq!(asked(&place).await, ["others/0/2"]);
    assert_eq!(checkpoint(&place, &broken).await, 0);
}
