//! An event that can't be folded stops one read model, loudly; the others go on.

use rollcall_domain::Recorded;
use rollcall_store::NewEvent;

use super::drain;
use crate::actors::Actors;
use crate::audit_events::AuditEvents;
use crate::members::{Member, Members};
use crate::table::{Declared, Key, Projection, Reads};
use crate::testing::{PATIENCE, TENANT, World, on_both, renamed, stream_of};
use crate::units::Units;
use crate::{WaitError, actors};

on_both! {
    a_panic_stops_one_read_model_only
    an_unknown_type_stops_who_reads_it
    a_text_with_nul_is_stored_without_it
}

/// Like members, but it can't stand the number 7.
struct Fragile;

impl Projection for Fragile {
    const NAME: &'static str = "fragile";
    const VERSION: u16 = 1;
    const READS: Reads = Reads::Only(&["actor"]);
    type Row = Member;

    fn keys(event: &Recorded) -> Vec<Key> {
        Members::keys(event)
    }
    fn evolve(key: &Key, row: Option<Member>, event: &Recorded) -> Option<Member> {
        assert_ne!(event.position, 7, "seven");
        Members::evolve(key, row, event)
    }
}

async fn a_panic_stops_one_read_model_only(world: World) {
    let both = vec![Declared::of::<Actors>(), Declared::of::<Fragile>()];
    let projections = world.with(both).await;
    let followers = projections.start();
    let appended = world.hire(0, 20).await;

    projections.wait(TENANT, appended.last, &["actors"], PATIENCE).await.unwrap();
    let stopped = projections.wait(TENANT, appended.last, &["fragile"], PATIENCE).await;

    assert!(matches!(stopped, Err(WaitError::Stopped { name }) if name == "fragile"));
    assert_eq!(actors::count(projections.db(), TENANT, "live").await.unwrap().all, 20);
    let shard = world.store.shard_of(TENANT).await.unwrap();
    let list = projections.list().await.unwrap();
    let fragile = list.iter().find(|status| status.name == "fragile").unwrap();
    let fragile = fragile.shards.iter().find(|status| status.shard == shard).unwrap();
    assert_eq!((fragile.status, fragile.checkpoint), ("stopped", 6));
    assert!(fragile.error.as_deref().unwrap().starts_with("event 7: "), "{fragile:?}");
    let table = if world.is_sqlite() { "fragile_v1" } else { "views.fragile_v1" };
    let sql = format!("select actor from {table}");
    assert_eq!(projections.db().rows_of(&sql, vec![]).await.unwrap().len(), 6);
    followers.stop().await;
    // A rebuild meets it as well and says so.
    let outcome = projections.rebuild("fragile", &|_| ()).await;
    assert!(matches!(outcome, Err(crate::BuildError::Stopped { .. })), "{outcome:?}");
}

async fn an_unknown_type_stops_who_reads_it(world: World) {
    let all =
        vec![Declared::of::<Actors>(), Declared::of::<AuditEvents>(), Declared::of::<Units>()];
    let projections = world.with(all).await;
    let mut follower = projections.follower().await;
    world.hire(0, 2).await;
    let unknown = NewEvent {
        kind: "unit.moved_to_the_moon".into(),
        schema_version: 1,
        payload: b"{}".to_vec(),
        personal: None,
        subject: None,
        effective_at: None,
    };
    world.append_one("unit/u1", unknown).await;
    world.append_one(&stream_of(0), renamed(0, "Last00000", "Later")).await;
    drain(&mut follower).await.unwrap();

    let list = projections.list().await.unwrap();
    let shard = world.store.shard_of(TENANT).await.unwrap();
    let checkpoint = |name: &str| {
        let status = list.iter().find(|status| status.name == name).unwrap();
        let shard = status.shards.iter().find(|status| status.shard == shard).unwrap();
        (shard.checkpoint, shard.error.is_some())
    };
    assert_eq!(checkpoint("actors"), (4, false));
    assert_eq!(checkpoint("units"), (2, true));
    assert_eq!(checkpoint("audit_events"), (2, true));
}

async fn a_text_with_nul_is_stored_without_it(world: World) {
    let projections = world.only::<Actors>().await;
    world.hire(0, 1).await;
    world.append_one(&stream_of(0), renamed(0, "Last00000", "nul\0nul")).await;
    drain(&mut projections.follower().await).await.unwrap();

    let row = actors::one(projections.db(), TENANT, "live", &crate::testing::id(0)).await.unwrap();
    assert_eq!(row.unwrap().last_name.as_deref(), Some("nul\u{fffd}nul"));
    assert!(projections.verify("actors", &|_| ()).await.unwrap().is_equal());
}
