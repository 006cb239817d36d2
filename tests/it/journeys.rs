//! The whole way, from the provider to the roster: what people come to see of it, on both databases.

mod accounts;
mod canary;
mod changes;
mod coverage;
mod deliveries;
mod diagnostics;
mod direct_apply;
mod faults;
mod held;
mod life;
mod matching;
mod nightly;
mod outage;
mod parked;
mod people;
mod preview;
mod provider_webhooks;
mod rerun;
mod runs;
mod scenarios;
mod second_provider;
mod stale;
mod states;
mod table;
mod targets;
mod undo;
