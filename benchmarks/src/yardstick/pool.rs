//! A commit for each call, over a pool of connections.

use std::marker::PhantomData;
use std::time::Duration;

use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{PgPool, SqlitePool};

use super::group::together;
use super::{Bare, Row, postgres_pool};
use crate::failure::Failure;

enum Connections {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

pub(crate) struct Pool<R> {
    connections: Connections,
    row: PhantomData<fn(R)>,
}

impl<R: Row> Pool<R> {
    pub(crate) fn new(bare: &Bare, connections: u32) -> Self {
        let connections = match bare {
            Bare::Sqlite(options) => Connections::Sqlite(
                SqlitePoolOptions::new()
                    .max_connections(connections)
                    .acquire_timeout(Duration::from_secs(60))
                    .test_before_acquire(false)
                    .connect_lazy_with(options.clone()),
            ),
            Bare::Postgres(options) => Connections::Postgres(postgres_pool(options, connections)),
        };
        Pool { connections, row: PhantomData }
    }

    /// Writes rows in one transaction and returns once they are durable.
    pub(crate) async fn commit(&self, rows: &[R]) -> Result<(), Failure> {
        match &self.connections {
            Connections::Sqlite(pool) => {
                let mut connection = pool.acquire().await?;
                match rows {
                    [_] => R::into_sqlite(&mut connection, rows).await?,
                    _ => together(&mut connection, rows).await?,
                }
            }
            Connections::Postgres(pool) => {
                let mut connection = pool.acquire().await?;
                R::into_postgres(&mut connection, rows).await?;
            }
        }
        Ok(())
    }
}
