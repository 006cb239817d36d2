//! Ends the plans that waited too long for a person.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::Duty;
use crate::sync::{Engine, Halt};

pub(super) struct ExpiredPlans {
    engine: Arc<Engine>,
}

impl ExpiredPlans {
    pub(super) fn of(engine: &Arc<Engine>) -> ExpiredPlans {
        ExpiredPlans { engine: Arc::clone(engine) }
    }
}

#[async_trait]
impl Duty for ExpiredPlans {
    fn name(&self) -> &'static str {
        "held plans could not be ended in time; the next minute tries again"
    }

    async fn perform(&self, now: DateTime<Utc>) -> Result<(), Halt> {
        self.engine.expire_held_plans(now).await
    }
}
