//! Finance & Operations: the sets below `/data`.

mod sets;
mod units;
mod workers;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::books::midnight;
use super::cell::Cell;

pub(super) use sets::SETS;

/// No date: F&O has no null for one.
fn since(at: Option<DateTime<Utc>>) -> Cell<'static> {
    Cell::Moment(at.unwrap_or_else(|| midnight(year_1900())))
}

/// No end.
fn until(at: Option<DateTime<Utc>>) -> Cell<'static> {
    Cell::Moment(at.unwrap_or_else(never))
}

/// Dates without a time are rendered at noon.
fn date(day: Option<NaiveDate>) -> Cell<'static> {
    Cell::Moment(midnight(day.unwrap_or_else(year_1900)) + TimeDelta::hours(12))
}

fn year_1900() -> NaiveDate {
    NaiveDate::from_ymd_opt(1900, 1, 1).expect("a date")
}

/// `2154-12-31T23:59:59Z`
pub(super) fn never() -> DateTime<Utc> {
    let last = NaiveDate::from_ymd_opt(2154, 12, 31).expect("a date");
    midnight(last) + TimeDelta::seconds(86_399)
}

fn yes_no(yes: bool) -> Cell<'static> {
    Cell::Member(if yes { "Yes" } else { "No" })
}
