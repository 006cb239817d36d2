//! Erasing a person: unreadable everywhere, for good, and nobody else with them.

use chrono::{TimeDelta, Utc};
use futures_util::future::join_all;
use rollcall_store::{AppendError, Expected, Store, StoreError};

use super::events::{ACME, about, acme, blob, event, log, stream, to};
use crate::place::{Place, on_both_databases};

on_both_databases!(
    an_erased_person_is_unreadable_and_the_others_are_not,
    nothing_personal_is_written_about_an_erased_person,
    a_body_that_names_an_erased_person_is_gone,
    what_is_kept_for_a_while_goes_with_an_erasure,
    an_erasure_outlives_a_restart,
    an_erasure_reaches_what_was_on_its_way,
    erasing_twice_or_nobody_is_fine,
);

async fn erase(store: &Store, subject: &str) {
    store.erase(ACME, subject).await.unwrap();
}

async fn personal(store: &Store) -> Vec<Option<Vec<u8>>> {
    let mut page = log(store).await;
    store.unseal(&mut page).await.unwrap();
    page.into_iter().map(|event| event.personal).collect()
}

async fn an_erased_person_is_unreadable_and_the_others_are_not(place: Place) {
    let store = place.open().await;
    acme(&store).await;
    let both = vec![about("ada", "Ada"), about("bob", "Bob"), about("ada", "Ada again")];
    store.append(to("actor/1", Expected::Any, both)).await.unwrap();

    erase(&store, "ada").await;

    assert_eq!(personal(&store).await, [None, Some(b"Bob".to_vec()), None]);
    let read = stream(&store, "actor/1").await;
    assert!(read[0].sealed.is_some() && read[0].personal.is_none());
}

async fn nothing_personal_is_written_about_an_erased_person(place: Place) {
    let store = place.open().await;
    acme(&store).await;
    store.append(to("actor/1", Expected::Any, vec![about("ada", "Ada")])).await.unwrap();
    erase(&store, "ada").await;
    erase(&store, "never seen").await;

    for subject in ["ada", "never seen"] {
        let refused = store.append(to("actor/1", Expected::Any, vec![about(subject, "Ada")])).await;
        assert!(
            matches!(&refused, Err(AppendError::Erased { subject: named }) if named == subject),
            "{refused:?}"
        );
    }
    let mut clear = event("{}");
    clear.subject = Some("ada".to_owned());
    store.append(to("actor/1", Expected::Any, vec![clear])).await.unwrap();
}

async fn a_body_that_names_an_erased_person_is_gone(place: Place) {
    let store = place.open().await;
    acme(&store).await;
    let append = to("receipt/1", Expected::Any, vec![event("{}")])
        .blob(blob("01A", b"ada and bob", &["bob", "ada"]))
        .blob(blob("01B", b"bob", &["bob"]))
        .blob(blob("01C", b"nobody", &[]));
    store.append(append).await.unwrap();
    assert_eq!(store.read_blob(ACME, "01A").await.unwrap(), b"ada and bob");

    erase(&store, "ada").await;

    let gone = store.read_blob(ACME, "01A").await;
    assert!(matches!(gone, Err(StoreError::NotFound(_))), "{gone:?}");
    assert_eq!(store.read_blob(ACME, "01B").await.unwrap(), b"bob");
    assert_eq!(store.read_blob(ACME, "01C").await.unwrap(), b"nobody");
}

async fn what_is_kept_for_a_while_goes_with_an_erasure(place: Place) {
    let store = place.open().await;
    acme(&store).await;
    let later = Utc::now() + TimeDelta::hours(1);
    let kinds = ["operation", "idempotency", "plan"];
    for kind in kinds {
        store.put_entry(ACME, kind, "a", b"an answer about ada", later).await.unwrap();
    }

    erase(&store, "ada").await;

    for kind in kinds {
        assert_eq!(store.entry(ACME, kind, "a").await.unwrap(), None, "{kind}");
        assert!(store.add_entry(ACME, kind, "a", b"another", later).await.unwrap());
    }
}

async fn an_erasure_outlives_a_restart(place: Place) {
    let store = place.open().await;
    acme(&store).await;
    let append = to("actor/1", Expected::Any, vec![about("ada", "Ada"), about("bob", "Bob")]);
    store.append(append.blob(blob("01A", b"ada", &["ada"]))).await.unwrap();
    erase(&store, "ada").await;
    drop(store);

    let store = place.reopen().await;

    assert_eq!(personal(&store).await, [None, Some(b"Bob".to_vec())]);
    assert!(store.read_blob(ACME, "01A").await.is_err());
    let refused = store.append(to("actor/1", Expected::Any, vec![about("ada", "Ada")])).await;
    assert!(matches!(refused, Err(AppendError::Erased { .. })), "{refused:?}");
}

async fn an_erasure_reaches_what_was_on_its_way(place: Place) {
    let store = place.open().await;
    acme(&store).await;

    for round in 0..20 {
        let person = format!("person {round}");
        let append = |number: usize| {
            let stream = format!("actor/{round}/{number}");
            let body = blob(&format!("01{round}-{number}"), b"body", &[&person]);
            store.append(to(&stream, Expected::Any, vec![about(&person, "Ada")]).blob(body))
        };
        let erased = async {
            // Somewhere in the middle of them.
            for _ in 0..round {
                tokio::task::yield_now().await;
            }
            erase(&store, &person).await;
        };
        tokio::join!(join_all((0..10).map(append)), erased);
    }
    drop(store);

    let store = place.reopen().await;
    assert!(personal(&store).await.iter().all(Option::is_none));
    for round in 0..20 {
        for number in 0..10 {
            let body = store.read_blob(ACME, &format!("01{round}-{number}")).await;
            assert!(body.is_err(), "body {number} of person {round} is still there");
        }
    }
}

async fn erasing_twice_or_nobody_is_fine(place: Place) {
    let store = place.open().await;
    acme(&store).await;
    store.append(to("actor/1", Expected::Any, vec![about("bob", "Bob")])).await.unwrap();

    erase(&store, "ada").await;
    erase(&store, "ada").await;

    assert_eq!(personal(&store).await, [Some(b"Bob".to_vec())]);
}

/// Two nodes keep keys in memory, each for itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erasure_on_one_node_is_one_on_the_other() {
    let place = Place::postgres();
    let (here, there) = (place.open().await, place.open().await);
    acme(&here).await;
    let append = to("actor/1", Expected::Any, vec![about("ada", "Ada")]);
    there.append(append.blob(blob("01A", b"ada", &["ada"]))).await.unwrap();
    assert_eq!(personal(&there).await, [Some(b"Ada".to_vec())]);
    assert_eq!(there.read_blob(ACME, "01A").await.unwrap(), b"ada");

    erase(&here, "ada").await;

    let refused = there.append(to("actor/1", Expected::Any, vec![about("ada", "Ada")])).await;
    assert!(matches!(refused, Err(AppendError::Erased { .. })), "{refused:?}");
    assert_eq!(personal(&there).await, [None]);
    assert!(there.read_blob(ACME, "01A").await.is_err());
}
