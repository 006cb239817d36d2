//! The services Rollcall talks to, simulated on loopback for the demo, tests and benchmarks.

pub mod bamboohr;
mod clock;
mod control;
mod disturbance;
pub mod dynamics;
mod names;
mod shared;
pub mod sink;
pub mod smtp;
mod spoil;
mod tls;
mod wire;
