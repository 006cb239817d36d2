//! `POST …/bamboohr/webhook/{tenant}`: proven genuine, durably stored, then acknowledged. Nothing is
//! processed here.

mod headers;
mod proof;
pub(crate) mod push;
mod reading;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use rollcall_commands::{Arrived, InboundPolicy, OpenConnection, accept_delivery};
use rollcall_domain::connection::BambooHr;
use rollcall_store::StoreError;
use tokio::time::timeout;

use crate::app::App;
use crate::edge::{BodyError, Code, Problem, read_body};
use crate::extractors::PathIds;
use crate::openapi::{self, Operation, Tag, shapes};
use crate::refused_deliveries::{Reason, RefusedDelivery};
use proof::Proven;

/// What all deliveries of webhooks begin with.
pub(crate) const PREFIX: &str = "/api/v1/integrations/bamboohr/webhook/";
pub(crate) const PATH: &str = "/api/v1/integrations/bamboohr/webhook/{tenant}";

/// BambooHR's deliveries are a few hundred bytes; 1 MiB is generous.
const BODY_LIMIT: usize = 1 << 20;
type Connected<'a> = (&'a InboundPolicy, &'a OpenConnection, &'a BambooHr);

/// How long the store may take. One that hangs counts as away: the sender comes again, and finds
/// what was written after all.
const STORE_PATIENCE: Duration = Duration::from_secs(10);

pub(crate) fn operations() -> Vec<Operation> {
    let path = "/integrations/bamboohr/webhook/{tenant}";
    let about = "What BambooHR delivers: acknowledged once it is kept.";
    let one = openapi::post(Tag::Deliveries, path, "receive_bamboohr", about)
        .json::<shapes::Received>(202, "It is kept.")
        .refuses([Code::BadSignature, Code::NotFound, Code::PayloadTooLarge])
        .refuses([Code::Overloaded, Code::NoSecretProvisioned, Code::Incomplete, Code::Timeout]);
    std::iter::once(one).chain(push::operations()).collect()
}

/// `POST /api/v1/integrations/bamboohr/webhook/{tenant}`
pub(crate) async fn bamboohr(
    State(app): State<App>,
    tenant: Result<PathIds<String>, Problem>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let received = match tenant {
        Ok(PathIds(tenant)) => receive(&app, &tenant, &headers, body).await,
        Err(problem) => Err(problem),
    };
    match received {
        Ok(receipt) => acknowledged(&receipt),
        Err(problem) => problem.answering(&headers).into_response(),
    }
}

async fn receive(
    app: &App,
    tenant: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<String, Problem> {
    let Ok(_place) = app.deliveries.try_acquire() else {
        return Err(Code::Overloaded.into());
    };
    let policy = open(app, tenant).await?;
    let Some((policy, connection, own)) = policy.as_deref().and_then(connected) else {
        let refused = RefusedDelivery::new(None, Code::NotFound, Reason::UnknownAddress);
        app.refusals.note(&refused, || headers::kept(headers), &[], app.now());
        return Err(Code::NotFound.into());
    };
    let refuse = |code, reason, body: &[u8]| {
        let refused = RefusedDelivery::new(Some(&policy.tenant), code, reason);
        app.refusals.note(&refused, || headers::kept(headers), body, app.now());
    };
    if connection.secrets.is_empty() {
        refuse(Code::NoSecretProvisioned, Reason::NoSecretProvisioned, &[]);
        return Err(Code::NoSecretProvisioned.into());
    }
    let body = read_body(body, BODY_LIMIT).await.map_err(|error| {
        let (problem, reason) = unread(error);
        refuse(problem.code, reason, &[]);
        problem
    })?;
    let proven = proof::prove(connection, own, headers, &body).map_err(|unproven| {
        refuse(Code::BadSignature, unproven, &body);
        Problem::new(Code::BadSignature)
    })?;
    store(app, arrived(app, (policy, connection, own), headers, &proven, body)).await
}

/// What did not arrive may arrive the next time. What is too long never will.
fn unread(error: BodyError) -> (Problem, Reason) {
    match error {
        BodyError::TooLarge(_) => (error.into(), Reason::PayloadTooLarge),
        BodyError::Stalled => (Code::Incomplete.into(), Reason::BodyStalled),
        BodyError::BrokenOff => (Code::Incomplete.into(), Reason::BodyBrokeOff),
    }
}

async fn open(app: &App, tenant: &str) -> Result<Option<Arc<InboundPolicy>>, Problem> {
    let opened = in_time(app, app.inbound_policies.of(&app.store, tenant)).await?;
    opened.map_err(|error| {
        error.warn("a tenant's policy could not be read");
        Problem::new(Code::StorageUnavailable)
    })
}

/// The connection a delivery can be for, with what only BambooHR's has. Any other provider's is
/// none.
fn connected(policy: &InboundPolicy) -> Option<Connected<'_>> {
    let connection = policy.connection.as_ref()?;
    Some((policy, connection, connection.settings.bamboohr()?))
}

fn arrived(
    app: &App,
    (policy, connection, own): Connected<'_>,
    headers: &HeaderMap,
    proven: &Proven,
    body: Bytes,
) -> Arrived {
    let now = app.now();
    let content_type = headers::content_type(headers);
    let read = reading::read((policy, connection, own), proven.timestamp, content_type, &body, now);
    Arrived {
        tenant: policy.tenant.clone(),
        connection: connection.id.clone(),
        provider: connection.settings.provider(),
        body: body.into(),
        content_type: content_type.to_owned(),
        timestamp: proven.timestamp.map(str::to_owned),
        timed: read.timed,
        headers: headers::kept(headers),
        event_type: read.event_type,
        subjects: read.subjects,
        proof: proven.proof,
        verdict: read.verdict,
        at: now,
    }
}

/// The receipt's id, once it is durable. Whatever goes wrong, the sender is asked to come again:
/// it never repeats what was answered with a 4xx.
async fn store(app: &App, arrived: Arrived) -> Result<String, Problem> {
    fail::fail_point!("ingest.before_append");
    let accepted = in_time(app, accept_delivery(&app.store, arrived)).await?;
    let accepted = accepted.map_err(|error| {
        error.warn("a delivery could not be stored");
        Problem::new(Code::StorageUnavailable)
    })?;
    fail::fail_point!("ingest.after_append");
    Ok(accepted.receipt)
}

/// What the store says, or that it says nothing.
async fn in_time<T>(app: &App, asked: impl Future<Output = T>) -> Result<T, Problem> {
    timeout(STORE_PATIENCE, asked).await.map_err(|late| {
        app.store.note(&StoreError::unavailable(late));
        Problem::new(Code::StorageUnavailable)
    })
}

fn acknowledged(receipt: &str) -> Response {
    let json = [(header::CONTENT_TYPE, "application/json")];
    // A receipt's id is hex: nothing in it needs escaping.
    (StatusCode::ACCEPTED, json, format!(r#"{{"receipt":"{receipt}"}}"#)).into_response()
}
