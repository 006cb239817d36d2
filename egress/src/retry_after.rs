//! Reads `Retry-After` (RFC 9110 §10.2.3): seconds, or a date in one of the three HTTP forms.

use std::time::Duration;

use chrono::{DateTime, Datelike, NaiveDateTime, Utc};
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// No server makes us wait longer than this.
pub const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);

/// How long to wait before asking again: zero for a date that has passed, at most [`LONGEST_WAIT`],
/// `None` when the header is absent, negative or unreadable. Of several values the longest counts.
pub fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    headers
        .get_all(RETRY_AFTER)
        .iter()
        .filter_map(|value| wait(value.to_str().ok()?.trim(), now))
        .max()
}

fn wait(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    let wait = if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        // More digits than a number holds still mean a long time.
        Duration::from_secs(text.parse().unwrap_or(u64::MAX))
    } else {
        (http_date(text, now)? - now).to_std().unwrap_or(Duration::ZERO)
    };
    Some(wait.min(LONGEST_WAIT))
}

/// The weekday is not compared with the date: a wrong one is no reason to wait less.
fn http_date(text: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let date = match text.split_once(", ") {
        Some((_, rest)) => NaiveDateTime::parse_from_str(rest, "%d %b %Y %H:%M:%S GMT")
            .ok()
            .or_else(|| two_digit_year(rest, now))?,
        None => {
            let (_weekday, rest) = text.split_once(' ')?;
            NaiveDateTime::parse_from_str(rest.trim_start(), "%b %e %H:%M:%S %Y").ok()?
        }
    };
    Some(date.and_utc())
}

/// RFC 850 years name no century: the one that brings the date closest to now, at most 50 years ahead.
fn two_digit_year(text: &str, now: DateTime<Utc>) -> Option<NaiveDateTime> {
    let date = NaiveDateTime::parse_from_str(text, "%d-%b-%y %H:%M:%S GMT").ok()?;
    let earliest = now.year() - 49;
    let year = earliest + (date.year() - earliest).rem_euclid(100);
    date.with_year(year)
}
