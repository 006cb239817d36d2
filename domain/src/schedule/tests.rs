//! The hour, the clocks that change, the nights that are missed.

use super::*;
use chrono_tz::{Australia, Europe, Pacific, UTC};

fn nightly(hour: u8, zone: Option<Tz>) -> Nightly {
    let since = DateTime::UNIX_EPOCH;
    Nightly { tenant: "t".into(), connection: "c".into(), hour, zone, since }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// The slot without its jitter, which is at most ten minutes.
fn slot(date: &str, hour: u8, zone: Tz) -> Option<String> {
    let at = slot_at("c", day(date), hour, &zone)?;
    let jitter = instants::slot_at("c", day(date), 12, &UTC)? - at_noon(date);
    assert!((0..600).contains(&jitter.num_seconds()));
    Some((at - jitter).to_rfc3339())
}

fn at_noon(date: &str) -> DateTime<Utc> {
    day(date).and_hms_opt(12, 0, 0).unwrap().and_utc()
}

#[test]
fn the_hour_is_told_in_the_connections_zone_or_the_servers() {
    let now = at("2026-07-05T12:00:00Z");
    let of = |zone| due(now, &[nightly(2, zone)], &Europe::Berlin).remove(0);
    assert_eq!(of(None).at.date_naive(), day("2026-07-05"));
    assert_eq!(of(None).at.format("%H").to_string(), "00");
    assert_eq!(of(Some(Pacific::Auckland)).at.format("%dT%H").to_string(), "04T14");
    assert_eq!(of(Some(Pacific::Auckland)).date, day("2026-07-05"));
}

#[test]
fn a_time_the_clocks_leave_out_is_the_first_instant_after_it() {
    assert_eq!(slot("2026-03-29", 2, Europe::Berlin).unwrap(), "2026-03-29T01:00:00+00:00");
    assert_eq!(slot("2026-10-04", 2, Australia::Lord_Howe).unwrap(), "2026-10-03T15:30:00+00:00");
}

#[test]
fn a_time_that_comes_twice_is_the_first() {
    assert_eq!(slot("2026-10-25", 2, Europe::Berlin).unwrap(), "2026-10-25T00:00:00+00:00");
}

#[test]
fn a_date_that_never_was_has_no_slot() {
    assert_eq!(slot("2011-12-30", 2, Pacific::Apia), None);
    assert!(slot("2011-12-31", 2, Pacific::Apia).is_some());
    let next = nightly(2, Some(Pacific::Apia)).next(at("2011-12-29T20:00:00Z"), &UTC).unwrap();
    assert_eq!(next.with_timezone(&Pacific::Apia).date_naive(), day("2011-12-31"));
}

#[test]
fn of_several_missed_nights_the_last_is_due_and_told_as_caught_up() {
    let slots = due(at("2026-07-09T12:00:00Z"), &[nightly(2, Some(UTC))], &UTC);
    let told: Vec<_> = slots.iter().map(|slot| (slot.date, slot.trigger)).collect();
    assert_eq!(told, [(day("2026-07-09"), Trigger::CatchUp)]);
    let slots = due(at("2026-07-09T02:11:00Z"), &[nightly(2, Some(UTC))], &UTC);
    assert_eq!(slots[0].trigger, Trigger::Schedule);
}

#[test]
fn what_was_due_before_a_connection_was_active_is_not() {
    let since = at("2026-07-09T09:00:00Z");
    let young = Nightly { since, ..nightly(2, Some(UTC)) };
    assert_eq!(due(at("2026-07-09T12:00:00Z"), std::slice::from_ref(&young), &UTC), []);
    assert_eq!(due(at("2026-07-10T02:11:00Z"), &[young], &UTC)[0].date, day("2026-07-10"));
}

#[test]
fn the_next_slot_is_behind_the_instant_that_was_asked_for() {
    let nightly = nightly(2, Some(UTC));
    let first = nightly.next(at("2026-07-09T00:00:00Z"), &UTC).unwrap();
    assert_eq!(first.date_naive(), day("2026-07-09"));
    assert_eq!(nightly.next(first, &UTC).unwrap().date_naive(), day("2026-07-10"));
}

#[test]
fn connections_do_not_all_start_at_once() {
    let starts = |id: &str| slot_at(id, day("2026-07-09"), 2, &UTC).unwrap();
    let minutes: std::collections::BTreeSet<_> =
        (0..100).map(|n| starts(&format!("c{n}")).format("%M").to_string()).collect();
    assert_eq!(minutes.len(), 10);
    assert_eq!(starts("c1"), starts("c1"));
}
