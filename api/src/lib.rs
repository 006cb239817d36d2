//! The HTTP face: inbound deliveries, the JSON API and the edge they are served at.

mod access;
mod answer;
mod app;
mod caller;
mod client;
pub mod edge;
mod etags;
mod extractors;
mod idempotency;
mod inbound;
mod live;
mod mcp;
mod openapi;
mod origin;
mod params;
mod passwords;
mod places;
mod problems;
mod protection;
mod rates;
mod refused_deliveries;
mod resources;
mod router;
mod service;
mod sessions;
mod sign_in;
mod strict_json;
#[cfg(test)]
mod tests;
mod throttle;
pub mod tokens;
mod web;
mod wording;

pub use access::{Page, pages};
pub use app::{App, Parts, Settings};
pub use rates::Rates;
pub use router::{operator_router, router};
