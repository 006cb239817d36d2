//! When a message is tried again, and when an endpoint that only fails is warned of and given up.

use chrono::{DateTime, TimeDelta, Utc};

/// Before the second try, the third, and so on; the first is at once.
const WAITS: [TimeDelta; 9] = [
    TimeDelta::seconds(5),
    TimeDelta::minutes(5),
    TimeDelta::minutes(30),
    TimeDelta::hours(2),
    TimeDelta::hours(5),
    TimeDelta::hours(10),
    TimeDelta::hours(14),
    TimeDelta::hours(20),
    TimeDelta::hours(24),
];
/// Tries of one message before it is parked.
pub const TRIES: u32 = WAITS.len() as u32 + 1;
/// No receiver makes us wait longer than this.
const LONGEST: TimeDelta = TimeDelta::hours(24);
/// An endpoint that only failed for so long is disabled.
pub const GIVEN_UP_AFTER: TimeDelta = TimeDelta::days(5);
/// Parts of it that are told of, in percent.
pub const STEPS: [u8; 4] = [50, 70, 90, 100];

/// How long a message waits that failed so often in a row; `None` where it is parked. `asked` is what
/// the receiver asked for, and `chance` a random number of 65,536: up to a tenth is added.
pub fn wait(failures: u32, asked: Option<TimeDelta>, chance: u16) -> Option<TimeDelta> {
    let planned = *WAITS.get(failures.checked_sub(1)? as usize)?;
    let wait = asked.map_or(planned, |asked| planned.max(asked.min(LONGEST)));
    let tenth = wait.num_milliseconds() / 10;
    Some(wait + TimeDelta::milliseconds(tenth * i64::from(chance) / i64::from(u16::MAX)))
}

/// The highest step that was reached.
pub fn step(since: DateTime<Utc>, at: DateTime<Utc>) -> Option<u8> {
    STEPS.into_iter().rev().find(|percent| at >= reached_at(since, *percent))
}

/// When the next step is reached; `None` behind the last one.
pub fn next_step(since: DateTime<Utc>, told: u8) -> Option<DateTime<Utc>> {
    STEPS.into_iter().find(|percent| *percent > told).map(|percent| reached_at(since, percent))
}

fn reached_at(since: DateTime<Utc>, percent: u8) -> DateTime<Utc> {
    since + GIVEN_UP_AFTER * i32::from(percent) / 100
}
