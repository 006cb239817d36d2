//! Rebuilding beside what is live, comparing, switching, and crashes on the way.

use super::{drain, names};
use crate::actors::Actors;
use crate::runtime::builder::Builder;
use crate::runtime::consumers::{self, State};
use crate::runtime::slot::{Slot, Tables};
use crate::table::Projection;
use crate::testing::{PATIENCE, TENANT, World, on_both, renamed, stream_of, written};
use crate::{BuildError, Projections, actors, registry};
use rollcall_domain::field::Field;

on_both! {
    a_rebuild_equals_what_is_live
    a_rebuild_with_little_memory_equals_what_is_live
    a_killed_rebuild_goes_on_where_it_was
    a_difference_is_found_and_named
    a_switch_goes_back_and_catches_up
    a_new_projection_is_built_before_it_is_shown
    what_is_ahead_of_the_log_is_built_anew
    live_goes_on_during_rebuilds
}

/// Where the read models are, and the live table of people.
fn schema_and_table(world: &World) -> (&'static str, String) {
    let schema = if world.is_sqlite() { "" } else { "views." };
    (schema, format!("{schema}actors_v{}_a", Actors::VERSION))
}

/// 300 people, each renamed a few times, some deactivated.
async fn history(world: &World) {
    world.hire(0, 300).await;
    for round in 0..4 {
        let streams = (0..300).step_by(round + 1).map(|n| {
            let was = format!("Last{n:05}");
            let mut events = vec![renamed(n, &was, &format!("Name{round}x{n:05}"))];
            if n % 7 == 0 {
                events.push(written(
                    &crate::testing::change(n, Field::Departments, "", ""),
                    Some(crate::testing::subject_of(n)),
                ));
            }
            (stream_of(n), events)
        });
        world.append(streams.collect()).await;
    }
}

async fn live(world: &World) -> Projections {
    let projections = world.projections().await;
    history(world).await;
    let mut follower = projections.follower().await;
    drain(&mut follower).await.unwrap();
    projections
}

async fn a_rebuild_equals_what_is_live(world: World) {
    let projections = live(&world).await;
    let before = names(&projections).await;

    for declared in registry::all() {
        let compared = projections.verify(declared.name, &|_| ()).await.unwrap();
        assert!(compared.is_equal(), "{}: {compared:?}", declared.name);
    }
    let built = projections.rebuild("actors", &|_| ()).await.unwrap();

    assert_eq!(built.rows, 300, "every row is written once: {built:?}");
    assert_eq!(names(&projections).await, before);
    let status =
        projections.list().await.unwrap().into_iter().find(|s| s.name == "actors").unwrap();
    let other = status.other.as_ref().map(|other| other.state);
    assert_eq!((status.slot, other), (Some("b"), Some("built")));
}

async fn a_rebuild_with_little_memory_equals_what_is_live(world: World) {
    let mut tight = live(&world).await;
    let inner = std::sync::Arc::get_mut(&mut tight.inner).unwrap();
    inner.build_memory.most = 100_000;

    assert!(tight.verify("actors", &|_| ()).await.unwrap().is_equal());
    assert!(tight.verify("members", &|_| ()).await.unwrap().is_equal());
}

async fn a_killed_rebuild_goes_on_where_it_was(world: World) {
    let projections = live(&world).await;
    let inner = &projections.inner;
    let declared = inner.declared("actors").unwrap();
    let tables = Tables::new(declared, Slot::B, inner.db.dialect());
    let mut tx = inner.db.begin().await.unwrap();
    tx.script(&tables.create()).await.unwrap();
    let shards = inner.store.shards();
    consumers::add(&mut tx, &inner.db, &tables, shards, State::Building).await.unwrap();
    tx.commit().await.unwrap();
    let shard = inner.store.shard_of(TENANT).await.unwrap();
    let mut killed = Builder::take(inner, &tables, shard).await.unwrap();
    killed.catch_up(350, &|_| ()).await.unwrap();
    drop(killed);

    let built = projections.rebuild("actors", &|_| ()).await.unwrap();

    let total = inner.store.head(shard).await.unwrap();
    assert_eq!(built.events, total - 350, "it did not begin again");
    assert!(projections.verify("actors", &|_| ()).await.unwrap().is_equal());
}

