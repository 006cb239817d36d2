//! The queue of an outbound endpoint: what somebody does with it, and how those who send hear of it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use rollcall_domain::Refusal;
use rollcall_domain::message::Message;
use rollcall_domain::webhook_endpoint::{Command, Reason, Refusal as No, Status, WebhookEndpoint};
use rollcall_store::{
    Cause, DeliveryState, NewDelivery, NewIntent, ParkedSince, Store, StoreError,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::CommandError;
use crate::unit_of_work::{Loaded, load};
use crate::webhook_endpoints::{remove_endpoint, steer_endpoint};

/// The kind of work that sends what waits for an endpoint.
pub const SEND_MESSAGES: &str = "send_messages";
/// The kind of work that queues what an endpoint missed.
pub const SEND_MISSED: &str = "send_missed_messages";
/// Why messages are parked that nobody tried often enough.
pub const DISABLED: &str = "disabled";
/// And those that were.
pub const EXHAUSTED: &str = "exhausted";
/// Why a message will not be sent.
pub const REMOVED: &str = "removed";

/// What an intent of `SEND_MESSAGES` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    pub endpoint: String,
}

/// What an intent of `SEND_MISSED` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missed {
    pub endpoint: String,
    pub since: DateTime<Utc>,
    pub until: DateTime<Utc>,
}

/// A message in the queue of an endpoint.
pub fn queued(endpoint: &str, message: &Message) -> NewDelivery {
    let kinds = rollcall_domain::message::Kind::ALL;
    let part = kinds.iter().position(|kind| *kind == message.kind).unwrap_or_default();
    NewDelivery {
        id: delivery_id(endpoint, &message.id),
        endpoint: endpoint.to_owned(),
        message: message.id.clone(),
        kind: message.kind.as_str().to_owned(),
        order_key: message.order_key.clone(),
        position: message.position,
        part: part as u16,
        run: message.run.clone(),
        subject: message.subject().map(str::to_owned),
    }
}

/// The same message to the same endpoint is the same delivery.
pub fn delivery_id(endpoint: &str, message: &str) -> String {
    let hash = Sha256::new().chain_update(endpoint).chain_update([0]).chain_update(message);
    let mut first = [0_u8; 16];
    first.copy_from_slice(&hash.finalize()[..16]);
    rollcall_domain::ids::id_text(first)
}

/// Has an endpoint's queue looked at now. The intent comes before the waking: whoever is at the queue
/// may have looked already, and then the intent is there for the next one.
pub async fn look_at_queue(
    store: &Store,
    tenant: &Arc<str>,
    endpoint: &str,
    effect: &str,
) -> Result<(), StoreError> {
    store.add_intents(&[look(tenant, endpoint, effect, None)]).await?;
    store.wake(tenant, SEND_MESSAGES, endpoint).await
}

/// An intent to look at a queue, at once or at a time.
pub fn look(
    tenant: &Arc<str>,
    endpoint: &str,
    effect: &str,
    run_at: Option<DateTime<Utc>>,
) -> NewIntent {
    let mailbox = Mailbox { endpoint: endpoint.to_owned() };
    NewIntent {
        effect_id: format!("{SEND_MESSAGES}/{endpoint}/{effect}"),
        kind: SEND_MESSAGES.to_owned(),
        tenant: tenant.clone(),
        key: endpoint.to_owned(),
        payload: serde_json::to_vec(&mailbox).expect("a text can be written"),
        run_at,
    }
}

fn fresh() -> String {
    ulid::Ulid::generate().to_string()
}

/// Disables an endpoint by hand and parks what waits for it.
pub async fn disable_endpoint(
    store: &Store,
    tenant: &Arc<str>,
    id: &str,
    at: DateTime<Utc>,
    cause: &Cause,
) -> Result<(), CommandError> {
    steer_endpoint(store, tenant, id, Command::Disable { at }, cause).await?;
    park(store, tenant, id, at).await
}

