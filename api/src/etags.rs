//! `ETag`, `If-None-Match`, `If-Match`: whether a single thing is as the caller knows it.
//!
//! A tag is of the answer's very bytes, so it covers whatever they show. `If-Match` is checked against
//! what a reading would answer now, with everything written so far seen, right before the change; on one
//! node two changes under the same tag never both pass.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http_body_util::BodyExt;
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;
use tower::ServiceExt;

use crate::answer::position;
use crate::app::App;
use crate::caller::Caller;
use crate::edge::{Code, Problem};

/// Changes under a tag that may be checked at a time.
const PLACES: usize = 64;

/// How a thing reads now: the same routes, without what lies before them.
#[derive(Clone)]
pub(crate) struct Readings {
    app: App,
    router: Router,
    changing: Arc<Vec<Mutex<()>>>,
}

impl Readings {
    pub(crate) fn new(app: &App, routes: Router<App>) -> Readings {
        let changing = (0..PLACES).map(|_| Mutex::new(())).collect();
        let router = routes.with_state(app.clone());
        Readings { app: app.clone(), router, changing: Arc::new(changing) }
    }

    fn place(&self, path: &str) -> &Mutex<()> {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(path);
        let place = usize::try_from(hash % PLACES as u64).unwrap_or_default();
        &self.changing[place]
    }

    /// Refuses a thing that is not as the caller knows it.
    async fn check(&self, caller: Option<Caller>, path: &str, known: &str) -> Result<(), Response> {
        let tenant = caller.as_ref().and_then(|caller| caller.tenant.as_ref());
        let address = match tenant {
            Some(tenant) => {
                let now = position(&self.app, tenant).await.map_err(Problem::into_response)?;
                format!("{path}?min_position={now}")
            }
            None => path.to_owned(),
        };
        let request = Request::get(address).body(Body::empty());
        let mut request = request.map_err(|_| Code::NotFound.into_response())?;
        if let Some(caller) = caller {
            request.extensions_mut().insert(caller);
        }
        let Ok(response) = self.router.clone().oneshot(request).await;
        match response.status() {
            StatusCode::OK => {}
            // What nobody can read has no tag that somebody could know.
            StatusCode::METHOD_NOT_ALLOWED => return Err(Code::PreconditionFailed.into_response()),
            _ => return Err(response),
        }
        let (_, body) = taken_apart(response).await;
        match lists(known, &tag(&body)) {
            true => Ok(()),
            false => Err(Code::PreconditionFailed.into_response()),
        }
    }
}

pub(crate) async fn conditional(
    State(readings): State<Readings>,
    request: Request,
    next: Next,
) -> Response {
    let matched = request.extensions().get::<MatchedPath>();
    let is_single = matched.is_some_and(|path| path.as_str().ends_with('}'));
    if is_single && request.method() == Method::GET {
        let known = text(request.headers(), &IF_NONE_MATCH);
        return tagged(next.run(request).await, known.as_deref()).await;
    }
    let known = text(request.headers(), &IF_MATCH).filter(|_| request.method() == Method::PATCH);
    let Some(known) = known else { return next.run(request).await };
    let path = request.uri().path().to_owned();
    let caller = request.extensions().get::<Caller>().cloned();
    let _alone = readings.place(&path).lock().await;
    match readings.check(caller, &path, &known).await {
        Ok(()) => next.run(request).await,
        Err(response) => response,
    }
}

/// All values of a header that lists.
fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let values: Vec<&str> =
        headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
    (!values.is_empty()).then(|| values.join(","))
}

/// The answer with its tag, or that the caller has it already.
async fn tagged(response: Response, known: Option<&str>) -> Response {
    let is_json =
        response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    if response.status() != StatusCode::OK || !is_json {
        return response;
    }
    let (mut parts, body) = taken_apart(response).await;
    let tag = tag(&body);
    let has_it = known.is_some_and(|known| lists(known, &tag));
    if let Ok(tag) = HeaderValue::try_from(&tag) {
        parts.headers.insert(ETAG, tag);
    }
    if has_it {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(CONTENT_TYPE);
        parts.headers.remove(axum::http::header::CONTENT_LENGTH);
        return Response::from_parts(parts, Body::empty());
    }
    Response::from_parts(parts, Body::from(body))
}

async fn taken_apart(response: Response) -> (axum::http::response::Parts, Bytes) {
    let (parts, body) = response.into_parts();
    // It was made in memory: nothing can break it off.
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    (parts, body)
}

fn tag(body: &[u8]) -> String {
    format!("\"{}\"", hex::encode(&Sha256::digest(body)[..16]))
}

/// Whether a list of tags has this one, or means any.
fn lists(known: &str, tag: &str) -> bool {
    known.split(',').map(str::trim).any(|one| one == "*" || one.trim_start_matches("W/") == tag)
}
