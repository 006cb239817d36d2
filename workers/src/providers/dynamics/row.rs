//! One record of a set, whatever its columns are called.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use rollcall_domain::json;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::sets::{Col, Table};
use crate::providers::cell::Cell;

/// Borrowed from the answer where it can be. A column that the surface does not have is empty, one
/// that did not come is omitted.
#[derive(Debug)]
pub(super) struct Row<'a>([Cell<'a>; Col::COUNT]);

impl<'a> Row<'a> {
    /// Reads a record. One that is not quite JSON is read value by value; `None` for what is no
    /// record, or breaks off in the middle.
    pub(super) fn read(table: &'static Table, record: &'a [u8]) -> Option<Row<'a>> {
        let mut row = Row::without(table);
        let mut reader = serde_json::Deserializer::from_slice(record);
        let whole = Cells { table, row: &mut row }.deserialize(&mut reader);
        if whole.and_then(|()| reader.end()).is_ok() {
            return Some(row);
        }
        let mended = json::mended(record);
        let mut row = Row::without(table);
        let mut reader = serde_json::Deserializer::from_str(&mended);
        let whole = Mended { table, row: &mut row }.deserialize(&mut reader);
        whole.and_then(|()| reader.end()).ok()?;
        Some(row)
    }

    fn without(table: &Table) -> Row<'a> {
        let mut row = Row(std::array::from_fn(|_| Cell::Empty));
        for column in table.columns {
            row.0[column.col as usize] = Cell::Omitted;
        }
        row
    }

    pub(super) fn cell(&self, col: Col) -> &Cell<'a> {
        &self.0[col as usize]
    }

    pub(super) fn text(&self, col: Col) -> Option<&str> {
        self.cell(col).text()
    }

    /// Whether it is known what a column says, be it nothing.
    pub(super) fn says(&self, col: Col) -> bool {
        match self.cell(col) {
            Cell::Empty | Cell::Text(_) => true,
            Cell::Omitted | Cell::Unreadable => false,
        }
    }

    /// Whether any of it came and can't be read.
    pub(super) fn is_damaged(&self) -> bool {
        self.0.contains(&Cell::Unreadable)
    }

    /// What people know it by: its key, where it has no number. A number that can't be read is none,
    /// since another one in its place would be somebody else's.
    pub(super) fn number(&self) -> Option<&str> {
        match self.cell(Col::Number) {
            Cell::Text(number) => Some(number),
            Cell::Empty => self.text(Col::Key),
            Cell::Omitted | Cell::Unreadable => None,
        }
    }

    /// Tells it from every other record of the set.
    pub(super) fn identity(&self, table: &Table) -> u64 {
        let mut hasher = DefaultHasher::new();
        for col in table.key {
            self.text(*col).hash(&mut hasher);
        }
        hasher.finish()
    }

    /// Which of two different values for one column counts, nobody knows.
    fn put(&mut self, col: Col, cell: Cell<'a>) {
        let place = &mut self.0[col as usize];
        *place = match std::mem::take(place) {
            Cell::Omitted => cell,
            before if before == cell => before,
            Cell::Empty | Cell::Text(_) | Cell::Unreadable => Cell::Unreadable,
        };
    }
}

fn meant(table: &Table, name: &str) -> Option<Col> {
    Some(table.columns.iter().find(|column| column.name == name)?.col)
}

struct Cells<'r, 'a> {
    table: &'static Table,
    row: &'r mut Row<'a>,
}

impl<'de> DeserializeSeed<'de> for Cells<'_, 'de> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Cells<'_, 'de> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            match meant(self.table, &name) {
                Some(col) => self.row.put(col, map.next_value()?),
                None => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(())
    }
}

struct Mended<'r, 'a> {
    table: &'static Table,
    row: &'r mut Row<'a>,
}

impl<'de> DeserializeSeed<'de> for Mended<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Mended<'_, '_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            let value = map.next_value::<&RawValue>()?;
            if let Some(col) = meant(self.table, &name) {
                self.row.put(col, Cell::mended(value.get()));
            }
        }
        Ok(())
    }
}
