//! The rules: what may happen, what it means, and what a sync run should change. Pure: no async,
//! no clock, no randomness, no I/O (`clippy.toml` bans them); such values come in as arguments.

pub mod access;
pub mod actor;
pub mod catalogue;
pub mod connection;
pub mod decider;
pub mod delivery;
pub mod diff;
pub mod field;
#[cfg(test)]
mod golden;
pub mod health;
pub mod identity;
pub mod ids;
pub mod inbox;
pub mod json;
pub mod lane;
pub mod mail;
pub mod members;
pub mod message;
pub mod notification;
pub mod plan;
pub mod push;
pub mod pushes;
pub mod receipt;
pub mod recorded;
mod refusal;
pub mod run;
pub mod scenario;
pub mod schedule;
pub mod signing_key;
pub mod slot;
pub mod subject;
pub mod tenant;
#[cfg(test)]
mod testing;
pub mod undo;
pub mod unit;
pub mod user;
pub mod vocabulary;
pub mod webhook_endpoint;

pub use decider::{Decider, Malformed, Written};
pub use recorded::{Fact, Recorded};
pub use refusal::Refusal;
