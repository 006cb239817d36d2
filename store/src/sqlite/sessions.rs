//! Who is signed in, in `log.db`.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::state::exists;
use super::{Sqlite, instant, micros, unavailable};
use crate::backend::Sessions;
use crate::types::StoreError;
use crate::work::SessionRow;

const ADD: &str = "insert into sessions (id, hash, user_id, tenant, credential, created_at, seen_at, \
     ends_at, address, agent) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
const ONE: &str = "select id, hash, user_id, tenant, credential, created_at, seen_at, ends_at, \
     address, agent from sessions where hash = ?";
const OF_USER: &str = "select id, hash, user_id, tenant, credential, created_at, seen_at, ends_at, \
     address, agent from sessions where user_id = ? order by id desc limit 1000";
const SEE: &str = "update sessions set seen_at = ? where id = ?";
const MOVE: &str = "update sessions set tenant = ? where id = ?";
const END: &str = "delete from sessions where user_id = ? and id = ?";
const END_OTHERS: &str = "delete from sessions where user_id = ? and id <> ?";
const SWEEP: &str = "delete from sessions where ends_at <= ?";

fn session(row: &SqliteRow) -> SessionRow {
    SessionRow {
        id: row.get(0),
        hash: row.get(1),
        user: row.get(2),
        tenant: row.get(3),
        credential: row.get(4),
        created_at: instant(row.get(5)),
        seen_at: instant(row.get(6)),
        ends_at: instant(row.get(7)),
        address: row.get(8),
        agent: row.get(9),
    }
}

#[async_trait]
impl Sessions for Sqlite {
    async fn add_session(&self, session: &SessionRow) -> Result<(), StoreError> {
        let mut log = self.log.lock().await;
        sqlx::query(ADD)
            .bind(&session.id)
            .bind(&session.hash)
            .bind(&session.user)
            .bind(&session.tenant)
            .bind(&session.credential)
            .bind(micros(session.created_at))
            .bind(micros(session.seen_at))
            .bind(micros(session.ends_at))
            .bind(&session.address)
            .bind(&session.agent)
            .execute(&mut *log)
            .await
            .map_err(|error| exists(error, "this session"))?;
        Ok(())
    }

    async fn session(&self, hash: &[u8]) -> Result<Option<SessionRow>, StoreError> {
        let query = sqlx::query(ONE).bind(hash);
        let row = query.fetch_optional(&self.read).await.map_err(unavailable)?;
        Ok(row.as_ref().map(session))
    }

    async fn sessions(&self, user: &str) -> Result<Vec<SessionRow>, StoreError> {
        let query = sqlx::query(OF_USER).bind(user);
        let rows = query.fetch_all(&self.read).await.map_err(unavailable)?;
        Ok(rows.iter().map(session).collect())
    }

    async fn see_session(&self, id: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
        let mut log = self.log.lock().await;
        let query = sqlx::query(SEE).bind(micros(at)).bind(id);
        query.execute(&mut *log).await.map_err(unavailable)?;
        Ok(())
    }

    async fn move_session(&self, id: &str, tenant: Option<&str>) -> Result<(), StoreError> {
        let mut log = self.log.lock().await;
        let query = sqlx::query(MOVE).bind(tenant).bind(id);
        query.execute(&mut *log).await.map_err(unavailable)?;
        Ok(())
    }

    async fn end_session(&self, user: &str, id: &str) -> Result<bool, StoreError> {
        let mut log = self.log.lock().await;
        let query = sqlx::query(END).bind(user).bind(id);
        let done = query.execute(&mut *log).await.map_err(unavailable)?;
        Ok(done.rows_affected() > 0)
    }

    async fn end_other_sessions(&self, user: &str, kept: &str) -> Result<(), StoreError> {
        let mut log = self.log.lock().await;
        let query = sqlx::query(END_OTHERS).bind(user).bind(kept);
        query.execute(&mut *log).await.map_err(unavailable)?;
        Ok(())
    }

    async fn sweep_sessions(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let mut log = self.log.lock().await;
        sqlx::query(SWEEP).bind(micros(now)).execute(&mut *log).await.map_err(unavailable)?;
        Ok(())
    }
}
