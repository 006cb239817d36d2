//! Messages to outbound endpoints. What takes several statements runs in a task of its own, so that
//! a caller who stops waiting leaves no transaction behind.

mod changes;
mod statements;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::errors::unavailable;
use super::{Postgres, unsigned};
use crate::backend::{AttemptRow, DeliveryFilter, Outbound};
use crate::outbound::{Attempt, Delivery, DeliveryState, EndpointHealth, NewDelivery, ParkedSince};
use crate::types::StoreError;
#[cfg(test)]
pub(super) use statements::STATEMENTS;
use statements::*;

fn delivery(row: &PgRow) -> sqlx::Result<Delivery> {
    let state = DeliveryState::parse(row.try_get(8)?);
    Ok(Delivery {
        seq: row.try_get(0)?,
        id: row.try_get(1)?,
        endpoint: row.try_get(2)?,
        message: row.try_get(3)?,
        kind: row.try_get(4)?,
        order_key: row.try_get(5)?,
        position: unsigned(row, 6)?,
        run: row.try_get(7)?,
        state: state.ok_or_else(|| sqlx::Error::ColumnNotFound("a known state".to_owned()))?,
        reason: row.try_get(9)?,
        tries: row.try_get::<i32, _>(10)?.cast_unsigned(),
        attempts: row.try_get::<i32, _>(11)?.cast_unsigned(),
        queued_at: row.try_get(12)?,
        due_at: row.try_get(13)?,
        ended_at: row.try_get(14)?,
        last_at: row.try_get(15)?,
        last_status: row.try_get::<Option<i16>, _>(16)?.map(i16::cast_unsigned),
        last_millis: row.try_get::<Option<i64>, _>(17)?.map(i64::cast_unsigned),
        last_error: row.try_get(18)?,
    })
}

fn attempt(row: &PgRow) -> sqlx::Result<Attempt> {
    Ok(Attempt {
        n: row.try_get::<i32, _>(0)?.cast_unsigned(),
        at: row.try_get(1)?,
        millis: unsigned(row, 2)?,
        status: row.try_get::<Option<i16>, _>(3)?.map(i16::cast_unsigned),
        error: row.try_get(4)?,
        reply: row.try_get(5)?,
    })
}

fn all<T>(rows: &[PgRow], read: impl Fn(&PgRow) -> sqlx::Result<T>) -> Result<Vec<T>, StoreError> {
    rows.iter().map(read).collect::<sqlx::Result<_>>().map_err(unavailable)
}

#[async_trait]
impl Outbound for Postgres {
    async fn add_deliveries(
        &self,
        tenant: &str,
        new: &[NewDelivery],
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        self.queue(tenant.to_owned(), new.to_vec(), now).await
    }

    async fn due_deliveries(
        &self,
        tenant: &str,
        endpoint: &str,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        let query = sqlx::query(DUE).bind(tenant).bind(endpoint).bind(now).bind(i64::from(limit));
        all(&query.fetch_all(&self.calm).await.map_err(unavailable)?, delivery)
    }

    async fn next_delivery(
        &self,
        tenant: &str,
        endpoint: &str,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        let query = sqlx::query_scalar(NEXT).bind(tenant).bind(endpoint);
        query.fetch_one(&self.calm).await.map_err(unavailable)
    }

    async fn due_queues(&self, now: DateTime<Utc>) -> Result<Vec<(Arc<str>, String)>, StoreError> {
        let query = sqlx::query(DUE_QUEUES).bind(now);
        let rows = query.fetch_all(&self.calm).await.map_err(unavailable)?;
        all(&rows, |row| Ok((row.try_get::<&str, _>(0)?.into(), row.try_get(1)?)))
    }

