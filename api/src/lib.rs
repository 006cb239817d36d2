//! The HTTP face: inbound deliveries, the JSON API and the edge they are served at.

mod access;
mod answer;
mod app;
mod caller;
pub mod edge;
mod etags;
mod extractors;
mod idempotency;
mod inbound;
mod openapi;
mod origin;
mod params;
mod problems;
mod protection;
mod refused_deliveries;
mod resources;
mod router;
mod service;
mod sessions;
mod strict_json;
#[cfg(test)]
mod tests;
mod throttle;
pub mod tokens;

pub use app::{App, Parts, Settings};
pub use router::{operator_router, router};
pub use throttle::Rates;
