//! Webhook secrets that a node's environment brings: imported once each, when the node starts.

use rollcall_commands::{CommandError, ImportedSecret, SECRET_LENGTHS, import_webhook_secret};
use rollcall_domain::Refusal;
use rollcall_store::{Cause, Store};
use secrecy::{ExposeSecret, SecretString};

/// Before the tenant's slug, in capitals and with `_` for `-`.
const PREFIX: &str = "ROLLCALL_WEBHOOK_SECRET_";
const PRINCIPAL: &str = "environment";

/// Imports what the environment brings. What can't be is told, and keeps nobody from being served.
pub(crate) async fn import(store: &Store) {
    for (name, value) in std::env::vars_os() {
        let (Some(name), Some(value)) = (name.to_str(), value.to_str()) else { continue };
        let Some(tenant) = name.strip_prefix(PREFIX) else { continue };
        let slug = tenant.to_lowercase().replace('_', "-");
        import_one(store, name, &slug, &SecretString::from(value.trim())).await;
    }
}

async fn import_one(store: &Store, variable: &str, slug: &str, secret: &SecretString) {
    if !SECRET_LENGTHS.contains(&secret.expose_secret().len()) {
        tracing::warn!(variable, "a webhook secret must have from 16 to 512 characters");
        return;
    }
    match put(store, slug, secret).await {
        Ok(Some(ImportedSecret::Imported { connection, fingerprint })) => {
            tracing::info!(variable, connection, fingerprint, "a webhook secret is imported");
        }
        Ok(Some(ImportedSecret::Known)) => {}
        Ok(Some(ImportedSecret::NotConnected)) => {
            tracing::warn!(
                variable,
                "nothing is connected yet; connect, then start this node again"
            );
        }
        Ok(None) => tracing::warn!(variable, "there is no such tenant; check the variable's name"),
        Err(CommandError::Refused(refusal @ Refusal::Connection(_))) => {
            tracing::warn!(variable, %refusal, "a webhook secret is not imported");
        }
        Err(error) => error.warn("a webhook secret could not be imported; start this node again"),
    }
}

async fn put(
    store: &Store,
    slug: &str,
    secret: &SecretString,
) -> Result<Option<ImportedSecret>, CommandError> {
    let row = store.tenant(slug).await?;
    let Some(row) = row else { return Ok(None) };
    import_webhook_secret(store, &row.id, secret, &Cause::by(PRINCIPAL)).await.map(Some)
}
