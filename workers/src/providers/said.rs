//! What the values of a record say, field by field.

use rollcall_domain::field::{Field, Seen, Value};

use super::cell::Cell;

#[derive(Default)]
pub(super) struct Said {
    pub(super) seen: Seen,
    /// What came and can't be read.
    pub(super) unreadable: Vec<Field>,
}

impl Said {
    /// `value` makes nothing of a text that says nothing.
    pub(super) fn of(
        &mut self,
        field: Field,
        cell: &Cell<'_>,
        value: impl Fn(&str) -> Option<Value>,
    ) {
        match cell {
            Cell::Omitted => {}
            Cell::Unreadable => self.unreadable.push(field),
            Cell::Empty => _ = self.seen.insert(field, None),
            Cell::Text(text) => {
                if let Some(value) = value(text) {
                    self.seen.insert(field, Some(value));
                }
            }
        }
    }
}
