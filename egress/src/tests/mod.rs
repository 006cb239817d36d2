//! What the client promises, shown on real sockets and on a corpus of hostile addresses.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod addresses;
mod answers;
mod corpus;
mod deadlines;
mod retry_after;
mod server;
