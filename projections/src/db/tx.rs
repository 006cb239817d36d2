//! Transactions of the runtime.

use std::sync::Arc;

use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{
    AssertSqlSafe, Executor, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool, Transaction,
};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::cells::{DbRow, bind_postgres, bind_sqlite};
use super::wall;
use crate::table::Value;

/// A lost commit costs a page that is folded again. Rows are looked up by their keys, whatever
/// plan the statistics of a table that was just made suggest.
pub(super) const WRITE: &str = "begin; set local synchronous_commit = off; \
     set local enable_seqscan = off; set local enable_hashjoin = off; \
     set local enable_mergejoin = off; set local statement_timeout = 0";
pub(super) const SNAPSHOT: &str = "begin isolation level repeatable read; set local statement_timeout = 0; \
     set local idle_in_transaction_session_timeout = 0";

/// A transaction. One that is dropped without `commit` changes nothing.
pub(crate) enum Tx {
    Postgres(Transaction<'static, Postgres>),
    Sqlite(OwnedMutexGuard<SqliteConnection>),
    SqliteSnapshot(Transaction<'static, Sqlite>),
}

impl Tx {
    pub(super) async fn postgres(pool: &PgPool, begin: &'static str) -> sqlx::Result<Tx> {
        Ok(Tx::Postgres(pool.begin_with(begin).await?))
    }

    pub(super) async fn sqlite(write: Arc<Mutex<SqliteConnection>>) -> sqlx::Result<Tx> {
        let mut connection = write.lock_owned().await;
        if sqlx::raw_sql("begin immediate").execute(&mut *connection).await.is_err() {
            // Whoever had it before us was dropped on the way.
            sqlx::raw_sql("rollback").execute(&mut *connection).await?;
            sqlx::raw_sql("begin immediate").execute(&mut *connection).await?;
        }
        Ok(Tx::Sqlite(connection))
    }

    /// The state is fixed here, before any statement.
    pub(super) async fn sqlite_snapshot(pool: &SqlitePool) -> sqlx::Result<Tx> {
        let mut tx = pool.begin().await?;
        sqlx::query("select 1 from consumers limit 1").fetch_optional(&mut *tx).await?;
        Ok(Tx::SqliteSnapshot(tx))
    }

    /// Nobody writes between the commit and the reader's first look.
    pub(super) async fn sqlite_commit_and_keep_sight(
        mut connection: OwnedMutexGuard<SqliteConnection>,
        read: &SqlitePool,
    ) -> sqlx::Result<Tx> {
        sqlx::raw_sql("commit").execute(&mut *connection).await?;
        let snapshot = Tx::sqlite_snapshot(read).await;
        drop(connection);
        snapshot
    }

    pub(crate) async fn commit(self) -> sqlx::Result<()> {
        match self {
            Tx::Postgres(tx) => tx.commit().await,
            Tx::Sqlite(mut connection) => {
                sqlx::raw_sql("commit").execute(&mut *connection).await.map(|_| ())
            }
            Tx::SqliteSnapshot(tx) => tx.commit().await,
        }
    }

    pub(crate) async fn rollback(self) -> sqlx::Result<()> {
        match self {
            Tx::Postgres(tx) => tx.rollback().await,
            Tx::Sqlite(mut connection) => {
                sqlx::raw_sql("rollback").execute(&mut *connection).await.map(|_| ())
            }
            Tx::SqliteSnapshot(tx) => tx.rollback().await,
        }
    }

    /// Runs a statement; the number of rows it changed.
    pub(crate) async fn execute(&mut self, sql: &str, args: Vec<Value>) -> sqlx::Result<u64> {
        match self {
            Tx::Postgres(tx) => {
                let mut query = sqlx::query(AssertSqlSafe(sql));
                for value in args {
                    query = bind_postgres(query, value);
                }
                Ok(query.execute(&mut **tx).await?.rows_affected())
            }
            Tx::Sqlite(connection) => {
                let done = (&mut **connection).execute(with_args(sql, args)).await?;
                Ok(done.rows_affected())
            }
            Tx::SqliteSnapshot(tx) => {
                let done = (&mut **tx).execute(with_args(sql, args)).await?;
                Ok(done.rows_affected())
            }
        }
    }

    pub(crate) async fn rows(&mut self, sql: &str, args: Vec<Value>) -> sqlx::Result<Vec<DbRow>> {
        match self {
            Tx::Postgres(tx) => wall::rows(&mut **tx, sql, args).await,
            Tx::Sqlite(connection) => {
                let rows = with_args(sql, args).fetch_all(&mut **connection).await?;
                Ok(rows.into_iter().map(DbRow::Sqlite).collect())
            }
            Tx::SqliteSnapshot(tx) => {
                let rows = with_args(sql, args).fetch_all(&mut **tx).await?;
                Ok(rows.into_iter().map(DbRow::Sqlite).collect())
            }
        }
    }

    /// Several statements without parameters.
    pub(crate) async fn script(&mut self, sql: &str) -> sqlx::Result<()> {
        let script = sqlx::raw_sql(AssertSqlSafe(sql));
        match self {
            Tx::Postgres(tx) => script.execute(&mut **tx).await.map(|_| ()),
            Tx::Sqlite(connection) => script.execute(&mut **connection).await.map(|_| ()),
            Tx::SqliteSnapshot(tx) => script.execute(&mut **tx).await.map(|_| ()),
        }
    }
}

fn with_args(sql: &str, args: Vec<Value>) -> Query<'_, Sqlite, SqliteArguments> {
    args.into_iter().fold(sqlx::query(AssertSqlSafe(sql)), bind_sqlite)
}
