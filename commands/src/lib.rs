//! The one crate that appends domain events: load, decide, append.

mod batch;
mod cache;
mod chain;
mod connections;
mod credentials;
mod error;
mod inbound_policy;
mod lock;
mod people;
mod receipts;
mod references;
mod runs;
mod scenarios;
mod tenants;
mod unit_of_work;
mod units;
mod vault;
mod writable;

pub use cache::StateCache;
pub use connections::{
    Connect, add_webhook_secret, connect, disconnect, pause, remove_webhook_secret, resume,
};
pub use credentials::replace_credentials;
pub use error::{CommandError, LoadError};
pub use inbound_policy::{InboundPolicies, InboundPolicy, OpenConnection};
pub use people::{NewPerson, PersonEdit, create_person, edit_person, resync_person, unsync_person};
pub use receipts::{Accepted, Arrived, accept_delivery, receipt_id};
pub use runs::{RunEnd, RunRequest, RunWrite, Runs};
pub use scenarios::create_scenario;
pub use tenants::{NewTenant, change_plan, create_tenant};
pub use unit_of_work::{Handled, Loaded, UnitOfWork, handle, load, written};
pub use units::{NewUnit, create_unit, rename_unit};
