//! One value of a record: providers write text, and now and then something else.

use std::borrow::Cow;

use rollcall_domain::field::normalised;
use rollcall_domain::json::DAMAGED;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Characters kept of one value.
const LONGEST: usize = 2_000;

/// A value that was left out, is explicitly empty, or says something.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum Cell<'a> {
    /// Also a list or an object: a value we do not understand must not clear ours.
    #[default]
    Omitted,
    /// `null`, blanks.
    Empty,
    Text(Cow<'a, str>),
    /// It came, but damaged.
    Unreadable,
}

impl<'a> Cell<'a> {
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Cell::Text(text) => Some(text),
            Cell::Omitted | Cell::Empty | Cell::Unreadable => None,
        }
    }

    /// Reads a value of a record that had to be mended.
    pub(super) fn mended(json: &str) -> Cell<'static> {
        match serde_json::from_str::<Cell<'_>>(json) {
            Ok(Cell::Text(text)) if !text.contains(DAMAGED) => {
                Cell::Text(Cow::Owned(text.into_owned()))
            }
            Ok(Cell::Omitted) => Cell::Omitted,
            Ok(Cell::Empty) => Cell::Empty,
            Ok(Cell::Text(_) | Cell::Unreadable) | Err(_) => Cell::Unreadable,
        }
    }

    /// Blanks around it mean nothing; blanks alone are empty. What no database takes as text (NUL)
    /// or no person wrote (thousands of characters) is left out.
    fn of(text: Cow<'a, str>) -> Self {
        let text = if text.len() > LONGEST || text.contains('\0') {
            Cow::Owned(text.chars().filter(|c| *c != '\0').take(LONGEST).collect())
        } else {
            text
        };
        let kept = match text {
            Cow::Borrowed(text) => normalised(text),
            Cow::Owned(text) => Cow::Owned(normalised(&text).into_owned()),
        };
        if kept.is_empty() { Cell::Empty } else { Cell::Text(kept) }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Cell<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CellVisitor)
    }
}

struct CellVisitor;

impl<'de> Visitor<'de> for CellVisitor {
    type Value = Cell<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the value of a field")
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Cell<'de>, E> {
        Ok(Cell::of(Cow::Borrowed(text)))
    }
    fn visit_str<E>(self, text: &str) -> Result<Cell<'de>, E> {
        Ok(Cell::of(Cow::Owned(text.to_owned())))
    }
    fn visit_unit<E>(self) -> Result<Cell<'de>, E> {
        Ok(Cell::Empty)
    }
    fn visit_u64<E>(self, number: u64) -> Result<Cell<'de>, E> {
        Ok(Cell::Text(Cow::Owned(number.to_string())))
    }
    fn visit_i64<E>(self, number: i64) -> Result<Cell<'de>, E> {
        Ok(Cell::Text(Cow::Owned(number.to_string())))
    }
    fn visit_f64<E>(self, number: f64) -> Result<Cell<'de>, E> {
        Ok(Cell::Text(Cow::Owned(number.to_string())))
    }
    fn visit_bool<E>(self, flag: bool) -> Result<Cell<'de>, E> {
        Ok(Cell::Text(Cow::Owned(flag.to_string())))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Cell<'de>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Cell::Omitted)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Cell<'de>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Cell::Omitted)
    }
}
