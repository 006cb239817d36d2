//! The key that signs all of a tenant's outbound requests beside the secrets of their endpoints. It is
//! made at first need.

use rand::RngExt;
use rollcall_domain::signing_key::{Command, Event, SigningKey};
use rollcall_store::{Cause, Store};
use secrecy::SecretString;

use crate::error::CommandError;
use crate::unit_of_work::{Loaded, handle, load};

/// As it is shown.
fn fresh() -> SecretString {
    let mut bytes = [0_u8; 32];
    rand::rng().fill(&mut bytes);
    SecretString::from(hex::encode(bytes))
}

/// The tenant's key; one is made where there is none.
pub async fn signing_key(
    store: &Store,
    tenant: &str,
    cause: &Cause,
) -> Result<SecretString, CommandError> {
    let mut looked_for = None;
    loop {
        let Loaded { state: SigningKey { vault }, .. } = load(store, tenant, tenant).await?;
        let Some(name) = vault else { return put(store, tenant, true, cause).await };
        if let Some(key) = store.vault_get(tenant, &name).await? {
            return Ok(key);
        }
        // Somebody may just have made another. Where the entry is gone, that is better than none.
        if looked_for.as_ref() == Some(&name) {
            return put(store, tenant, false, cause).await;
        }
        looked_for = Some(name);
    }
}

/// Another key; the old one signs no more.
pub async fn regenerate_signing_key(
    store: &Store,
    tenant: &str,
    cause: &Cause,
) -> Result<SecretString, CommandError> {
    put(store, tenant, false, cause).await
}

/// Somebody who is faster has made the key then, where it is the first one.
async fn put(
    store: &Store,
    tenant: &str,
    first: bool,
    cause: &Cause,
) -> Result<SecretString, CommandError> {
    let vault = format!("signing_key/{}", ulid::Ulid::generate());
    let key = fresh();
    store.vault_put(tenant, &vault, &key).await?;
    let command = || match first {
        true => Command::Make { vault: vault.clone() },
        false => Command::Regenerate { vault: vault.clone() },
    };
    let events = handle::<SigningKey>(store, tenant, tenant, command, cause).await?.events;
    for event in &events {
        if let Event::Regenerated { old, .. } = event {
            store.vault_destroy(tenant, old).await?;
        }
    }
    if !events.is_empty() {
        return Ok(key);
    }
    store.vault_destroy(tenant, &vault).await?;
    let known: Loaded<SigningKey> = load(store, tenant, tenant).await?;
    let vault = known.state.vault.unwrap_or_default();
    let key = store.vault_get(tenant, &vault).await?;
    Ok(key.ok_or(rollcall_store::StoreError::NotFound("the signature key"))?)
}
