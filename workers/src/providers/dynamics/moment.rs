//! Dates and times as Dynamics writes them: 1900 stands for none, 2154 for open. It goes by the year:
//! the rest of both differs from column to column.

use chrono::{DateTime, Datelike, Local, NaiveDate, NaiveTime, Timelike, Utc};
use chrono_tz::Tz;

use crate::providers::cell::Cell;

/// A column with a time in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    At(DateTime<Utc>),
    /// Empty, or a time that stands for nothing: no beginning, no end.
    None,
    /// Not sent, or not readable as a time.
    Unknown,
}

impl Moment {
    pub(super) fn of(cell: &Cell<'_>) -> Moment {
        let text = match cell {
            Cell::Text(text) => text,
            Cell::Empty => return Moment::None,
            Cell::Omitted | Cell::Unreadable => return Moment::Unknown,
        };
        let moment = DateTime::parse_from_rfc3339(text).map(|at| at.with_timezone(&Utc));
        let day = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
        match moment.ok().or_else(|| day().map(|day| day.and_time(NaiveTime::MIN).and_utc())) {
            Some(at) if at.year() <= 1900 || at.year() >= 2154 => Moment::None,
            Some(at) => Moment::At(at),
            None => Moment::Unknown,
        }
    }

    pub(super) fn at(self) -> Option<DateTime<Utc>> {
        match self {
            Moment::At(at) => Some(at),
            Moment::None | Moment::Unknown => None,
        }
    }
}

/// Whether something that holds from one time to another, both included, holds now. What can't be
/// read of it holds for nobody.
pub(super) fn holds(from: Moment, to: Moment, now: DateTime<Utc>) -> bool {
    let began = match from {
        Moment::At(from) => from <= now,
        Moment::None => true,
        Moment::Unknown => false,
    };
    let lasts = match to {
        Moment::At(to) => now <= to,
        Moment::None => true,
        Moment::Unknown => false,
    };
    began && lasts
}

/// The day of a time. Days that were entered as such stand there in UTC, at their beginning, at noon
/// or in their last second, and mean that day everywhere; any other time has its day where the
/// company is.
pub(super) fn day(at: DateTime<Utc>, zone: Option<Tz>) -> NaiveDate {
    let is_a_day = match (at.hour(), at.minute(), at.second()) {
        (0 | 12, 0, 0) | (23, 59, 59) => true,
        (_, _, _) => false,
    };
    match zone {
        _ if is_a_day => at.date_naive(),
        Some(zone) => at.with_timezone(&zone).date_naive(),
        None => at.with_timezone(&Local).date_naive(),
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn moment(text: &str) -> Moment {
        Moment::of(&Cell::Text(Cow::Borrowed(text)))
    }

    #[test]
    fn both_sentinels_stand_for_nothing_however_they_are_written() {
        for none in [
            "1900-01-01T00:00:00Z",
            "1900-01-01T12:00:00Z",
            "2154-12-31T23:59:59Z",
            "2154-12-31T12:00:00Z",
            "2154-12-31",
        ] {
            assert_eq!(moment(none), Moment::None, "{none}");
        }
        assert_eq!(moment("tomorrow"), Moment::Unknown);
        assert!(moment("2026-11-30").at().is_some());
    }

    #[test]
    fn what_can_t_be_read_holds_never_and_what_has_no_end_for_good() {
        let now = moment("2026-11-30T02:00:00Z").at().unwrap();
        let (before, after) = (moment("2026-11-30T02:00:00Z"), moment("2026-11-30T02:00:01Z"));
        assert!(holds(before, Moment::None, now) && holds(Moment::None, before, now));
        assert!(!holds(after, Moment::None, now));
        assert!(!holds(Moment::Unknown, Moment::None, now));
        assert!(!holds(Moment::None, Moment::Unknown, now));
    }

    #[test]
    fn a_day_is_the_same_day_everywhere_and_a_time_has_its_day_where_the_company_is() {
        let zone = Some(chrono_tz::Pacific::Auckland);
        for (text, expected) in [
            ("2026-11-30T00:00:00Z", "2026-11-30"),
            ("2026-11-30T12:00:00Z", "2026-11-30"),
            ("2026-11-30T23:59:59Z", "2026-11-30"),
            ("2026-11-30T11:00:00Z", "2026-12-01"),
        ] {
            assert_eq!(day(moment(text).at().unwrap(), zone).to_string(), expected, "{text}");
        }
    }
}
