//! Messages to outbound endpoints, in `log.db`.

mod statements;

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::log::unsigned;
use super::{Sqlite, instant, micros, unavailable};
use crate::backend::{AttemptRow, DeliveryFilter, Outbound};
use crate::outbound::{
    Attempt, Delivery, DeliveryState, EndpointHealth, Fate, NewDelivery, ParkedSince,
};
use crate::types::StoreError;
use statements::*;

fn delivery(row: &SqliteRow) -> Result<Delivery, StoreError> {
    let at = |column: usize| row.get::<Option<i64>, _>(column).map(instant);
    Ok(Delivery {
        seq: row.get(0),
        id: row.get(1),
        endpoint: row.get(2),
        message: row.get(3),
        kind: row.get(4),
        order_key: row.get(5),
        position: unsigned(row, 6),
        run: row.get(7),
        state: DeliveryState::parse(row.get(8)).ok_or(StoreError::Damaged("a delivery's state"))?,
        reason: row.get(9),
        tries: row.get(10),
        attempts: row.get(11),
        queued_at: instant(row.get(12)),
        due_at: at(13),
        ended_at: at(14),
        last_at: at(15),
        last_status: row.get(16),
        last_millis: row.get::<Option<i64>, _>(17).map(i64::cast_unsigned),
        last_error: row.get(18),
    })
}

fn deliveries(rows: &[SqliteRow]) -> Result<Vec<Delivery>, StoreError> {
    rows.iter().map(delivery).collect()
}

async fn promote(
    connection: &mut SqliteConnection,
    tenant: &str,
    keys: BTreeSet<(&str, &str)>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    for (endpoint, key) in keys {
        sqlx::query(PROMOTE)
            .bind(tenant.to_owned())
            .bind(endpoint.to_owned())
            .bind(key.to_owned())
            .bind(micros(now))
            .execute(&mut *connection)
            .await
            .map_err(unavailable)?;
    }
    Ok(())
}

async fn promote_all(
    connection: &mut SqliteConnection,
    tenant: &str,
    endpoint: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let query = sqlx::query(PROMOTE_ALL).bind(tenant.to_owned()).bind(endpoint.to_owned());
    query.bind(micros(now)).execute(connection).await.map_err(unavailable)?;
    Ok(())
}

async fn write_down(
    connection: &mut SqliteConnection,
    tenant: &str,
    row: &AttemptRow<'_>,
) -> Result<(), StoreError> {
    let AttemptRow { attempt, reply } = row;
    let (at, millis) = (micros(attempt.at), attempt.millis.cast_signed());
    sqlx::query(ATTEMPT)
        .bind(tenant.to_owned())
        .bind(&attempt.delivery)
        .bind(at)
        .bind(millis)
        .bind(attempt.status)
        .bind(&attempt.error)
        .bind(reply)
        .execute(&mut *connection)
        .await
        .map_err(unavailable)?;
    let (state, reason, due) = match &attempt.fate {
        Fate::Delivered => (DeliveryState::Delivered, None, None),
        Fate::Again(at) => (DeliveryState::Waiting, None, Some(micros(*at))),
        Fate::Parked(reason) => (DeliveryState::Parked, Some(reason), None),
        Fate::Dropped(reason) => (DeliveryState::Dropped, Some(reason), None),
    };
    sqlx::query(FATE)
        .bind(tenant.to_owned())
        .bind(&attempt.delivery)
        .bind(at)
        .bind(millis)
        .bind(attempt.status)
        .bind(&attempt.error)
        .bind(state.as_str())
        .bind(reason)
        .bind(due)
        .execute(connection)
        .await
        .map_err(unavailable)?;
    Ok(())
}

#[async_trait]
impl Outbound for Sqlite {
    async fn add_deliveries(
        &self,
        tenant: &str,
        new: &[NewDelivery],
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let mut log = self.log.lock().await;
        let mut step = log.begin().await.map_err(unavailable)?;
        let mut added = 0;
        for one in new {
            let done = sqlx::query(ADD)
                .bind(tenant.to_owned())
                .bind(&one.id)
                .bind(&one.endpoint)
                .bind(&one.message)
                .bind(&one.kind)
                .bind(&one.order_key)
                .bind(one.position.cast_signed())
                .bind(one.part)
                .bind(&one.run)
                .bind(&one.subject)
                .bind(micros(now))
                .execute(&mut *step)
                .await
                .map_err(unavailable)?;
            added += done.rows_affected();
        }
        let keys = new.iter().map(|one| (one.endpoint.as_str(), one.order_key.as_str()));
        promote(&mut step, tenant, keys.collect(), now).await?;
        step.commit().await.map_err(unavailable)?;
        Ok(added)
    }

