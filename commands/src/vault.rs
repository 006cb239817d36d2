//! A connection's entries in the vault: how they are named, and which of them nothing names any more.

use rollcall_domain::connection::{Connection, Event};
use rollcall_domain::{Decider, Written};
use rollcall_store::Store;

use crate::error::LoadError;

/// The name of a vault entry that nobody used before.
pub(crate) fn vault_name(connection: &str, what: &str) -> String {
    format!("connection/{connection}/{what}/{}", ulid::Ulid::generate())
}

/// Destroys all secrets that were live once and are no more: what a crash may have kept.
pub(crate) async fn destroy_replaced(
    store: &Store,
    tenant: &str,
    id: &str,
) -> Result<(), LoadError> {
    for stored in store.read_stream(tenant, &Connection::stream(id), 0).await? {
        let gone = match Event::read(&stored.payload, stored.personal.as_deref())? {
            Event::CredentialsReplaced { old, .. } => old,
            Event::WebhookSecretRemoved(secret) => secret.vault,
            Event::Connected { .. }
            | Event::SettingsChanged { .. }
            | Event::TargetsChanged { .. }
            | Event::CredentialExpiryChanged { .. }
            | Event::WebhookSecretAdded(_)
            | Event::Paused
            | Event::Resumed
            | Event::Enabled
            | Event::Disabled
            | Event::ReturnedToTest
            | Event::Disconnected => continue,
        };
        store.vault_destroy(tenant, &gone).await?;
    }
    Ok(())
}
