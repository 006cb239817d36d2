//! The services Rollcall talks to, simulated on loopback for the demo, tests and benchmarks.

pub mod bamboohr;
pub mod sink;
pub mod smtp;
mod tls;
