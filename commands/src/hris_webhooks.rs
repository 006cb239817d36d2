//! Endpoints that HR systems post everybody to. Which tenant one belongs to stands in the system
//! tenant, first of all: a crash leaves an address that answers as if nobody had it.

use rand::RngExt;
use rollcall_domain::connection::{Command, Connection, Refusal, SecretRef, Settings, Targets};
use rollcall_domain::slot::{self, Slot};
use rollcall_domain::tenant::SYSTEM;
use rollcall_store::{Cause, Store, StoreError};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::connections::{Connect, decide_in_place, save};
use crate::error::{CommandError, LoadError};
use crate::unit_of_work::{handle, load};
use crate::users::system;
use crate::vault::vault_name;
use crate::webhook_secrets::{add_secret, fingerprint};

/// What a new endpoint is made of. `id` is a fresh ULID.
pub struct NewHrisWebhook {
    pub id: String,
    /// With an address from [`new_endpoint`].
    pub settings: Settings,
    pub targets: Targets,
    pub ignored: IgnoredPeople,
}

/// Who is left alone, by id or e-mail address: what is kept in the place of credentials.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IgnoredPeople {
    #[serde(default)]
    pub people: Vec<String>,
}

impl IgnoredPeople {
    /// As it lies in the vault.
    pub fn sealed(&self) -> SecretString {
        serde_json::to_string(self).unwrap_or_default().into()
    }

    /// `None` where it can't be read, which no write of ours leaves behind.
    pub fn read(secret: &SecretString) -> Option<IgnoredPeople> {
        serde_json::from_str(secret.expose_secret()).ok()
    }
}

/// An address that nobody has: 32 hex digits.
pub fn new_endpoint() -> String {
    random_hex::<16>()
}

/// A key: 40 hex digits.
fn new_key() -> SecretString {
    random_hex::<20>().into()
}

fn random_hex<const BYTES: usize>() -> String {
    let mut bytes = [0; BYTES];
    rand::rng().fill(&mut bytes);
    hex::encode(bytes)
}

/// Makes an endpoint, in test mode, and answers its first key: it is shown once.
pub async fn create_hris_webhook(
    store: &Store,
    tenant: &str,
    new: NewHrisWebhook,
    cause: &Cause,
) -> Result<SecretString, CommandError> {
    let Some(own) = new.settings.hris_webhook() else {
        return Err(CommandError::Refused(Refusal::NotPushed.into()));
    };
    system(store).await?;
    let (id, place) = (new.id.clone(), slot::push_endpoint(&own.endpoint));
    let take = || slot::Command::Take { holder: format!("{tenant}/{id}") };
    handle::<Slot>(store, SYSTEM, &place, take, cause).await?;
    let key = new_key();
    let secret = SecretRef {
        vault: vault_name(&id, "webhook"),
        fingerprint: fingerprint(&key),
        webhook: None,
    };
    store.vault_put(tenant, &secret.vault, &key).await?;
    let vault = secret.vault.clone();
    let connect = Connect {
        id: new.id,
        settings: new.settings,
        targets: new.targets,
        credentials: new.ignored.sealed(),
    };
    let saved = save(store, tenant, connect, &[Command::AddWebhookSecret { secret }], cause).await;
    if let Err(CommandError::Refused(_) | CommandError::Busy) = &saved {
        store.vault_destroy(tenant, &vault).await?;
        let free = || slot::Command::Free { holder: format!("{tenant}/{id}") };
        handle::<Slot>(store, SYSTEM, &place, free, cause).await?;
    }
    saved.map(|()| key)
}

/// What is sent is applied from now on. Refused where another HRIS connection is active.
pub async fn enable_hris_webhook(
    store: &Store,
    tenant: &str,
    id: &str,
    cause: &Cause,
) -> Result<(), CommandError> {
    decide_in_place(store, tenant, id, Command::Enable, cause).await
}

/// Nothing is taken in from now on.
pub async fn disable_hris_webhook(
    store: &Store,
    tenant: &str,
    id: &str,
    cause: &Cause,
) -> Result<(), CommandError> {
    decide_in_place(store, tenant, id, Command::Disable, cause).await
}

/// Adds a key, which is shown once, and its fingerprint. Two are live at a time.
pub async fn add_hris_webhook_key(
    store: &Store,
    tenant: &str,
    id: &str,
    cause: &Cause,
) -> Result<(SecretString, String), CommandError> {
    let key = new_key();
    let fingerprint = add_secret(store, tenant, id, &key, cause).await?;
    Ok((key, fingerprint))
}

/// Whose endpoint this is: the tenant and the connection.
pub(crate) async fn holder_of(
    store: &Store,
    endpoint: &str,
) -> Result<Option<(String, String)>, LoadError> {
    if store.tenant(SYSTEM).await?.is_none() {
        return Ok(None);
    }
    let slot = load::<Slot>(store, SYSTEM, &slot::push_endpoint(endpoint)).await?;
    let holder = slot.state.holder().and_then(|holder| holder.split_once('/'));
    Ok(holder.map(|(tenant, connection)| (tenant.to_owned(), connection.to_owned())))
}

/// Who is left alone by a connection.
pub async fn ignored_people(
    store: &Store,
    tenant: &str,
    id: &str,
) -> Result<IgnoredPeople, LoadError> {
    let known = load::<Connection>(store, tenant, id).await?.state.known;
    let Some(known) = known.filter(|known| known.settings.is_pushed()) else {
        return Ok(IgnoredPeople::default());
    };
    let secret = store.vault_get(tenant, &known.credentials).await?;
    let ignored = secret.as_ref().and_then(IgnoredPeople::read);
    Ok(ignored.ok_or(StoreError::Damaged("the list of ignored people can't be read"))?)
}
