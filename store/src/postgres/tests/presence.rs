//! Leases of processes that are gone, that are there, and that only lost their session.

use sqlx::PgPool;

use super::{SECOND, address, intent};
use crate::backend::{EventStore, Work};
use crate::postgres::Postgres;
use crate::work::{Claim, TakeReactor};

/// Longer than any test waits.
const LEASE: std::time::Duration = std::time::Duration::from_secs(600);

const CONSUMERS: &str = "
    insert into views.consumers (name, version, shard, slot, owner, lease_until, status, updated_at)
    values ('actors', 1, 0, 'a', $1, now() + interval '10 minutes', 'live', now())";
const FREE_CONSUMERS: &str =
    "select count(*) from views.consumers where lease_until < clock_timestamp()";

/// Takes one of each kind.
async fn take_everything(db: &Postgres) {
    let owner = db.new_owner();
    db.add_intents(&[intent("a", "a")]).await.unwrap();
    assert_eq!(claim(db).await, Some(0));
    assert!(take_reactor(db).await);
    sqlx::query(CONSUMERS).bind(owner).execute(&db.calm).await.unwrap();
}

/// How often what it claims was tried before.
async fn claim(db: &Postgres) -> Option<u32> {
    let owner = db.new_owner();
    let now = chrono::Utc::now();
    let claim = Claim { kinds: &["mail"], owner: &owner, keys: 1, per_key: 1, lease: LEASE, now };
    let claimed = db.claim(&claim).await.unwrap();
    claimed.first().map(|claimed| claimed.attempts)
}

async fn take_reactor(db: &Postgres) -> bool {
    let (name, owner) = ("mails", &db.new_owner());
    let place = TakeReactor { name, version: 1, shard: 0, owner, lease: LEASE, from: 0 };
    db.take_reactor(&place).await.unwrap().is_some()
}

async fn free_consumers(db: &Postgres) -> i64 {
    sqlx::query_scalar(FREE_CONSUMERS).fetch_one(&db.calm).await.unwrap()
}

async fn everything_is_free(db: &Postgres) {
    assert_eq!(claim(db).await, Some(1), "dying under a task is a try");
    assert!(take_reactor(db).await);
    assert_eq!(free_consumers(db).await, 1);
}

/// How many sessions say that this process is there.
async fn sessions(pool: &PgPool, node: i64) -> i64 {
    let held = "select count(*) from pg_locks where locktype = 'advisory'
        and database = (select oid from pg_database where datname = current_database())
        and (classid::bigint << 32) | objid::bigint = $1";
    sqlx::query_scalar(held).bind(node).fetch_one(pool).await.unwrap()
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..1_000 {
        if holds().await {
            return;
        }
        tokio::time::sleep(SECOND / 100).await;
    }
    panic!("it never came about that {what}");
}

#[tokio::test]
async fn what_a_dead_process_had_taken_is_free_for_the_next_one_at_once() {
    let url = address();
    let doomed = Postgres::open(&url, true).await.unwrap();
    take_everything(&doomed).await;
    let (pool, node) = (doomed.calm.clone(), doomed.presence.node);
    drop(doomed);
    until("its session ends", async || sessions(&pool, node).await == 0).await;

    let next = Postgres::open(&url, false).await.unwrap();

    everything_is_free(&next).await;
}

#[tokio::test]
async fn what_a_dead_process_had_taken_is_freed_by_those_who_live() {
    let url = address();
    let (doomed, other) = (fresh_at(&url).await, fresh_at(&url).await);
    take_everything(&doomed).await;
    assert!(!take_reactor(&other).await);
    let mut freed = other.freed();

    drop(doomed);

    tokio::time::timeout(SECOND * 5, freed.changed()).await.unwrap().unwrap();
    everything_is_free(&other).await;
}

#[tokio::test]
async fn a_process_that_lives_keeps_its_leases_though_its_session_broke() {
    let url = address();
    let [here, there, doomed] = [fresh_at(&url).await, fresh_at(&url).await, fresh_at(&url).await];
    assert!(take_reactor(&here).await);
    let mut freed = there.freed();
    let node = here.presence.node;
    let all = "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'
        and database = (select oid from pg_database where datname = current_database())
        and (classid::bigint << 32) | objid::bigint = $1";

    sqlx::query(all).bind(node).execute(&there.calm).await.unwrap();
    until("it has another session", async || sessions(&there.calm, node).await == 1).await;
    drop(doomed);

    tokio::time::timeout(SECOND * 5, freed.changed()).await.unwrap().unwrap();
    assert!(!take_reactor(&there).await);
    drop(here);
    tokio::time::timeout(SECOND * 5, freed.changed()).await.unwrap().unwrap();
    assert!(take_reactor(&there).await);
}

#[tokio::test]
async fn who_closes_leaves_nothing_taken() {
    let url = address();
    let (one, other) = (fresh_at(&url).await, fresh_at(&url).await);
    take_everything(&one).await;

    one.close().await.unwrap();

    everything_is_free(&other).await;
    assert_eq!(*other.freed().borrow(), 0, "nobody had to notice");
}

async fn fresh_at(url: &str) -> Postgres {
    Postgres::open(url, true).await.unwrap()
}
