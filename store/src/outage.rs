//! The database goes away and comes back. Both are said once in the log, with the number of failures
//! in between; whoever fails meanwhile need not say so again.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// It is back when it answers and nothing has failed for so long: connections that broke with it show
/// for a while.
const QUIET: Duration = Duration::from_secs(2);
/// How often it is asked meanwhile.
pub(crate) const ASK_EVERY: Duration = Duration::from_millis(500);

/// What is known of it in this process.
#[derive(Default)]
pub(crate) struct Outage(Mutex<Option<Away>>);

struct Away {
    since: Instant,
    failed_last: Instant,
    failures: u64,
}

/// One that is over.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Over {
    pub(crate) lasted: Duration,
    /// Failures beside the first one.
    pub(crate) untold: u64,
}

impl Outage {
    fn lock(&self) -> MutexGuard<'_, Option<Away>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a failure; whether it is the first.
    pub(crate) fn fails(&self, now: Instant) -> bool {
        let mut known = self.lock();
        let is_first = known.is_none();
        let away = known.get_or_insert(Away { since: now, failed_last: now, failures: 0 });
        (away.failed_last, away.failures) = (now, away.failures + 1);
        is_first
    }

    /// It answers: ends the outage, unless something failed just now.
    pub(crate) fn answers(&self, now: Instant) -> Option<Over> {
        let mut known = self.lock();
        let away = known.take_if(|away| now.duration_since(away.failed_last) >= QUIET)?;
        let lasted = away.failed_last.duration_since(away.since);
        Some(Over { lasted, untold: away.failures - 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_failure_is_told_and_the_others_are_counted() {
        let (outage, start) = (Outage::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);

        let told: Vec<bool> = (0..90).map(|second| outage.fails(at(second))).collect();

        assert_eq!(told.iter().filter(|told| **told).count(), 1);
        assert_eq!(outage.answers(at(90)), None, "a second ago something failed");
        let over = Over { lasted: Duration::from_secs(89), untold: 89 };
        assert_eq!(outage.answers(at(91)), Some(over));
        assert_eq!(outage.answers(at(92)), None);
        assert!(outage.fails(at(93)), "the next one is told again");
    }
}
