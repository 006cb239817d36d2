//! Brings the schema up to date: each step once, in order, whichever node comes first.

use std::time::Duration;

use sha2::{Digest, Sha256};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection};

use super::errors::unavailable;
use super::roles;
use crate::migrations::POSTGRES;
use crate::types::StoreError;

/// Connecting and one question. Waiting for another node's migration comes after it.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);

/// "rollcall" in ASCII. Held while a node migrates.
const LOCK_KEY: i64 = 0x726f_6c6c_6361_6c6c;
const LOCK: &str = "
select pg_advisory_lock(cast($1 as bigint))";

const TABLE: &str = "
create table public.rollcall_migrations (
    name       text        primary key,
    sha256     text        not null,
    applied_at timestamptz not null default now()
)";

const IS_THERE: &str = "
select to_regclass('public.rollcall_migrations') is not null";

const APPLIED: &str = "
select name, sha256
from public.rollcall_migrations
order by name";

const RECORD: &str = "
insert into public.rollcall_migrations (name, sha256)
values (cast($1 as text), cast($2 as text))";

const SERVER_VERSION: &str = "
select cast(current_setting('server_version_num') as integer)";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[LOCK, IS_THERE, APPLIED, RECORD, SERVER_VERSION];

/// Applies what is missing; returns what the operator should do that our database role may not.
/// Safe to run on several nodes at once, and to abandon: it goes on.
pub(super) async fn migrate(options: &PgConnectOptions) -> Result<Option<String>, StoreError> {
    let options = options.clone();
    let task = tokio::spawn(async move {
        let mut connection = connect(&options).await?;
        sqlx::query(LOCK).bind(LOCK_KEY).execute(&mut connection).await.map_err(unavailable)?;
        // Not `if not exists`: that asks for the right to create where nothing is to be done.
        if !is_there(&mut connection).await? {
            sqlx::raw_sql(TABLE).execute(&mut connection).await.map_err(unavailable)?;
        }
        for (name, sql) in missing(&mut connection).await? {
            apply(&mut connection, name, sql).await?;
            tracing::info!(step = name, "the schema was brought forward");
        }
        let note = roles::grant(&mut connection).await?;
        // Closing gives the lock back.
        connection.close().await.map_err(unavailable)?;
        Ok(note)
    });
    task.await.map_err(StoreError::unavailable)?
}

/// Fails where a step is missing or was changed after it was applied.
pub(super) async fn check(options: &PgConnectOptions) -> Result<(), StoreError> {
    let mut connection = connect(options).await?;
    let missing = if is_there(&mut connection).await? {
        missing(&mut connection).await?
    } else {
        POSTGRES.to_vec()
    };
    connection.close().await.map_err(unavailable)?;
    match missing.first() {
        None => Ok(()),
        Some((name, _)) => Err(StoreError::Setup(format!(
            "the database lacks step {name}: run `rollcall migrate`"
        ))),
    }
}

async fn connect(options: &PgConnectOptions) -> Result<PgConnection, StoreError> {
    connect_within(options, ANSWERS_WITHIN).await
}

/// Something may listen at the address and never say a word.
pub(super) async fn connect_within(
    options: &PgConnectOptions,
    limit: Duration,
) -> Result<PgConnection, StoreError> {
    let connecting = async {
        let mut connection = options.connect().await?;
        let version: i32 = sqlx::query_scalar(SERVER_VERSION).fetch_one(&mut connection).await?;
        Ok((connection, version))
    };
    let Ok(connected) = tokio::time::timeout(limit, connecting).await else {
        return Err(StoreError::Setup(format!(
            "the database server did not answer within {limit:?}; check the host and the port of \
             the database URL, that PostgreSQL itself listens there, and that no firewall or \
             proxy holds the connection"
        )));
    };
    let (connection, version) = connected.map_err(unavailable)?;
    if version < 150_000 {
        let major = version / 10_000;
        return Err(StoreError::Setup(format!(
            "the database server is PostgreSQL {major}; Rollcall needs 15 or newer"
        )));
    }
    Ok(connection)
}

async fn is_there(connection: &mut PgConnection) -> Result<bool, StoreError> {
    sqlx::query_scalar(IS_THERE).fetch_one(connection).await.map_err(unavailable)
}

/// The steps this database has not seen. Those it has seen and we don't know are a newer node's.
async fn missing(
    connection: &mut PgConnection,
) -> Result<Vec<(&'static str, &'static str)>, StoreError> {
    let applied: Vec<(String, String)> =
        sqlx::query_as(APPLIED).fetch_all(connection).await.map_err(unavailable)?;
    let mut missing = vec![];
    for (name, sql) in POSTGRES {
        match applied.iter().find(|(known, _)| known == name) {
            None => missing.push((*name, *sql)),
            Some((_, hash)) if *hash == sha256(sql) => {}
            Some(_) => {
                return Err(StoreError::Setup(format!(
                    "migrations/postgres/{name}.sql was changed after it was applied to this \
                     database; put it back and add a new step instead"
                )));
            }
        }
    }
    Ok(missing)
}

/// A step and its record, together.
async fn apply(
    connection: &mut PgConnection,
    name: &str,
    sql: &'static str,
) -> Result<(), StoreError> {
    let mut step = connection.begin().await.map_err(unavailable)?;
    sqlx::raw_sql(sql).execute(&mut *step).await.map_err(unavailable)?;
    let record = sqlx::query(RECORD).bind(name).bind(sha256(sql));
    record.execute(&mut *step).await.map_err(unavailable)?;
    step.commit().await.map_err(unavailable)
}

fn sha256(sql: &str) -> String {
    hex::encode(Sha256::digest(sql))
}
