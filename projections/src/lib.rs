//! Read models: what the log means for whoever asks. Each projection is a row, a fold and its
//! queries in one place; the runtime keeps them up to date and rebuilds them beside themselves.

pub mod actors;
pub mod audit_events;
pub mod connections;
mod db;
pub mod health;
pub mod identities;
pub mod identity_map;
pub mod inboxes;
pub mod invitations;
pub mod members;
pub mod memberships;
pub mod messages;
pub mod notifications;
pub mod receipts;
mod registry;
pub mod run_receipts;
pub mod runs;
mod runtime;
pub mod scenarios;
mod table;
pub mod tenants;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
pub mod units;
pub mod users;
pub mod webhook_endpoints;

pub use db::{Cells, Db, DbRow, Page, ReadError};
pub use runtime::{
    BuildError, Built, Comparison, Followers, OnProgress, Options, Other, Progress, Projections,
    ShardStatus, Status, WaitError,
};
pub use table::{
    Cell, Column, Declared, Json, Key, Kind, Mismatch, Projection, Reads, Role, Row, Value,
};
