//! Every query runs on both databases, with and without its filters.

use chrono::Utc;

use rollcall_domain::Fact;
use rollcall_domain::ids::Deriver;
use rollcall_domain::vocabulary::{Provider, Source};

use crate::Db;
use crate::db::cursor;
use crate::testing::{World, acme, created, on_both, recorded, rows_after, stream_of};
use crate::{
    actors, audit_events, connections, health, identities, notifications, receipts, runs,
    scenarios, tenants, units, webhook_endpoints,
};

on_both! {
    every_query_is_understood
}

async fn every_query_is_understood(world: World) {
    let projections = world.projections().await;
    people(projections.db()).await;
    units_and_identities(projections.db()).await;
    work(projections.db()).await;
    small_ones(projections.db()).await;
}

const SOME: Option<&str> = Some("x");

async fn people(db: &Db) {
    let (t, s, ids) = ("t", "s", ["x".to_owned()]);
    let after = cursor(&("a", "b"));
    let after = Some(&*after);
    let every = actors::Filter {
        q: SOME,
        department: SOME,
        manager: SOME,
        active: Some(true),
        synced: Some(true),
        on_hold: Some(false),
    };
    for (filter, after) in [(actors::Filter::default(), None), (every, after)] {
        actors::list(db, t, s, &filter, after, 50).await.unwrap();
        actors::waiting(db, t, s, after, 50).await.unwrap();
    }
    let in_department = actors::Filter { manager: None, ..every };
    for order in actors::Order::ALL {
        for filter in [actors::Filter::default(), in_department, every] {
            actors::sorted(db, t, s, (&filter, order), None, 50).await.unwrap();
        }
    }
    actors::one(db, t, s, "x").await.unwrap();
    actors::by_ids(db, t, s, &ids).await.unwrap();
    actors::named(db, t, s, &ids).await.unwrap();
    actors::count(db, t, s).await.unwrap();
    actors::roster_keys(db, t, s, &acme()).await.unwrap();
    actors::roster_rows(db, t, s, &ids).await.unwrap();
    actors::roster_rows_by_subject(db, t, s, &["x".to_owned()]).await.unwrap();
    actors::roster_rows_by_email(db, t, s, &["x".to_owned()]).await.unwrap();
    actors::is_anybody_in(db, t, s).await.unwrap();
    actors::outsiders(db, t, s, &acme(), &["x".to_owned()]).await.unwrap();
    actors::standings(db, t, s, &acme(), Utc::now()).await.unwrap();
    crate::identity_map::of(db, t, &["x".to_owned()]).await.unwrap();
    let acme_source = Source::new(Provider::BambooHr, "acme");
    crate::identity_map::source_ids(db, t, &acme_source).await.unwrap();
    scenarios::writable(db, t).await.unwrap();
    scenarios::in_use(db, t).await.unwrap();
    scenarios::page(db, t, None, 2).await.unwrap();
    crate::identity_map::naming(db, t, &["x".to_owned()]).await.unwrap();
    actors::managers_of(db, t, s).await.unwrap();
    actors::by_id(db, t, s, None, 50).await.unwrap();
    actors::by_id(db, t, s, Some("x"), 50).await.unwrap();
    actors::called(db, t, s, &ids).await.unwrap();
    actors::lines(db, t, s).await.unwrap();
    actors::cards(db, t, s, &ids).await.unwrap();
    let happened = recorded(1, &stream_of(1), "actor.created", Fact::Actor(created(1)));
    let one = rows_after::<actors::Actors>(&[happened]);
    let deriver = Deriver::new(&[7; 32]);
    actors::counterparts(db, t, &deriver, [s, "other"], one.iter()).await.unwrap();
}

