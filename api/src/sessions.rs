//! Sessions of people who signed in.

use axum::http::HeaderMap;

use crate::app::App;
use crate::caller::Caller;
use crate::edge::{Code, Problem};

/// Who signed in.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) user: String,
    pub(crate) name: String,
    pub(crate) email: String,
}

/// Who has the session of a cookie, in the tenant asked for, or the one the session stands in.
pub(crate) async fn caller(
    _app: &App,
    _headers: &HeaderMap,
    _tenant: Option<&str>,
) -> Result<Caller, Problem> {
    Err(Code::Unauthenticated.into())
}
