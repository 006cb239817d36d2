//! What time it is in the simulated company, and the two ways BambooHR spells a time.

use chrono::{DateTime, NaiveDate, SubsecRound, TimeDelta, Utc};

/// Real time plus a shift; future-dated changes take effect by it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Clock {
    shift: TimeDelta,
}

impl Clock {
    /// Now, in whole seconds.
    pub(super) fn now(self) -> DateTime<Utc> {
        (Utc::now() + self.shift).trunc_subsecs(0)
    }

    pub(super) fn today(self) -> NaiveDate {
        self.now().date_naive()
    }

    pub(super) fn set(&mut self, now: DateTime<Utc>) {
        self.shift = now - Utc::now();
    }

    pub(super) fn advance(&mut self, by: TimeDelta) {
        self.shift += by;
    }
}

/// `2026-01-31T18:42:00+00:00`, as answers have it.
pub(super) fn iso(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

/// `2026-01-31 18:42:00`, as the webhook pages have it.
pub(super) fn plain(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}
