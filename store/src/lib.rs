//! The disk: a sharded, gapless, commit-ordered log with sealed personal fields, and what lies
//! beside it (blobs, keys, work, small state). Knows no person and no provider.

mod append;
pub mod backend;
mod blob;
mod clock;
mod erasure;
mod keys;
mod migrations;
mod postgres;
mod sqlite;
mod store;
mod types;
mod views;
mod work;
mod writer;
pub mod yardstick;

pub use backend::EventStore;
pub use blob::BlobWriter;
pub use clock::Clock;
pub use keys::OperatorKey;
pub use store::{Location, Options, Store};
pub use types::*;
pub use views::{SqliteViews, Views};
pub use work::*;
