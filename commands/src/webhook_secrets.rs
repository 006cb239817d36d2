//! What deliveries are proven with. A secret goes to the vault first, then the event that names it.

use std::ops::RangeInclusive;

use rollcall_domain::Refusal;
use rollcall_domain::connection::{self, Command, Connection, SecretRef};
use rollcall_domain::slot::{self, Slot};
use rollcall_store::{Cause, Store};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::error::CommandError;
use crate::unit_of_work::{Loaded, handle, load};
use crate::vault::vault_name;

/// How many characters one has: fewer could be guessed; the provider's have 32.
pub const SECRET_LENGTHS: RangeInclusive<usize> = 16..=512;

/// What became of a secret that came with a node's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportedSecret {
    Imported {
        connection: String,
        fingerprint: String,
    },
    /// It is live already, or was taken away.
    Known,
    /// Nothing is connected that it could belong to.
    NotConnected,
}

/// First 16 hex digits of a secret's SHA-256: enough to tell secrets apart.
pub(crate) fn fingerprint(secret: &SecretString) -> String {
    hex::encode(&Sha256::digest(secret.expose_secret().as_bytes())[..8])
}

/// Adds a webhook secret and returns its fingerprint. Two are live at a time. Keys of endpoints that
/// people are posted to are made here, never given.
pub async fn add_webhook_secret(
    store: &Store,
    tenant: &str,
    id: &str,
    secret: &SecretString,
    cause: &Cause,
) -> Result<String, CommandError> {
    let known: Loaded<Connection> = load(store, tenant, id).await?;
    if known.state.known.is_some_and(|known| known.settings.is_pushed()) {
        return Err(Refusal::from(connection::Refusal::KeysAreMade).into());
    }
    add_secret(store, tenant, id, secret, cause).await
}

pub(crate) async fn add_secret(
    store: &Store,
    tenant: &str,
    id: &str,
    secret: &SecretString,
    cause: &Cause,
) -> Result<String, CommandError> {
    let command = |secret| Command::AddWebhookSecret { secret };
    put(store, tenant, id, secret, command, cause).await.map(|(fingerprint, _)| fingerprint)
}

/// The same for the key of a webhook that we registered at the provider.
pub async fn keep_webhook_key(
    store: &Store,
    tenant: &str,
    id: &str,
    webhook: &str,
    key: &SecretString,
    cause: &Cause,
) -> Result<String, CommandError> {
    let command = |secret| {
        let secret = SecretRef { webhook: Some(webhook.to_owned()), ..secret };
        Command::AddWebhookSecret { secret }
    };
    put(store, tenant, id, key, command, cause).await.map(|(fingerprint, _)| fingerprint)
}

/// Adds one that came with a node's settings to the tenant's connection: once, so that one that was
/// taken away stays away however often the node starts.
pub async fn import_webhook_secret(
    store: &Store,
    tenant: &str,
    secret: &SecretString,
    cause: &Cause,
) -> Result<ImportedSecret, CommandError> {
    let slot: Loaded<Slot> = load(store, tenant, slot::ACTIVE_HRIS).await?;
    let Some(id) = slot.state.holder() else { return Ok(ImportedSecret::NotConnected) };
    // Keys of endpoints are made here, never by somebody else.
    let known: Loaded<Connection> = load(store, tenant, id).await?;
    if known.state.known.is_none_or(|known| known.settings.is_pushed()) {
        return Ok(ImportedSecret::NotConnected);
    }
    let command = |secret| Command::ImportWebhookSecret { secret };
    let (fingerprint, added) = put(store, tenant, id, secret, command, cause).await?;
    Ok(match added {
        true => ImportedSecret::Imported { connection: id.to_owned(), fingerprint },
        false => ImportedSecret::Known,
    })
}

/// Its fingerprint, and whether it is new.
async fn put(
    store: &Store,
    tenant: &str,
    id: &str,
    secret: &SecretString,
    command: impl Fn(SecretRef) -> Command + Sync,
    cause: &Cause,
) -> Result<(String, bool), CommandError> {
    let reference = SecretRef {
        vault: vault_name(id, "webhook"),
        fingerprint: fingerprint(secret),
        webhook: None,
    };
    store.vault_put(tenant, &reference.vault, secret).await?;
    let command = || command(reference.clone());
    let handled = handle::<Connection>(store, tenant, id, command, cause).await;
    let unused = match &handled {
        Ok(handled) => handled.events.is_empty(),
        Err(CommandError::Refused(_) | CommandError::Busy) => true,
        // It may have been written all the same.
        Err(CommandError::Append(_) | CommandError::Malformed(_) | CommandError::Moved(_)) => false,
    };
    if unused {
        store.vault_destroy(tenant, &reference.vault).await?;
    }
    handled.map(|_| (reference.fingerprint, !unused))
}

/// Takes a webhook secret away by its fingerprint.
pub async fn remove_webhook_secret(
    store: &Store,
    tenant: &str,
    id: &str,
    fingerprint: &str,
    cause: &Cause,
) -> Result<(), CommandError> {
    let command = || Command::RemoveWebhookSecret { fingerprint: fingerprint.to_owned() };
    let handled = handle::<Connection>(store, tenant, id, command, cause).await?;
    for event in handled.events {
        if let connection::Event::WebhookSecretRemoved(secret) = event {
            store.vault_destroy(tenant, &secret.vault).await?;
        }
    }
    Ok(())
}
