//! Lists in pages: a cursor is the key of the last row, opaque to whoever holds it.

use chrono::{DateTime, Datelike, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::ReadError;

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Page<T> {
    pub rows: Vec<T>,
    /// What to ask with for the rows after these; `None` at the end.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// A page from rows that were asked for with one more than `limit`, to see whether it ends.
    pub(crate) fn of(mut rows: Vec<T>, limit: u32, cursor: impl Fn(&T) -> String) -> Page<T> {
        let limit = limit as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(cursor);
        Page { rows, next }
    }
}

/// What lists allow at once.
pub(crate) fn limit_of(limit: u32) -> u32 {
    limit.clamp(1, 200)
}

/// Makes a cursor from the values a list is ordered by.
pub(crate) fn cursor<T: Serialize>(key: &T) -> String {
    hex::encode(serde_json::to_vec(key).expect("cursors hold text and numbers"))
}

/// The values of a cursor.
pub(crate) fn resume<T: DeserializeOwned>(after: Option<&str>) -> Result<Option<T>, ReadError> {
    let Some(after) = after else { return Ok(None) };
    let bytes = hex::decode(after).map_err(|_| ReadError::Cursor)?;
    let values: Value = serde_json::from_slice(&bytes).map_err(|_| ReadError::Cursor)?;
    if holds_nul(&values) {
        return Err(ReadError::Cursor);
    }
    serde_json::from_value(values).map(Some).map_err(|_| ReadError::Cursor)
}

/// The values of a cursor of a list by time.
pub(crate) fn resume_by_time(
    after: Option<&str>,
) -> Result<Option<(DateTime<Utc>, String)>, ReadError> {
    let found: Option<(DateTime<Utc>, String)> = resume(after)?;
    // Nothing of ours happened before or after; PostgreSQL's times end a little further out.
    match found.as_ref().is_none_or(|(at, _)| (1..=9999).contains(&at.year())) {
        true => Ok(found),
        false => Err(ReadError::Cursor),
    }
}

/// No text of ours holds it, and PostgreSQL can't.
fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(holds_nul),
        Value::Object(members) => members.values().any(holds_nul),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_ends_where_the_rows_end() {
        let page = Page::of(vec![1, 2, 3], 2, cursor);
        assert_eq!(page.rows, [1, 2]);
        assert_eq!(resume::<i64>(page.next.as_deref()).unwrap(), Some(2));
        assert_eq!(Page::of(vec![1, 2], 2, cursor).next, None);
    }

    #[test]
    fn a_strange_cursor_is_refused() {
        assert!(matches!(resume::<i64>(Some("zz")), Err(ReadError::Cursor)));
        assert!(matches!(resume::<i64>(Some("22")), Err(ReadError::Cursor)));
        let nul = cursor(&("a\0", "b"));
        assert!(matches!(resume::<(String, String)>(Some(&nul)), Err(ReadError::Cursor)));
    }

    #[test]
    fn a_time_no_database_holds_is_no_cursor() {
        for time in ["-5000-01-01T00:00:00Z", "0000-12-31T23:59:59Z", "+10000-01-01T00:00:00Z"] {
            let odd = cursor(&(time, "a"));
            assert!(matches!(resume_by_time(Some(&odd)), Err(ReadError::Cursor)), "{time}");
        }
        let at = DateTime::from_timestamp_nanos(1_769_884_920_123_456_000);
        let (ours, key) = (cursor(&(at, "a")), Some((at, "a".to_owned())));
        assert_eq!(resume_by_time(Some(&ours)).unwrap(), key);
    }
}
