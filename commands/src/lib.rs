//! The one crate that appends domain events: load, decide, append.

mod cache;
mod connections;
mod credentials;
mod gates;
mod handle;
mod lanes;
mod receipts;
mod scenarios;
mod tenants;

pub use cache::StateCache;
pub use connections::{
    Connect, ConnectionError, add_webhook_secret, connect, disconnect, pause,
    remove_webhook_secret, resume,
};
pub use credentials::replace_credentials;
pub use gates::{Gate, Gates, OpenConnection};
pub use handle::{CommandError, Handled, LoadError, Loaded, handle, load, written};
pub use lanes::{Along, Ending, LaneError, Lanes, RunRequest};
pub use receipts::{Accepted, Arrived, accept_delivery, receipt_id};
pub use scenarios::create_scenario;
pub use tenants::{NewTenant, TenantError, change_plan, create_tenant};
