//! Made-up events and tenants, and short ways to write and read them.

use rollcall_store::{
    Append, AppendError, Appended, Cause, Expected, Moved, NewBlob, NewEvent, Store, Stored,
};

pub(super) const ACME: &str = "01ACME";

/// Registers the tenant that most promises are about.
pub(super) async fn acme(store: &Store) {
    store.register_tenant(ACME, "acme").await.unwrap();
}

pub(super) fn event(payload: &str) -> NewEvent {
    NewEvent {
        kind: "thing.happened".to_owned(),
        schema_version: 1,
        payload: payload.as_bytes().to_vec(),
        personal: None,
        subject: None,
        effective_at: None,
    }
}

/// An event about a person, with a part that is nobody else's business.
pub(super) fn about(subject: &str, personal: &str) -> NewEvent {
    NewEvent {
        personal: Some(personal.as_bytes().to_vec()),
        subject: Some(subject.to_owned()),
        ..event("{}")
    }
}

pub(super) fn events(count: usize) -> Vec<NewEvent> {
    (0..count).map(|number| event(&format!("{{\"n\":{number}}}"))).collect()
}

pub(super) fn to(stream: &str, expected: Expected, events: Vec<NewEvent>) -> Append {
    Append::new(ACME, Cause::by("test")).stream(stream, expected, events)
}

pub(super) fn blob(id: &str, bytes: &[u8], subjects: &[&str]) -> NewBlob {
    NewBlob {
        id: id.to_owned(),
        bytes: bytes.to_vec(),
        subjects: subjects.iter().map(|&subject| subject.to_owned()).collect(),
        expires_at: chrono::Utc::now() + chrono::TimeDelta::days(30),
        pinned: false,
    }
}

/// Everything of a stream.
pub(super) async fn stream(store: &Store, stream: &str) -> Vec<Stored> {
    store.read_stream(ACME, stream, 0).await.unwrap()
}

/// Everything of the tenant's shard.
pub(super) async fn log(store: &Store) -> Vec<Stored> {
    let shard = store.shard_of(ACME).await.unwrap();
    store.read_shard(shard, 0, 100_000).await.unwrap()
}

pub(super) fn payloads(events: &[Stored]) -> Vec<&str> {
    events.iter().map(|event| std::str::from_utf8(&event.payload).unwrap()).collect()
}

/// The streams a conflict names; anything but a conflict is a failure.
#[track_caller]
pub(super) fn moved(result: Result<Appended, AppendError>) -> Vec<Moved> {
    match result {
        Err(AppendError::Conflict(mut moved)) => {
            moved.sort_by(|one, other| one.stream.cmp(&other.stream));
            moved
        }
        other => panic!("expected a conflict, got {other:?}"),
    }
}
