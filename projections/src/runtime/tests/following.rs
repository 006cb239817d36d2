//! Following live: pages, leases, reading what one has just written.

use std::time::Duration;

use super::{drain, names};
use crate::actors::Actors;
use crate::db::Cells;
use crate::members::Members;
use crate::runtime::concede::Concede;
use crate::table::{Declared, Projection};
use crate::testing::{PATIENCE, TENANT, World, hired, on_both, renamed, stream_of};
use crate::{Projections, WaitError, units};

on_both! {
    a_writer_reads_what_it_wrote
    a_follower_that_was_replaced_changes_nothing
    a_dropped_follower_is_continued_where_it_committed
    waiting_ends_at_its_deadline
    leases_are_given_back
}

async fn with_lists(world: &World) -> Projections {
    world.with(vec![Declared::of::<Actors>(), Declared::of::<Members>()]).await
}

async fn a_writer_reads_what_it_wrote(world: World) {
    let projections = world.projections().await;
    let followers = projections.start();
    assert!(projections.ready().await.unwrap());

    for n in 0..5 {
        let appended = world.append_one(&stream_of(n), hired(n)).await;
        projections.wait(TENANT, appended.last, &["actors"], PATIENCE).await.unwrap();
        assert_eq!(names(&projections).await.len(), n + 1);
    }

    projections.settle(PATIENCE).await.unwrap();
    for status in projections.list().await.unwrap() {
        assert_eq!(status.state, "live");
        assert!(status.shards.iter().all(|shard| shard.lag == 0), "{status:?}");
    }
    followers.stop().await;
}

async fn a_follower_that_was_replaced_changes_nothing(world: World) {
    let first = with_lists(&world).await;
    let mut old = first.follower().await;
    world.hire(0, 3).await;
    drain(&mut old).await.unwrap();
    // Another node, after the first one's leases have ended.
    let table = if world.is_sqlite() { "consumers" } else { "views.consumers" };
    let mut tx = first.db().begin().await.unwrap();
    tx.script(&format!("update {table} set owner = null")).await.unwrap();
    tx.commit().await.unwrap();
    let second = with_lists(&world).await;
    let mut new = second.follower().await;
    drain(&mut new).await.unwrap();
    world.append_one(&stream_of(1), renamed(1, "Last00001", "Newer")).await;

    let outcome = drain(&mut old).await;

    assert!(matches!(outcome, Err(Concede::Lost)), "{outcome:?}");
    assert_eq!(names(&first).await, ["Last00000", "Last00001", "Last00002"]);
    drain(&mut new).await.unwrap();
    assert_eq!(names(&first).await, ["Last00000", "Last00002", "Newer"]);
}

async fn a_dropped_follower_is_continued_where_it_committed(world: World) {
    let projections = with_lists(&world).await;
    world.hire(0, 2_500).await;
    let mut killed = projections.follower().await;
    assert!(killed.step().await.unwrap());
    drop(killed);

    let mut next = projections.follower().await;
    drain(&mut next).await.unwrap();

    let totals = crate::actors::count(projections.db(), TENANT, "live").await.unwrap();
    assert_eq!((totals.all, totals.active_synced), (2_500, 2_500));
    assert!(projections.verify("actors", &|_| ()).await.unwrap().is_equal());
    assert!(projections.verify("members", &|_| ()).await.unwrap().is_equal());
}

async fn waiting_ends_at_its_deadline(world: World) {
    let projections = world.projections().await;
    let appended = world.hire(0, 1).await;

    let short = Duration::from_millis(60);
    let outcome = projections.wait(TENANT, appended.last, &["actors", "units"], short).await;

    assert!(matches!(outcome, Err(WaitError::TimedOut)), "{outcome:?}");
}

async fn leases_are_given_back(world: World) {
    let one = world.projections().await;
    let followers = one.start();
    world.append_one("unit/u-a", crate::testing::founded("a")).await;
    one.settle(PATIENCE).await.unwrap();
    followers.stop().await;

    let other = world.projections().await;
    let followers = other.start();
    world.append_one("unit/u-b", crate::testing::founded("b")).await;
    other.settle(Duration::from_secs(5)).await.unwrap();

    let all = units::Filter { kind: "department", q: None, synced: None };
    let page = units::list(other.db(), TENANT, "live", &all, None, 50).await.unwrap();
    assert_eq!(page.rows.len(), 2);
    followers.stop().await;
}

/// A plan made for the empty table would go on taking whichever index.
#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_grew_is_analysed_without_waiting_for_autovacuum() {
    let world = World::postgres().await;
    let projections = with_lists(&world).await;
    let mut follower = projections.follower().await;

    world.hire(0, 1_500).await;
    drain(&mut follower).await.unwrap();

    let known = format!(
        "select cast(reltuples as bigint) from pg_class where relname = 'actors_v{}_a'",
        Actors::VERSION
    );
    let rows = projections.db().rows_of(&known, vec![]).await.unwrap();
    let known: i64 = Cells::of(&rows[0]).get().unwrap();
    assert!((1_000..=1_500).contains(&known), "{known} rows are known to the planner");
}

/// It keeps the rows of its page until the database ends its transaction; a node waits for that longer
/// than for anything else.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_starts_beside_one_that_was_frozen_in_the_middle_of_a_page() {
    let world = World::postgres().await;
    let projections = with_lists(&world).await;
    let mut frozen = projections.db().begin().await.unwrap();
    let asleep = "set local idle_in_transaction_session_timeout = '7s'; \
                  update views.consumers set checkpoint = checkpoint";
    frozen.script(asleep).await.unwrap();

    let beside = with_lists(&world).await;

    assert!(beside.ready().await.unwrap());
}
