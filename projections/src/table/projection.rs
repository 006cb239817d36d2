//! A projection, as it is declared; and the same without its types, for the registry.

use std::sync::Arc;

use rollcall_domain::Recorded;

use super::cell::Value;
use super::row::{Column, Row};
use crate::runtime::fold::Fold;
use crate::runtime::folder::Folder;

/// The key of a row, after the tenant: one value per key column.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(Box<[Value]>);

impl Key {
    /// A key of text columns.
    pub fn of<const N: usize>(parts: [&str; N]) -> Key {
        Key(parts.map(Value::from).into())
    }
    /// A key that is a position.
    pub fn position(position: u64) -> Key {
        Key([Value::from(position)].into())
    }
    pub(crate) fn from_values(values: Vec<Value>) -> Key {
        Key(values.into())
    }
    pub fn values(&self) -> &[Value] {
        &self.0
    }
    /// A part that is text.
    pub fn text(&self, part: usize) -> &str {
        match self.0.get(part) {
            Some(Value::Text(Some(text))) => text,
            Some(
                Value::Text(None)
                | Value::Integer(_)
                | Value::Boolean(_)
                | Value::Timestamp(_)
                | Value::Bytes(_),
            )
            | None => "",
        }
    }
}

/// Which events a projection reads. What it does not read can't stop it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    All,
    /// Events of these aggregates: `actor` in `actor.created`.
    Only(&'static [&'static str]),
}

impl Reads {
    pub(crate) fn includes(self, kind: &str) -> bool {
        match self {
            Reads::All => true,
            Reads::Only(aggregates) => {
                let aggregate = kind.split_once('.').map_or(kind, |(aggregate, _)| aggregate);
                aggregates.contains(&aggregate)
            }
        }
    }
}

/// A read model: which rows an event touches, and what becomes of them. Pure.
pub trait Projection: Send + Sync + 'static {
    /// Also the name of its table.
    const NAME: &'static str;
    /// Goes up with every change of the row or of the fold; the new version is built beside the
    /// old one.
    const VERSION: u16;
    const READS: Reads;
    /// Whether every state a row ever had is kept, with the positions it held from and to.
    const HISTORY: bool = false;
    /// Columns of secondary indexes, after the tenant.
    const INDEXES: &'static [&'static [&'static str]] = &[];
    type Row: Row;

    /// The rows an event can change. Everything a key is made of must be in the event.
    fn keys(event: &Recorded) -> Vec<Key>;
    /// What the row is after the event; `None` removes it.
    fn evolve(key: &Key, row: Option<Self::Row>, event: &Recorded) -> Option<Self::Row>;
    /// Fills columns that are derived from others, once before a row is stored instead of once per
    /// event.
    fn finish(_row: &mut Self::Row) {}
}

/// A projection without its types.
#[derive(Clone, Copy)]
pub struct Declared {
    pub name: &'static str,
    pub version: u16,
    pub reads: Reads,
    pub history: bool,
    pub columns: &'static [Column],
    pub indexes: &'static [&'static [&'static str]],
    pub(crate) folder: fn() -> Box<dyn Fold>,
}

impl Declared {
    pub const fn of<P: Projection>() -> Declared {
        Declared {
            name: P::NAME,
            version: P::VERSION,
            reads: P::READS,
            history: P::HISTORY,
            columns: P::Row::COLUMNS,
            indexes: P::INDEXES,
            folder: || Box::new(Folder::<P>::default()),
        }
    }
    pub(crate) fn keys(&self) -> impl Iterator<Item = &'static Column> {
        self.columns.iter().filter(|column| column.is_key())
    }
    pub(crate) fn is_personal(&self) -> bool {
        self.columns.iter().any(Column::is_personal)
    }
    pub(crate) fn subject(&self) -> Option<&'static Column> {
        self.columns.iter().find(|column| column.is_subject())
    }
    /// Whether it wants events of this type; erasures reach whatever is personal.
    pub(crate) fn wants(&self, kind: &str) -> bool {
        self.reads.includes(kind) || (self.is_personal() && kind == ERASED)
    }
}

impl std::fmt::Debug for Declared {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "{} v{}", self.name, self.version)
    }
}

/// The one event the runtime itself understands.
pub(crate) const ERASED: &str = "subject.erased";

/// A row's place: tenant and key.
pub(crate) type Place = (Arc<str>, Key);
