//! What time it is, as a value: the same clock for everything in a process, and one that stands
//! still or jumps for tests.

use std::sync::Arc;

use chrono::{DateTime, Utc};

/// Tells the time. Cheap to clone; all clones are one clock.
///
/// For what is recorded, compared with times of others, or scheduled. How long something took, and
/// how long a lease lasts, is not its business.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl Clock {
    /// The machine's own.
    pub fn system() -> Self {
        Clock::new(Utc::now)
    }

    /// One that tells whatever `now` says.
    pub fn new(now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Clock(Arc::new(now))
    }

    pub fn now(&self) -> DateTime<Utc> {
        (self.0)()
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("Clock(..)")
    }
}
