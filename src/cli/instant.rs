//! Instants as people type them.

use chrono::{DateTime, NaiveDate, NaiveTime, SecondsFormat};

/// An instant, or the beginning of a day (UTC), as the API takes it.
pub(super) fn instant(text: &str) -> Result<String, &'static str> {
    let at = DateTime::parse_from_rfc3339(text).map(|at| at.to_utc());
    let at =
        at.or_else(|_| text.parse::<NaiveDate>().map(|day| day.and_time(NaiveTime::MIN).and_utc()));
    at.map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
        .map_err(|_| "it must be an instant such as 2026-01-31T18:42:00Z, or a day: 2026-01-31")
}

#[cfg(test)]
mod tests {
    use super::instant;

    #[test]
    fn an_instant_may_be_a_day_and_is_told_in_utc() {
        assert_eq!(instant("2026-01-31").unwrap(), "2026-01-31T00:00:00Z");
        assert_eq!(instant("2026-01-31T20:42:00+02:00").unwrap(), "2026-01-31T18:42:00Z");
        for wrong in ["", "yesterday", "2026-02-30", "18:42"] {
            assert!(instant(wrong).is_err(), "{wrong}");
        }
    }
}
