//! `POST /hriswebhook/sync/{endpoint}`: everybody an HR system has. The key comes before the body, the
//! body is checked as a whole, and what is right is durably stored before it is answered.

mod body;
mod repeated;

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use rollcall_commands::{PushPolicy, Pushed, Pushing, accept_push};
use rollcall_domain::connection::Status;
use rollcall_domain::push::{Form, Refused, Violations};
use rollcall_domain::receipt::{Received, Verdict};
use rollcall_domain::vocabulary::Provider;
use rollcall_store::StoreError;
use secrecy::ExposeSecret;
use serde::Serialize;
use subtle::{Choice, ConstantTimeEq};
use tokio::time::timeout;
use utoipa::ToSchema;

use super::headers::{self, Sent, sent};
use super::in_time;
use crate::app::App;
use crate::edge::{BodyError, Code, Problem, Violation};
use crate::extractors::PathIds;
use crate::openapi::{self, Operation, Tag};
use crate::refused_deliveries::{Reason, RefusedDelivery};

/// With and without the final slash.
pub(crate) const PATHS: [&str; 2] =
    ["/hriswebhook/sync/{endpoint}", "/hriswebhook/sync/{endpoint}/"];

const KEY: &str = "x-hris-authentication";
/// The same for an address that nobody has and a key that is none.
const NOBODY: &str =
    "Compare the address, and the key in X-HRIS-AUTHENTICATION, with those of the endpoint.";
const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// How long the store may take: a body is written in 64 pieces at most.
const STORE_PATIENCE: Duration = Duration::from_secs(60);
/// Of a key that tells repeats apart.
const LONGEST: usize = 255;

/// What a request is answered with, the first time and again.
#[derive(Serialize, ToSchema)]
#[schema(as = PushAnswer)]
pub(crate) struct Answer {
    request_id: String,
    /// `test` or `live`.
    mode: &'static str,
    /// How many people it holds.
    received: u64,
    status_url: String,
}

pub(crate) fn operations() -> Vec<Operation> {
    let about = "Takes in everybody an HR system has.";
    PATHS
        .into_iter()
        .zip(["push_people", "push_people_slash"])
        .map(|(path, id)| {
            openapi::post(Tag::Deliveries, path, id, about)
                .json::<Answer>(202, "It is kept.")
                .json::<Answer>(200, "It had come before; this is the first one's answer.")
                .refuses([Code::Malformed, Code::Unauthenticated, Code::EndpointDisabled])
                .refuses([Code::PayloadTooLarge, Code::UnsupportedMediaType])
                .refuses([Code::InvalidRequest, Code::IdempotencyKeyReused])
                .refuses([Code::Overloaded, Code::Timeout])
        })
        .collect()
}

pub(crate) async fn push(
    State(app): State<App>,
    endpoint: Result<PathIds<String>, Problem>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    // A name that can be nobody's is answered like one that is nobody's.
    let endpoint = endpoint.map_or_else(|_| String::new(), |PathIds(endpoint)| endpoint);
    match receive(&app, &endpoint, &headers, body).await {
        Ok((status, answer)) => (status, Json(answer)).into_response(),
        Err(problem) => problem.answering(&headers).into_response(),
    }
}

async fn receive(
    app: &App,
    endpoint: &str,
    headers: &HeaderMap,
    sent_body: Body,
) -> Result<(StatusCode, Answer), Problem> {
    let policy = open(app, endpoint, headers).await?;
    let refuse = |problem: Problem, reason, body: &[u8]| {
        let refused = refused(Some(&policy.tenant), problem.code, reason);
        app.refusals.note(&refused, || headers::kept(headers), body, app.now());
        problem
    };
    let key = idempotency_key(headers)?;
    let content_type = headers::content_type(headers).to_owned();
    let (Some(form), Some(coding)) = (Form::of(&content_type), body::Coding::of(headers)) else {
        return Err(refuse(Code::UnsupportedMediaType.into(), Reason::WrongType, &[]));
    };
    let _place = app.pushes.take().await?;
    let whole = body::read(sent_body, coding).await.map_err(|error| {
        let reason = match error {
            BodyError::TooLarge(_) => Reason::PayloadTooLarge,
            BodyError::Stalled => Reason::BodyStalled,
            BodyError::BrokenOff => Reason::BodyBrokeOff,
        };
        refuse(error.into(), reason, &[])
    })?;
    let checked = body::checked(form, whole, policy.clone()).await;
    let checked = checked.ok_or(Code::Internal)?.map_err(|(whole, refused)| {
        let reason = reason_of(&refused);
        refuse(problem_of(refused), reason, &whole)
    })?;
    // Sending takes minutes: what counts is how the endpoint is set now.
    let policy = open(app, endpoint, headers).await?;
    let pushed = Pushed {
        tenant: policy.tenant.clone(),
        connection: policy.connection.id.clone(),
        body: checked.whole,
        content_type,
        headers: headers::kept(headers),
        people: checked.people,
        subjects: checked.subjects,
        verdict: verdict(&policy),
        configuration: policy.configuration.clone(),
        idempotency_key: key,
        at: app.now(),
    };
    store(app, &policy, pushed).await
}

