//! Every query runs on both databases, with and without its filters.

use chrono::Utc;
use rollcall_domain::vocabulary::Provider;

use crate::db::cursor;
use crate::testing::{World, on_both};
use crate::{
    actors, audit_events, connections, identities, receipts, runs, scenarios, tenants, units,
};

on_both! {
    every_query_is_understood
}

async fn every_query_is_understood(world: World) {
    let projections = world.projections().await;
    let (db, t, s, some) = (projections.db(), "t", "s", Some("x"));
    let now = Some(Utc::now());
    let (texts, instant) = (cursor(&("a", "b")), cursor(&(Utc::now(), "b")));
    let (texts, instant) = (Some(&*texts), Some(&*instant));
    let (one, ids) = (cursor(&1), ["x".to_owned()]);

    let every = actors::Filter {
        q: some,
        department: some,
        manager: some,
        active: Some(true),
        synced: Some(true),
    };
    for (filter, after) in [(actors::Filter::default(), None), (every, texts)] {
        actors::list(db, t, s, &filter, after, 50).await.unwrap();
        actors::waiting(db, t, s, after, 50).await.unwrap();
    }
    actors::one(db, t, s, "x").await.unwrap();
    actors::by_ids(db, t, s, &ids).await.unwrap();
    actors::count(db, t, s).await.unwrap();
    actors::roster_keys(db, t, s, Provider::BambooHr).await.unwrap();
    actors::roster_rows(db, t, s, &ids).await.unwrap();
    actors::managers_of(db, t, s).await.unwrap();
    units::list(db, t, s, some, texts, 50).await.unwrap();
    units::one(db, t, s, "x").await.unwrap();
    units::by_ids(db, t, s, &ids).await.unwrap();
    units::of_scenario(db, t, s).await.unwrap();
    units::as_of(db, t, s, 1).await.unwrap();
    let every = runs::Filter {
        status: some,
        kind: some,
        provider: some,
        connection: some,
        identity: some,
        idempotency_key: some,
        since: now,
        until: now,
    };
    for (filter, after) in [(runs::Filter::default(), None), (every, instant)] {
        runs::list(db, t, &filter, after, 50).await.unwrap();
    }
    runs::one(db, t, "x").await.unwrap();
    runs::of_receipt(db, t, "x").await.unwrap();
    identities::list(db, t, "r", some, texts, 50).await.unwrap();
    identities::of_person(db, t, "p", texts, 50).await.unwrap();
    identities::count(db, t, "r").await.unwrap();
    let every = receipts::Filter { connection: some, verdict: some, since: now, until: now };
    for (filter, after) in [(receipts::Filter::default(), None), (every, instant)] {
        receipts::list(db, t, &filter, after, 50).await.unwrap();
    }
    receipts::one(db, t, "x").await.unwrap();
    let every = audit_events::Filter {
        stream: some,
        actor: some,
        kind: some,
        principal: some,
        run: some,
        since: now,
        until: now,
    };
    audit_events::newest(db, t, &every, Some(&one), 50).await.unwrap();
    audit_events::oldest(db, t, &every, Some(&one), 50).await.unwrap();
    connections::list(db, t).await.unwrap();
    connections::one(db, t, "x").await.unwrap();
    connections::all(db).await.unwrap();
    scenarios::list(db, t).await.unwrap();
    scenarios::one(db, t, "x").await.unwrap();
    scenarios::live_baseline(db, t).await.unwrap();
    tenants::one(db, t).await.unwrap();
    tenants::all(db, Some(&cursor(&"x")), 50).await.unwrap();
}
