//! Changing a connection: its settings, where its changes apply and what it signs in with, in one
//! append.

use futures_util::FutureExt;
use rollcall_domain::connection::{Command, Connection, SettingsChange, TargetsChange};
use rollcall_store::{Cause, Store};
use secrecy::SecretString;

use crate::connections::keep_place;
use crate::error::CommandError;
use crate::targets::decide_targets;
use crate::unit_of_work::{Loaded, UnitOfWork, decided_anew, load};
use crate::vault::{destroy_replaced, vault_name};

/// What is to be different; the rest stays.
#[derive(Debug, Clone, Default)]
pub struct ConnectionChange {
    pub settings: SettingsChange,
    pub targets: TargetsChange,
    pub credentials: Option<SecretString>,
}

/// Changes some of a connection, or nothing where one of it is refused. New credentials lie in the
/// vault before the event that names them, and the old ones go when it is written.
pub async fn change_connection(
    store: &Store,
    tenant: &str,
    id: &str,
    change: &ConnectionChange,
    cause: &Cause,
) -> Result<(), CommandError> {
    let vaulted = change.credentials.as_ref().map(|secret| (vault_name(id, "credentials"), secret));
    if let Some((name, secret)) = &vaulted {
        store.vault_put(tenant, name, secret).await?;
    }
    let changed = decided_anew(|| {
        async {
            let mut known: Loaded<Connection> = load(store, tenant, id).await?;
            let before = known.state.status();
            let old = known.state.known.as_ref().map(|known| known.settings.clone());
            let mut unit = UnitOfWork::new(tenant, cause.clone());
            // Of one that is not there, the targets say so.
            if let Some(old) = old {
                let settings = old.changed(&change.settings);
                unit.decide(id, &mut known, Command::ChangeSettings { settings })?;
            }
            if let Some((name, _)) = &vaulted {
                let credentials = name.clone();
                unit.decide(id, &mut known, Command::ReplaceCredentials { credentials })?;
                // The day that was said is the old one's.
                unit.decide(id, &mut known, Command::SetCredentialExpiry { on: None })?;
            }
            decide_targets(&mut unit, store, tenant, &mut known, (id, &change.targets)).await?;
            keep_place(store, tenant, &mut unit, id, (before, known.state.status())).await?;
            if !unit.is_empty() {
                unit.commit(store).await?;
            }
            Ok(())
        }
        .boxed()
    })
    .await;
    match (&changed, &vaulted) {
        (Ok(()), Some(_)) => destroy_replaced(store, tenant, id).await?,
        // It may have been written all the same.
        (Err(CommandError::Append(_)), _) | (_, None) => {}
        (Err(_), Some((name, _))) => store.vault_destroy(tenant, name).await?,
    }
    changed
}
