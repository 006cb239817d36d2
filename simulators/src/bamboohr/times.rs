//! The two ways BambooHR spells a time.

use chrono::{DateTime, Utc};

/// `2026-01-31T18:42:00+00:00`, as answers have it.
pub(super) fn iso(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

/// `2026-01-31 18:42:00`, as the webhook pages have it.
pub(super) fn plain(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}