/// The endpoint as it is now, for whoever has its key.
async fn open(app: &App, endpoint: &str, headers: &HeaderMap) -> Result<Arc<PushPolicy>, Problem> {
    let policy = in_time(app, app.inbound_policies.of_endpoint(&app.store, endpoint)).await?;
    let policy = policy.map_err(|error| {
        error.warn("an endpoint's policy could not be read");
        Problem::new(Code::StorageUnavailable)
    })?;
    let refuse = |tenant: Option<&Arc<str>>, problem: Problem, reason| {
        let refused = refused(tenant, problem.code, reason);
        app.refusals.note(&refused, || headers::kept(headers), &[], app.now());
        problem
    };
    match policy {
        Some(policy) if has_key(&policy, headers) => match policy.connection.status {
            Status::Disabled => {
                let problem = Code::EndpointDisabled.into();
                Err(refuse(Some(&policy.tenant), problem, Reason::Disabled))
            }
            Status::Active | Status::Paused | Status::Test | Status::Disconnected => Ok(policy),
        },
        // The answer tells nobody which endpoints there are; whose it is reads why.
        other => {
            let tenant = other.as_ref().map(|policy| &policy.tenant);
            let problem = Problem::new(Code::Unauthenticated).detail(NOBODY);
            Err(refuse(tenant, problem, Reason::SecretWrong))
        }
    }
}

async fn store(
    app: &App,
    policy: &Arc<PushPolicy>,
    pushed: Pushed,
) -> Result<(StatusCode, Answer), Problem> {
    fail::fail_point!("push.before_append");
    let counts = |latest| repeated::still_counts(app.clone(), policy.clone(), latest);
    let stored = timeout(STORE_PATIENCE, accept_push(&app.store, pushed, counts)).await;
    let accepted = stored.map_err(|late| {
        app.store.note(&StoreError::unavailable(late));
        Problem::new(Code::StorageUnavailable)
    })?;
    let accepted = accepted.map_err(|error| {
        error.warn("a request could not be stored");
        Problem::new(Code::StorageUnavailable)
    })?;
    fail::fail_point!("push.after_append");
    match accepted {
        Pushing::New { receipt, received } => {
            Ok((StatusCode::ACCEPTED, answer(policy, receipt, &received)))
        }
        Pushing::Repeated { receipt, received } => {
            Ok((StatusCode::OK, answer(policy, receipt, &received)))
        }
        Pushing::KeyReused => Err(Code::IdempotencyKeyReused.into()),
    }
}

fn answer(policy: &PushPolicy, receipt: String, received: &Received) -> Answer {
    let mode = if received.verdict == Verdict::Test { "test" } else { "live" };
    let connection = &policy.connection.id;
    Answer {
        status_url: format!("/api/v1/hris_webhooks/{connection}/requests/{receipt}"),
        request_id: receipt,
        mode,
        received: received.people.unwrap_or_default(),
    }
}

/// Nothing follows in test mode, and under a plan without live sync.
fn verdict(policy: &PushPolicy) -> Verdict {
    match policy.connection.status {
        Status::Test | Status::Disabled | Status::Disconnected => Verdict::Test,
        Status::Active | Status::Paused if !policy.entitled => Verdict::SkippedEntitlement,
        Status::Active => Verdict::Accepted,
        Status::Paused => Verdict::Paused,
    }
}

/// Every key is tried, so that the time taken does not tell which one fits.
fn has_key(policy: &PushPolicy, headers: &HeaderMap) -> bool {
    let Sent::One(given) = sent(headers, KEY) else { return false };
    let fits = policy.connection.secrets.iter().fold(Choice::from(0), |fits, secret| {
        fits | secret.expose_secret().as_bytes().ct_eq(given.as_bytes())
    });
    fits.into()
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    match sent(headers, IDEMPOTENCY_KEY) {
        Sent::Nothing => Ok(None),
        Sent::One(key) if !key.trim().is_empty() && key.len() <= LONGEST => {
            Ok(Some(key.to_owned()))
        }
        Sent::One(_) | Sent::Unclear => {
            let say = "Send one key of 1 to 255 characters, or none.";
            Err(Problem::new(Code::Malformed).violation("Idempotency-Key", say))
        }
    }
}

fn refused<'a>(tenant: Option<&'a Arc<str>>, code: Code, reason: Reason) -> RefusedDelivery<'a> {
    RefusedDelivery::new(tenant, code, reason).by(Provider::HrisWebhook)
}

fn reason_of(refused: &Refused) -> Reason {
    match refused {
        Refused::NotJson { .. } => Reason::NotJson,
        Refused::TooManyUsers => Reason::TooManyPeople,
        Refused::Violations(_) => Reason::AgainstSchema,
    }
}

fn problem_of(refused: Refused) -> Problem {
    let detail = refused.to_string();
    let code = match &refused {
        Refused::NotJson { .. } => Code::Malformed,
        Refused::TooManyUsers => Code::PayloadTooLarge,
        Refused::Violations(_) => Code::InvalidRequest,
    };
    let listed = match refused {
        Refused::Violations(Violations { listed, .. }) => listed,
        Refused::NotJson { .. } | Refused::TooManyUsers => vec![],
    };
    Problem::new(code).detail(crate::wording::sentence(&detail)).violations(listed.into_iter().map(
        |one| Violation {
            path: one.path,
            message: crate::wording::sentence(&one.message),
            index: one.index.and_then(|index| usize::try_from(index).ok()),
            hris_id: one.hris_id,
        },
    ))
}
