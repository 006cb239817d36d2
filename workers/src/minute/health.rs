//! Looks at what time alone does to connections: failures that go on, calm after flapping, nothing
//! that runs, credentials that end.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Local, NaiveDate, Utc};
use rollcall_commands::{assess_health, entitled_since};
use rollcall_domain::health::{Check, Command, is_overdue};
use rollcall_domain::schedule::EVERY;
use rollcall_projections::connections::{self, Connection};
use rollcall_projections::runs;
use rollcall_store::Cause;

use super::Duty;
use crate::sync::{Engine, Halt};

/// Who it is in the log.
const PRINCIPAL: &str = "scheduler";

pub(super) struct Health {
    engine: Arc<Engine>,
}

impl Health {
    pub(super) fn of(engine: &Arc<Engine>) -> Health {
        Health { engine: Arc::clone(engine) }
    }
}

#[async_trait]
impl Duty for Health {
    fn name(&self) -> &'static str {
        "the health of connections could not be looked at; the next minute tries again"
    }

    /// One connection that can't be looked at does not keep the others from it.
    async fn perform(&self, now: DateTime<Utc>) -> Result<(), Halt> {
        let mut failed = Ok(());
        for (tenant, row) in connections::all(self.engine.projections.db()).await? {
            if let Err(error) = self.check(&tenant, &row, now).await {
                failed = Err(error);
            }
        }
        failed
    }
}

impl Health {
    async fn check(&self, tenant: &str, row: &Connection, now: DateTime<Utc>) -> Result<(), Halt> {
        let active = row.status == "active";
        let idle_since = match row.is_scheduled() {
            true => self.idle_since(tenant, row, now).await?,
            false => None,
        };
        let expires = last_day(row).map(|on| (on, (on - today(row, now)).num_days()));
        let check = Command::Check(Check { now, active, idle_since, every: EVERY, expires });
        let cause = Cause::by(PRINCIPAL);
        let (store, connection) = (&self.engine.store, &row.connection);
        assess_health(store, tenant, connection, &check, None, &cause).await?;
        Ok(())
    }

    /// Since when nothing ran; `None` where the plan lets nothing run.
    async fn idle_since(
        &self,
        tenant: &str,
        row: &Connection,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, Halt> {
        let last = runs::last_end(self.engine.projections.db(), tenant, &row.connection).await?;
        let idle_since = last.map_or(row.active_since, |last| last.max(row.active_since));
        if !is_overdue(now, idle_since, EVERY) {
            return Ok(Some(idle_since));
        }
        let entitled = entitled_since(&self.engine.store, tenant).await?;
        Ok(entitled.map(|entitled| entitled.max(idle_since)))
    }
}

fn last_day(row: &Connection) -> Option<NaiveDate> {
    row.credentials_expire_on.as_deref()?.parse().ok()
}

/// The date it is for the company.
fn today(row: &Connection, now: DateTime<Utc>) -> NaiveDate {
    match row.settings.schedule_zone() {
        Some(zone) => now.with_timezone(&zone).date_naive(),
        None => now.with_timezone(&Local).date_naive(),
    }
}
