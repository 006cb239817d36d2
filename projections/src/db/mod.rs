//! The database of the read models: statements that run on both kinds, rows as they come back.

mod cells;
mod page;
mod sql;
mod tx;
mod wall;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use rollcall_store::{Store, StoreError, Views};
use sqlx::AssertSqlSafe;

use crate::table::{Mismatch, Row, Value};

pub(crate) use cells::bind_sqlite;
pub use cells::{Cells, DbRow};
pub use page::Page;
pub(crate) use page::{cursor, limit_of, resume, resume_by_time};
pub(crate) use sql::{Dialect, Sql};
pub(crate) use tx::Tx;
use wall::Wall;

/// A way to the read models: to all of them, or to one tenant's rows. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    store: Store,
    version_of: VersionOf,
    wall: Wall,
    /// Whose rows its queries see, whatever they ask for.
    tenant: Option<Arc<str>>,
}

/// The version of a read model that this binary's statements mean.
pub(crate) type VersionOf = fn(&str) -> Option<u16>;

/// Why a query gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The caller sent a cursor that was not ours.
    #[error("the cursor is not one that this list gave out")]
    Cursor,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for ReadError {
    fn from(error: sqlx::Error) -> Self {
        ReadError::Store(StoreError::unavailable(error))
    }
}

impl From<Mismatch> for ReadError {
    fn from(_: Mismatch) -> Self {
        ReadError::Store(StoreError::Damaged("a read model's row does not have its declared form"))
    }
}

impl Db {
    pub(crate) fn new(store: &Store, version_of: VersionOf) -> Self {
        Db { store: store.clone(), version_of, wall: Wall::default(), tenant: None }
    }

    /// The same where queries see this tenant's rows only. On PostgreSQL the database sees to that,
    /// too: a query that forgot its tenant finds nothing of another.
    pub(crate) fn of_tenant(&self, tenant: &str) -> Self {
        Db { tenant: Some(tenant.into()), ..self.clone() }
    }

    /// Finds out whether the database can guard the rows.
    pub(crate) async fn look_for_wall(&self) -> sqlx::Result<()> {
        match self.views() {
            Views::Sqlite(_) => Ok(()),
            Views::Postgres(pool) => self.wall.look(pool).await,
        }
    }

    fn views(&self) -> &Views {
        self.store.views()
    }

    /// Passes an answer on. Where there was none, the store takes note of it.
    fn noted<T>(&self, answer: sqlx::Result<T>) -> sqlx::Result<T> {
        answer.inspect_err(|error| self.store.no_answer(error))
    }

    pub(crate) fn dialect(&self) -> Dialect {
        match self.views() {
            Views::Sqlite(_) => Dialect::Sqlite,
            Views::Postgres(_) => Dialect::Postgres,
        }
    }

    pub(crate) fn text<'s>(&self, sql: &'s Sql) -> &'s str {
        sql.text(self.dialect(), self.version_of)
    }

    /// Begins a transaction that writes.
    pub(crate) async fn begin(&self) -> sqlx::Result<Tx> {
        self.noted(match self.views() {
            Views::Sqlite(views) => Tx::sqlite(views.write.clone()).await,
            Views::Postgres(pool) => Tx::postgres(pool, tx::WRITE).await,
        })
    }

    /// Begins a transaction that only looks rows up and keeps no writer waiting.
    pub(crate) async fn lookup(&self) -> sqlx::Result<Tx> {
        match self.views() {
            Views::Sqlite(views) => Tx::sqlite_snapshot(&views.read).await,
            Views::Postgres(pool) => Tx::postgres(pool, tx::WRITE).await,
        }
    }

    /// Begins a transaction that may write and, on PostgreSQL, sees one state of everything else.
    pub(crate) async fn begin_meeting(&self) -> sqlx::Result<Tx> {
        match self.views() {
            Views::Sqlite(views) => Tx::sqlite(views.write.clone()).await,
            Views::Postgres(pool) => Tx::postgres(pool, tx::SNAPSHOT).await,
        }
    }

    /// Goes on seeing what that transaction saw, without keeping a writer waiting.
    pub(crate) async fn keep_sight(&self, tx: Tx) -> sqlx::Result<Tx> {
        match (self.views(), tx) {
            (Views::Sqlite(views), Tx::Sqlite(connection)) => {
                Tx::sqlite_commit_and_keep_sight(connection, &views.read).await
            }
            (Views::Sqlite(_) | Views::Postgres(_), tx) => Ok(tx),
        }
    }

    /// All rows of a statement. Boxed, so that the drivers are compiled here and not once more in
    /// each crate that asks.
    pub(crate) fn rows<'a>(
        &'a self,
        sql: &'a Sql,
        args: Vec<Value>,
    ) -> BoxFuture<'a, sqlx::Result<Vec<DbRow>>> {
        Box::pin(self.rows_of(self.text(sql), args))
    }

    pub(crate) async fn rows_of(&self, sql: &str, args: Vec<Value>) -> sqlx::Result<Vec<DbRow>> {
        self.noted(match (self.views(), self.tenant.as_ref().filter(|_| self.wall.stands())) {
            (Views::Sqlite(views), _) => {
                let query = sqlx::query(AssertSqlSafe(sql));
                let query = args.into_iter().fold(query, cells::bind_sqlite);
                let rows = query.fetch_all(&views.read).await;
                rows.map(|rows| rows.into_iter().map(DbRow::Sqlite).collect())
            }
            (Views::Postgres(pool), None) => wall::rows(pool, sql, args).await,
            (Views::Postgres(pool), Some(tenant)) => {
                wall::rows_of(pool.clone(), tenant, sql.to_owned(), args).await
            }
        })
    }

    /// All rows, read by `read`.
    pub(crate) async fn all<T>(
        &self,
        sql: &Sql,
        args: Vec<Value>,
        read: impl Fn(&mut Cells) -> Result<T, Mismatch>,
    ) -> Result<Vec<T>, ReadError> {
        let rows = self.rows(sql, args).await?;
        rows.iter().map(|row| read(&mut Cells::of(row)).map_err(ReadError::from)).collect()
    }

    pub(crate) async fn all_rows<R: Row>(
        &self,
        sql: &Sql,
        args: Vec<Value>,
    ) -> Result<Vec<R>, ReadError> {
        self.all(sql, args, R::read).await
    }

    /// The first row, if there is one.
    pub(crate) async fn first<T>(
        &self,
        sql: &Sql,
        args: Vec<Value>,
        read: impl Fn(&mut Cells) -> Result<T, Mismatch>,
    ) -> Result<Option<T>, ReadError> {
        Ok(self.all(sql, args, read).await?.into_iter().next())
    }
}

/// Several values as one JSON parameter, for `views.json_each`.
pub(crate) fn list_of<S: AsRef<str>>(items: &[S]) -> Value {
    // No stored text holds NUL.
    let items: Vec<String> =
        items.iter().map(|item| item.as_ref().replace('\0', "\u{fffd}")).collect();
    Value::from(serde_json::Value::from(items).to_string())
}
