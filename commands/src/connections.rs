//! Connecting a tenant to a provider. Secrets go to the vault first, then the event that refers to
//! them: a crash in between leaves an unused vault entry, never an event without its secret.

use futures_util::FutureExt;
use rollcall_domain::connection::{self, Command, Connection, Settings, Targets};
use rollcall_domain::slot::{self, Slot};
use rollcall_domain::{Decider, Refusal};
use rollcall_store::{Cause, Store};
use secrecy::SecretString;

use crate::error::CommandError;
use crate::targets::are_offered;
use crate::unit_of_work::{Handled, Loaded, UnitOfWork, decided_anew, handle, load};
use crate::vault::{destroy_replaced, vault_name};

/// What a new connection is made of. `id` is a fresh ULID.
pub struct Connect {
    pub id: String,
    pub settings: Settings,
    pub targets: Targets,
    pub credentials: SecretString,
}

/// Saves a connection. A second active HRIS connection is refused, and a target that is none.
pub async fn connect(
    store: &Store,
    tenant: &str,
    new: Connect,
    cause: &Cause,
) -> Result<(), CommandError> {
    let credentials = vault_name(&new.id, "credentials");
    let id = new.id;
    let (targets, none) = (new.targets, Targets::default());
    let command = Command::Connect {
        connection: id.clone(),
        settings: new.settings,
        targets: targets.clone(),
        credentials: credentials.clone(),
    };
    Connection::default().decide(command.clone()).map_err(Refusal::from)?;
    let mut first_look = UnitOfWork::new(tenant, cause.clone());
    take_place(store, tenant, &id, &mut first_look).await?;
    are_offered(store, tenant, &mut first_look, &targets, &none).await?;
    store.vault_put(tenant, &credentials, &new.credentials).await?;
    let connected = decided_anew(|| {
        async {
            let mut unit = UnitOfWork::new(tenant, cause.clone());
            unit.decide(&id, &mut Loaded::<Connection>::default(), command.clone())?;
            take_place(store, tenant, &id, &mut unit).await?;
            are_offered(store, tenant, &mut unit, &targets, &none).await?;
            unit.commit(store).await
        }
        .boxed()
    })
    .await;
    if let Err(CommandError::Refused(_) | CommandError::Busy) = &connected {
        store.vault_destroy(tenant, &credentials).await?;
    }
    connected.map(|_| ())
}

/// Takes the tenant's place for its one active HRIS connection.
async fn take_place(
    store: &Store,
    tenant: &str,
    id: &str,
    unit: &mut UnitOfWork,
) -> Result<(), CommandError> {
    let mut slot: Loaded<Slot> = load(store, tenant, slot::ACTIVE_HRIS).await?;
    let take = slot::Command::Take { holder: id.to_owned() };
    match unit.decide(slot::ACTIVE_HRIS, &mut slot, take) {
        Err(CommandError::Refused(Refusal::Slot(slot::Refusal::Taken { holder }))) => {
            Err(Refusal::from(connection::Refusal::AnotherIsActive { holder }).into())
        }
        decided => decided.map(|_| ()),
    }
}

/// Stops everything, frees the place for another connection and destroys the credentials.
pub async fn disconnect(
    store: &Store,
    tenant: &str,
    id: &str,
    cause: &Cause,
) -> Result<(), CommandError> {
    let known = decided_anew(|| {
        async {
            let mut known: Loaded<Connection> = load(store, tenant, id).await?;
            let before = known.state.known.clone();
            let mut slot: Loaded<Slot> = load(store, tenant, slot::ACTIVE_HRIS).await?;
            let mut unit = UnitOfWork::new(tenant, cause.clone());
            unit.decide(id, &mut known, Command::Disconnect)?;
            let free = slot::Command::Free { holder: id.to_owned() };
            unit.decide(slot::ACTIVE_HRIS, &mut slot, free)?;
            if !unit.is_empty() {
                unit.commit(store).await?;
            }
            Ok(before)
        }
        .boxed()
    })
    .await?;
    // Also on a repeat: a crash may have kept the secrets.
    destroy_replaced(store, tenant, id).await?;
    if let Some(known) = known {
        let secrets = known.secrets.into_iter().map(|secret| secret.vault);
        for name in secrets.chain([known.credentials]) {
            store.vault_destroy(tenant, &name).await?;
        }
    }
    Ok(())
}

pub async fn pause(
    store: &Store,
    tenant: &str,
    id: &str,
    cause: &Cause,
) -> Result<Handled<connection::Event>, CommandError> {
    handle::<Connection>(store, tenant, id, || Command::Pause, cause).await
}

pub async fn resume(
    store: &Store,
    tenant: &str,
    id: &str,
    cause: &Cause,
) -> Result<Handled<connection::Event>, CommandError> {
    handle::<Connection>(store, tenant, id, || Command::Resume, cause).await
}
