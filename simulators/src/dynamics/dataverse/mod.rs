//! Dataverse: the tables below `/api/data/v9.2`, as dual-write fills them.

mod cells;
mod sets;

use std::borrow::Cow;

use chrono::{DateTime, Utc};

use super::cell::Cell;
use super::finance::never;

pub(super) use sets::SETS;

/// The tables whose rows have ids, in the order of the first part of the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Table {
    Worker = 1,
    Employment = 2,
    Position = 3,
    Assignment = 4,
    Department = 5,
    Job = 6,
    Company = 7,
    Title = 8,
}

/// The id of a row.
fn id(table: Table, number: u64) -> Cell<'static> {
    Cell::Guid(Cow::Owned(guid(table, number)))
}

fn guid(table: Table, number: u64) -> String {
    format!("{:08x}-0000-4000-8000-{number:012x}", 0xda7a_0000_u32 + table as u32)
}

/// The id of a row that is named, not numbered.
fn named(table: Table, name: &str) -> Cell<'static> {
    match name.is_empty() {
        true => Cell::Null,
        false => id(table, digest(name)),
    }
}

/// The id of a worker's row in Dataverse, by the number that is their personnel number elsewhere.
pub fn worker_id(number: u64) -> String {
    guid(Table::Worker, number)
}

/// 48 bits of a name (FNV-1a).
fn digest(name: &str) -> u64 {
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    name.bytes().fold(0xcbf2_9ce4_8422_2325, mix) >> 16
}

/// An open end is written out, as dual-write copies it.
fn until(at: Option<DateTime<Utc>>) -> Cell<'static> {
    Cell::Moment(at.unwrap_or_else(never))
}
