//! The whole way, from the provider to the roster: what people come to see of it, on both databases.

mod changes;
mod deliveries;
mod faults;
mod outage;
mod runs;
mod stale;
mod states;
