//! Ten years of nights, whenever somebody looks.

use std::collections::BTreeMap;

use chrono_tz::{America, Asia, Australia, Europe, Pacific, UTC};
use proptest::prelude::*;

use super::*;

const YEARS: i64 = 10;
const ZONES: [Tz; 5] = [
    Australia::Lord_Howe,
    Europe::Berlin,
    America::New_York,
    // Without 30 December 2011.
    Pacific::Apia,
    Asia::Kathmandu,
];

/// A local clock's dates from an instant to another, without those it never showed.
fn dates(from: DateTime<Utc>, to: DateTime<Utc>, zone: Tz) -> Vec<NaiveDate> {
    let local = |at: DateTime<Utc>| at.with_timezone(&zone).date_naive();
    let mut seen: Vec<NaiveDate> = Vec::new();
    let mut at = from;
    while at <= to {
        if seen.last() != Some(&local(at)) {
            seen.push(local(at));
        }
        at += TimeDelta::hours(1);
    }
    seen
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Nobody sleeps for longer than until the slot of the next date: each has its run, and one.
    #[test]
    fn every_local_date_has_one_run_whatever_the_clocks_do(
        zone in prop::sample::select(ZONES.to_vec()),
        hour in 0_u8..24,
        first in 2005_i64..2026,
        pauses in prop::collection::vec(1_i64..20 * 60, 1..50),
    ) {
        let since = DateTime::from_timestamp((first - 1970) * 31_557_600, 0).unwrap();
        let end = since + TimeDelta::days(366 * YEARS);
        let (tenant, connection) = ("t".to_owned(), "c".to_owned());
        let nightly = [Nightly { tenant, connection, hour, zone: Some(zone), since }];
        let mut runs: BTreeMap<NaiveDate, DateTime<Utc>> = BTreeMap::new();
        let mut now = since;
        for pause in pauses.iter().cycle() {
            for slot in due(now, &nightly, &UTC) {
                prop_assert!(slot.at <= now && slot.at >= since);
                let local = slot.at.with_timezone(&zone);
                prop_assert!(local.date_naive() == slot.date);
                runs.entry(slot.date).or_insert(now);
            }
            if now >= end {
                break;
            }
            now = (now + TimeDelta::minutes(*pause)).min(end);
        }
        let mut expected = dates(since, end, zone);
        // The slots of the first and the last date may lie outside.
        let mut ran: Vec<NaiveDate> = runs.into_keys().collect();
        let (first, last) = (expected.remove(0), expected.pop());
        ran.retain(|date| *date != first && Some(*date) != last);
        prop_assert_eq!(ran, expected);
    }

    #[test]
    fn a_clock_that_jumps_gives_no_date_a_second_slot(
        zone in prop::sample::select(ZONES.to_vec()),
        jumps in prop::collection::vec(-48_i64..24 * 8, 1..200),
    ) {
        let since = DateTime::from_timestamp(1_300_000_000, 0).unwrap();
        let (tenant, connection) = ("t".to_owned(), "c".to_owned());
        let nightly = [Nightly { tenant, connection, hour: 2, zone: Some(zone), since }];
        let mut places: BTreeMap<String, DateTime<Utc>> = BTreeMap::new();
        let mut now = since + TimeDelta::days(30);
        for jump in jumps {
            now += TimeDelta::hours(jump);
            for slot in due(now, &nightly, &UTC) {
                let at = *places.entry(place("c", slot.date)).or_insert(slot.at);
                prop_assert_eq!(at, slot.at);
            }
        }
    }
}
