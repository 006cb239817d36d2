//! Connecting a tenant to a provider. Secrets go to the vault first, then the event that refers to
//! them: a crash in between leaves an unused vault entry, never an event without its secret.

use chrono::NaiveDate;
use futures_util::FutureExt;
use rollcall_domain::Refusal;
use rollcall_domain::connection::{self, Command, Connection, Settings, Status, Targets};
use rollcall_domain::slot::{self, Slot};
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
    save(store, tenant, new, &[], cause).await
}

/// The same where the credentials have a last day.
pub async fn connect_until(
    store: &Store,
    tenant: &str,
    new: Connect,
    expires_on: Option<NaiveDate>,
    cause: &Cause,
) -> Result<(), CommandError> {
    let last_day = expires_on.map(|on| Command::SetCredentialExpiry { on: Some(on) });
    save(store, tenant, new, last_day.as_slice(), cause).await
}

/// The same with commands that follow at once.
pub(crate) async fn save(
    store: &Store,
    tenant: &str,
    new: Connect,
    more: &[Command],
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
    let decided = || async {
        let mut unit = UnitOfWork::new(tenant, cause.clone());
        let mut known = Loaded::<Connection>::default();
        for command in std::iter::once(&command).chain(more) {
            unit.decide(&id, &mut known, command.clone())?;
        }
        keep_place(store, tenant, &mut unit, &id, (None, known.state.status())).await?;
        are_offered(store, tenant, &mut unit, &targets, &none).await?;
        Ok::<UnitOfWork, CommandError>(unit)
    };
    // Before anything is put into the vault.
    decided().await?;
    store.vault_put(tenant, &credentials, &new.credentials).await?;
    let connected = decided_anew(|| async { decided().await?.commit(store).await }.boxed()).await;
    if let Err(CommandError::Refused(_) | CommandError::Busy) = &connected {
        store.vault_destroy(tenant, &credentials).await?;
    }
    connected.map(|_| ())
}

/// Takes the tenant's place for its one active HRIS connection, or frees it, as what became of a
/// connection asks for: it was and is in these states.
pub(crate) async fn keep_place(
    store: &Store,
    tenant: &str,
    unit: &mut UnitOfWork,
    id: &str,
    (before, now): (Option<Status>, Option<Status>),
) -> Result<(), CommandError> {
    let holds = |status: Option<Status>| status.is_some_and(Status::holds_place);
    let holder = id.to_owned();
    let command = match (holds(before), holds(now)) {
        (false, true) => slot::Command::Take { holder },
        (true, false) => slot::Command::Free { holder },
        (false, false) | (true, true) => return Ok(()),
    };
    let mut slot: Loaded<Slot> = load(store, tenant, slot::ACTIVE_HRIS).await?;
    match unit.decide(slot::ACTIVE_HRIS, &mut slot, command) {
        Err(CommandError::Refused(Refusal::Slot(slot::Refusal::Taken { holder }))) => {
            Err(Refusal::from(connection::Refusal::AnotherIsActive { holder }).into())
        }
        decided => decided.map(|_| ()),
    }
}

/// Decides on a connection, and keeps its place in step.
pub(crate) async fn decide_in_place(
    store: &Store,
    tenant: &str,
    id: &str,
    command: Command,
    cause: &Cause,
) -> Result<(), CommandError> {
    decided_anew(|| {
        async {
            let mut known: Loaded<Connection> = load(store, tenant, id).await?;
            let before = known.state.status();
            let mut unit = UnitOfWork::new(tenant, cause.clone());
            unit.decide(id, &mut known, command.clone())?;
            keep_place(store, tenant, &mut unit, id, (before, known.state.status())).await?;
            if !unit.is_empty() {
                unit.commit(store).await?;
            }
            Ok(())
        }
        .boxed()
    })
    .await
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
            let status = known.state.status();
            let mut unit = UnitOfWork::new(tenant, cause.clone());
            unit.decide(id, &mut known, Command::Disconnect)?;
            keep_place(store, tenant, &mut unit, id, (status, known.state.status())).await?;
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
