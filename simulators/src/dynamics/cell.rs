//! What stands in one column of one row, and how it compares.

use std::borrow::Cow;
use std::cmp::Ordering;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

/// A value as a surface shows it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell<'a> {
    Null,
    Text(Cow<'a, str>),
    /// A member of an enumeration, by name.
    Member(&'static str),
    /// Also a GUID or an id: compared as it is written.
    Guid(Cow<'a, str>),
    Moment(DateTime<Utc>),
    Whole(i64),
    Decimal(f64),
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    /// The enumeration.
    Enum(&'static str),
    Guid,
    Moment,
    Number,
}

impl Kind {
    /// As `$metadata` and error messages name it.
    pub(super) fn edm(self) -> String {
        match self {
            Kind::Text => "Edm.String".to_owned(),
            Kind::Enum(name) => format!("Microsoft.Dynamics.DataEntities.{name}"),
            Kind::Guid => "Edm.Guid".to_owned(),
            Kind::Moment => "Edm.DateTimeOffset".to_owned(),
            Kind::Number => "Edm.Decimal".to_owned(),
        }
    }
}

impl<'a> Cell<'a> {
    pub(super) fn text(text: &'a str) -> Cell<'a> {
        Cell::Text(Cow::Borrowed(text))
    }

    pub(super) fn owned(text: String) -> Cell<'a> {
        Cell::Text(Cow::Owned(text))
    }

    /// Null for an empty text.
    pub(super) fn filled(text: Cow<'a, str>) -> Cell<'a> {
        match text.is_empty() {
            true => Cell::Null,
            false => Cell::Text(text),
        }
    }

    pub(super) fn json(&self) -> Value {
        match self {
            Cell::Null => Value::Null,
            Cell::Text(text) | Cell::Guid(text) => json!(text),
            Cell::Member(name) => json!(name),
            Cell::Moment(at) => json!(at.to_rfc3339_opts(SecondsFormat::Secs, true)),
            Cell::Whole(number) => json!(number),
            Cell::Decimal(number) if number.fract() == 0.0 => json!(*number as i64),
            Cell::Decimal(number) => json!(number),
        }
    }

    /// The same column without anything in it.
    pub(super) fn emptied(&self) -> Cell<'static> {
        match self {
            Cell::Text(_) => Cell::text(""),
            Cell::Null
            | Cell::Member(_)
            | Cell::Guid(_)
            | Cell::Moment(_)
            | Cell::Whole(_)
            | Cell::Decimal(_) => Cell::Null,
        }
    }

    /// As the databases behind both surfaces order: without regard to case, nothing first.
    pub(super) fn order(&self, other: &Cell<'_>) -> Ordering {
        match (self, other) {
            (Cell::Null, Cell::Null) => Ordering::Equal,
            (Cell::Null, _) => Ordering::Less,
            (_, Cell::Null) => Ordering::Greater,
            (Cell::Moment(one), Cell::Moment(other)) => one.cmp(other),
            (one, other) => match (one.number(), other.number()) {
                (Some(one), Some(other)) => one.total_cmp(&other),
                (None, _) | (_, None) => letters(one).cmp(letters(other)),
            },
        }
    }

    fn number(&self) -> Option<f64> {
        match self {
            Cell::Whole(number) => Some(*number as f64),
            Cell::Decimal(number) => Some(*number),
            Cell::Null | Cell::Text(_) | Cell::Member(_) | Cell::Guid(_) | Cell::Moment(_) => None,
        }
    }

    /// What a text, a member or a GUID reads.
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Cell::Text(text) | Cell::Guid(text) => Some(text),
            Cell::Member(name) => Some(name),
            Cell::Null | Cell::Moment(_) | Cell::Whole(_) | Cell::Decimal(_) => None,
        }
    }
}

fn letters<'a>(cell: &'a Cell<'_>) -> impl Iterator<Item = char> + use<'a> {
    cell.as_text().unwrap_or_default().chars().flat_map(char::to_lowercase)
}