    async fn due_deliveries(
        &self,
        tenant: &str,
        endpoint: &str,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        let query = sqlx::query(DUE).bind(tenant.to_owned()).bind(endpoint.to_owned());
        let query = query.bind(micros(now)).bind(limit);
        deliveries(&query.fetch_all(&self.read).await.map_err(unavailable)?)
    }

    async fn next_delivery(
        &self,
        tenant: &str,
        endpoint: &str,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        let query = sqlx::query(NEXT).bind(tenant.to_owned()).bind(endpoint.to_owned());
        let row = query.fetch_one(&self.read).await.map_err(unavailable)?;
        Ok(row.get::<Option<i64>, _>(0).map(instant))
    }

    async fn due_queues(&self, now: DateTime<Utc>) -> Result<Vec<(Arc<str>, String)>, StoreError> {
        let query = sqlx::query(DUE_QUEUES).bind(micros(now));
        let rows = query.fetch_all(&self.read).await.map_err(unavailable)?;
        Ok(rows.iter().map(|row| (row.get::<&str, _>(0).into(), row.get(1))).collect())
    }

    async fn record_attempts(
        &self,
        tenant: &str,
        endpoint: &str,
        rows: &[AttemptRow<'_>],
        health: EndpointHealth,
    ) -> Result<(), StoreError> {
        let mut log = self.log.lock().await;
        let mut step = log.begin().await.map_err(unavailable)?;
        for row in rows {
            write_down(&mut step, tenant, row).await?;
        }
        if let Some(now) = rows.iter().map(|row| row.attempt.at).max() {
            let keys = rows.iter().map(|row| (endpoint, row.attempt.order_key.as_str()));
            promote(&mut step, tenant, keys.collect(), now).await?;
        }
        sqlx::query(SET_HEALTH)
            .bind(tenant.to_owned())
            .bind(endpoint.to_owned())
            .bind(health.failing_since.map(micros))
            .bind(health.succeeded_at.map(micros))
            .bind(health.quiet_until.map(micros))
            .execute(&mut *step)
            .await
            .map_err(unavailable)?;
        step.commit().await.map_err(unavailable)
    }

    async fn endpoint_health(
        &self,
        tenant: &str,
        endpoint: &str,
    ) -> Result<EndpointHealth, StoreError> {
        let query = sqlx::query(HEALTH).bind(tenant.to_owned()).bind(endpoint.to_owned());
        let row = query.fetch_optional(&self.read).await.map_err(unavailable)?;
        let at = |row: &SqliteRow, column| row.get::<Option<i64>, _>(column).map(instant);
        Ok(row.map_or_else(EndpointHealth::default, |row| EndpointHealth {
            failing_since: at(&row, 0),
            succeeded_at: at(&row, 1),
            quiet_until: at(&row, 2),
        }))
    }

    async fn end_deliveries(
        &self,
        tenant: &str,
        endpoint: &str,
        state: DeliveryState,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let [tenant, endpoint, reason] = [tenant, endpoint, reason].map(str::to_owned);
        let query = sqlx::query(END).bind(tenant).bind(endpoint).bind(state.as_str());
        let query = query.bind(reason).bind(micros(now));
        query.execute(&mut *self.log.lock().await).await.map_err(unavailable)?;
        Ok(())
    }

    async fn resend_delivery(
        &self,
        tenant: &str,
        endpoint: &str,
        id: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let mut log = self.log.lock().await;
        let mut step = log.begin().await.map_err(unavailable)?;
        let [of, to, one] = [tenant, endpoint, id].map(str::to_owned);
        let query = sqlx::query(RESEND).bind(of).bind(to).bind(one).bind(micros(now));
        let done = query.execute(&mut *step).await.map_err(unavailable)?;
        let query = sqlx::query_scalar(KEY_OF).bind(tenant.to_owned()).bind(id.to_owned());
        let key: Option<String> = query.fetch_optional(&mut *step).await.map_err(unavailable)?;
        if let Some(key) = key {
            promote(&mut step, tenant, [(endpoint, key.as_str())].into(), now).await?;
        }
        step.commit().await.map_err(unavailable)?;
        Ok(done.rows_affected() > 0)
    }

    async fn resend_parked(
        &self,
        tenant: &str,
        endpoint: &str,
        which: ParkedSince<'_>,
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let mut log = self.log.lock().await;
        let mut step = log.begin().await.map_err(unavailable)?;
        let done = sqlx::query(RESEND_PARKED)
            .bind(tenant.to_owned())
            .bind(endpoint.to_owned())
            .bind(micros(which.since))
            .bind(which.reason.map(str::to_owned))
            .execute(&mut *step)
            .await
            .map_err(unavailable)?;
        promote_all(&mut step, tenant, endpoint, now).await?;
        step.commit().await.map_err(unavailable)?;
        Ok(done.rows_affected())
    }

    async fn parked_deliveries(
        &self,
        tenant: &str,
        endpoint: &str,
        which: ParkedSince<'_>,
    ) -> Result<u64, StoreError> {
        let query = sqlx::query(PARKED).bind(tenant.to_owned()).bind(endpoint.to_owned());
        let query = query.bind(micros(which.since)).bind(which.reason.map(str::to_owned));
        let row = query.fetch_one(&self.read).await.map_err(unavailable)?;
        Ok(unsigned(&row, 0))
    }

    async fn deliveries(&self, filter: DeliveryFilter<'_>) -> Result<Vec<Delivery>, StoreError> {
        let sql = if filter.endpoint.is_some() { LIST_OF } else { LIST };
        let mut query = sqlx::query(sql)
            .bind(filter.tenant.to_owned())
            .bind(filter.state.map(DeliveryState::as_str))
            .bind(filter.before)
            .bind(filter.limit);
        if let Some(endpoint) = filter.endpoint {
            query = query.bind(endpoint.to_owned());
        }
        deliveries(&query.fetch_all(&self.read).await.map_err(unavailable)?)
    }

    async fn delivery(&self, tenant: &str, id: &str) -> Result<Option<Delivery>, StoreError> {
        let query = sqlx::query(ONE).bind(tenant.to_owned()).bind(id.to_owned());
        let row = query.fetch_optional(&self.read).await.map_err(unavailable)?;
        row.as_ref().map(delivery).transpose()
    }

    async fn known_deliveries(
        &self,
        tenant: &str,
        ids: &[String],
    ) -> Result<Vec<String>, StoreError> {
        let mut known = Vec::new();
        for id in ids {
            let query = sqlx::query(KNOWN).bind(tenant.to_owned()).bind(id);
            let row = query.fetch_optional(&self.read).await.map_err(unavailable)?;
            known.extend(row.map(|_| id.clone()));
        }
        Ok(known)
    }

    async fn attempts(&self, tenant: &str, id: &str) -> Result<Vec<Attempt>, StoreError> {
        let query = sqlx::query(ATTEMPTS).bind(tenant.to_owned()).bind(id.to_owned());
        let rows = query.fetch_all(&self.read).await.map_err(unavailable)?;
        let read = |row: &SqliteRow| Attempt {
            n: row.get(0),
            at: instant(row.get(1)),
            millis: row.get::<i64, _>(2).cast_unsigned(),
            status: row.get(3),
            error: row.get(4),
            reply: row.get(5),
        };
        Ok(rows.iter().rev().map(read).collect())
    }

    async fn forget_replies(&self, tenant: &str, subject: &str) -> Result<(), StoreError> {
        let query = sqlx::query(FORGET).bind(tenant.to_owned()).bind(subject.to_owned());
        query.execute(&mut *self.log.lock().await).await.map_err(unavailable)?;
        Ok(())
    }

    async fn sweep_deliveries(&self, before: DateTime<Utc>) -> Result<(), StoreError> {
        let mut log = self.log.lock().await;
        let mut step = log.begin().await.map_err(unavailable)?;
        for sql in [SWEEP_ATTEMPTS, SWEEP] {
            let query = sqlx::query(sql).bind(micros(before));
            query.execute(&mut *step).await.map_err(unavailable)?;
        }
        step.commit().await.map_err(unavailable)
    }
}
