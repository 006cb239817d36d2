//! Queues the nightly reconciliations that are due.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Local, Utc};
use rollcall_commands::{Night, RunRequest, entitled_since};
use rollcall_domain::run::RunSpec;
use rollcall_domain::schedule::{self, Slot, due, place};
use rollcall_domain::vocabulary::RunKind;
use rollcall_projections::connections::{self, Connection};
use rollcall_store::Cause;

use super::Duty;
use crate::sync::{Engine, Halt};

/// Who it is in the log.
const PRINCIPAL: &str = "scheduler";

pub(super) struct Nightly {
    engine: Arc<Engine>,
    /// Places of nights that are due and known to be taken: they need not be looked at again.
    taken: Mutex<HashSet<String>>,
}

impl Nightly {
    pub(super) fn of(engine: &Arc<Engine>) -> Nightly {
        Nightly { engine: Arc::clone(engine), taken: Mutex::default() }
    }
}

#[async_trait]
impl Duty for Nightly {
    fn name(&self) -> &'static str {
        "nightly reconciliations could not be queued; the next minute tries again"
    }

    /// One connection that can't be asked for does not keep the others from it.
    async fn perform(&self, now: DateTime<Utc>) -> Result<(), Halt> {
        let all = connections::all(self.engine.projections.db()).await?;
        let active: Vec<schedule::Nightly> = all.into_iter().filter_map(nightly).collect();
        let slots = due(now, &active, &Local);
        let places: HashSet<String> =
            slots.iter().map(|slot| place(&slot.connection, slot.date)).collect();
        self.taken().retain(|taken| places.contains(taken));
        let mut failed = Ok(());
        for slot in &slots {
            if let Err(error) = self.queue(slot).await {
                failed = Err(error);
            }
        }
        failed
    }
}

impl Nightly {
    async fn queue(&self, slot: &Slot) -> Result<(), Halt> {
        let place = place(&slot.connection, slot.date);
        if self.taken().contains(&place) {
            return Ok(());
        }
        let (engine, tenant) = (&self.engine, &slot.tenant);
        // What the plan did not include is not made up for; its upgrade brings a run of its own.
        let entitled = entitled_since(&engine.store, tenant).await?;
        if entitled.is_none_or(|since| slot.at < since) {
            return Ok(());
        }
        let request = RunRequest {
            run: ulid::Ulid::generate().to_string(),
            connection: slot.connection.clone(),
            spec: RunSpec::new(RunKind::Reconcile, schedule::EVENT_TYPE, slot.trigger),
            effect: None,
        };
        let (runs, cause) = (&engine.runs, Cause::by(PRINCIPAL));
        let night = runs.request_night(&engine.store, tenant, &request, &place, &cause).await?;
        if let Night::Queued { run } = night {
            let connection = &slot.connection;
            tracing::info!(connection, run, date = %slot.date, "a nightly run is queued");
        }
        self.taken().insert(place);
        Ok(())
    }

    fn taken(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn nightly((tenant, row): (String, Connection)) -> Option<schedule::Nightly> {
    let settings = &row.settings;
    row.is_scheduled().then(|| schedule::Nightly {
        tenant,
        connection: row.connection.clone(),
        hour: settings.schedule.hour,
        zone: settings.schedule_zone(),
        since: row.active_since,
    })
}
