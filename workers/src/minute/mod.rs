//! What is looked at once a minute. One file per duty; `duties` lists them.

mod expired_plans;
mod health;
mod nightly;
mod waiting_messages;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use rollcall_store::Clock;
use tokio::sync::Mutex;
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

use crate::sync::{Engine, Halt};

/// The first second of each minute.
const EVERY_MINUTE: &str = "0 * * * * *";

/// Something that time alone brings about. Every node with the role `worker` does it, and it may be
/// done again at any moment: doing it twice has to be doing it once.
#[async_trait]
pub(crate) trait Duty: Send + Sync + 'static {
    /// What could not be done, for the log.
    fn name(&self) -> &'static str;
    /// An error is logged, and the next minute is another try.
    async fn perform(&self, now: DateTime<Utc>) -> Result<(), Halt>;
}

/// Every duty of this binary.
fn duties(engine: &Arc<Engine>) -> Vec<Box<dyn Duty>> {
    vec![
        Box::new(expired_plans::ExpiredPlans::of(engine)),
        Box::new(health::Health::of(engine)),
        Box::new(nightly::Nightly::of(engine)),
        Box::new(waiting_messages::WaitingMessages::of(engine)),
    ]
}

/// The duties, and what time it is for them.
pub struct Minute {
    clock: Clock,
    /// Held by the tick under way.
    duties: Mutex<Vec<Box<dyn Duty>>>,
}

impl Minute {
    pub fn of(engine: &Arc<Engine>) -> Minute {
        Minute { clock: engine.clock.clone(), duties: Mutex::new(duties(engine)) }
    }

    /// Does everything that is due. A minute that comes while the last one is not over is left out.
    pub async fn tick(&self) {
        let Ok(duties) = self.duties.try_lock() else { return };
        let now = self.clock.now();
        for duty in &*duties {
            if let Err(error) = duty.perform(now).await {
                tracing::warn!(%error, "{}", duty.name());
            }
        }
    }
}

/// Ticks until it is stopped.
pub struct Ticking(JobScheduler);

impl Ticking {
    pub async fn start(minute: Arc<Minute>) -> Result<Ticking, JobSchedulerError> {
        let scheduler = JobScheduler::new().await?;
        let tick = Job::new_async(EVERY_MINUTE, move |_, _| {
            let minute = Arc::clone(&minute);
            Box::pin(async move { minute.tick().await })
        })?;
        scheduler.add(tick).await?;
        scheduler.start().await?;
        Ok(Ticking(scheduler))
    }

    pub async fn stop(mut self) {
        if let Err(error) = self.0.shutdown().await {
            tracing::warn!(%error, "the scheduler did not stop in good order");
        }
    }
}
