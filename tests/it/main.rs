//! One binary for everything that needs a database, a provider or a whole process: what every store
//! promises, the order oracle, journeys from the provider to the roster, crashes, the command line, and tidiness.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod assistant;
mod browser;
mod client;
mod clock;
mod command_line;
mod conformance;
mod crash;
mod desk;
mod journeys;
mod node;
mod oracle;
mod place;
#[path = "../support/postgres.rs"]
mod postgres;
mod provider;
mod push_endpoint;
mod push_examples;
mod push_oracle;
mod roster;
mod signatures;
mod stage;
mod tidy;
mod visitor;