/// Parks what waits for an endpoint that was found disabled. Whoever enabled it since then found
/// nothing parked yet, so it is looked at again afterwards, and queued anew.
pub async fn park(
    store: &Store,
    tenant: &Arc<str>,
    id: &str,
    at: DateTime<Utc>,
) -> Result<(), CommandError> {
    store.end_deliveries(tenant, id, DeliveryState::Parked, DISABLED, at).await?;
    let now: Loaded<WebhookEndpoint> = load(store, tenant, id).await?;
    if now.state.known.is_some_and(|known| known.is_enabled()) {
        let which = ParkedSince { since: DateTime::UNIX_EPOCH, reason: Some(DISABLED) };
        store.resend_parked(tenant, id, which, at).await?;
        look_at_queue(store, tenant, id, &fresh()).await?;
    }
    Ok(())
}

/// Removes an endpoint; what waits for it is not sent.
pub async fn drop_endpoint(
    store: &Store,
    tenant: &str,
    id: &str,
    at: DateTime<Utc>,
    cause: &Cause,
) -> Result<(), CommandError> {
    remove_endpoint(store, tenant, id, cause).await?;
    Ok(store.end_deliveries(tenant, id, DeliveryState::Dropped, REMOVED, at).await?)
}

/// Enables an endpoint again and sends what was parked while it was disabled; with `all`, also what
/// was tried often enough. How many those are.
pub async fn recover_endpoint(
    store: &Store,
    tenant: &Arc<str>,
    id: &str,
    all: bool,
    at: DateTime<Utc>,
    cause: &Cause,
) -> Result<u64, CommandError> {
    let handled = steer_endpoint(store, tenant, id, Command::Enable { at }, cause).await?;
    if !handled.events.is_empty() {
        store.reset_endpoint_health(tenant, id).await?;
    }
    let reason = (!all).then_some(DISABLED);
    let which = ParkedSince { since: DateTime::UNIX_EPOCH, reason };
    let count = store.resend_parked(tenant, id, which, at).await?;
    look_at_queue(store, tenant, id, &fresh()).await?;
    Ok(count)
}

/// Sends one message again; whether there is one.
pub async fn resend(
    store: &Store,
    tenant: &Arc<str>,
    endpoint: &str,
    delivery: &str,
    at: DateTime<Utc>,
) -> Result<bool, CommandError> {
    enabled(store, tenant, endpoint).await?;
    let found = store.resend_delivery(tenant, endpoint, delivery, at).await?;
    if found {
        look_at_queue(store, tenant, endpoint, &fresh()).await?;
    }
    Ok(found)
}

/// Sends again what was parked since then; how many.
pub async fn resend_failed(
    store: &Store,
    tenant: &Arc<str>,
    endpoint: &str,
    since: DateTime<Utc>,
    at: DateTime<Utc>,
) -> Result<u64, CommandError> {
    enabled(store, tenant, endpoint).await?;
    let which = ParkedSince { since, reason: None };
    let count = store.resend_parked(tenant, endpoint, which, at).await?;
    look_at_queue(store, tenant, endpoint, &fresh()).await?;
    Ok(count)
}

/// Asks for what an endpoint was never sent since then, such as while it was disabled.
pub async fn send_missed(
    store: &Store,
    tenant: &Arc<str>,
    endpoint: &str,
    since: DateTime<Utc>,
    at: DateTime<Utc>,
) -> Result<(), CommandError> {
    enabled(store, tenant, endpoint).await?;
    let missed = Missed { endpoint: endpoint.to_owned(), since, until: at };
    let intent = NewIntent {
        effect_id: format!("{SEND_MISSED}/{endpoint}/{}", fresh()),
        kind: SEND_MISSED.to_owned(),
        tenant: tenant.clone(),
        key: endpoint.to_owned(),
        payload: serde_json::to_vec(&missed).expect("texts can be written"),
        run_at: None,
    };
    Ok(store.add_intents(&[intent]).await?)
}

/// Refuses an endpoint to which nothing is sent.
async fn enabled(store: &Store, tenant: &str, id: &str) -> Result<(), CommandError> {
    let known: Loaded<WebhookEndpoint> = load(store, tenant, id).await?;
    match known.state.there().map_err(Refusal::from)?.status {
        Status::Enabled => Ok(()),
        Status::Disabled(Reason::Person | Reason::Gone | Reason::Failing) | Status::Removed => {
            Err(Refusal::from(No::Disabled).into())
        }
    }
}
