//! Fields that are no good JSON, no good Unicode or no text, in whatever answer shows them.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::fields::{Cell, Column, Field};

/// A field of somebody that does not read as it should.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Spoiled {
    pub employee: u64,
    /// The field's alias; the same column under another alias is spoiled with it.
    pub field: String,
    pub how: Spoil,
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Spoil {
    /// Half an emoji at its end, escaped: what is left where text was cut by UTF-16 units.
    LoneSurrogate,
    /// A bare vertical tab at its end, as word processors leave it.
    ControlCharacter,
    /// A byte of Latin-1 at its end.
    InvalidUtf8,
    /// Something else than the text it should be: a number, an object, a list.
    Shape(Value),
}

/// Bytes no serializer writes, behind the letters for private use that hold their place till then.
const UNWRITABLE: [(&str, &[u8]); 3] =
    [("\u{f8f1}", br"\ud83c"), ("\u{f8f2}", b"\x0b"), ("\u{f8f3}", b"\xe9")];

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
        let index = match self {
            Spoil::LoneSurrogate => 0,
            Spoil::ControlCharacter => 1,
            Spoil::InvalidUtf8 => 2,
            Spoil::Shape(value) => return Cell::Odd(value.clone()),
        };
        Cell::Text(Cow::Owned(format!("{}{}", cell.to_text(), UNWRITABLE[index].0)))
    }

    /// An answer, with what no serializer writes in its place.
    pub(super) fn written(answer: &[u8]) -> Vec<u8> {
        let mut written = Vec::with_capacity(answer.len());
        let mut rest = answer;
        while let Some((first, more)) = rest.split_first() {
            match UNWRITABLE.iter().find(|(mark, _)| rest.starts_with(mark.as_bytes())) {
                Some((mark, bytes)) => {
                    written.extend_from_slice(bytes);
                    rest = &rest[mark.len()..];
                }
                None => {
                    written.push(*first);
                    rest = more;
                }
            }
        }
        written
    }
}
