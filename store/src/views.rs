//! Where read models live, and how to reach them. `rollcall-projections` alone works with it.

use std::sync::Arc;

use sqlx::{PgPool, SqliteConnection, SqlitePool};
use tokio::sync::Mutex;

/// The database of the read models.
#[derive(Clone)]
pub enum Views {
    Sqlite(SqliteViews),
    /// Tables in the schema `views`. Transactions may use `synchronous_commit = off`: they carry
    /// their checkpoint.
    Postgres(PgPool),
}

/// `views.db`: any number of readers, one writer.
#[derive(Clone)]
pub struct SqliteViews {
    pub read: SqlitePool,
    pub write: Arc<Mutex<SqliteConnection>>,
}
