//! What the API promises, asked over its own router on a store in a temporary directory.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod access;
mod answers;
mod belongings;
mod by_hand;
mod callers;
mod conventions;
mod deliveries;
mod departments;
mod diff;
mod diff_matched;
mod dynamics;
mod foreign;
mod home;
mod idempotency;
mod identities;
mod inbound;
mod logs;
mod mcp;
mod pages_account;
mod pages_chart;
mod pages_connection;
mod pages_dynamics;
mod pages_engine;
mod pages_frame;
mod pages_history;
mod pages_people;
mod pages_push;
mod pages_runs;
mod pages_scenarios;
mod pages_settings;
mod pages_tokens;
mod people;
mod push;
mod scenarios;
mod sockets;
mod writes;

pub(crate) use home::{Answer, Home, SECRET};
