//! Who is signed in.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::Postgres;
use super::errors::{exists, unavailable};
use crate::backend::Sessions;
use crate::types::StoreError;
use crate::work::SessionRow;

const ADD: &str = "
insert into log.sessions (id, hash, user_id, tenant, credential, created_at, seen_at, ends_at,
    address, agent)
values (cast($1 as text), cast($2 as bytea), cast($3 as text), cast($4 as text), cast($5 as text),
    cast($6 as timestamptz), cast($7 as timestamptz), cast($8 as timestamptz), cast($9 as text),
    cast($10 as text))";

const ONE: &str = "
select id, hash, user_id, tenant, credential, created_at, seen_at, ends_at, address, agent
from log.sessions
where hash = cast($1 as bytea)";

const OF_USER: &str = "
select id, hash, user_id, tenant, credential, created_at, seen_at, ends_at, address, agent
from log.sessions
where user_id = cast($1 as text)
order by id desc
limit 1000";

const SEE: &str = "
update log.sessions
set seen_at = cast($2 as timestamptz)
where id = cast($1 as text)";

const MOVE: &str = "
update log.sessions
set tenant = cast($2 as text)
where id = cast($1 as text)";

const END: &str = "
delete from log.sessions
where user_id = cast($1 as text) and id = cast($2 as text)";

const END_OTHERS: &str = "
delete from log.sessions
where user_id = cast($1 as text) and id <> cast($2 as text)";

const SWEEP: &str = "
delete from log.sessions
where ends_at <= cast($1 as timestamptz)";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[ADD, ONE, OF_USER, SEE, MOVE, END, END_OTHERS, SWEEP];

fn session(row: &PgRow) -> sqlx::Result<SessionRow> {
    Ok(SessionRow {
        id: row.try_get(0)?,
        hash: row.try_get(1)?,
        user: row.try_get(2)?,
        tenant: row.try_get(3)?,
        credential: row.try_get(4)?,
        created_at: row.try_get(5)?,
        seen_at: row.try_get(6)?,
        ends_at: row.try_get(7)?,
        address: row.try_get(8)?,
        agent: row.try_get(9)?,
    })
}

#[async_trait]
impl Sessions for Postgres {
    async fn add_session(&self, session: &SessionRow) -> Result<(), StoreError> {
        sqlx::query(ADD)
            .bind(&session.id)
            .bind(&session.hash)
            .bind(&session.user)
            .bind(&session.tenant)
            .bind(&session.credential)
            .bind(session.created_at)
            .bind(session.seen_at)
            .bind(session.ends_at)
            .bind(&session.address)
            .bind(&session.agent)
            .execute(&self.calm)
            .await
            .map_err(|error| exists(error, "this session"))?;
        Ok(())
    }

    async fn session(&self, hash: &[u8]) -> Result<Option<SessionRow>, StoreError> {
        let query = |pool| async move { sqlx::query(ONE).bind(hash).fetch_optional(&pool).await };
        self.read(query).await?.as_ref().map(session).transpose().map_err(unavailable)
    }

    async fn sessions(&self, user: &str) -> Result<Vec<SessionRow>, StoreError> {
        let query = sqlx::query(OF_USER).bind(user);
        let rows = query.fetch_all(&self.calm).await.map_err(unavailable)?;
        rows.iter().map(session).collect::<sqlx::Result<_>>().map_err(unavailable)
    }

    async fn see_session(&self, id: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
        let query = sqlx::query(SEE).bind(id).bind(at);
        query.execute(&self.calm).await.map_err(unavailable)?;
        Ok(())
    }

    async fn move_session(&self, id: &str, tenant: Option<&str>) -> Result<(), StoreError> {
        let query = sqlx::query(MOVE).bind(id).bind(tenant);
        query.execute(&self.calm).await.map_err(unavailable)?;
        Ok(())
    }

    async fn end_session(&self, user: &str, id: &str) -> Result<bool, StoreError> {
        let query = sqlx::query(END).bind(user).bind(id);
        let done = query.execute(&self.calm).await.map_err(unavailable)?;
        Ok(done.rows_affected() > 0)
    }

    async fn end_other_sessions(&self, user: &str, kept: &str) -> Result<(), StoreError> {
        let query = sqlx::query(END_OTHERS).bind(user).bind(kept);
        query.execute(&self.calm).await.map_err(unavailable)?;
        Ok(())
    }

    async fn sweep_sessions(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        sqlx::query(SWEEP).bind(now).execute(&self.calm).await.map_err(unavailable)?;
        Ok(())
    }
}
