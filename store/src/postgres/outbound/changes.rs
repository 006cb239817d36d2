//! What changes which message of a key is the first one.

use chrono::{DateTime, Utc};
use sqlx::{PgTransaction, Row};

use super::statements::*;
use super::{Postgres, unavailable};
use crate::backend::AttemptRow;
use crate::outbound::{DeliveryState, EndpointHealth, Fate, NewDelivery};
use crate::types::StoreError;

/// Columns of the tries that are written down together.
#[derive(Default)]
struct Columns {
    deliveries: Vec<String>,
    keys: Vec<String>,
    at: Vec<DateTime<Utc>>,
    millis: Vec<i64>,
    statuses: Vec<Option<i16>>,
    errors: Vec<Option<String>>,
    replies: Vec<Option<Vec<u8>>>,
    states: Vec<&'static str>,
    reasons: Vec<Option<String>>,
    due: Vec<Option<DateTime<Utc>>>,
}

impl Columns {
    fn of(rows: &[AttemptRow<'_>]) -> Columns {
        let mut columns = Columns::default();
        for AttemptRow { attempt, reply } in rows {
            let (state, reason, due) = match &attempt.fate {
                Fate::Delivered => (DeliveryState::Delivered, None, None),
                Fate::Again(at) => (DeliveryState::Waiting, None, Some(*at)),
                Fate::Parked(reason) => (DeliveryState::Parked, Some(reason.clone()), None),
                Fate::Dropped(reason) => (DeliveryState::Dropped, Some(reason.clone()), None),
            };
            columns.deliveries.push(attempt.delivery.clone());
            columns.keys.push(attempt.order_key.clone());
            columns.at.push(attempt.at);
            columns.millis.push(attempt.millis.cast_signed());
            columns.statuses.push(attempt.status.map(u16::cast_signed));
            columns.errors.push(attempt.error.clone());
            columns.replies.push(reply.clone());
            columns.states.push(state.as_str());
            columns.reasons.push(reason);
            columns.due.push(due);
        }
        columns
    }
}

/// Several statements, all or nothing, whoever stops waiting for them.
async fn apart<T: Send + 'static>(
    work: impl Future<Output = sqlx::Result<T>> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::spawn(work).await {
        Ok(done) => done.map_err(unavailable),
        Err(error) => Err(StoreError::unavailable(error)),
    }
}

async fn alone(step: &mut PgTransaction<'_>, endpoints: &[String]) -> sqlx::Result<()> {
    sqlx::query(ALONE).bind(endpoints).execute(&mut **step).await.map(drop)
}

async fn promote(
    step: &mut PgTransaction<'_>,
    tenant: &str,
    endpoints: &[String],
    keys: &[String],
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let query = sqlx::query(PROMOTE).bind(tenant).bind(endpoints).bind(keys).bind(now);
    query.execute(&mut **step).await.map(drop)
}

impl Postgres {
    pub(super) async fn queue(
        &self,
        tenant: String,
        new: Vec<NewDelivery>,
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let pool = self.calm.clone();
        apart(async move {
            let texts = |of: fn(&NewDelivery) -> &String| {
                new.iter().map(|one| of(one).clone()).collect::<Vec<String>>()
            };
            let endpoints = texts(|one| &one.endpoint);
            let keys = texts(|one| &one.order_key);
            let mut step = pool.begin().await?;
            alone(&mut step, &endpoints).await?;
            let positions: Vec<i64> = new.iter().map(|one| one.position.cast_signed()).collect();
            let parts: Vec<i16> = new.iter().map(|one| one.part.cast_signed()).collect();
            let runs: Vec<Option<String>> = new.iter().map(|one| one.run.clone()).collect();
            let subjects: Vec<Option<String>> = new.iter().map(|one| one.subject.clone()).collect();
            let done = sqlx::query(ADD)
                .bind(&tenant)
                .bind(texts(|one| &one.id))
                .bind(&endpoints)
                .bind(texts(|one| &one.message))
                .bind(texts(|one| &one.kind))
                .bind(&keys)
                .bind(positions)
                .bind(parts)
                .bind(runs)
                .bind(subjects)
                .bind(now)
                .execute(&mut *step)
                .await?;
            promote(&mut step, &tenant, &endpoints, &keys, now).await?;
            step.commit().await?;
            Ok(done.rows_affected())
        })
        .await
    }

    pub(super) async fn write_down(
        &self,
        tenant: String,
        endpoint: String,
        rows: &[AttemptRow<'_>],
        health: EndpointHealth,
    ) -> Result<(), StoreError> {
        let (pool, columns) = (self.calm.clone(), Columns::of(rows));
        apart(async move {
            let mut step = pool.begin().await?;
            if let Some(now) = columns.at.iter().max().copied() {
                let endpoints = vec![endpoint.clone(); columns.keys.len()];
                alone(&mut step, &endpoints).await?;
                record(&mut step, &tenant, &columns).await?;
                promote(&mut step, &tenant, &endpoints, &columns.keys, now).await?;
            }
            sqlx::query(SET_HEALTH)
                .bind(&tenant)
                .bind(&endpoint)
                .bind(health.failing_since)
                .bind(health.succeeded_at)
                .bind(health.quiet_until)
                .execute(&mut *step)
                .await?;
            step.commit().await
        })
        .await
    }

    pub(super) async fn queue_again(
        &self,
        tenant: String,
        endpoint: String,
        id: String,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let pool = self.calm.clone();
        apart(async move {
            let mut step = pool.begin().await?;
            let endpoints = [endpoint];
            alone(&mut step, &endpoints).await?;
            let query = sqlx::query(RESEND).bind(&tenant).bind(&endpoints[0]).bind(&id).bind(now);
            let row = query.fetch_optional(&mut *step).await?;
            if let Some(row) = &row {
                promote(&mut step, &tenant, &endpoints, &[row.try_get(0)?], now).await?;
            }
            step.commit().await?;
            Ok(row.is_some())
        })
        .await
    }

    pub(super) async fn queue_parked(
        &self,
        tenant: String,
        endpoint: String,
        (since, reason): (DateTime<Utc>, Option<String>),
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let pool = self.calm.clone();
        apart(async move {
            let mut step = pool.begin().await?;
            alone(&mut step, std::slice::from_ref(&endpoint)).await?;
            let query = sqlx::query(RESEND_PARKED).bind(&tenant).bind(&endpoint);
            let done = query.bind(since).bind(reason).execute(&mut *step).await?;
            let query = sqlx::query(PROMOTE_ALL).bind(&tenant).bind(&endpoint).bind(now);
            query.execute(&mut *step).await?;
            step.commit().await?;
            Ok(done.rows_affected())
        })
        .await
    }
}

async fn record(step: &mut PgTransaction<'_>, tenant: &str, columns: &Columns) -> sqlx::Result<()> {
    sqlx::query(ATTEMPTED)
        .bind(tenant)
        .bind(&columns.deliveries)
        .bind(&columns.at)
        .bind(&columns.millis)
        .bind(&columns.statuses)
        .bind(&columns.errors)
        .bind(&columns.replies)
        .execute(&mut **step)
        .await?;
    sqlx::query(FATES)
        .bind(tenant)
        .bind(&columns.deliveries)
        .bind(&columns.at)
        .bind(&columns.millis)
        .bind(&columns.statuses)
        .bind(&columns.errors)
        .bind(&columns.states)
        .bind(&columns.reasons)
        .bind(&columns.due)
        .execute(&mut **step)
        .await
        .map(drop)
}
