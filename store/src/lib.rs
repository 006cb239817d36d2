//! The disk: a sharded, gapless, commit-ordered log with sealed personal fields, and what lies
//! beside it (blobs, keys, work, small state). Knows no person and no provider.

mod append;
mod backend;
mod blob;
mod clock;
mod deliveries;
mod entries;
mod erasure;
mod erasure_marks;
mod intents;
mod migrations;
mod outage;
mod outbound;
mod postgres;
mod read;
mod sealing;
mod secrets;
mod sessions;
mod sqlite;
mod store;
mod tenants;
mod tokens;
mod types;
mod views;
mod work;
mod writer;

pub use blob::{BlobWriter, DELIVERIES_KEPT_FOR};
pub use clock::Clock;
pub use outbound::*;
pub use sealing::OperatorKey;
pub use store::{Location, Options, Store};
pub use types::*;
pub use views::{SqliteViews, Views};
pub use work::*;
