//! Which path leads where.

use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::post;
use axum::{Extension, Router};
use bytes::Bytes;
use http_body_util::BodyExt;

use crate::app::App;
use crate::caller::FromOwner;
use crate::edge::{Code, Problem, REQUEST_ID, request_id};
use crate::etags::{self, Readings};
use crate::{
    access, idempotency, inbound, mcp, openapi, origin, protection, resources, service, web,
};

/// Everything, for any listener.
pub fn router(app: App) -> Router {
    routes(&app).with_state(app)
}

/// The same for the owner's Unix socket: whoever may open it is the operator, and names a tenant
/// in the header `Rollcall-Tenant`. Never serve it on TCP; it asks for a token there.
pub fn operator_router(app: App) -> Router {
    routes(&app).layer(Extension(FromOwner)).with_state(app)
}

fn routes(app: &App) -> Router<App> {
    let readings = Readings::new(app, resources::routes());
    let api = resources::routes()
        .method_not_allowed_fallback(async || Code::MethodNotAllowed)
        .fallback(async || Code::NotFound)
        .layer(middleware::from_fn_with_state(readings, etags::conditional))
        .layer(middleware::from_fn_with_state(app.clone(), idempotency::once))
        .layer(middleware::from_fn_with_state(app.clone(), access::guard))
        .layer(middleware::from_fn(answered));
    // What leads nowhere is a page too, for whoever asks for one.
    let pages = protection::compressed(web::routes())
        .fallback(async |headers| problem(Code::NotFound, headers));
    Router::new()
        .nest("/api/v1", protection::compressed(api))
        .merge(guarded(beside(), app))
        .merge(guarded(mcp::routes(), app).layer(middleware::from_fn(answered)))
        .merge(guarded(pages, app).layer(middleware::from_fn_with_state(app.clone(), web::framed)))
        .method_not_allowed_fallback(async |headers| problem(Code::MethodNotAllowed, headers))
        .layer(middleware::from_fn(protection::headers))
        .layer(middleware::from_fn_with_state(app.clone(), origin::known))
}

/// Beside the API's layers: it carries the load.
fn beside() -> Router<App> {
    protection::compressed(service::routes().merge(openapi::routes()))
        .route(inbound::PATH, post(inbound::bamboohr))
        .route(inbound::push::PATHS[0], post(inbound::push::push))
        .route(inbound::push::PATHS[1], post(inbound::push::push))
}

fn guarded(routes: Router<App>, app: &App) -> Router<App> {
    routes.layer(middleware::from_fn_with_state(app.clone(), access::guard))
}

/// Beside the API's layers an error names its request itself.
fn problem(code: Code, headers: HeaderMap) -> Problem {
    Problem::new(code).answering(&headers)
}

/// Marks every answer of the API: whose request it was, and that nobody may keep it.
async fn answered(request: Request, next: Next) -> Response {
    let id = request_id(request.headers());
    let mut response = next.run(request).await;
    if response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "application/problem+json") {
        response = with_request_id(response, &id).await;
    }
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REQUEST_ID, id);
    response
}

/// Adds the id as the last member of a problem, whose body is one small JSON object.
async fn with_request_id(response: Response, id: &HeaderValue) -> Response {
    let (mut parts, body) = response.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let id = id.to_str().unwrap_or_default();
    let body = match body.strip_suffix(b"}") {
        Some(start) => {
            Bytes::from([start, format!(r#","request_id":"{id}"}}"#).as_bytes()].concat())
        }
        None => body,
    };
    parts.headers.remove(axum::http::header::CONTENT_LENGTH);
    Response::from_parts(parts, body.into())
}