    async fn record_attempts(
        &self,
        tenant: &str,
        endpoint: &str,
        rows: &[AttemptRow<'_>],
        health: EndpointHealth,
    ) -> Result<(), StoreError> {
        self.write_down(tenant.to_owned(), endpoint.to_owned(), rows, health).await
    }

    async fn endpoint_health(
        &self,
        tenant: &str,
        endpoint: &str,
    ) -> Result<EndpointHealth, StoreError> {
        let query = sqlx::query(HEALTH).bind(tenant).bind(endpoint);
        let row = query.fetch_optional(&self.calm).await.map_err(unavailable)?;
        let Some(row) = row else { return Ok(EndpointHealth::default()) };
        let at = |column: usize| row.try_get(column).map_err(unavailable);
        Ok(EndpointHealth { failing_since: at(0)?, succeeded_at: at(1)?, quiet_until: at(2)? })
    }

    async fn end_deliveries(
        &self,
        tenant: &str,
        endpoint: &str,
        state: DeliveryState,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let query = sqlx::query(END).bind(tenant).bind(endpoint).bind(state.as_str());
        query.bind(reason).bind(now).execute(&self.calm).await.map_err(unavailable)?;
        Ok(())
    }

    async fn resend_delivery(
        &self,
        tenant: &str,
        endpoint: &str,
        id: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let [tenant, endpoint, id] = [tenant, endpoint, id].map(str::to_owned);
        self.queue_again(tenant, endpoint, id, now).await
    }

    async fn resend_parked(
        &self,
        tenant: &str,
        endpoint: &str,
        which: ParkedSince<'_>,
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let (tenant, endpoint) = (tenant.to_owned(), endpoint.to_owned());
        let reason = which.reason.map(str::to_owned);
        self.queue_parked(tenant, endpoint, (which.since, reason), now).await
    }

    async fn parked_deliveries(
        &self,
        tenant: &str,
        endpoint: &str,
        which: ParkedSince<'_>,
    ) -> Result<u64, StoreError> {
        let query = sqlx::query(PARKED).bind(tenant).bind(endpoint);
        let query = query.bind(which.since).bind(which.reason);
        let row = query.fetch_one(&self.calm).await.map_err(unavailable)?;
        unsigned(&row, 0).map_err(unavailable)
    }

    async fn deliveries(&self, filter: DeliveryFilter<'_>) -> Result<Vec<Delivery>, StoreError> {
        let query = sqlx::query(LIST)
            .bind(filter.tenant)
            .bind(filter.state.map(DeliveryState::as_str))
            .bind(filter.before)
            .bind(i64::from(filter.limit))
            .bind(filter.endpoint);
        all(&query.fetch_all(&self.calm).await.map_err(unavailable)?, delivery)
    }

    async fn delivery(&self, tenant: &str, id: &str) -> Result<Option<Delivery>, StoreError> {
        let query = sqlx::query(ONE).bind(tenant).bind(id);
        let row = query.fetch_optional(&self.calm).await.map_err(unavailable)?;
        row.as_ref().map(delivery).transpose().map_err(unavailable)
    }

    async fn known_deliveries(
        &self,
        tenant: &str,
        ids: &[String],
    ) -> Result<Vec<String>, StoreError> {
        let query = sqlx::query_scalar(KNOWN).bind(tenant).bind(ids);
        query.fetch_all(&self.calm).await.map_err(unavailable)
    }

    async fn attempts(&self, tenant: &str, id: &str) -> Result<Vec<Attempt>, StoreError> {
        let query = sqlx::query(ATTEMPTS).bind(tenant).bind(id);
        let rows = query.fetch_all(&self.calm).await.map_err(unavailable)?;
        let mut attempts = all(&rows, attempt)?;
        attempts.reverse();
        Ok(attempts)
    }

    async fn forget_replies(&self, tenant: &str, subject: &str) -> Result<(), StoreError> {
        let query = sqlx::query(FORGET).bind(tenant).bind(subject);
        query.execute(&self.calm).await.map_err(unavailable)?;
        Ok(())
    }

    async fn sweep_deliveries(&self, before: DateTime<Utc>) -> Result<(), StoreError> {
        sqlx::query(SWEEP).bind(before).execute(&self.calm).await.map_err(unavailable)?;
        Ok(())
    }
}
