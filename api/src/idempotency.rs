//! `Idempotency-Key`: a write that is sent again is answered as the first time, and done once.
//!
//! The key is reserved before the request is handled, and the answer is kept in its place, also where
//! the caller has hung up meanwhile. A process that dies on the way leaves a reservation, which is over
//! soon; then it may be sent again.

use axum::body::Body;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use http_body_util::BodyExt;
use rollcall_store::StoreError;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::task::JoinError;

use crate::answer::POSITION;
use crate::app::App;
use crate::caller::Caller;
use crate::edge::{Code, Problem, UnderWay, read_body};
use crate::extractors::BODY_LIMIT;
use crate::problems::internal;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const ENTRY: &str = "idempotency";
/// Whose entries those of an operator are who names no tenant.
const NO_TENANT: &str = "installation";
const LONGEST_KEY: usize = 255;
const KEPT_FOR: TimeDelta = TimeDelta::hours(24);
/// Longer than any request takes: operations are waited for a minute at most.
const RESERVED_FOR: TimeDelta = TimeDelta::minutes(2);
/// What an answer means is in these, beside status and body.
const HEADERS: [HeaderName; 4] = [CONTENT_TYPE, LOCATION, POSITION, RETRY_AFTER];

/// What lies under a key: whose request it is, and its answer once there is one.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// Of method, address and body.
    request: String,
    answer: Option<Answer>,
}

#[derive(Serialize, Deserialize)]
struct Answer {
    status: u16,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

/// Where a key's entry is.
struct Place {
    tenant: String,
    key: String,
}

/// Answers writes that carry a key once; everything else passes.
pub(crate) async fn once(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let given: Vec<&HeaderValue> = request.headers().get_all(KEY).iter().collect();
    if given.is_empty() || !is_write(request.method()) {
        return Ok(next.run(request).await);
    }
    let key = match given.as_slice() {
        [one] => checked(one)?,
        [..] => return Err(not_a_key()),
    };
    let (mut parts, body) = request.into_parts();
    let place = match Caller::from_request_parts(&mut parts, &app).await {
        Ok(caller) => Place::of(&caller, &key),
        // Whoever that is, the route says so.
        Err(_) => return Ok(next.run(Request::from_parts(parts, body)).await),
    };
    let body = read_body(body, BODY_LIMIT).await?;
    let fingerprint = fingerprint(&parts, &body);
    let under_way = parts.extensions.get::<UnderWay>().cloned();
    // In a task of its own: a caller who hangs up ends the connection, and not what was begun.
    let done = tokio::spawn(async move {
        let _under_way = under_way;
        if let Some(answer) = reserve(&app, &place, &fingerprint).await? {
            return Ok(answer);
        }
        let response = next.run(Request::from_parts(parts, Body::from(body))).await;
        keep(&app, &place, fingerprint, response).await
    });
    match done.await.map_err(JoinError::try_into_panic) {
        Ok(answer) => answer,
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        // The process is at its end.
        Err(Err(error)) => Err(internal(&error)),
    }
}

fn is_write(method: &Method) -> bool {
    [Method::POST, Method::PUT, Method::PATCH, Method::DELETE].contains(method)
}

fn checked(key: &HeaderValue) -> Result<String, Problem> {
    let visible = |key: &&str| key.bytes().all(|byte| byte.is_ascii_graphic());
    let key = key.to_str().ok().filter(visible);
    let key = key.filter(|key| (1..=LONGEST_KEY).contains(&key.len()));
    key.map(str::to_owned).ok_or_else(not_a_key)
}

fn not_a_key() -> Problem {
    let what = "It must be one key of 1 to 255 visible ASCII characters.";
    Problem::new(Code::InvalidRequest).violation("Idempotency-Key", what)
}

impl Place {
    fn of(caller: &Caller, key: &str) -> Place {
        let tenant = caller.tenant.as_ref().map_or(NO_TENANT, |tenant| &tenant.id).to_owned();
        Place { tenant, key: hash([caller.principal.as_bytes(), key.as_bytes()]) }
    }
}

fn fingerprint(parts: &axum::http::request::Parts, body: &[u8]) -> String {
    let address = parts.uri.path_and_query().map_or("", |address| address.as_str());
    hash([parts.method.as_str().as_bytes(), address.as_bytes(), body])
}

fn hash<const N: usize>(parts: [&[u8]; N]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hex::encode(hash.finalize())
}

/// Takes the key; or the answer that is there for it.
async fn reserve(app: &App, place: &Place, fingerprint: &str) -> Result<Option<Response>, Problem> {
    let (store, Place { tenant, key }) = (&app.store, place);
    let reservation = Kept { request: fingerprint.to_owned(), answer: None }.bytes();
    loop {
        let until = store.clock().now() + RESERVED_FOR;
        if store.add_entry(tenant, ENTRY, key, &reservation, until).await? {
            return Ok(None);
        }
        // It may have gone since; then it is free.
        let Some(found) = store.entry(tenant, ENTRY, key).await? else { continue };
        let kept: Kept = serde_json::from_slice(&found).map_err(|_| unreadable())?;
        if kept.request != fingerprint {
            return Err(Code::IdempotencyKeyReused.into());
        }
        return match kept.answer {
            Some(answer) => answer.into_response().map(Some).ok_or_else(unreadable),
            None => {
                let wait = std::time::Duration::from_secs(1);
                let detail = "A request with this Idempotency-Key is under way; ask again soon.";
                Err(Problem::new(Code::Conflict).detail(detail).retry_after(wait))
            }
        };
    }
}

/// Puts the answer in the place of the reservation. One that asks to try again is not kept: then the
/// key is free.
async fn keep(
    app: &App,
    Place { tenant, key }: &Place,
    request: String,
    response: Response,
) -> Result<Response, Problem> {
    let (parts, body) = response.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let status = parts.status;
    let kept = if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        app.store.drop_entry(tenant, ENTRY, key).await
    } else {
        let answer = Some(Answer::of(status, &parts.headers, &body));
        let until = app.store.clock().now() + KEPT_FOR;
        let kept = Kept { request, answer }.bytes();
        app.store.put_entry(tenant, ENTRY, key, &kept, until).await
    };
    if let Err(error) = kept {
        // It is done, and the caller is told so.
        error.warn("an answer was not kept for a repeat");
    }
    Ok(Response::from_parts(parts, Body::from(body)))
}

impl Kept {
    fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts and numbers can be written as JSON")
    }
}

impl Answer {
    fn of(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Answer {
        let named = |name: &HeaderName| {
            let value = headers.get(name)?;
            Some((name.as_str().to_owned(), value.as_bytes().to_vec()))
        };
        let headers = HEADERS.iter().filter_map(named).collect();
        Answer { status: status.as_u16(), headers, body: body.to_vec() }
    }

    fn into_response(self) -> Option<Response> {
        let mut response = Body::from(self.body).into_response();
        *response.status_mut() = StatusCode::from_u16(self.status).ok()?;
        for (name, value) in self.headers {
            let name = HeaderName::try_from(name).ok()?;
            response.headers_mut().insert(name, HeaderValue::from_bytes(&value).ok()?);
        }
        Some(response)
    }
}

fn unreadable() -> Problem {
    internal(&StoreError::Damaged("a kept answer can't be read"))
}
