//! What the edge promises to clients and to the server behind it, on raw sockets.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod bodies;
mod client;
mod connections;
mod problems;
mod shutdown;
mod smuggling;
mod tls;
mod unix;
