//! The one crate that appends domain events: load, decide, append.

mod batch;
mod cache;
mod chain;
mod connection_change;
mod connections;
mod credentials;
mod error;
mod fresh;
mod health;
mod held_plans;
mod hris_webhooks;
mod identity_map;
mod inbound_policy;
mod lock;
mod mails;
mod members;
mod notifications;
pub mod operations;
pub mod outbound;
mod people;
mod plans;
pub mod progress;
mod pushes;
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
pub use connections::{Connect, connect, connect_until, disconnect, pause, resume};
pub use credentials::{replace_credentials, set_credential_expiry};
pub use error::{CommandError, LoadError};
pub use fresh::Fresh;
pub use health::{assess_health, observed_run};
pub use hris_webhooks::{
    IgnoredPeople, NewHrisWebhook, add_hris_webhook_key, create_hris_webhook, disable_hris_webhook,
    enable_hris_webhook, ignored_people, new_endpoint,
};
pub use identity_map::{MapIdentity, MappedIdentity, map_identities, source_of};
pub use inbound_policy::{InboundPolicies, InboundPolicy, OpenConnection, PushPolicy};
pub use lock::{person_lock, unit_lock};
pub use mails::record_mail;
pub use members::{Invite, change_members, forget_invitation_link, invitation_link, invite};
pub use notifications::{mark_notification, raise_notification, read_all_notifications};
pub use people::{
    NewPerson, PersonEdit, create_person, edit_person, release_person, resync_person, unsync_person,
};
pub use plans::{KeptPlan, PlanHeader, StepsBlob, StepsReader, keep_plan, kept_plan};
pub use pushes::{Pushed, Pushing, accept_push, is_body_kept};
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
