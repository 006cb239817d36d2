//! Connecting a tenant to a provider. Secrets go to the vault first, then the event that refers to
//! them: a crash in between leaves an unused vault entry, never an event without its secret.

use rollcall_domain::connection::{self, Command, Connection, SecretRef, Settings, Targets};
use rollcall_domain::slot::{self, Slot};
use rollcall_domain::vocabulary::Provider;
use rollcall_domain::{Decider, Malformed};
use rollcall_store::{Append, AppendError, Cause, Expected, Store};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::handle::{CommandError, Handled, LoadError, Loaded, handle, load, written};

/// What a new connection is made of. `id` is a fresh ULID.
pub struct Connect {
    pub id: String,
    pub provider: Provider,
    pub settings: Settings,
    pub targets: Targets,
    pub credentials: SecretString,
}

#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    #[error(transparent)]
    Refused(#[from] connection::Refusal),
    /// One active HRIS connection per tenant.
    #[error("connection {holder} is active already; disconnect it first")]
    AnotherIsActive { holder: String },
    #[error("it is being changed by somebody else; try again")]
    Busy,
    #[error(transparent)]
    Malformed(#[from] Malformed),
    #[error(transparent)]
    Append(#[from] AppendError),
}

impl From<LoadError> for ConnectionError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Store(error) => AppendError::from(error).into(),
            LoadError::Malformed(error) => error.into(),
        }
    }
}

impl From<slot::Refusal> for ConnectionError {
    fn from(refusal: slot::Refusal) -> Self {
        let slot::Refusal::Taken { holder } = refusal;
        ConnectionError::AnotherIsActive { holder }
    }
}

/// The name of a vault entry that nobody used before.
fn vault_name(connection: &str, what: &str) -> String {
    format!("connection/{connection}/{what}/{}", ulid::Ulid::generate())
}

/// First 16 hex digits of a secret's SHA-256: enough to tell secrets apart.
fn fingerprint(secret: &SecretString) -> String {
    hex::encode(&Sha256::digest(secret.expose_secret().as_bytes())[..8])
}

/// Saves a connection. A second active HRIS connection is refused.
pub async fn connect(
    store: &Store,
    tenant: &str,
    new: Connect,
    cause: &Cause,
) -> Result<(), ConnectionError> {
    let credentials = vault_name(&new.id, "credentials");
    let command = Command::Connect {
        connection: new.id.clone(),
        provider: new.provider,
        settings: new.settings,
        targets: new.targets,
        credentials: credentials.clone(),
    };
    let connected = Connection::default().decide(command)?;
    let slot: Loaded<Slot> = load(store, tenant, slot::ACTIVE_HRIS).await?;
    let taken = slot.state.decide(slot::Command::Take { holder: new.id.clone() })?;
    store.vault_put(tenant, &credentials, &new.credentials).await.map_err(AppendError::from)?;
    let append = Append::new(tenant, cause.clone())
        .stream(Connection::stream(&new.id), Expected::NoStream, written(&connected, None))
        .stream(Slot::stream(slot::ACTIVE_HRIS), slot.expected(), written(&taken, None));
    match store.append(append).await {
        Ok(_) => Ok(()),
        Err(AppendError::Conflict(_)) => Err(ConnectionError::Busy),
        Err(error) => Err(error.into()),
    }
}

/// Stops everything, frees the place for another connection and destroys the credentials.
pub async fn disconnect(
    store: &Store,
    tenant: &str,
    id: &str,
    cause: &Cause,
) -> Result<(), ConnectionError> {
    let known: Loaded<Connection> = load(store, tenant, id).await?;
    let events = known.state.decide(Command::Disconnect)?;
    if !events.is_empty() {
        let slot: Loaded<Slot> = load(store, tenant, slot::ACTIVE_HRIS).await?;
        let freed = slot.state.decide(slot::Command::Free { holder: id.to_owned() })?;
        let append = Append::new(tenant, cause.clone())
            .stream(Connection::stream(id), known.expected(), written(&events, None))
            .stream(Slot::stream(slot::ACTIVE_HRIS), slot.expected(), written(&freed, None));
        match store.append(append).await {
            Ok(_) => {}
            Err(AppendError::Conflict(_)) => return Err(ConnectionError::Busy),
            Err(error) => return Err(error.into()),
        }
    }
    // Also on a repeat: a crash may have kept the secrets.
    if let Some(known) = known.state.known {
        let secrets = known.secrets.into_iter().map(|secret| secret.vault);
        for name in secrets.chain([known.credentials]) {
            store.vault_destroy(tenant, &name).await.map_err(AppendError::from)?;
        }
    }
    Ok(())
}

/// Adds a webhook secret and returns its fingerprint. Two are live at a time.
pub async fn add_webhook_secret(
    store: &Store,
    tenant: &str,
    id: &str,
    secret: &SecretString,
    cause: &Cause,
) -> Result<String, CommandError<connection::Refusal>> {
    let reference =
        SecretRef { vault: vault_name(id, "webhook"), fingerprint: fingerprint(secret) };
    store.vault_put(tenant, &reference.vault, secret).await?;
    let command = || Command::AddWebhookSecret { secret: reference.clone() };
    let handled = handle::<Connection>(store, tenant, id, command, cause).await;
    let unused = match &handled {
        Ok(handled) => handled.events.is_empty(),
        Err(CommandError::Refused(_) | CommandError::Busy) => true,
        // It may have been written all the same.
        Err(CommandError::Append(_) | CommandError::Malformed(_)) => false,
    };
    if unused {
        store.vault_destroy(tenant, &reference.vault).await?;
    }
    handled.map(|_| reference.fingerprint)
}

/// Takes a webhook secret away by its fingerprint.
pub async fn remove_webhook_secret(
    store: &Store,
    tenant: &str,
    id: &str,
    fingerprint: &str,
    cause: &Cause,
) -> Result<(), CommandError<connection::Refusal>> {
    let command = || Command::RemoveWebhookSecret { fingerprint: fingerprint.to_owned() };
    let handled = handle::<Connection>(store, tenant, id, command, cause).await?;
    for event in handled.events {
        if let connection::Event::WebhookSecretRemoved(secret) = event {
            store.vault_destroy(tenant, &secret.vault).await?;
        }
    }
    Ok(())
}

pub async fn pause(
    store: &Store,
    tenant: &str,
    id: &str,
    cause: &Cause,
) -> Result<Handled<connection::Event>, CommandError<connection::Refusal>> {
    handle::<Connection>(store, tenant, id, || Command::Pause, cause).await
}

pub async fn resume(
    store: &Store,
    tenant: &str,
    id: &str,
    cause: &Cause,
) -> Result<Handled<connection::Event>, CommandError<connection::Refusal>> {
    handle::<Connection>(store, tenant, id, || Command::Resume, cause).await
}
