//! A webhook body as a bare server would keep it: one row, one index.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use sqlx::postgres::PgBindIterExt;
use sqlx::{PgConnection, QueryBuilder, SqliteConnection};

use super::{Row, runs};

pub(crate) struct Delivery {
    pub(crate) tenant: Arc<str>,
    /// Microseconds since 1970.
    pub(crate) received_at: i64,
    pub(crate) body: Bytes,
}

const INSERT: &str = "
insert into bare_deliveries (tenant, received_at, body)
select d.tenant, d.received_at, d.body
from unnest(cast($1 as text[]), cast($2 as bigint[]), cast($3 as bytea[]))
    as d (tenant, received_at, body)";

#[async_trait]
impl Row for Delivery {
    const SQLITE_TABLE: &'static str = "
create table if not exists bare_deliveries (
    id          integer primary key,
    tenant      text    not null,
    received_at integer not null,
    body        blob    not null
) strict";
    const POSTGRES_TABLE: &'static str = "
create table if not exists bare_deliveries (
    id          bigint generated always as identity primary key,
    tenant      text   not null,
    received_at bigint not null,
    body        bytea  not null
)";

    async fn into_sqlite(connection: &mut SqliteConnection, rows: &[Self]) -> sqlx::Result<()> {
        for run in runs(rows) {
            let mut query =
                QueryBuilder::new("insert into bare_deliveries (tenant, received_at, body) ");
            query.push_values(run, |mut row, delivery| {
                row.push_bind(delivery.tenant.to_string())
                    .push_bind(delivery.received_at)
                    .push_bind(delivery.body.to_vec());
            });
            query.build().execute(&mut *connection).await?;
        }
        Ok(())
    }

    async fn into_postgres(connection: &mut PgConnection, rows: &[Self]) -> sqlx::Result<()> {
        sqlx::query(INSERT)
            .bind(rows.iter().map(|row| &*row.tenant).bind_iter())
            .bind(rows.iter().map(|row| row.received_at).bind_iter())
            .bind(rows.iter().map(|row| &row.body[..]).bind_iter())
            .execute(connection)
            .await?;
        Ok(())
    }
}
