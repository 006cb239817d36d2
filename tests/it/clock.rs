//! The clock of a test's nodes: the machine's own, moved ahead by the test.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use rollcall_store::Clock;

/// Cheap to clone; all clones are one clock.
#[derive(Clone, Default)]
pub(crate) struct MovableClock {
    ahead_micros: Arc<AtomicI64>,
}

impl MovableClock {
    /// What a node is given.
    pub(crate) fn clock(&self) -> Clock {
        let own = self.clone();
        Clock::new(move || own.now())
    }

    /// Moves on to a time; it never goes back.
    pub(crate) fn reach(&self, at: DateTime<Utc>) {
        let micros = (at - Utc::now()).num_microseconds().unwrap_or(0);
        self.ahead_micros.fetch_max(micros, Ordering::SeqCst);
    }

    /// Moves on by so much.
    pub(crate) fn forward(&self, by: TimeDelta) {
        self.reach(self.now() + by);
    }

    fn now(&self) -> DateTime<Utc> {
        Utc::now() + TimeDelta::microseconds(self.ahead_micros.load(Ordering::SeqCst))
    }
}
