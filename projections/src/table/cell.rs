//! The values a column can hold, the same on both databases.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Text,
    Integer,
    Boolean,
    Timestamp,
    Bytes,
}

/// One value on its way to or from a database. Empty ones keep their kind, since a prepared
/// statement has parameters of fixed types.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Value {
    Text(Option<String>),
    Integer(Option<i64>),
    Boolean(Option<bool>),
    Timestamp(Option<DateTime<Utc>>),
    Bytes(Option<Vec<u8>>),
}

impl Value {
    /// For reports about keys, and for cursors.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        match self {
            Value::Text(value) => value.clone().into(),
            Value::Integer(value) => (*value).into(),
            Value::Boolean(value) => (*value).into(),
            Value::Timestamp(value) => value.map(|at| at.timestamp_micros()).into(),
            Value::Bytes(value) => value.as_ref().map(hex::encode).into(),
        }
    }
}

/// A stored value is not what its row type expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a stored value does not have the form of its column")]
pub struct Mismatch;

/// A Rust type that fits into a column.
pub trait Cell: Sized {
    const KIND: Kind;
    const NULLABLE: bool = false;

    fn to_value(&self) -> Value;
    fn from_value(value: Value) -> Result<Self, Mismatch>;
    /// Bytes it occupies beside its own size.
    fn weight(&self) -> usize {
        0
    }
    fn text(&self) -> Option<&str> {
        None
    }
}

impl Cell for String {
    const KIND: Kind = Kind::Text;
    fn to_value(&self) -> Value {
        Value::from(self.as_str())
    }
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        match value {
            Value::Text(Some(text)) => Ok(text),
            Value::Text(None)
            | Value::Integer(_)
            | Value::Boolean(_)
            | Value::Timestamp(_)
            | Value::Bytes(_) => Err(Mismatch),
        }
    }
    fn weight(&self) -> usize {
        if self.capacity() == 0 { 0 } else { self.capacity() + 16 }
    }
    fn text(&self) -> Option<&str> {
        Some(self)
    }
}

impl Cell for i64 {
    const KIND: Kind = Kind::Integer;
    fn to_value(&self) -> Value {
        Value::Integer(Some(*self))
    }
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        match value {
            Value::Integer(Some(number)) => Ok(number),
            Value::Integer(None)
            | Value::Text(_)
            | Value::Boolean(_)
            | Value::Timestamp(_)
            | Value::Bytes(_) => Err(Mismatch),
        }
    }
}

/// All 64 bits; above `i64::MAX` a database sees it as negative.
impl Cell for u64 {
    const KIND: Kind = Kind::Integer;
    fn to_value(&self) -> Value {
        Value::Integer(Some(self.cast_signed()))
    }
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        i64::from_value(value).map(i64::cast_unsigned)
    }
}

impl Cell for bool {
    const KIND: Kind = Kind::Boolean;
    fn to_value(&self) -> Value {
        Value::Boolean(Some(*self))
    }
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        match value {
            Value::Boolean(Some(value)) => Ok(value),
            Value::Boolean(None)
            | Value::Text(_)
            | Value::Integer(_)
            | Value::Timestamp(_)
            | Value::Bytes(_) => Err(Mismatch),
        }
    }
}

/// Microseconds are kept.
impl Cell for DateTime<Utc> {
    const KIND: Kind = Kind::Timestamp;
    fn to_value(&self) -> Value {
        Value::Timestamp(Some(*self))
    }
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        match value {
            Value::Timestamp(Some(at)) => Ok(at),
            Value::Timestamp(None)
            | Value::Text(_)
            | Value::Integer(_)
            | Value::Boolean(_)
            | Value::Bytes(_) => Err(Mismatch),
        }
    }
}

impl<T: Cell> Cell for Option<T> {
    const KIND: Kind = T::KIND;
    const NULLABLE: bool = true;
    fn to_value(&self) -> Value {
        match (self, T::KIND) {
            (Some(value), _) => value.to_value(),
            (None, Kind::Text) => Value::Text(None),
            (None, Kind::Integer) => Value::Integer(None),
            (None, Kind::Boolean) => Value::Boolean(None),
            (None, Kind::Timestamp) => Value::Timestamp(None),
            (None, Kind::Bytes) => Value::Bytes(None),
        }
    }
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        match value {
            Value::Text(None)
            | Value::Integer(None)
            | Value::Boolean(None)
            | Value::Timestamp(None)
            | Value::Bytes(None) => Ok(None),
            Value::Text(Some(_))
            | Value::Integer(Some(_))
            | Value::Boolean(Some(_))
            | Value::Timestamp(Some(_))
            | Value::Bytes(Some(_)) => T::from_value(value).map(Some),
        }
    }
    fn weight(&self) -> usize {
        self.as_ref().map_or(0, Cell::weight)
    }
    fn text(&self) -> Option<&str> {
        self.as_ref().and_then(Cell::text)
    }
}

/// A small structure, stored as JSON text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Json<T>(pub T);

impl<T> std::ops::Deref for Json<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> std::ops::DerefMut for Json<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: Serialize + DeserializeOwned> Cell for Json<T> {
    const KIND: Kind = Kind::Text;
    fn to_value(&self) -> Value {
        let text = serde_json::to_string(&self.0);
        Value::Text(Some(text.expect("rows hold only text, numbers, lists, maps with text keys")))
    }
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        serde_json::from_str(&String::from_value(value)?).map(Json).map_err(|_| Mismatch)
    }
    /// A guess; these structures are small.
    fn weight(&self) -> usize {
        96
    }
}

/// PostgreSQL's text can't hold NUL.
fn storable(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(Some(storable(text)))
    }
}
impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        Value::Text(text.map(storable))
    }
}
impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::from(text.to_owned())
    }
}
impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Self {
        Value::from(text.map(str::to_owned))
    }
}

macro_rules! into_value {
    ($($from:ty => $kind:ident),+ $(,)?) => {
        $(impl From<$from> for Value {
            fn from(value: $from) -> Self {
                Value::$kind(Some(value.into()))
            }
        }
        impl From<Option<$from>> for Value {
            fn from(value: Option<$from>) -> Self {
                Value::$kind(value.map(Into::into))
            }
        })+
    };
}

// One list instead of eight equal impls.
into_value!(
    i64 => Integer,
    u32 => Integer,
    bool => Boolean,
    DateTime<Utc> => Timestamp,
);

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Value::Integer(Some(value.cast_signed()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_values_keep_their_kind() {
        assert_eq!(None::<i64>.to_value(), Value::Integer(None));
        assert_eq!(Option::<i64>::from_value(Value::Integer(None)), Ok(None));
        assert_eq!(String::from_value(Value::Text(None)), Err(Mismatch));
    }

    #[test]
    fn all_64_bits_come_back() {
        assert_eq!(u64::from_value(u64::MAX.to_value()), Ok(u64::MAX));
    }
}
