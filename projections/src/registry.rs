//! All read models there are.

use crate::table::Declared;
use crate::{
    actors, audit_events, connections, identities, identity_map, invitations, members, memberships,
    messages, receipts, run_receipts, runs, scenarios, tenants, units, users, webhook_endpoints,
};

/// In the order they are listed.
const ALL: &[Declared] = &[
    Declared::of::<actors::Actors>(),
    Declared::of::<audit_events::AuditEvents>(),
    Declared::of::<connections::Connections>(),
    Declared::of::<identities::Identities>(),
    Declared::of::<identity_map::IdentityMap>(),
    Declared::of::<invitations::Invitations>(),
    Declared::of::<members::Members>(),
    Declared::of::<memberships::Memberships>(),
    Declared::of::<messages::Messages>(),
    Declared::of::<receipts::Receipts>(),
    Declared::of::<run_receipts::RunReceipts>(),
    Declared::of::<runs::Runs>(),
    Declared::of::<scenarios::Scenarios>(),
    Declared::of::<tenants::Tenants>(),
    Declared::of::<units::Units>(),
    Declared::of::<users::Users>(),
    Declared::of::<webhook_endpoints::WebhookEndpoints>(),
];

pub(crate) fn all() -> Vec<Declared> {
    ALL.to_vec()
}

/// The version of a projection, or of its history, that this binary knows.
pub(crate) fn version_of(name: &str) -> Option<u16> {
    let of = |name: &str| ALL.iter().find(|declared| declared.name == name);
    let past = || name.strip_suffix("_history").and_then(of).filter(|declared| declared.history);
    of(name).or_else(past).map(|declared| declared.version)
}
