//! Streams: order, expectations, appends to several of them, idempotency keys, tenants.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::DateTime;
use rollcall_store::{Append, AppendError, Cause, Clock, Expected, Moved, StoreError};

use super::events::{ACME, acme, event, events, log, moved, payloads, stream, to};
use crate::place::{Place, on_both_databases};

on_both_databases!(
    a_stream_reads_back_in_order,
    a_stream_reads_back_from_a_version_on,
    an_event_comes_back_as_it_was_written,
    an_event_was_recorded_when_the_clock_says_and_never_before_the_last_one,
    no_stream_passes_once,
    exact_passes_only_at_that_version,
    any_always_passes,
    a_conflict_names_every_stream_that_moved,
    an_append_to_many_streams_is_written_whole_or_not_at_all,
    a_stream_without_events_still_checks_its_expectation,
    an_append_that_can_never_pass_is_refused,
    a_repeat_under_the_same_key_returns_the_first_result,
    another_content_under_the_same_key_is_refused,
    keys_of_one_batch_are_told_apart_too,
    a_conflicting_append_does_not_use_its_key_up,
    an_unknown_tenant_has_no_log,
    tenants_never_see_each_other,
    everything_is_there_after_a_restart,
);

async fn an_event_was_recorded_when_the_clock_says_and_never_before_the_last_one(mut place: Place) {
    let seconds = Arc::new(AtomicI64::new(4_000_000_000));
    let hand = seconds.clone();
    let now = move || DateTime::from_timestamp(hand.load(Ordering::SeqCst), 0).unwrap();
    place.clock = Clock::new(now);
    let store = place.open().await;
    acme(&store).await;

    for (stream, moved) in [("thing/1", 0), ("thing/2", 5), ("thing/3", -60)] {
        seconds.fetch_add(moved, Ordering::SeqCst);
        store.append(to(stream, Expected::NoStream, events(1))).await.unwrap();
    }

    let times = log(&store).await.into_iter().map(|event| event.recorded_at.timestamp());
    assert_eq!(times.collect::<Vec<_>>(), [4_000_000_000, 4_000_000_005, 4_000_000_005]);
}