async fn a_difference_is_found_and_named(world: World) {
    let projections = live(&world).await;
    let (_, table) = schema_and_table(&world);
    let mut tx = projections.db().begin().await.unwrap();
    let one = crate::testing::id(5);
    tx.script(&format!("update {table} set last_name = 'x' where actor = '{one}'")).await.unwrap();
    let two = crate::testing::id(6);
    tx.script(&format!("delete from {table} where actor = '{two}'")).await.unwrap();
    tx.commit().await.unwrap();

    let compared = projections.verify("actors", &|_| ()).await.unwrap();

    assert_eq!((compared.missing, compared.extra, compared.different), (0, 1, 1));
    assert!(compared.keys.iter().any(|key| key.contains(&one)), "{:?}", compared.keys);
}

async fn a_switch_goes_back_and_catches_up(world: World) {
    let projections = world.projections().await;
    assert!(matches!(projections.switch("actors").await, Err(BuildError::NotBuilt)));
    world.hire(0, 3).await;
    drain(&mut projections.follower().await).await.unwrap();
    projections.rebuild("actors", &|_| ()).await.unwrap();
    world.hire(3, 5).await;
    drain(&mut projections.follower().await).await.unwrap();

    projections.switch("actors").await.unwrap();

    assert_eq!(names(&projections).await.len(), 5);
    assert!(projections.verify("actors", &|_| ()).await.unwrap().is_equal());
}

async fn a_new_projection_is_built_before_it_is_shown(world: World) {
    let without: Vec<_> = registry::all().into_iter().filter(|d| d.name != "actors").collect();
    world.with(without).await;
    world.hire(0, 10).await;

    let projections = world.projections().await;
    assert!(!projections.ready().await.unwrap());
    let followers = projections.start();
    projections.settle(PATIENCE).await.unwrap();

    assert!(projections.ready().await.unwrap());
    assert_eq!(names(&projections).await.len(), 10);
    followers.stop().await;
}

/// As after a log was restored from a backup, and what was read from it was not.
async fn what_is_ahead_of_the_log_is_built_anew(world: World) {
    let restored = world.projections().await;
    let followers = restored.start();
    history(&world).await;
    restored.settle(PATIENCE).await.unwrap();
    followers.stop().await;
    let (schema, table) = schema_and_table(&world);
    let mut tx = restored.db().begin().await.unwrap();
    let ahead = format!("update {schema}consumers set checkpoint = 100000 where name = 'actors'");
    tx.script(&format!("{ahead}; delete from {table}")).await.unwrap();
    tx.commit().await.unwrap();

    let projections = world.projections().await;
    assert!(!projections.ready().await.unwrap());
    let followers = projections.start();
    projections.settle(PATIENCE).await.unwrap();

    assert!(!names(&projections).await.is_empty());
    assert!(projections.verify("actors", &|_| ()).await.unwrap().is_equal());
    followers.stop().await;
}

async fn live_goes_on_during_rebuilds(world: World) {
    let projections = world.only::<Actors>().await;
    let followers = projections.start();
    let writer = async {
        for n in 0..30 {
            let appended = world.hire(n * 20, n * 20 + 20).await;
            projections.wait(TENANT, appended.last, &["actors"], PATIENCE).await.unwrap();
        }
    };
    let rebuilder = async {
        for _ in 0..3 {
            projections.rebuild("actors", &|_| ()).await.unwrap();
        }
        projections.verify("actors", &|_| ()).await.unwrap()
    };

    let ((), compared) = tokio::join!(writer, rebuilder);

    assert!(compared.is_equal(), "{compared:?}");
    let totals = actors::count(projections.db(), TENANT, "live").await.unwrap();
    assert_eq!(totals.all, 600);
    followers.stop().await;
}
