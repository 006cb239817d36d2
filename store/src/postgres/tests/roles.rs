//! Who may do what, and what is said to those who may not give it.

use sqlx::{Connection, Executor, PgConnection};

use super::super::*;
use super::cluster::{Cluster, Fsync, shared};
use super::{address, begin, intent, write};
use crate::backend::Work;
use crate::types::StoreError;

#[tokio::test]
async fn a_writer_adds_events_but_never_changes_them_and_a_reader_sees_only_views() {
    let cluster = shared(Fsync::Off);
    let url = cluster.fresh_database().unwrap();
    let admin = Postgres::open(&url, true).await.unwrap();
    write(&admin, begin(0, 1)).await.unwrap();
    cluster.psql("postgres", "create role node login in role rollcall_writer").unwrap();
    cluster.psql("postgres", "create role report login in role rollcall_reader").unwrap();
    let database = url.split(['/', '?']).nth(3).unwrap();

    let node = Postgres::open(&cluster.url_as("node", database), false).await.unwrap();
    write(&node, begin(0, 2)).await.unwrap();
    node.add_intents(&[intent("a", "a")]).await.unwrap();
    let changed = sqlx::query("update log.events set type = ''").execute(&node.calm).await;
    let refused = Postgres::open(&cluster.url_as("report", database), false).await.err().unwrap();
    let triggered = sqlx::query("truncate log.events").execute(&admin.calm).await;

    assert!(changed.unwrap_err().to_string().contains("permission denied"));
    assert!(matches!(refused, StoreError::Setup(_)), "{refused}");
    assert!(triggered.unwrap_err().to_string().contains("never changed"));
}

/// Made by an older version, or before the roles were there.
#[tokio::test]
async fn read_models_that_are_there_are_given_to_those_who_write() {
    let url = address();
    Postgres::open(&url, true).await.unwrap();
    let mut admin = PgConnection::connect(&url).await.unwrap();
    admin
        .execute(
            "create table views.old_v1_a (tenant text); create index on views.old_v1_a (tenant);
             create view views.old as select tenant from views.old_v1_a",
        )
        .await
        .unwrap();

    Postgres::open(&url, true).await.unwrap();

    let query = "select relname || ' ' || cast(cast(relowner as regrole) as text)
            || ' ' || has_table_privilege('rollcall_reader', oid, 'select')
        from pg_class where relname in ('old', 'old_v1_a', 'consumers') order by relname";
    let found: Vec<String> = sqlx::query_scalar(query).fetch_all(&mut admin).await.unwrap();
    let expected = [
        "consumers rollcall_owner true",
        "old rollcall_writer true",
        "old_v1_a rollcall_writer true",
    ];
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_role_that_may_not_create_roles_gets_a_note_and_a_working_store() {
    let cluster = shared(Fsync::Off);
    cluster.psql("postgres", "create role plain login").unwrap();
    cluster.psql("postgres", "create database plain owner plain").unwrap();
    let options: PgConnectOptions = cluster.url_as("plain", "plain").parse().unwrap();

    let note = migrate::migrate(&options).await.unwrap();

    assert!(note.is_some());
    let db = Postgres::open(&cluster.url_as("plain", "plain"), true).await.unwrap();
    write(&db, begin(0, 1)).await.unwrap();
}

const ROLES: &str = "create role rollcall_owner; create role rollcall_writer; \
    create role rollcall_reader";
const GRANTED: [&str; 2] =
    ["grant rollcall_writer to rollcall_owner", "grant rollcall_reader to rollcall_writer"];

async fn note(cluster: &Cluster, role: &str) -> Option<String> {
    let options: PgConnectOptions = cluster.url_as(role, "plain").parse().unwrap();
    migrate::migrate(&options).await.unwrap()
}

/// A cluster of its own, since what a role is a member of holds in all databases.
#[tokio::test]
async fn the_owner_of_a_database_migrates_it_and_says_exactly_what_it_may_not_do() {
    let cluster = Cluster::start(Fsync::Off).unwrap();
    let admin = |sql: &str| cluster.psql("plain", sql).unwrap();
    cluster.psql("postgres", "create role plain login; create role node login").unwrap();
    cluster.psql("postgres", "create database plain owner plain").unwrap();
    admin(&format!("{ROLES}; grant rollcall_owner to plain; grant rollcall_writer to node"));

    let said = note(&cluster, "plain").await.unwrap();

    let (_, said) = said.split_once("in this database: ").unwrap();
    let (asked, _) = said.split_once("; then").unwrap();
    assert_eq!(asked, GRANTED.join("; "));
    let node = Postgres::open(&cluster.url_as("node", "plain"), false).await.unwrap();
    write(&node, begin(0, 1)).await.unwrap();
    admin(asked);
    assert_eq!(note(&cluster, "plain").await, None);
    // Another member of the owner goes on from there, with no rights of its own.
    admin("create role next login in role rollcall_owner");
    assert_eq!(note(&cluster, "next").await, None);
    let owners = "select string_agg(distinct cast(relowner as regrole)::text, ' ')
        from pg_class where relnamespace in ('log'::regnamespace, 'keys'::regnamespace)";
    assert_eq!(admin(owners), "rollcall_owner");
}

#[tokio::test]
async fn the_owner_of_a_database_that_has_no_role_asks_for_it_and_still_grants() {
    let cluster = Cluster::start(Fsync::Off).unwrap();
    let admin = |sql: &str| cluster.psql("plain", sql).unwrap();
    cluster.psql("postgres", "create role plain login").unwrap();
    cluster.psql("postgres", "create database plain owner plain").unwrap();
    admin(&format!("{ROLES}; {}", GRANTED.join("; ")));
    admin("create role node login in role rollcall_writer");

    let said = note(&cluster, "plain").await.unwrap();

    assert!(said.contains("in this database: grant rollcall_owner to plain; then"), "{said}");
    let node = Postgres::open(&cluster.url_as("node", "plain"), false).await.unwrap();
    write(&node, begin(0, 1)).await.unwrap();
    let changed = sqlx::query("delete from log.events").execute(&node.calm).await;
    assert!(changed.unwrap_err().to_string().contains("permission denied"));
}