async fn units_and_identities(db: &Db) {
    let (t, s, ids) = ("t", "s", ["x".to_owned()]);
    let (after, path) = (cursor(&("a", "b")), cursor(&[("a", "b")]));
    let after = Some(&*after);
    connections::open(db, t).await.unwrap();
    for (q, synced, after) in [(None, None, None), (SOME, Some(true), Some(&*path))] {
        let some = units::Filter { kind: "department", q, synced };
        units::list(db, t, s, &some, after, 50).await.unwrap();
    }
    units::one(db, t, s, "x").await.unwrap();
    units::by_ids(db, t, s, &ids).await.unwrap();
    units::with_name(db, t, s, "department", None, "x").await.unwrap();
    units::meant(db, t, s, "department", "x").await.unwrap();
    units::paths(db, t, s, &ids).await.unwrap();
    units::names(db, t, s, "department", 50).await.unwrap();
    units::all(db, t, s).await.unwrap();
    units::of_scenario(db, t, s).await.unwrap();
    units::as_of(db, t, s, 1).await.unwrap();
    let reasons = &["conflict"];
    let every =
        identities::Filter { action: SOME, scenario: SOME, matched_by: SOME, q: SOME, reasons };
    identities::matching(db, t, "r", &every, after, 50).await.unwrap();
    identities::linked(db, t, &ids).await.unwrap();
    identities::of_person(db, t, "p", after, 50).await.unwrap();
    identities::count(db, t, "r").await.unwrap();
    for (manager_changed, after) in [(false, None), (true, SOME)] {
        let of = identities::Touched { run: "r", scenario: s, manager_changed };
        identities::touched(db, t, of, after, 50).await.unwrap();
    }
}

async fn work(db: &Db) {
    let (t, now) = ("t", Some(Utc::now()));
    let after = cursor(&(Utc::now(), "b"));
    let after = Some(&*after);
    let every = runs::Filter {
        status: SOME,
        kind: SOME,
        provider: SOME,
        connection: SOME,
        identity: SOME,
        idempotency_key: SOME,
        since: now,
        until: now,
    };
    for (filter, after) in [(runs::Filter::default(), None), (every, after)] {
        runs::list(db, t, &filter, after, 50).await.unwrap();
    }
    runs::one(db, t, "x").await.unwrap();
    runs::with_held_plan(db, t, "x").await.unwrap();
    runs::held_before(db, Utc::now()).await.unwrap();
    runs::by_day(db, t, Utc::now()).await.unwrap();
    runs::about(db, t, "r", Utc::now()).await.unwrap();
    runs::of_receipt(db, t, "x").await.unwrap();
    let every = receipts::Filter { connection: SOME, verdict: SOME, since: now, until: now };
    for (filter, after) in [(receipts::Filter::default(), None), (every, after)] {
        receipts::list(db, t, &filter, after, 50).await.unwrap();
    }
    receipts::one(db, t, "x").await.unwrap();
    let every = audit_events::Filter {
        stream: SOME,
        actor: SOME,
        kind: SOME,
        principal: SOME,
        run: SOME,
        since: now,
        until: now,
    };
    let after = cursor(&1);
    for (filter, after) in [(audit_events::Filter::default(), None), (every, Some(&*after))] {
        audit_events::newest(db, t, &filter, after, 50).await.unwrap();
        audit_events::oldest(db, t, &filter, after, 50).await.unwrap();
    }
    audit_events::units_of_run(db, t, "x").await.unwrap();
    let some = ["x".to_owned()];
    audit_events::of_people(db, t, &some, &some, Some(&after), 50).await.unwrap();
    audit_events::times(db, t, "run/x").await.unwrap();
}

async fn small_ones(db: &Db) {
    let after = cursor(&"x");
    webhook_endpoints::page(db, "t", Some(&after), 10).await.unwrap();
    webhook_endpoints::one(db, "t", "x").await.unwrap();
    webhook_endpoints::ids(db, "t").await.unwrap();
    let t = "t";
    connections::list(db, t).await.unwrap();
    connections::one(db, t, "x").await.unwrap();
    connections::all(db).await.unwrap();
    scenarios::list(db, t).await.unwrap();
    scenarios::one(db, t, "x").await.unwrap();
    scenarios::live_baseline(db, t).await.unwrap();
    told(db).await;
    tenants::one(db, t).await.unwrap();
    tenants::all(db, Some(&cursor(&"x")), 50).await.unwrap();
}

async fn told(db: &Db) {
    let (now, me) = (Utc::now(), ("t", "x"));
    let after = cursor(&(now, "x"));
    for (unread_only, after) in [(false, None), (true, Some(&*after))] {
        notifications::page(db, me, unread_only, now, after, 50).await.unwrap();
    }
    notifications::one(db, me, "x", now).await.unwrap();
    notifications::unread(db, "t", "x", now).await.unwrap();
    health::of(db, "t", None).await.unwrap();
    health::of(db, "t", SOME).await.unwrap();
    runs::last_end(db, "t", "x").await.unwrap();
}
