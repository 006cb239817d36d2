//! What time it is in a simulated company.

use chrono::{DateTime, NaiveDate, SubsecRound, TimeDelta, Utc};

/// Real time plus a shift; future-dated changes take effect by it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Clock {
    shift: TimeDelta,
}

impl Clock {
    /// Now, in whole seconds.
    pub(crate) fn now(self) -> DateTime<Utc> {
        (Utc::now() + self.shift).trunc_subsecs(0)
    }

    pub(crate) fn today(self) -> NaiveDate {
        self.now().date_naive()
    }

    pub(crate) fn set(&mut self, now: DateTime<Utc>) {
        self.shift = now - Utc::now();
    }

    pub(crate) fn advance(&mut self, by: TimeDelta) {
        self.shift += by;
    }
}
