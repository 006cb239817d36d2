//! The HTTP face: inbound deliveries, the JSON API and the edge they are served at.

mod access;
mod answer;
mod app;
mod caller;
pub mod edge;
mod extractors;
mod idempotency;
mod inbound;
mod openapi;
mod params;
mod problems;
mod refused_deliveries;
mod resources;
mod router;
mod service;
mod sessions;
#[cfg(test)]
mod tests;
pub mod tokens;

pub use app::{App, Parts, Settings};
pub use router::{operator_router, router};
