//! Replacing a connection's credentials: the new ones go to the vault first, then the event that
//! names them, then the old ones are destroyed.
//!
//! A crash after the first step leaves an entry that nothing names; one after the second leaves the
//! old entry, which the next replacement or the disconnect destroys.

use chrono::NaiveDate;
use futures_util::FutureExt;
use rollcall_domain::connection::{Command, Connection};
use rollcall_store::{Cause, Store};
use secrecy::SecretString;

use crate::connections::keep_place;
use crate::error::CommandError;
use crate::unit_of_work::{Loaded, UnitOfWork, decided_anew, handle, load};
use crate::vault::{destroy_replaced, vault_name};

/// Runs read with these from now on; one that has begun to read goes on with the old ones. Their last
/// day is known from the same moment on, where they have one.
pub async fn replace_credentials(
    store: &Store,
    tenant: &str,
    id: &str,
    credentials: &SecretString,
    expires_on: Option<NaiveDate>,
    cause: &Cause,
) -> Result<(), CommandError> {
    let new = vault_name(id, "credentials");
    store.vault_put(tenant, &new, credentials).await?;
    let replaced = decided_anew(|| {
        async {
            let mut known: Loaded<Connection> = load(store, tenant, id).await?;
            let before = known.state.status();
            let mut unit = UnitOfWork::new(tenant, cause.clone());
            let replace = Command::ReplaceCredentials { credentials: new.clone() };
            unit.decide(id, &mut known, replace)?;
            unit.decide(id, &mut known, Command::SetCredentialExpiry { on: expires_on })?;
            keep_place(store, tenant, &mut unit, id, (before, known.state.status())).await?;
            unit.commit(store).await
        }
        .boxed()
    });
    match replaced.await {
        Ok(_) => Ok(destroy_replaced(store, tenant, id).await?),
        // The event may have been written all the same.
        Err(error @ CommandError::Append(_)) => Err(error),
        Err(error) => {
            store.vault_destroy(tenant, &new).await?;
            Err(error)
        }
    }
}

/// Says which day is the last of the credentials that are stored; `None` where they have none.
pub async fn set_credential_expiry(
    store: &Store,
    tenant: &str,
    id: &str,
    on: Option<NaiveDate>,
    cause: &Cause,
) -> Result<(), CommandError> {
    let command = || Command::SetCredentialExpiry { on };
    handle::<Connection>(store, tenant, id, command, cause).await.map(drop)
}
