//! Operations: what somebody waits for and a worker does, without an event. Asked for as an intent,
//! answered in an entry with a short life, both sealed where they hold something secret or personal.

mod webhooks;

pub use webhooks::{WebhookAsk, WebhookSettings};

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use rollcall_domain::connection::Settings;
use rollcall_domain::message::{Detail, Kind};
use rollcall_domain::vocabulary::RunKind;
use rollcall_store::{NewIntent, Store, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The kind of work that does them.
pub const PERFORM_OPERATION: &str = "perform_operation";

const ENTRY: &str = "operation";
/// How long an answer can be fetched.
const KEPT_FOR: TimeDelta = TimeDelta::hours(1);

/// What is asked for. Add kinds; what is waiting when a node is replaced is read by the new one.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// What the credentials can read; of a connection that is there, or before it is saved.
    TestConnection { settings: Settings, credentials: Credentials },
    /// Something with the webhooks that a connection has at its provider.
    ProviderWebhooks { connection: String, ask: WebhookAsk },
    /// What a run of a connection would do.
    Preview {
        connection: String,
        kind: RunKind,
        /// Whom a run of deliveries would re-read, by source id.
        identities: Vec<String>,
        /// The run that would run again.
        rerun_of: Option<String>,
    },
    /// What a request that was posted would do, whether or not its endpoint is live.
    SimulatePush { connection: String, receipt: String },
    /// A run that applies exactly what was previewed.
    ApplyPlan { connection: String, hash: String },
    /// What taking a run back would do.
    PreviewUndo { run: String },
    /// What a receiver answers to a message about people who are made up.
    TestWebhook { endpoint: EndpointAsked, kind: Kind },
}

/// What a provider is asked with.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Credentials {
    /// The name of a vault entry.
    Saved(String),
    /// As they were typed; they live as long as the operation.
    Draft(String),
}

/// An endpoint, saved or as it was typed; then it lives as long as the operation.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndpointAsked {
    Saved(String),
    Draft { url: String, detail: Detail, headers: Vec<(String, String)> },
}

/// An operation as it stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Operation {
    pub id: String,
    pub requested_at: DateTime<Utc>,
    /// Who asked, as in the log.
    pub principal: String,
    pub request: Request,
    /// `None` while it is under way.
    pub answer: Option<Answer>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Done(Value),
    /// Why not: a code of the catalogue of failures, a sentence, and whom it is about.
    Failed {
        code: String,
        summary: String,
        #[serde(default)]
        people: Vec<About>,
        #[serde(default)]
        retry_at: Option<DateTime<Utc>>,
    },
}

/// Somebody an answer is about.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct About {
    pub hris_id: Option<String>,
    /// As the roster calls them; `None` who is not in it.
    pub name: Option<String>,
}

impl Request {
    pub fn kind(&self) -> &'static str {
        match self {
            Request::TestConnection { .. } => "test_connection",
            Request::ProviderWebhooks { ask, .. } => ask.kind(),
            Request::Preview { .. } => "preview",
            Request::SimulatePush { .. } => "simulate_push",
            Request::ApplyPlan { .. } => "apply_plan",
            Request::PreviewUndo { .. } => "preview_undo",
            Request::TestWebhook { .. } => "test_webhook",
        }
    }

    /// What it waits for: others with the same key, which were asked for before.
    fn order_key(&self, id: &str) -> String {
        match self {
            Request::ProviderWebhooks { connection, ask } if ask.goes_alone() => connection.clone(),
            Request::ProviderWebhooks { .. }
            | Request::TestConnection { .. }
            | Request::Preview { .. }
            | Request::SimulatePush { .. }
            | Request::ApplyPlan { .. }
            | Request::PreviewUndo { .. }
            | Request::TestWebhook { .. } => id.to_owned(),
        }
    }
}

/// What an intent of this kind says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    pub operation: String,
}

/// Asks for an operation; its id.
pub async fn request_operation(
    store: &Store,
    tenant: &Arc<str>,
    request: Request,
    principal: &str,
) -> Result<String, StoreError> {
    let id = ulid::Ulid::generate().to_string();
    let (requested_at, key) = (store.clock().now(), request.order_key(&id));
    let principal = principal.to_owned();
    let operation = Operation { id: id.clone(), requested_at, principal, request, answer: None };
    put(store, tenant, &operation).await?;
    let asked = Asked { operation: id.clone() };
    let intent = NewIntent {
        effect_id: format!("operation/{id}"),
        kind: PERFORM_OPERATION.to_owned(),
        tenant: tenant.clone(),
        key,
        payload: serde_json::to_vec(&asked).expect("a text can be written"),
        run_at: None,
    };
    store.add_intents(&[intent]).await?;
    Ok(id)
}

/// An operation, as long as it is kept.
pub async fn operation(
    store: &Store,
    tenant: &str,
    id: &str,
) -> Result<Option<Operation>, StoreError> {
    let Some(bytes) = store.entry(tenant, ENTRY, id).await? else { return Ok(None) };
    let read = serde_json::from_slice(&bytes);
    read.map(Some).map_err(|_| StoreError::Damaged("an operation can't be read"))
}

/// Records what came of it. Draft credentials go with it.
pub async fn answer_operation(
    store: &Store,
    tenant: &str,
    mut operation: Operation,
    answer: Answer,
) -> Result<(), StoreError> {
    if let Request::TestConnection { credentials: Credentials::Draft(draft), .. } =
        &mut operation.request
    {
        draft.clear();
    }
    if let Request::TestWebhook { endpoint: EndpointAsked::Draft { headers, .. }, .. } =
        &mut operation.request
    {
        headers.clear();
    }
    operation.answer = Some(answer);
    put(store, tenant, &operation).await
}

async fn put(store: &Store, tenant: &str, operation: &Operation) -> Result<(), StoreError> {
    let bytes = serde_json::to_vec(operation)
        .map_err(|_| StoreError::Damaged("an operation can't be written down"))?;
    let until = store.clock().now() + KEPT_FOR;
    store.put_entry(tenant, ENTRY, &operation.id, &bytes, until).await
}
