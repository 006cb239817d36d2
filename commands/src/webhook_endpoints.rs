//! Outbound endpoints. Secrets go to the vault first, then the event that names them; what nothing
//! names any more is destroyed afterwards.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt;
use rand::RngExt;
use rollcall_domain::message::EndpointSecret;
use rollcall_domain::webhook_endpoint::{
    Command, Event, HeadersRef, KnownEndpoint, LONGEST_OVERLAP, Refusal as No, SecretRef, Settings,
    Status, WebhookEndpoint, headers,
};
use rollcall_domain::{Decider, Refusal, Written};
use rollcall_store::{Cause, Store, StoreError};
use secrecy::{ExposeSecret, SecretString};

use crate::error::{CommandError, LoadError};
use crate::unit_of_work::{Handled, Loaded, UnitOfWork, decided_anew, handle, load};

/// Header names and values.
pub type Headers = Vec<(String, String)>;

/// What a new endpoint is made of. `id` is a fresh ULID.
pub struct NewEndpoint {
    pub id: String,
    pub settings: Settings,
    pub headers: Headers,
    /// Whether addresses without TLS pass.
    pub http: bool,
}

/// What is to be different; the rest stays.
pub struct EndpointChange {
    /// What was changed: where it is something else by now, nothing is written.
    pub was: Settings,
    pub settings: Settings,
    /// All of them, where they change.
    pub headers: Option<Headers>,
    pub http: bool,
}

fn entry(id: &str, what: &str) -> String {
    format!("webhook_endpoint/{id}/{what}/{}", ulid::Ulid::generate())
}

/// A secret nobody had before.
fn fresh_secret() -> EndpointSecret {
    let mut bytes = [0_u8; 32];
    rand::rng().fill(&mut bytes);
    EndpointSecret::new(&bytes).expect("32 bytes are enough")
}

/// Puts header values into the vault; `None` where there are none.
async fn put_headers(
    store: &Store,
    tenant: &str,
    id: &str,
    given: &[(String, String)],
) -> Result<Option<HeadersRef>, CommandError> {
    let checked = headers(given).map_err(Refusal::from)?;
    if checked.is_empty() {
        return Ok(None);
    }
    let names = checked.iter().map(|(name, _)| name.clone()).collect();
    let text = serde_json::to_string(&checked).expect("texts can be written");
    let vault = entry(id, "headers");
    store.vault_put(tenant, &vault, &SecretString::from(text)).await?;
    Ok(Some(HeadersRef { names, vault }))
}

/// The values of an endpoint's headers.
pub async fn endpoint_headers(
    store: &Store,
    tenant: &str,
    endpoint: &KnownEndpoint,
) -> Result<Headers, LoadError> {
    let Some(named) = &endpoint.headers else { return Ok(vec![]) };
    // Without them a receiver would get what it refuses: somebody has just put others in their place.
    let text = store.vault_get(tenant, &named.vault).await?;
    let text = text.ok_or(StoreError::NotFound("the endpoint's headers"))?;
    Ok(serde_json::from_str(text.expose_secret()).unwrap_or_default())
}

/// The secrets that sign at a time, newest first.
pub async fn endpoint_secrets(
    store: &Store,
    tenant: &str,
    endpoint: &KnownEndpoint,
    at: DateTime<Utc>,
) -> Result<Vec<EndpointSecret>, LoadError> {
    let mut secrets = Vec::new();
    for name in endpoint.secrets_at(at) {
        let text = store.vault_get(tenant, name).await?;
        secrets.extend(text.and_then(|text| EndpointSecret::parse(text.expose_secret()).ok()));
    }
    Ok(secrets)
}

/// Makes an endpoint; its secret, which is shown this one time.
pub async fn create_endpoint(
    store: &Store,
    tenant: &str,
    new: NewEndpoint,
    at: DateTime<Utc>,
    cause: &Cause,
) -> Result<EndpointSecret, CommandError> {
    let NewEndpoint { id, settings, headers: given, http } = new;
    settings.clone().checked(http).map_err(Refusal::from)?;
    headers(&given).map_err(Refusal::from)?;
    let secret = fresh_secret();
    let vault = entry(&id, "secret");
    store.vault_put(tenant, &vault, &SecretString::from(secret.text())).await?;
    let named = put_headers(store, tenant, &id, &given).await?;
    let made = SecretRef { vault, made_at: at };
    let create = || Command::Create {
        settings: settings.clone(),
        secret: made.clone(),
        headers: named.clone(),
        http,
    };
    let created = handle::<WebhookEndpoint>(store, tenant, &id, create, cause).await;
    if let Err(CommandError::Refused(_) | CommandError::Busy) = &created {
        let of_headers = named.as_ref().map(|named| &named.vault);
        for name in [&made.vault].into_iter().chain(of_headers) {
            store.vault_destroy(tenant, name).await?;
        }
    }
    created.map(|_| secret)
}