async fn a_stream_reads_back_in_order(place: Place) {
    let store = place.open().await;
    acme(&store).await;

    store.append(to("thing/1", Expected::NoStream, events(3))).await.unwrap();
    store.append(to("thing/2", Expected::NoStream, events(1))).await.unwrap();
    store.append(to("thing/1", Expected::Exact(3), vec![event("last")])).await.unwrap();

    let read = stream(&store, "thing/1").await;
    assert_eq!(payloads(&read), [r#"{"n":0}"#, r#"{"n":1}"#, r#"{"n":2}"#, "last"]);
    let versions: Vec<u64> = read.iter().map(|event| event.version).collect();
    assert_eq!(versions, [1, 2, 3, 4]);
    assert!(read.windows(2).all(|pair| pair[0].position < pair[1].position));
    assert!(read.windows(2).all(|pair| pair[0].recorded_at <= pair[1].recorded_at));
}

async fn a_stream_reads_back_from_a_version_on(place: Place) {
    let store = place.open().await;
    acme(&store).await;
    store.append(to("thing/1", Expected::Any, events(5))).await.unwrap();

    let read = store.read_stream(ACME, "thing/1", 3).await.unwrap();

    assert_eq!(payloads(&read), [r#"{"n":3}"#, r#"{"n":4}"#]);
    assert!(store.read_stream(ACME, "thing/1", 5).await.unwrap().is_empty());
    assert!(store.read_stream(ACME, "thing/none", 0).await.unwrap().is_empty());
}

async fn an_event_comes_back_as_it_was_written(place: Place) {
    let store = place.open().await;
    acme(&store).await;
    let mut written = event("{\"b\": 1,  \"a\": 1e999}");
    written.schema_version = 7;
    written.subject = Some("ada".to_owned());
    written.effective_at = Some("2024-02-29T12:00:00.123456Z".parse().unwrap());
    let cause = Cause::by("user:1").causation("c").correlation("r");
    let append = Append::new(ACME, cause).stream("thing/ü", Expected::Any, vec![written.clone()]);

    let appended = store.append(append).await.unwrap();

    let read = stream(&store, "thing/ü").await.remove(0);
    assert_eq!((read.shard, read.position), (appended.shard, appended.last));
    assert_eq!((&*read.tenant, &*read.stream, read.version), (ACME, "thing/ü", 1));
    assert_eq!((&*read.kind, read.schema_version), (&*written.kind, 7));
    assert_eq!(read.payload, written.payload);
    assert_eq!(read.effective_at, written.effective_at);
    assert_eq!(&*read.principal, "user:1");
    assert_eq!((read.causation.as_deref(), read.correlation.as_deref()), (Some("c"), Some("r")));
    assert_eq!(read.subject.as_deref(), Some("ada"));
    assert_eq!((read.sealed.as_deref(), read.personal.as_deref()), (None, None));
    assert_eq!(log(&store).await, [read]);
}

async fn no_stream_passes_once(place: Place) {
    let store = place.open().await;
    acme(&store).await;

    let first = store.append(to("thing/1", Expected::NoStream, events(2))).await.unwrap();
    let second = store.append(to("thing/1", Expected::NoStream, events(1))).await;

    assert_eq!(first.versions["thing/1"], 2);
    let expected = Moved { stream: "thing/1".into(), expected: Expected::NoStream, actual: 2 };
    assert_eq!(moved(second), [expected]);
}

async fn exact_passes_only_at_that_version(place: Place) {
    let store = place.open().await;
    acme(&store).await;
    store.append(to("thing/1", Expected::NoStream, events(2))).await.unwrap();

    let early = store.append(to("thing/1", Expected::Exact(1), events(1))).await;
    let late = store.append(to("thing/1", Expected::Exact(3), events(1))).await;
    let unborn = store.append(to("thing/2", Expected::Exact(1), events(1))).await;
    let fits = store.append(to("thing/1", Expected::Exact(2), events(1))).await.unwrap();

    assert_eq!((moved(early)[0].actual, moved(late)[0].actual, moved(unborn)[0].actual), (2, 2, 0));
    assert_eq!(fits.versions["thing/1"], 3);
}

async fn any_always_passes(place: Place) {
    let store = place.open().await;
    acme(&store).await;

    for version in 1..=3 {
        let appended = store.append(to("thing/1", Expected::Any, events(1))).await.unwrap();
        assert_eq!(appended.versions["thing/1"], version);
    }
}

async fn a_conflict_names_every_stream_that_moved(place: Place) {
    let store = place.open().await;
    acme(&store).await;
    store.append(to("thing/1", Expected::Any, events(1))).await.unwrap();
    store.append(to("thing/2", Expected::Any, events(2))).await.unwrap();

    let append = to("thing/1", Expected::NoStream, events(1))
        .stream("thing/2", Expected::Exact(2), events(1))
        .stream("thing/3", Expected::Exact(9), events(1))
        .stream("thing/4", Expected::NoStream, events(1));
    let moved = moved(store.append(append).await);

    let named = |stream: &str, expected, actual| Moved { stream: stream.into(), expected, actual };
    let expected =
        [named("thing/1", Expected::NoStream, 1), named("thing/3", Expected::Exact(9), 0)];
    assert_eq!(moved, expected);
}

async fn an_append_to_many_streams_is_written_whole_or_not_at_all(place: Place) {
    let store = place.open().await;
    acme(&store).await;
    store.append(to("thing/1", Expected::Any, events(1))).await.unwrap();
    let many = |last| {
        (2..50).fold(to("thing/1", Expected::Exact(last), events(1)), |append, number| {
            append.stream(format!("thing/{number}"), Expected::NoStream, events(2))
        })
    };

    moved(store.append(many(7)).await);
    let after_the_conflict = log(&store).await.len();
    let written = store.append(many(1)).await.unwrap();

    assert_eq!(after_the_conflict, 1);
    assert_eq!((written.first, written.last), (2, 98));
    assert_eq!(written.versions.len(), 49);
    assert_eq!(log(&store).await.len(), 98);
}

async fn a_stream_without_events_still_checks_its_expectation(place: Place) {
    let store = place.open().await;
    acme(&store).await;
    store.append(to("thing/1", Expected::Any, events(1))).await.unwrap();
    let beside =
        |expected| to("thing/2", Expected::Any, events(1)).stream("thing/1", expected, vec![]);

    let refused = store.append(beside(Expected::NoStream)).await;
    let passed = store.append(beside(Expected::Exact(1))).await.unwrap();

    assert_eq!(moved(refused)[0].stream, "thing/1");
    assert_eq!(passed.versions["thing/2"], 1);
    assert_eq!(stream(&store, "thing/1").await.len(), 1);
}

async fn an_append_that_can_never_pass_is_refused(place: Place) {
    let store = place.open().await;
    acme(&store).await;
    let mut nobodys = event("{}");
    nobodys.personal = Some(b"secret".to_vec());

    let twice = to("thing/1", Expected::Any, events(1)).stream("thing/1", Expected::Any, events(1));
    for append in [
        to("thing/1", Expected::Any, vec![]),
        twice,
        to("thing/1", Expected::Any, vec![nobodys]),
        to("thing/1", Expected::Any, events(10_001)),
    ] {
        let refused = store.append(append).await;
        assert!(matches!(refused, Err(AppendError::Invalid(_))), "{refused:?}");
    }
    assert!(log(&store).await.is_empty());
}

async fn a_repeat_under_the_same_key_returns_the_first_result(place: Place) {
    let store = place.open().await;
    acme(&store).await;
    let append = || to("thing/1", Expected::NoStream, events(3)).key("k");

    let first = store.append(append()).await.unwrap();
    store.append(to("thing/1", Expected::Any, events(1))).await.unwrap();
    let again = store.append(append()).await.unwrap();

    assert!(!first.repeated && again.repeated);
    assert_eq!((again.shard, again.first, again.last), (first.shard, first.first, first.last));
    assert_eq!(log(&store).await.len(), 4);
    assert!(store.key_used(ACME, "k").await.unwrap());
    assert!(!store.key_used(ACME, "other").await.unwrap());
}

async fn another_content_under_the_same_key_is_refused(place: Place) {
    let store = place.open().await;
    acme(&store).await;
    store.append(to("thing/1", Expected::Any, events(1)).key("k")).await.unwrap();

    for other in [
        to("thing/1", Expected::Any, events(2)).key("k"),
        to("thing/2", Expected::Any, events(1)).key("k"),
        to("thing/1", Expected::Exact(1), events(1)).key("k"),
    ] {
        let refused = store.append(other).await;
        assert!(matches!(refused, Err(AppendError::KeyReused)), "{refused:?}");
    }
    assert_eq!(log(&store).await.len(), 1);
}

async fn keys_of_one_batch_are_told_apart_too(place: Place) {
    let store = place.open().await;
    acme(&store).await;

    let appends = (0..90).map(|number| {
        let content = if number % 3 == 0 { "same" } else { "" };
        let key = format!("key {}", number / 3);
        let payload = if content.is_empty() { "equal" } else { "other" };
        store.append(
            to(&format!("thing/{}", number / 3), Expected::Any, vec![event(payload)]).key(key),
        )
    });
    let results = futures_util::future::join_all(appends).await;

    for three in results.chunks(3) {
        let written = three.iter().filter(|one| matches!(one, Ok(done) if !done.repeated)).count();
        let refused = three.iter().filter(|one| matches!(one, Err(AppendError::KeyReused))).count();
        assert_eq!(written, 1, "{three:?}");
        assert!((1..=2).contains(&refused), "{three:?}");
    }
    assert_eq!(log(&store).await.len(), 30);
}

async fn a_conflicting_append_does_not_use_its_key_up(place: Place) {
    let store = place.open().await;
    acme(&store).await;
    store.append(to("thing/1", Expected::Any, events(1))).await.unwrap();

    moved(store.append(to("thing/1", Expected::NoStream, events(1)).key("k")).await);
    let other = store.append(to("thing/1", Expected::Exact(1), events(1)).key("k")).await.unwrap();

    assert!(!other.repeated);
}

async fn an_unknown_tenant_has_no_log(place: Place) {
    let store = place.open().await;

    let append = Append::new("nobody", Cause::by("test")).stream("a/1", Expected::Any, events(1));
    let refused = store.append(append).await;

    let unknown = |error: &StoreError| matches!(error, StoreError::NotFound(_));
    assert!(matches!(&refused, Err(AppendError::Store(error)) if unknown(error)), "{refused:?}");
    assert!(unknown(&store.read_stream("nobody", "a/1", 0).await.unwrap_err()));
}

async fn tenants_never_see_each_other(place: Place) {
    let store = place.open().await;
    for number in 0..40 {
        store.register_tenant(&format!("01T{number}"), &format!("t{number}")).await.unwrap();
    }
    let write = |number: usize| {
        let append = Append::new(format!("01T{number}"), Cause::by("test")).key("same key");
        let payload = event(&format!("of {number}"));
        store.append(append.stream("thing/1", Expected::NoStream, vec![payload]))
    };

    let written = futures_util::future::join_all((0..40).map(write)).await;

    assert!(written.iter().all(|one| one.as_ref().is_ok_and(|done| !done.repeated)), "{written:?}");
    for number in 0..40 {
        let tenant = format!("01T{number}");
        let read = store.read_stream(&tenant, "thing/1", 0).await.unwrap();
        assert_eq!(payloads(&read), [format!("of {number}")]);
        assert_eq!(&*read[0].tenant, tenant);
        assert_eq!(read[0].shard, store.shard_of(&tenant).await.unwrap());
    }
    assert_ne!(
        store.derivation_key("01T1").await.unwrap(),
        store.derivation_key("01T2").await.unwrap()
    );
}

async fn everything_is_there_after_a_restart(place: Place) {
    let store = place.open().await;
    acme(&store).await;
    store.append(to("thing/1", Expected::NoStream, events(3)).key("k")).await.unwrap();
    let (before, key) = (log(&store).await, store.derivation_key(ACME).await.unwrap());
    drop(store);

    let store = place.reopen().await;

    assert_eq!(log(&store).await, before);
    assert_eq!(store.derivation_key(ACME).await.unwrap(), key);
    moved(store.append(to("thing/1", Expected::NoStream, events(1))).await);
    let again = store.append(to("thing/1", Expected::NoStream, events(3)).key("k")).await.unwrap();
    assert!(again.repeated);
    let next = store.append(to("thing/1", Expected::Exact(3), events(1))).await.unwrap();
    assert_eq!(next.first, 4);
}
