//! Fields that are no good JSON, no good Unicode or no text, in whatever answer shows them.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::fields::{Cell, Column, Field};
pub use crate::spoil::Spoil;

/// A field of somebody that does not read as it should.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Spoiled {
    pub employee: u64,
    /// The field's alias; the same column under another alias is spoiled with it.
    pub field: String,
    pub how: Spoil,
}

impl Spoiled {
    pub fn new(employee: u64, field: &str, how: Spoil) -> Spoiled {
        Spoiled { employee, field: field.to_owned(), how }
    }

    pub(super) fn is(&self, employee: u64, column: Column) -> bool {
        self.employee == employee
            && Field::named(&self.field).is_some_and(|field| field.column == column)
    }
}

impl Spoil {
    pub(super) fn applied(&self, cell: &Cell<'_>) -> Cell<'static> {
        match self.mark() {
            Ok(mark) => Cell::Text(Cow::Owned(format!("{}{mark}", cell.to_text()))),
            Err(odd) => Cell::Odd(odd.clone()),
        }
    }
}
