//! How long to stay away from a provider that says we are too fast, but not for how long.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};

/// One for each account, shared by the runs of its connections: the next run must not begin anew with the shortest
/// wait. Clones share what they know; a restart forgets it.
#[derive(Debug, Clone, Default)]
pub struct Pace(Arc<Mutex<Option<Wait>>>);

#[derive(Debug, Clone, Copy)]
struct Wait {
    until: DateTime<Utc>,
    length: Duration,
}

impl Pace {
    pub const FIRST_WAIT: Duration = Duration::from_secs(60);
    pub const LONGEST_WAIT: Duration = Duration::from_secs(30 * 60);

    /// What to wait when no time was named. It doubles as long as we are refused again soon after we
    /// came back; requests that were under way together are refused together.
    pub(crate) fn unnamed_wait(&self, now: DateTime<Utc>) -> Duration {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let length = match *last {
            Some(wait) if now < wait.until => {
                return (wait.until - now).to_std().unwrap_or_default();
            }
            Some(wait) if now < wait.until + wait.length => {
                (wait.length * 2).min(Pace::LONGEST_WAIT)
            }
            Some(_) | None => Pace::FIRST_WAIT,
        };
        *last = Some(Wait { until: now + length, length });
        length
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn who_is_refused_again_and_again_waits_longer_and_longer() {
        let pace = Pace::default();
        let mut now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let mut waits = Vec::new();
        for _ in 0..8 {
            let wait = pace.clone().unnamed_wait(now);
            assert_eq!(pace.unnamed_wait(now), wait, "refused together");
            waits.push(wait.as_secs());
            // A read may take a while until it is refused.
            now += wait + Duration::from_secs(20);
        }
        assert_eq!(waits, [60, 120, 240, 480, 960, 1_800, 1_800, 1_800]);

        let quiet = now + TimeDelta::hours(1);
        assert_eq!(pace.unnamed_wait(quiet), Pace::FIRST_WAIT);
    }
}
