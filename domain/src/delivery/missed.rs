//! Which deliveries of a provider's log never came to be receipts, and since when to look for the
//! people they were about.

use chrono::{DateTime, TimeDelta, Utc};

/// Between the first try of a delivery and its last one lies no more: five tries, doubling from five
/// minutes (`reference/bamboohr.md` §6.5), are 155 minutes.
const TRIED_FOR: TimeDelta = TimeDelta::hours(3);
/// How far the provider's clock and ours may be apart.
const CLOCKS: TimeDelta = TimeDelta::minutes(5);

/// A delivery as the provider's log has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentDelivery {
    /// The last try.
    pub at: DateTime<Utc>,
    /// Whether that was answered as we answer what is stored.
    pub acknowledged: bool,
    /// Whom it named, as subjects.
    pub subjects: Vec<String>,
}

/// A receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    pub at: DateTime<Utc>,
    pub subjects: Vec<String>,
}

/// What a look at the log found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missed {
    pub deliveries: usize,
    /// Changes after this may have been missed.
    pub since: DateTime<Utc>,
    /// The last of them was tried then.
    pub newest: DateTime<Utc>,
}

/// Since when receipts may answer to these.
pub fn receipts_since(sent: &[SentDelivery]) -> Option<DateTime<Utc>> {
    sent.iter().map(|one| one.at - TRIED_FOR).min()
}

/// What is missing. What was not acknowledged is missing, whatever became of it here: reading
/// somebody once more is always right. What was acknowledged is missing without a receipt that names
/// the same people and came with one of its tries, each receipt counting once: whatever stands
/// between us and the provider may have answered in our place.
///
/// `covered` is when the last look began that was followed by a read of whoever had changed.
pub fn missed_deliveries(
    sent: &[SentDelivery],
    arrived: &[Arrival],
    covered: Option<DateTime<Utc>>,
) -> Option<Missed> {
    let mut sent: Vec<&SentDelivery> = sent.iter().collect();
    sent.sort_by_key(|one| one.at);
    let mut arrived: Vec<Option<&Arrival>> = arrived.iter().map(Some).collect();
    arrived.sort_by_key(|one| one.map(|one| one.at));
    let mut came = |one: &SentDelivery| {
        let answers = |arrival: &Arrival| {
            (one.at - TRIED_FOR..=one.at + CLOCKS).contains(&arrival.at)
                && one.subjects.iter().all(|subject| arrival.subjects.contains(subject))
        };
        let found = arrived.iter_mut().find(|arrival| arrival.is_some_and(answers));
        found.and_then(Option::take).is_some()
    };
    let missing: Vec<&SentDelivery> =
        sent.into_iter().filter(|one| !came(one) || !one.acknowledged).collect();
    let is_open = |one: &&&SentDelivery| covered.is_none_or(|covered| one.at + CLOCKS >= covered);
    let open: Vec<DateTime<Utc>> = missing.iter().filter(is_open).map(|one| one.at).collect();
    let (oldest, newest) = (*open.first()?, *open.last()?);
    Some(Missed { deliveries: open.len(), since: oldest - TRIED_FOR, newest })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(at: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_769_884_920 + 60 * at, 0).unwrap()
    }

    fn sent(at: i64, acknowledged: bool, whom: &str) -> SentDelivery {
        SentDelivery { at: minute(at), acknowledged, subjects: vec![whom.to_owned()] }
    }

    fn arrival(at: i64, whom: &str) -> Arrival {
        Arrival { at: minute(at), subjects: vec![whom.to_owned()] }
    }

    /// How many are missing, and the minute of the first and the last.
    fn found(
        sent: &[SentDelivery],
        arrived: &[Arrival],
        covered: Option<i64>,
    ) -> Option<(usize, i64, i64)> {
        let missed = missed_deliveries(sent, arrived, covered.map(minute))?;
        let number = |at: DateTime<Utc>| (at - minute(0)).num_minutes();
        Some((missed.deliveries, number(missed.since + TRIED_FOR), number(missed.newest)))
    }

    #[test]
    fn what_has_a_receipt_is_not_missing() {
        let log = [sent(0, true, "ada"), sent(1, true, "bob"), sent(150, true, "eve")];
        // The third was stored at its first try, and acknowledged at its last.
        let receipts = [arrival(0, "ada"), arrival(1, "bob"), arrival(2, "eve")];
        assert_eq!(found(&log, &receipts, None), None);
        assert_eq!(found(&[], &receipts, None), None);
    }

    #[test]
    fn what_was_refused_or_got_no_answer_is_missing() {
        let log = [sent(10, false, "ada"), sent(0, false, "bob"), sent(5, true, "eve")];
        assert_eq!(found(&log, &[arrival(5, "eve")], None), Some((2, 0, 10)));
    }

    #[test]
    fn what_somebody_else_acknowledged_is_missing() {
        assert_eq!(found(&[sent(0, true, "ada")], &[], None), Some((1, 0, 0)));
        assert_eq!(found(&[sent(0, true, "ada")], &[arrival(0, "bob")], None), Some((1, 0, 0)));
        assert_eq!(found(&[sent(0, true, "ada")], &[arrival(9, "ada")], None), Some((1, 0, 0)));
    }

    #[test]
    fn one_receipt_answers_to_one_delivery() {
        let log = [sent(0, true, "ada"), sent(30, true, "ada")];
        assert_eq!(found(&log, &[arrival(0, "ada")], None), Some((1, 30, 30)));
    }

    #[test]
    fn what_was_looked_for_already_is_not_looked_for_again() {
        let log = [sent(0, false, "ada"), sent(60, false, "bob")];
        assert_eq!(found(&log, &[], Some(30)), Some((1, 60, 60)));
        assert_eq!(found(&log, &[], Some(120)), None);
        // The clocks may differ: once more is better than never.
        assert_eq!(found(&log, &[], Some(62)), Some((1, 60, 60)));
    }
}
