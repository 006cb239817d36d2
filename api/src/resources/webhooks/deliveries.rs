//! What became of each message to an endpoint.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use rollcall_domain::message::Kind;
use rollcall_projections::{ReadError, webhook_endpoints};
use rollcall_store::{Attempt, Delivery, DeliveryState};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{List, Token};
use crate::app::App;
use crate::caller::Reader;
use crate::edge::{Code, Problem};
use crate::extractors::PathIds;
use crate::openapi::{self, Operation, Tag};
use crate::params::Params;

const STATES: [&str; 4] = ["waiting", "delivered", "parked", "dropped"];

pub(super) fn operations() -> Vec<Operation> {
    let tag = Tag::Webhooks;
    let status = || openapi::word("status", "Only these.", &STATES);
    vec![
        openapi::get(tag, "/webhooks/deliveries", "list_all_deliveries", "To all endpoints.")
            .query([status()])
            .list::<View>(),
        openapi::get(tag, "/webhooks/{endpoint}/deliveries", "list_deliveries", "To one endpoint.")
            .query([status()])
            .list::<View>(),
        openapi::get(
            tag,
            "/webhooks/{endpoint}/deliveries/{delivery}",
            "read_delivery",
            "One message, with every attempt.",
        )
        .json::<Full>(200, "The delivery."),
    ]
}

#[derive(Serialize, ToSchema)]
#[schema(as = WebhookDelivery)]
pub(crate) struct View {
    pub(crate) id: String,
    pub(crate) webhook: String,
    /// `webhook-id` of its requests, and `event_id` of their bodies.
    pub(crate) message: String,
    /// The type.
    pub(crate) event: String,
    /// What the type is called.
    pub(crate) event_name: Option<&'static str>,
    /// `waiting`, `delivered`, `parked`, `dropped`.
    pub(crate) status: &'static str,
    /// Why it is parked or was dropped: `disabled`, `exhausted`, `removed`, `nothing_to_tell`.
    pub(crate) reason: Option<String>,
    /// What it tells of: the event in the log.
    pub(crate) position: String,
    pub(crate) run: Option<String>,
    /// Messages with the same key are sent one after the other.
    pub(crate) order_key: String,
    pub(crate) attempts: u32,
    pub(crate) queued_at: DateTime<Utc>,
    /// `null` while another message of its key comes first.
    pub(crate) next_attempt_at: Option<DateTime<Utc>>,
    pub(crate) ended_at: Option<DateTime<Utc>>,
    pub(crate) last_attempt_at: Option<DateTime<Utc>>,
    pub(crate) last_status: Option<u16>,
    pub(crate) latency_ms: Option<u64>,
    pub(crate) error: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = WebhookDeliveryInFull)]
pub(crate) struct Full {
    #[serde(flatten)]
    pub(crate) delivery: View,
    /// The newest hundred, oldest first.
    pub(crate) all_attempts: Vec<AttemptView>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = WebhookAttempt)]
pub(crate) struct AttemptView {
    pub(crate) number: u32,
    pub(crate) at: DateTime<Utc>,
    pub(crate) latency_ms: u64,
    pub(crate) status: Option<u16>,
    pub(crate) error: Option<String>,
    /// The head of the answer, without secrets; gone with the person the message told of.
    pub(crate) reply: Option<String>,
}

fn view(reader: &Reader, one: Delivery) -> View {
    let position = Token { shard: reader.tenant.shard, position: one.position };
    View {
        id: one.id,
        webhook: one.endpoint,
        message: one.message,
        event_name: Kind::parse(&one.kind).map(Kind::name),
        event: one.kind,
        status: one.state.as_str(),
        reason: one.reason,
        position: position.to_string(),
        run: one.run,
        order_key: one.order_key,
        attempts: one.attempts,
        queued_at: one.queued_at,
        next_attempt_at: one.due_at,
        ended_at: one.ended_at,
        last_attempt_at: one.last_at,
        last_status: one.last_status,
        latency_ms: one.last_millis,
        error: one.last_error,
    }
}

fn attempt(one: Attempt) -> AttemptView {
    AttemptView {
        number: one.n,
        at: one.at,
        latency_ms: one.millis,
        status: one.status,
        error: one.error,
        reply: one.reply.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
    }
}

pub(crate) async fn of_all(
    State(app): State<App>,
    reader: Reader,
    params: Params,
) -> Result<Json<List<View>>, Problem> {
    listed(&app, &reader, None, params).await
}

pub(crate) async fn of_one(
    State(app): State<App>,
    reader: Reader,
    PathIds(webhook): PathIds<String>,
    params: Params,
) -> Result<Json<List<View>>, Problem> {
    // Also of one that was removed.
    let known = webhook_endpoints::one(reader.db(), reader.id(), &webhook).await?;
    known.ok_or(Code::NotFound)?;
    listed(&app, &reader, Some(&webhook), params).await
}

pub(crate) async fn listed(
    app: &App,
    reader: &Reader,
    webhook: Option<&str>,
    mut params: Params,
) -> Result<Json<List<View>>, Problem> {
    let (piece, state) = (params.piece(), params.word("status", &STATES));
    params.done()?;
    let state = state.and_then(|word| DeliveryState::parse(&word));
    let before: Option<i64> = match piece.after() {
        Some(after) => Some(after.parse().map_err(|_| ReadError::Cursor)?),
        None => None,
    };
    let store = &app.store;
    let mut rows = store.deliveries(reader.id(), webhook, state, before, piece.limit + 1).await?;
    let more = rows.len() > piece.limit as usize;
    rows.truncate(piece.limit as usize);
    let next = rows.last().filter(|_| more).map(|last| last.seq.to_string());
    let data = rows.into_iter().map(|one| view(reader, one)).collect();
    Ok(Json(List { data, next_cursor: piece.next(next) }))
}

pub(crate) async fn read(
    State(app): State<App>,
    reader: Reader,
    PathIds((webhook, delivery)): PathIds<(String, String)>,
    params: Params,
) -> Result<Json<Full>, Problem> {
    params.done()?;
    Ok(Json(full(&app, &reader, &webhook, &delivery).await?))
}

pub(crate) async fn full(
    app: &App,
    reader: &Reader,
    webhook: &str,
    delivery: &str,
) -> Result<Full, Problem> {
    let found = app.store.delivery(reader.id(), delivery).await?;
    let found = found.filter(|one| one.endpoint == webhook).ok_or(Code::NotFound)?;
    let attempts = app.store.attempts(reader.id(), delivery).await?;
    Ok(Full {
        delivery: view(reader, found),
        all_attempts: attempts.into_iter().map(attempt).collect(),
    })
}
