//! The one crate that appends domain events: load, decide, append.

mod batch;
mod cache;
mod chain;
mod connection_change;
mod connections;
mod credentials;
mod error;
mod fresh;
mod held_plans;
mod identity_map;
mod inbound_policy;
mod lock;
mod members;
pub mod operations;
pub mod outbound;
mod people;
mod plans;
pub mod progress;
mod receipts;
mod recent;
mod references;
mod runs;
mod scenario_copy;
mod scenarios;
mod signing_key;
mod targets;
mod tenants;
mod unit_of_work;
mod units;
mod users;
mod vault;
mod webhook_endpoints;
mod webhook_secrets;
mod writable;

pub use cache::StateCache;
pub use connection_change::{ConnectionChange, change_connection};
pub use connections::{Connect, connect, disconnect, pause, resume};
pub use credentials::replace_credentials;
pub use error::{CommandError, LoadError};
pub use fresh::Fresh;
pub use identity_map::{MapIdentity, MappedIdentity, map_identities, source_of};
pub use inbound_policy::{InboundPolicies, InboundPolicy, OpenConnection};
pub use lock::{person_lock, unit_lock};
pub use members::{Invite, change_members, invite};
pub use people::{
    NewPerson, PersonEdit, create_person, edit_person, release_person, resync_person, unsync_person,
};
pub use plans::{KeptPlan, PlanHeader, StepsBlob, StepsReader, keep_plan, kept_plan};
pub use receipts::{Accepted, Arrived, accept_delivery, receipt_id};
pub use recent::Recent;
pub use runs::{Night, RunEnd, RunRequest, RunWrite, Runs};
pub use scenario_copy::{CopyBatch, Part, complete_copy, fill_scenario};
pub use scenarios::{
    archive_scenario, copy_scenario, create_scenario, rename_scenario, snapshot_scenario,
};
pub use signing_key::{regenerate_signing_key, signing_key};
pub use targets::{add_future_target, change_targets};
pub use tenants::{NewTenant, change_plan, create_tenant, entitled_since};
pub use unit_of_work::{Handled, Loaded, UnitOfWork, handle, load, load_at, written};
pub use units::{NewUnit, create_unit, rename_unit};
pub use users::{
    NewUser, address_of, change_password, disable_user, enable_user, keep_password, password_of,
    register_user, rename_user, user_at,
};
pub use webhook_endpoints::{
    EndpointChange, Headers, NewEndpoint, change_endpoint, create_endpoint, endpoint_headers,
    endpoint_secrets, rotate_endpoint_secret, steer_endpoint,
};
pub use webhook_secrets::{
    ImportedSecret, SECRET_LENGTHS, add_webhook_secret, import_webhook_secret, keep_webhook_key,
    remove_webhook_secret,
};
