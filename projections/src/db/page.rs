//! Lists in pages: a cursor is the key of the last row, opaque to whoever holds it.

use serde::Serialize;
use serde::de::DeserializeOwned;

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
    serde_json::from_slice(&bytes).map(Some).map_err(|_| ReadError::Cursor)
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
    }
}
