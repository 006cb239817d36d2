//! Personal parts: sealed where they lie, open to readers, bound to their place.

use futures_util::future::join_all;
use rollcall_store::{Append, Cause, Expected};
use secrecy::SecretString;

use super::events::{ACME, about, acme, blob, event, log, stream, to};
use crate::place::{Place, on_both_databases};

on_both_databases!(
    personal_parts_are_sealed_at_rest_and_opened_on_read,
    a_page_of_the_log_is_sealed_until_it_is_opened,
    equal_parts_are_never_sealed_alike,
    subjects_that_begin_at_the_same_time_all_open,
    one_tenants_keys_open_nothing_of_another,
);

const SECRET: &str = "Augusta-Ada-Lovelace";

async fn personal_parts_are_sealed_at_rest_and_opened_on_read(place: Place) {
    let store = place.open().await;
    acme(&store).await;
    let body = blob("01BODY", format!("body of {SECRET}").as_bytes(), &["ada"]);
    let append = to("actor/1", Expected::NoStream, vec![about("ada", SECRET), event("Clear-Part")]);
    store.append(append.blob(body)).await.unwrap();
    store.vault_put(ACME, "key", &SecretString::from(SECRET)).await.unwrap();

    let read = stream(&store, "actor/1").await;

    assert_eq!(read[0].personal.as_deref(), Some(SECRET.as_bytes()));
    assert_eq!(read[1].personal, None);
    assert!(place.holds("Clear-Part").await, "the search itself finds nothing");
    assert!(!place.holds(SECRET).await);
    drop(store);
    let store = place.reopen().await;
    assert_eq!(stream(&store, "actor/1").await, read);
}

async fn a_page_of_the_log_is_sealed_until_it_is_opened(place: Place) {
    let store = place.open().await;
    acme(&store).await;
    let two = vec![about("ada", SECRET), about("bob", "Bob")];
    store.append(to("actor/1", Expected::Any, two)).await.unwrap();

    let mut page = log(&store).await;
    assert!(page.iter().all(|event| event.personal.is_none() && event.sealed.is_some()));
    store.unseal(&mut page).await.unwrap();

    let personal: Vec<_> = page.iter().map(|event| event.personal.as_deref().unwrap()).collect();
    assert_eq!(personal, [SECRET.as_bytes(), b"Bob"]);
    assert!(page.iter().all(|event| event.sealed.is_some()));
}

async fn equal_parts_are_never_sealed_alike(place: Place) {
    let store = place.open().await;
    acme(&store).await;
    let same = vec![about("ada", SECRET), about("ada", SECRET), about("bob", SECRET)];
    store.append(to("actor/1", Expected::Any, same)).await.unwrap();

    let mut page = log(&store).await;
    let sealed: std::collections::BTreeSet<_> =
        page.iter().map(|event| event.sealed.clone()).collect();
    assert_eq!(sealed.len(), 3);

    // Sealed bytes moved to another event open nowhere.
    page[1].sealed = page[0].sealed.clone();
    assert!(store.unseal(&mut page).await.is_err());
}

async fn subjects_that_begin_at_the_same_time_all_open(place: Place) {
    let store = place.open().await;
    acme(&store).await;

    let appends = (0..100).map(|number| {
        let person = format!("person {}", number % 10);
        store.append(to(
            &format!("actor/{number}"),
            Expected::NoStream,
            vec![about(&person, SECRET)],
        ))
    });
    join_all(appends).await.into_iter().for_each(|result| drop(result.unwrap()));
    drop(store);

    let store = place.reopen().await;
    let mut page = log(&store).await;
    store.unseal(&mut page).await.unwrap();
    assert_eq!(page.len(), 100);
    assert!(page.iter().all(|event| event.personal.as_deref() == Some(SECRET.as_bytes())));
}

async fn one_tenants_keys_open_nothing_of_another(place: Place) {
    let store = place.open().await;
    acme(&store).await;
    store.register_tenant("01OTHER", "other").await.unwrap();
    let body = blob("01BODY", b"body", &["ada"]);
    store
        .append(to("actor/1", Expected::Any, vec![about("ada", SECRET)]).blob(body))
        .await
        .unwrap();
    store.vault_put(ACME, "key", &SecretString::from(SECRET)).await.unwrap();
    let theirs = Append::new("01OTHER", Cause::by("test"));
    store.append(theirs.stream("actor/1", Expected::Any, vec![about("ada", "x")])).await.unwrap();

    let mut page = log(&store).await;
    page.retain(|event| &*event.tenant == ACME);
    page[0].tenant = "01OTHER".into();

    let opened = store.unseal(&mut page).await;
    assert!(opened.is_err() || page[0].personal.is_none());
    assert!(store.read_blob("01OTHER", "01BODY").await.is_err());
    assert!(store.vault_get("01OTHER", "key").await.unwrap().is_none());
}
