//! Dates and times as Dynamics writes them: 1900 stands for none, 2154 for open. It goes by the year:
//! the rest of both differs from column to column.

use chrono::{DateTime, Datelike, Local, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc};
use chrono_tz::Tz;

use crate::providers::cell::Cell;

const NOON: NaiveTime = NaiveTime::from_hms_opt(12, 0, 0).expect("a time of day");

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
        let moment = DateTime::parse_from_rfc3339(text).map(|at| at.with_timezone(&Utc)).ok();
        let zoneless = || text.parse::<NaiveDateTime>().ok().map(|at| at.and_utc());
        // As columns of days are shown where they are not shown as days alone.
        let day = || Some(text.parse::<NaiveDate>().ok()?.and_time(NOON).and_utc());
        match moment.or_else(zoneless).or_else(day) {
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

/// When it is now, where the company is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Today {
    pub(super) now: DateTime<Utc>,
    /// The server's where none is given.
    pub(super) zone: Option<Tz>,
}

/// How a time is meant.
enum Meant {
    /// A day, at its beginning.
    Beginning,
    /// A day, to its end.
    End,
    Time,
}

fn meant(at: DateTime<Utc>) -> Meant {
    match (at.hour(), at.minute(), at.second()) {
        (0, 0, 0) => Meant::Beginning,
        (12, 0, 0) | (23, 59, 59) => Meant::End,
        (_, _, _) => Meant::Time,
    }
}

impl Today {
    /// The company's day of this moment.
    pub(super) fn date(self) -> NaiveDate {
        self.local(self.now)
    }

    /// The day of a time. Days that were entered as such stand there in UTC, at their beginning, at
    /// noon or in their last second, and mean that day everywhere; any other time has its day where
    /// the company is.
    pub(super) fn day(self, at: DateTime<Utc>) -> NaiveDate {
        match meant(at) {
            Meant::Beginning | Meant::End => at.date_naive(),
            Meant::Time => self.local(at),
        }
    }

    fn local(self, at: DateTime<Utc>) -> NaiveDate {
        match self.zone {
            Some(zone) => at.with_timezone(&zone).date_naive(),
            None => at.with_timezone(&Local).date_naive(),
        }
    }

    /// Whether what lasts until a time is over. A day lasts until it ends where the company is; what
    /// ends as a day begins does not last through it.
    pub(super) fn is_over(self, at: DateTime<Utc>) -> bool {
        match meant(at) {
            Meant::Beginning => at.date_naive() <= self.date(),
            Meant::End => at.date_naive() < self.date(),
            Meant::Time => at < self.now,
        }
    }

    fn has_come(self, at: DateTime<Utc>) -> bool {
        match meant(at) {
            Meant::Beginning | Meant::End => at.date_naive() <= self.date(),
            Meant::Time => at <= self.now,
        }
    }

    /// Whether something holds now that holds from one time to another; `None` where that depends on
    /// what can't be read.
    pub(super) fn holds(self, from: Moment, to: Moment) -> Option<bool> {
        let began = match from {
            Moment::At(from) => Some(self.has_come(from)),
            Moment::None => Some(true),
            Moment::Unknown => None,
        };
        let lasts = match to {
            Moment::At(to) => Some(!self.is_over(to)),
            Moment::None => Some(true),
            Moment::Unknown => None,
        };
        match (began, lasts) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            (None, _) | (_, None) => None,
        }
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

    fn at(now: &str, zone: Tz) -> Today {
        Today { now: moment(now).at().unwrap(), zone: Some(zone) }
    }

    #[test]
    fn what_can_t_be_read_is_open_unless_the_other_end_says_no() {
        let now = at("2026-11-30T02:00:00Z", chrono_tz::UTC);
        let (here, after) = (moment("2026-11-30T02:00:00Z"), moment("2026-11-30T02:00:01Z"));
        let before = moment("2026-11-30T01:59:59Z");
        for (from, to, expected) in [
            (here, Moment::None, Some(true)),
            (Moment::None, here, Some(true)),
            (after, Moment::None, Some(false)),
            (Moment::None, before, Some(false)),
            (Moment::Unknown, Moment::None, None),
            (Moment::None, Moment::Unknown, None),
            (Moment::Unknown, before, Some(false)),
            (after, Moment::Unknown, Some(false)),
        ] {
            assert_eq!(now.holds(from, to), expected, "{from:?} {to:?}");
        }
    }

    #[test]
    fn a_day_is_the_same_day_everywhere_and_a_time_has_its_day_where_the_company_is() {
        let today = at("2026-11-30T02:00:00Z", chrono_tz::Pacific::Auckland);
        for (text, expected) in [
            ("2026-11-30T00:00:00Z", "2026-11-30"),
            ("2026-11-30T12:00:00Z", "2026-11-30"),
            ("2026-11-30T23:59:59Z", "2026-11-30"),
            ("2026-11-30", "2026-11-30"),
            ("2026-11-30T11:00:00Z", "2026-12-01"),
            ("2026-11-30T11:00:00", "2026-12-01"),
        ] {
            assert_eq!(today.day(moment(text).at().unwrap()).to_string(), expected, "{text}");
        }
    }

    #[test]
    fn a_last_day_ends_when_it_ends_where_the_company_is() {
        let west = chrono_tz::America::Los_Angeles;
        let east = chrono_tz::Pacific::Auckland;
        for (end, now, zone, over) in [
            // Still the 30th there.
            ("2026-11-30T23:59:59Z", "2026-12-01T02:00:00Z", west, false),
            ("2026-11-30T23:59:59Z", "2026-12-01T08:00:00Z", west, true),
            ("2026-11-30T12:00:00Z", "2026-11-30T14:00:00Z", west, false),
            ("2026-11-30", "2026-12-01T02:00:00Z", west, false),
            // The 1st already.
            ("2026-11-30T23:59:59Z", "2026-11-30T12:00:00Z", east, true),
            ("2026-11-30T00:00:00Z", "2026-11-29T12:00:00Z", east, true),
            // A time is a time.
            ("2026-12-01T07:59:58Z", "2026-12-01T07:00:00Z", west, false),
            ("2026-12-01T07:59:58Z", "2026-12-01T08:00:00Z", west, true),
        ] {
            let end_at = moment(end).at().unwrap();
            assert_eq!(at(now, zone).is_over(end_at), over, "{end} {now}");
        }
    }

    #[test]
    fn a_first_day_comes_when_it_comes_where_the_company_is() {
        let (day, zone) = (moment("2026-12-01T00:00:00Z"), chrono_tz::Pacific::Auckland);
        let holds = |now| at(now, zone).holds(day, Moment::None);
        assert_eq!(holds("2026-11-30T10:59:00Z"), Some(false));
        assert_eq!(holds("2026-11-30T11:00:00Z"), Some(true));
    }
}
