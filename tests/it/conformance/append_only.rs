//! The database itself refuses to change or remove events, whoever asks.

use rollcall_store::Expected;

use super::events::{acme, event, events, log, to};
use crate::place::{Place, on_both_databases};

on_both_databases!(
    events_can_not_be_updated,
    events_can_not_be_deleted,
    events_can_not_be_overwritten,
    events_can_not_be_slipped_in,
);

async fn refuses(place: Place, statement: &str) {
    let store = place.open().await;
    acme(&store).await;
    store.append(to("thing/1", Expected::Any, events(3))).await.unwrap();
    let before = log(&store).await;

    let result = place.sql(&statement.replace("EVENTS", &place.table("events"))).await;

    assert!(result.is_err(), "the database let it through: {statement}");
    assert_eq!(log(&store).await, before);
    store.append(to("thing/1", Expected::Exact(3), vec![event("{}")])).await.unwrap();
}

async fn events_can_not_be_updated(place: Place) {
    refuses(place, "update EVENTS set payload = payload where pos = 2").await;
}

async fn events_can_not_be_deleted(place: Place) {
    refuses(place, "delete from EVENTS").await;
}

async fn events_can_not_be_overwritten(place: Place) {
    // What `replace` removes fires no delete trigger in SQLite; PostgreSQL has the upsert.
    let statement = if place.is_postgres() {
        "insert into EVENTS select * from EVENTS where pos = 2 \
         on conflict (shard, pos) do update set payload = 'changed'"
    } else {
        "insert or replace into EVENTS select pos, stream_no, version, tenant, stream, event_id, \
         type, schema_version, recorded_at, effective_at, principal, causation, correlation, \
         subject, x'00', sealed from EVENTS where pos = 2"
    };
    refuses(place, statement).await;
}

/// PostgreSQL: a stream has one event of each version. SQLite: positions have no gap.
async fn events_can_not_be_slipped_in(place: Place) {
    let columns = "stream_no, version, tenant, stream, 'other', type, schema_version, recorded_at, \
                   effective_at, principal, causation, correlation, subject, payload, sealed";
    let from = if place.is_postgres() { "shard, pos + 100" } else { "pos + 100" };
    let statement =
        format!("insert into EVENTS select {from}, {columns} from EVENTS where pos = 2");
    refuses(place, &statement).await;
}

/// SQLite knows no such statement.
#[tokio::test]
async fn events_can_not_be_truncated() {
    refuses(Place::postgres(), "truncate EVENTS").await;
}
