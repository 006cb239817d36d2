//! Replacing a connection's credentials: the new ones go to the vault first, then the event that
//! names them, then the old ones are destroyed.
//!
//! A crash after the first step leaves an entry that nothing names; one after the second leaves the
//! old entry, which the next replacement or the disconnect destroys.

use rollcall_domain::connection::{Command, Connection};
use rollcall_store::{Cause, Store};
use secrecy::SecretString;

use crate::error::CommandError;
use crate::unit_of_work::handle;
use crate::vault::{destroy_replaced, vault_name};

/// Runs read with these from now on; one that has begun to read goes on with the old ones.
pub async fn replace_credentials(
    store: &Store,
    tenant: &str,
    id: &str,
    credentials: &SecretString,
    cause: &Cause,
) -> Result<(), CommandError> {
    let new = vault_name(id, "credentials");
    store.vault_put(tenant, &new, credentials).await?;
    let command = || Command::ReplaceCredentials { credentials: new.clone() };
    match handle::<Connection>(store, tenant, id, command, cause).await {
        Ok(_) => Ok(destroy_replaced(store, tenant, id).await?),
        // The event may have been written all the same.
        Err(error @ CommandError::Append(_)) => Err(error),
        Err(error) => {
            store.vault_destroy(tenant, &new).await?;
            Err(error)
        }
    }
}