/// Changes some of an endpoint, or nothing where one of it is refused.
pub async fn change_endpoint(
    store: &Store,
    tenant: &str,
    id: &str,
    change: &EndpointChange,
    cause: &Cause,
) -> Result<(), CommandError> {
    let there: Loaded<WebhookEndpoint> = load(store, tenant, id).await?;
    there.state.there().map_err(Refusal::from)?;
    let replaced = match &change.headers {
        Some(given) => Some(put_headers(store, tenant, id, given).await?),
        None => None,
    };
    let changed = decided_anew(|| {
        async {
            let mut known: Loaded<WebhookEndpoint> = load(store, tenant, id).await?;
            let there = known.state.there().map_err(Refusal::from)?;
            if there.settings != change.was {
                return Err(CommandError::Busy);
            }
            let mut unit = UnitOfWork::new(tenant, cause.clone());
            let settings = change.settings.clone();
            unit.decide(id, &mut known, Command::Change { settings, http: change.http })?;
            if let Some(headers) = &replaced {
                let headers = headers.clone();
                unit.decide(id, &mut known, Command::ReplaceHeaders { headers })?;
            }
            if !unit.is_empty() {
                unit.commit(store).await?;
            }
            Ok(())
        }
        .boxed()
    })
    .await;
    match &changed {
        // It may have been written all the same.
        Err(CommandError::Append(_)) => {}
        Ok(()) | Err(_) => destroy_unnamed(store, tenant, id).await?,
    }
    if let (Err(CommandError::Refused(_) | CommandError::Busy), Some(Some(named))) =
        (&changed, &replaced)
    {
        store.vault_destroy(tenant, &named.vault).await?;
    }
    changed
}

/// A new secret; the old one signs along for a while.
pub async fn rotate_endpoint_secret(
    store: &Store,
    tenant: &str,
    id: &str,
    overlap: TimeDelta,
    at: DateTime<Utc>,
    cause: &Cause,
) -> Result<EndpointSecret, CommandError> {
    let there: Loaded<WebhookEndpoint> = load(store, tenant, id).await?;
    there.state.there().map_err(Refusal::from)?;
    if overlap < TimeDelta::zero() || overlap > LONGEST_OVERLAP {
        return Err(Refusal::from(No::OverlapInvalid).into());
    }
    let secret = fresh_secret();
    let vault = entry(id, "secret");
    store.vault_put(tenant, &vault, &SecretString::from(secret.text())).await?;
    let new = SecretRef { vault: vault.clone(), made_at: at };
    let rotate = || Command::RotateSecret { new: new.clone(), old_until: at + overlap };
    match handle::<WebhookEndpoint>(store, tenant, id, rotate, cause).await {
        Ok(_) => destroy_unnamed(store, tenant, id).await?,
        // It may have been written all the same.
        Err(error @ CommandError::Append(_)) => return Err(error),
        Err(error) => {
            store.vault_destroy(tenant, &vault).await?;
            return Err(error);
        }
    }
    Ok(secret)
}

/// Runs one command that is about no secret.
pub async fn steer_endpoint(
    store: &Store,
    tenant: &str,
    id: &str,
    command: Command,
    cause: &Cause,
) -> Result<Handled<Event>, CommandError> {
    handle::<WebhookEndpoint>(store, tenant, id, || command.clone(), cause).await
}

/// Removes an endpoint and destroys its secrets.
pub(crate) async fn remove_endpoint(
    store: &Store,
    tenant: &str,
    id: &str,
    cause: &Cause,
) -> Result<(), CommandError> {
    steer_endpoint(store, tenant, id, Command::Remove, cause).await?;
    Ok(destroy_unnamed(store, tenant, id).await?)
}

/// Destroys all entries that an endpoint named once and names no more: what a crash may have kept, too.
async fn destroy_unnamed(store: &Store, tenant: &str, id: &str) -> Result<(), LoadError> {
    let mut state = WebhookEndpoint::default();
    let mut named: Vec<String> = Vec::new();
    for stored in store.read_stream(tenant, &WebhookEndpoint::stream(id), 0).await? {
        let event = Event::read(&stored.payload, None)?;
        match &event {
            Event::Created { secret, headers, .. } => {
                named.push(secret.vault.clone());
                named.extend(headers.as_ref().map(|headers| headers.vault.clone()));
            }
            Event::HeadersReplaced { new, .. } => {
                named.extend(new.as_ref().map(|headers| headers.vault.clone()));
            }
            Event::SecretRotated { new, .. } => named.push(new.vault.clone()),
            Event::Changed { .. }
            | Event::Enabled { .. }
            | Event::Disabled { .. }
            | Event::Failing { .. }
            | Event::Recovered { .. }
            | Event::Removed => {}
        }
        state = state.evolve(&event);
    }
    let known = state.known.filter(|known| known.status != Status::Removed);
    let live: HashSet<&str> = known
        .iter()
        .flat_map(|known| {
            let secrets = known.secrets.iter().map(|secret| secret.vault.as_str());
            secrets.chain(known.headers.iter().map(|headers| headers.vault.as_str()))
        })
        .collect();
    for name in named.iter().filter(|name| !live.contains(name.as_str())) {
        store.vault_destroy(tenant, name).await?;
    }
    Ok(())
}
