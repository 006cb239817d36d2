//! What a read model's table is made of: cells, rows, and the declaration of a projection.

mod cell;
mod projection;
mod row;

pub use cell::{Cell, Json, Kind, Mismatch, Value};
pub(crate) use projection::Place;
pub use projection::{Declared, Key, Projection, Reads};
pub(crate) use row::row;
pub use row::{Column, Role, Row};
