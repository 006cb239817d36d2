//! Row-level security on PostgreSQL: what is read for a tenant is read as `rollcall_reader`, whose
//! policies show that tenant's rows only.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::{AssertSqlSafe, Executor, PgPool, Postgres};

use super::cells::{DbRow, bind_postgres};
use crate::table::Value;

/// Only a member of both roles hands tables over and may look at them as a reader.
const MAY: &str = "
select case
    when to_regrole('rollcall_reader') is null or to_regrole('rollcall_writer') is null then false
    else pg_has_role(current_user, to_regrole('rollcall_reader'), 'member')
        and pg_has_role(current_user, to_regrole('rollcall_writer'), 'member')
        and (
            select coalesce(bool_and(has_table_privilege('rollcall_reader', c.oid, 'select')), true)
            from pg_class as c
            where c.relnamespace = to_regnamespace('views') and c.relkind in ('r', 'v')
        )
end";

/// Whether this node may read as a reader.
#[derive(Clone, Default)]
pub(super) struct Wall(Arc<AtomicBool>);

impl Wall {
    pub(super) fn stands(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) async fn look(&self, pool: &PgPool) -> sqlx::Result<()> {
        let may: bool = sqlx::query_scalar(MAY).fetch_one(pool).await?;
        self.0.store(may, Ordering::Relaxed);
        if !may {
            tracing::warn!(
                "this database role may not read as rollcall_reader, so that queries alone keep \
                 tenants apart; `rollcall migrate` says what is missing"
            );
        }
        Ok(())
    }
}

/// All rows of a statement.
pub(super) async fn rows(
    on: impl Executor<'_, Database = Postgres>,
    sql: &str,
    args: Vec<Value>,
) -> sqlx::Result<Vec<DbRow>> {
    let query = args.into_iter().fold(sqlx::query(AssertSqlSafe(sql)), bind_postgres);
    Ok(query.fetch_all(on).await?.into_iter().map(DbRow::Postgres).collect())
}

/// All rows of a statement that are the tenant's. In a task of its own: a caller who stops waiting
/// must not give a connection back that still is the reader's.
pub(super) async fn rows_of(
    pool: PgPool,
    tenant: &str,
    sql: String,
    args: Vec<Value>,
) -> sqlx::Result<Vec<DbRow>> {
    let begin = format!(
        "begin read only; set local role rollcall_reader; set local rollcall.tenant = '{}'",
        tenant.replace('\'', "''")
    );
    let task = tokio::spawn(async move {
        let mut tx = pool.begin_with(AssertSqlSafe(begin)).await?;
        let found = rows(&mut *tx, &sql, args).await?;
        tx.commit().await?;
        Ok(found)
    });
    task.await.map_err(|_| sqlx::Error::WorkerCrashed)?
}
