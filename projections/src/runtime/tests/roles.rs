//! Who may make and replace read models on PostgreSQL, and who may look.

use std::time::Duration;

use super::drain;
use crate::Db;
use crate::actors::{Actor, Actors};
use crate::db::Sql;
use crate::table::Row;
use crate::testing::postgres::{Cluster, Fsync, shared};
use crate::testing::{TENANT, World, renamed, stream_of};

fn database_of(url: &str) -> &str {
    url.split(['/', '?']).nth(3).unwrap()
}

/// What a person with this role and tenant counts in the view of actors.
fn seen(cluster: &Cluster, database: &str, tenant: &str) -> String {
    let sql = format!(
        "set role rollcall_reader; set rollcall.tenant = '{tenant}';
         select count(*) from views.actors"
    );
    cluster.psql(database, &sql).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn members_of_the_writer_and_the_migrator_replace_what_each_other_made() {
    let cluster = shared(Fsync::Off);
    let url = cluster.fresh_database().unwrap();
    let database = database_of(&url);
    let migrator = World::at(url.clone()).await;
    for role in ["app", "app_two"] {
        let sql = format!("create role {role} login in role rollcall_writer");
        cluster.psql("postgres", &sql).unwrap();
    }
    let app = migrator.joined_at(cluster.url_as("app", database)).await;
    let other = migrator.joined_at(cluster.url_as("app_two", database)).await;

    let mut people = 0;
    for world in [&migrator, &app, &other, &migrator] {
        let projections = world.only::<Actors>().await;
        world.hire(people, people + 3).await;
        people += 3;
        drain(&mut projections.follower().await).await.unwrap();
        projections.rebuild("actors", &|_| ()).await.unwrap();

        assert!(projections.verify("actors", &|_| ()).await.unwrap().is_equal());
        assert_eq!(seen(cluster, database, "t1"), people.to_string());
        assert_eq!(seen(cluster, database, "t2"), "0");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_that_makes_the_read_models_still_never_changes_the_log() {
    let cluster = shared(Fsync::Off);
    let url = cluster.fresh_database().unwrap();
    let database = database_of(&url);
    let migrator = World::at(url.clone()).await;
    cluster.psql("postgres", "create role maker login in role rollcall_writer").unwrap();
    let maker = migrator.joined_at(cluster.url_as("maker", database)).await;

    let projections = maker.projections().await;
    maker.hire(0, 3).await;
    let followers = projections.start();
    projections.settle(crate::testing::PATIENCE).await.unwrap();
    followers.stop().await;

    assert_eq!(seen(cluster, database, "t1"), "3");
    let rights = "select has_table_privilege('maker', 'log.events', right_to)
        from unnest(array['insert', 'update', 'delete', 'truncate']) as right_to";
    assert_eq!(cluster.psql(database, rights).unwrap(), "t\nf\nf\nf");
}

/// Forgets whose they are.
static EVERYBODY: Sql = Sql::of(Actor::COLUMNS, "select {columns} from views.actors");

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_forgets_its_tenant_finds_nothing_of_another() {
    let world = World::postgres().await;
    world.store.register_tenant("o'two", "other").await.unwrap();
    let projections = world.only::<Actors>().await;
    world.hire(0, 3).await;
    drain(&mut projections.follower().await).await.unwrap();
    let seen = async |db: &Db| db.all_rows::<Actor>(&EVERYBODY, vec![]).await.unwrap().len();

    assert_eq!(seen(projections.db()).await, 3);
    assert_eq!(seen(&projections.db_of(TENANT)).await, 3);
    assert_eq!(seen(&projections.db_of("o'two")).await, 0);
    // Whoever stops waiting leaves no connection that still is the reader's.
    for _ in 0..200 {
        let (two, waits) = (projections.db_of("o'two"), Duration::from_micros(300));
        tokio::time::timeout(waits, seen(&two)).await.ok();
    }
    for _ in 0..20 {
        assert_eq!(seen(projections.db()).await, 3);
    }
}

/// As PostgreSQL's own catalogue knows them, and as the reader finds them.
#[tokio::test(flavor = "multi_thread")]
async fn every_read_model_shows_a_reader_one_tenants_rows() {
    let cluster = shared(Fsync::Off);
    let url = cluster.fresh_database().unwrap();
    let database = database_of(&url);
    let world = World::at(url.clone()).await;
    let projections = world.projections().await;
    world.hire(0, 3).await;
    let followers = projections.start();
    projections.settle(crate::testing::PATIENCE).await.unwrap();
    projections.rebuild("actors", &|_| ()).await.unwrap();
    followers.stop().await;

    let open = "select c.relname from pg_class as c
        where c.relnamespace = 'views'::regnamespace and c.relname <> 'consumers'
        and case c.relkind
            when 'r' then not c.relrowsecurity or not exists (
                select from pg_policy as p where p.polrelid = c.oid and p.polname = 'own_tenant')
            when 'v' then not coalesce('security_invoker=true' = any(c.reloptions), false)
            else false
        end";
    assert_eq!(cluster.psql(database, open).unwrap(), "");
    let views = "select relname from pg_class
        where relnamespace = 'views'::regnamespace and relkind = 'v'";
    let views = cluster.psql(database, views).unwrap();
    assert!(views.lines().count() > 30, "{views}");
    for view in views.lines() {
        for tenant in ["", "t2"] {
            let sql = format!(
                "set role rollcall_reader; set rollcall.tenant = '{tenant}';
                 select count(*) from views.{view}"
            );
            assert_eq!(cluster.psql(database, &sql).unwrap(), "0", "{view} to {tenant:?}");
        }
    }
    assert_eq!(seen(cluster, database, TENANT), "3");
}

/// An installation with one login, which nobody gave any role.
#[tokio::test(flavor = "multi_thread")]
async fn without_the_roles_one_login_does_everything() {
    let cluster = Cluster::start(Fsync::Off).unwrap();
    cluster.psql("postgres", "create role plain login").unwrap();
    cluster.psql("postgres", "create database plain owner plain").unwrap();
    let world = World::at(cluster.url_as("plain", "plain")).await;
    let projections = world.only::<Actors>().await;
    world.hire(0, 3).await;
    world.append_one(&stream_of(1), renamed(1, "Last00001", "Newer")).await;
    drain(&mut projections.follower().await).await.unwrap();

    projections.rebuild("actors", &|_| ()).await.unwrap();

    assert!(projections.verify("actors", &|_| ()).await.unwrap().is_equal());
    let roles = "select count(*) from pg_roles where rolname like 'rollcall%'";
    assert_eq!(cluster.psql("postgres", roles).unwrap(), "0");
}
