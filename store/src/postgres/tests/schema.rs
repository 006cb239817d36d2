//! The schema and what is allowed in it: statements, plans, migrations.

use std::collections::HashMap;

use sqlx::{Connection, Executor, PgConnection, SqlSafeStr};

use super::super::*;
use super::{address, begin, fresh, write};
use crate::backend::Keys;
use crate::sealing::{KeyId, KeyPage, with_slot};
use crate::types::StoreError;

fn every_statement() -> impl Iterator<Item = &'static str> {
    let rooms = [
        blobs::STATEMENTS,
        entries::STATEMENTS,
        hints::STATEMENTS,
        keys::STATEMENTS,
        log::STATEMENTS,
        migrate::STATEMENTS,
        outbound::STATEMENTS,
        presence::STATEMENTS,
        reactors::STATEMENTS,
        roles::STATEMENTS,
        sessions::STATEMENTS,
        state::STATEMENTS,
        work::STATEMENTS,
    ];
    rooms.into_iter().flatten().copied().chain(write::statements())
}

#[tokio::test]
async fn every_statement_fits_the_schema() {
    let db = fresh().await;

    for sql in every_statement() {
        let prepared = db.hot.acquire().await.unwrap().prepare(sql.into_sql_str()).await;
        assert!(prepared.is_ok(), "{:?}: {sql}", prepared.err());
    }
}

/// Also where a plan was made while there were two rows.
#[tokio::test]
async fn the_hot_statements_find_their_rows_by_index_whatever_the_statistics_say() {
    let db = fresh().await;
    write(&db, begin(0, 1)).await.unwrap();
    sqlx::raw_sql("analyze").execute(&db.calm).await.unwrap();

    for sql in log::STATEMENTS.iter().copied().chain(write::statements()) {
        let count = (1..).take_while(|n| sql.contains(&format!("${n} "))).count();
        let nulls = vec!["null"; count].join(", ");
        let mut connection = db.hot.acquire().await.unwrap();
        let sql = format!(
            "set plan_cache_mode = force_generic_plan; prepare it as {sql}; \
             explain execute it ({nulls}); deallocate it"
        );
        let plan: Vec<String> = sqlx::raw_sql(sqlx::AssertSqlSafe(sql.clone()))
            .fetch_all(&mut *connection)
            .await
            .unwrap()
            .iter()
            .map(|row| sqlx::Row::get(row, 0))
            .collect();
        let bad = |line: &&String| line.contains("Seq Scan") || line.contains("Sort");
        assert!(
            !plan.is_empty() && !plan.iter().any(|line| bad(&line)),
            "{sql}\n{}",
            plan.join("\n")
        );
    }
}

#[tokio::test]
async fn two_nodes_migrate_at_once_and_a_changed_step_is_refused() {
    let url = address();
    let refused = Postgres::open(&url, false).await.err().unwrap().to_string();
    assert!(refused.contains("rollcall migrate"), "{refused}");

    let opened = futures_util::future::join_all((0..4).map(|_| Postgres::open(&url, true))).await;
    assert!(opened.iter().all(Result::is_ok));
    let mut admin = PgConnection::connect(&url).await.unwrap();
    admin
        .execute("update public.rollcall_migrations set sha256 = '' where name = '0001_log'")
        .await
        .unwrap();

    let refused = Postgres::open(&url, true).await.err().unwrap().to_string();
    assert!(refused.contains("0001_log.sql was changed"), "{refused}");
}

#[tokio::test]
async fn a_server_that_accepts_and_stays_silent_is_given_up() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port();
    let options = format!("postgres://node@127.0.0.1:{port}/rollcall").parse().unwrap();
    let connecting = migrate::connect_within(&options, Duration::from_millis(100));

    let (accepted, refused) = tokio::join!(silent.accept(), connecting);

    assert!(accepted.is_ok());
    let refused = refused.err().unwrap();
    assert!(
        matches!(&refused, StoreError::Setup(why) if why.contains("did not answer within 100ms")),
        "{refused}"
    );
}

#[tokio::test]
async fn no_index_rests_on_a_collation_that_can_change() {
    let url = address();
    Postgres::open(&url, true).await.unwrap();
    let mut admin = PgConnection::connect(&url).await.unwrap();
    let query = "select cast(indexrelid::regclass as text) from pg_index
        join pg_class on pg_class.oid = indrelid
        where relnamespace in ('log'::regnamespace, 'keys'::regnamespace, 'views'::regnamespace)
            and 'pg_catalog.default'::regcollation = any(cast(indcollation as oid[]))";

    let found: Vec<String> = sqlx::query_scalar(query).fetch_all(&mut admin).await.unwrap();

    assert_eq!(found, [""; 0]);
}

/// Each waits for a page that the other might have.
#[tokio::test]
async fn keys_of_the_same_pages_are_destroyed_from_two_sides_at_once() {
    let db = fresh().await;
    let pages: Vec<KeyPage> = (0..40).map(|_| KeyPage::fresh()).collect();
    db.add_keys("acme", &pages).await.unwrap();
    let of_slot = |slot: u8| pages.iter().map(move |page| with_slot(page.id, slot));
    let destroy = |ids: Vec<KeyId>| async {
        let ids: Vec<Vec<u8>> = ids.into_iter().map(|id| id.to_vec()).collect();
        let query = "select keys.destroy(cast($1 as bytea[]))";
        sqlx::query(query).bind(ids).execute(&db.calm).await.map(|_| ())
    };

    let (there, back) = tokio::join!(
        destroy(of_slot(3).chain(of_slot(5)).collect()),
        destroy(of_slot(9).chain(of_slot(3)).rev().collect()),
    );

    assert!(there.is_ok() && back.is_ok(), "{there:?} {back:?}");
    let ids: Vec<KeyId> = pages.iter().map(|page| page.id).collect();
    let left: HashMap<KeyId, KeyPage> =
        db.load_keys(&ids).await.unwrap().into_iter().map(|page| (page.id, page)).collect();
    for mut page in pages {
        for slot in [3, 5, 9] {
            page.destroy(with_slot(page.id, slot));
        }
        assert!(left[&page.id] == page);
    }
}
