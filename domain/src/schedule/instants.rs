//! An hour of a local date as an instant, whatever the clocks do there.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Utc};
use sha2::{Digest, Sha256};

/// Connections of one hour start within so many seconds, each at its own.
const SPREAD: u64 = 600;
/// No gap is longer: a zone that crosses the date line leaves out a day.
const LONGEST_GAP_MINUTES: i64 = 48 * 60;

/// When a connection's slot of a local date begins; `None` where there is no such date. A time that
/// the clocks leave out is the first instant after it, one that they repeat the first of the two.
pub fn slot_at<Z: TimeZone>(
    connection: &str,
    date: NaiveDate,
    hour: u8,
    zone: &Z,
) -> Option<DateTime<Utc>> {
    let begins = instant(date.and_hms_opt(0, 0, 0)?, zone)?;
    if begins.date_naive() != date {
        return None;
    }
    let at = instant(date.and_hms_opt(hour.into(), 0, 0)?, zone)?;
    Some(at.with_timezone(&Utc) + jitter(connection, date))
}

fn instant<Z: TimeZone>(local: NaiveDateTime, zone: &Z) -> Option<DateTime<Z>> {
    let mut minutes = (0..LONGEST_GAP_MINUTES).map(|minute| local + TimeDelta::minutes(minute));
    minutes.find_map(|local| zone.from_local_datetime(&local).earliest())
}

/// The same on every node, and another every night: no provider meets all its customers at once.
fn jitter(connection: &str, date: NaiveDate) -> TimeDelta {
    let hash = Sha256::digest(format!("{connection}/{date}"));
    let number = hash.iter().take(7).fold(0, |sum: u64, byte| (sum << 8) | u64::from(*byte));
    TimeDelta::seconds((number % SPREAD).cast_signed())
}
