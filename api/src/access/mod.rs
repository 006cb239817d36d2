//! Whether a caller may: looked up for every request before its handler, in one table. A route without
//! a row there is not served.

#[cfg(test)]
mod document;
mod table;

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::header::{ALLOW, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use rollcall_domain::access::Permission;

pub use table::{Page, pages};
pub(crate) use table::{Row, rows};

use crate::app::App;
use crate::caller::Caller;
use crate::edge::{Code, Problem};
use crate::rates;

/// What a route asks of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Nothing, or a proof of its own.
    Open,
    /// To be known, as whomever.
    Known,
    /// A permission in the tenant.
    Needs(Permission),
    /// The same for a question that is asked with a writing method.
    Asks(Permission),
    /// To run the installation. Whoever has the permission may know that there is such a thing.
    Operates(Option<Permission>),
}

type Methods = HashMap<Method, Access>;

static TABLE: LazyLock<HashMap<&'static str, Methods>> = LazyLock::new(|| {
    let mut table: HashMap<&'static str, Methods> = HashMap::new();
    for (method, path, access) in rows() {
        table.entry(path).or_default().insert(method, access);
    }
    table
});

/// Lets through who may. The caller is known from here on.
pub(crate) async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(path) = request.extensions().get::<MatchedPath>().cloned() else {
        return next.run(request).await;
    };
    let Some(methods) = TABLE.get(path.as_str()) else {
        tracing::error!(path = path.as_str(), "a route has no row in the table of access");
        return Code::NotFound.into_response();
    };
    let method = match request.method() {
        &Method::HEAD => &Method::GET,
        method => method,
    };
    let Some(access) = methods.get(method).copied() else { return not_allowed(methods) };
    let (mut parts, body) = request.into_parts();
    if is_write(&parts.method) && from_elsewhere(&parts.headers) {
        return other_site().into_response();
    }
    let caller = match access {
        Access::Open => Ok(None),
        Access::Known | Access::Needs(_) | Access::Asks(_) | Access::Operates(_) => {
            Caller::from_request_parts(&mut parts, &app).await.map(Some)
        }
    };
    let known = caller.as_ref().ok().and_then(Option::as_ref);
    let (left, counted) = match rates::take(&app, &parts, (path.as_str(), access), known) {
        Ok(left) => (left, caller),
        Err(refused) => (Some(refused.left), Err(refused.problem())),
    };
    let passed = counted.and_then(|caller| match caller {
        Some(caller) => {
            check(&caller, access, &parts.method, &parts.headers).map(|()| Some(caller))
        }
        None => Ok(None),
    });
    let mut response = match passed {
        Ok(caller) => {
            if let Some(caller) = caller {
                parts.extensions.insert(caller);
            }
            let response = next.run(Request::from_parts(parts, body)).await;
            #[cfg(test)]
            let response = admitted(response);
            response
        }
        Err(problem) => problem.into_response(),
    };
    if let Some(left) = left {
        left.mark(response.headers_mut());
    }
    response
}

fn check(
    caller: &Caller,
    access: Access,
    method: &Method,
    headers: &HeaderMap,
) -> Result<(), Problem> {
    let asks = matches!(access, Access::Asks(_));
    if caller.reads_only() && is_write(method) && !asks {
        return Err(Code::ReadOnlyToken.into());
    }
    if caller.has_session() && is_write(method) && !from_here(headers) {
        return Err(other_site());
    }
    match access {
        Access::Open | Access::Known => Ok(()),
        Access::Needs(permission) | Access::Asks(permission) => {
            caller.needs(permission, Some(permission.sight()))
        }
        Access::Operates(_) if caller.is_operator() => Ok(()),
        Access::Operates(sight) => match sight.is_some_and(|sight| caller.may(sight)) {
            true => Err(Code::Forbidden.into()),
            false => Err(Code::NotFound.into()),
        },
    }
}

fn not_allowed(methods: &Methods) -> Response {
    let mut names: Vec<&str> = methods.keys().map(Method::as_str).collect();
    if names.contains(&"GET") {
        names.push("HEAD");
    }
    names.sort_unstable();
    let mut response = Code::MethodNotAllowed.into_response();
    if let Ok(names) = HeaderValue::from_str(&names.join(",")) {
        response.headers_mut().insert(ALLOW, names);
    }
    response
}

fn is_write(method: &Method) -> bool {
    ![Method::GET, Method::HEAD, Method::OPTIONS].contains(method)
}

fn other_site() -> Problem {
    Problem::new(Code::Forbidden).detail("The request came from a page of another site.")
}

/// Whether a browser says that a page of somebody else made the request: by Fetch Metadata, or, where
/// the connection is too old or too open for that, by its origin. Programs say neither.
fn from_elsewhere(headers: &HeaderMap) -> bool {
    match headers.get("sec-fetch-site") {
        Some(site) => site != "same-origin" && site != "none",
        None => headers.contains_key(ORIGIN) && !has_our_origin(headers),
    }
}

/// Whether a browser says that one of our pages made the request. Asked of whoever comes with a cookie.
pub(crate) fn from_here(headers: &HeaderMap) -> bool {
    match headers.contains_key("sec-fetch-site") {
        true => !from_elsewhere(headers),
        false => has_our_origin(headers),
    }
}

fn has_our_origin(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let origin = text(ORIGIN).and_then(|origin| origin.split_once("://"));
    matches!((origin, text(HOST)), (Some((_, from)), Some(host)) if from == host)
}

/// Tells tests that a handler was asked, whatever it answered.
#[cfg(test)]
#[derive(Clone)]
pub(crate) struct Admitted;

#[cfg(test)]
fn admitted(mut response: Response) -> Response {
    response.extensions_mut().insert(Admitted);
    response
}
