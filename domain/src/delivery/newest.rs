//! Whether a delivery's own values may be applied: only while they are the newest word on somebody.

use chrono::{DateTime, TimeDelta, Utc};

/// How far the provider's clock and ours may be apart, beside what cancels out.
const CLOCKS: TimeDelta = TimeDelta::seconds(30);

/// When somebody's values were so, and how we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observed {
    /// By the body, on the provider's clock.
    pub at: DateTime<Utc>,
    /// By the header, on the same clock.
    pub sent: DateTime<Utc>,
    /// On ours.
    pub received: DateTime<Utc>,
}

impl Observed {
    /// A time on our clock that is surely not later.
    ///
    /// The age the delivery had when it was sent is known from the provider's clock alone; what it
    /// took to arrive is not, so that the earlier of both clocks' words counts.
    pub fn not_before(&self) -> DateTime<Utc> {
        let by_age = self.received - (self.sent - self.at).max(TimeDelta::zero());
        self.at.min(by_age) - CLOCKS
    }

    /// Whether nobody was read since then. `last_read` is when the last read ended that may have
    /// shown them, or a time before it; an older word must never replace a newer one.
    pub fn is_newest(&self, last_read: Option<DateTime<Utc>>) -> bool {
        last_read.is_none_or(|read| read < self.not_before())
    }
}

/// A timestamp header as a time: Unix seconds, or ISO 8601.
pub fn sent_at(timestamp: &str) -> Option<DateTime<Utc>> {
    let timestamp = timestamp.trim();
    match timestamp.parse::<i64>() {
        Ok(seconds) => DateTime::from_timestamp(seconds, 0),
        Err(_) => super::instant(timestamp),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(at: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_769_884_920 + at, 0).unwrap()
    }

    fn observed(at: i64, sent: i64, received: i64) -> Observed {
        Observed { at: second(at), sent: second(sent), received: second(received) }
    }

    #[test]
    fn what_nobody_read_since_is_the_newest_word() {
        assert!(observed(0, 1, 2).is_newest(None));
        assert!(observed(0, 1, 2).is_newest(Some(second(-31))));
    }

    #[test]
    fn whoever_was_read_since_or_about_then_is_read_again() {
        for read in [-30, 0, 1, 500] {
            assert!(!observed(0, 1, 2).is_newest(Some(second(read))), "{read}");
        }
    }

    #[test]
    fn a_clock_that_is_wrong_makes_nothing_newer_than_it_is() {
        // The provider's is ten minutes ahead: by its age the change was a minute before it arrived.
        assert_eq!(observed(540, 600, 0).not_before(), second(-60 - 30));
        // And ten minutes behind.
        assert_eq!(observed(-660, -600, 0).not_before(), second(-660 - 30));
        // A change that is told before it happened.
        assert_eq!(observed(600, 0, 0).not_before(), second(-30));
    }

    #[test]
    fn what_came_late_is_as_old_as_it_says() {
        assert_eq!(observed(0, 1, 3_600).not_before(), second(-30));
    }
}
