//! Path and body of a request, refused as problem details where they can't be read.

use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::error::Category;

use crate::app::App;
use crate::edge::{Code, Problem, read_body};
use crate::strict_json::{self, Twice};

/// The most a JSON body may have.
pub(crate) const BODY_LIMIT: usize = 64 << 10;

/// Ids from the path. One that can't be read names nothing.
pub(crate) struct PathIds<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for PathIds<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        // No database of ours holds NUL.
        if parts.uri.path().contains("%00") {
            return Err(Code::NotFound.into());
        }
        let path = Path::<T>::from_request_parts(parts, app).await;
        path.map(|Path(ids)| PathIds(ids)).map_err(|_| Code::NotFound.into())
    }
}

/// A JSON body.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for JsonBody<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, _app: &App) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Code::UnsupportedMediaType.into());
        }
        let body = read_body(request.into_body(), BODY_LIMIT).await?;
        read(&body).map(JsonBody)
    }
}

/// A JSON body that may be left out altogether.
pub(crate) struct OptionalBody<T>(pub(crate) Option<T>);

impl<T: DeserializeOwned> FromRequest<App> for OptionalBody<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, _app: &App) -> Result<Self, Problem> {
        let is_json = is_json(request.headers());
        let body = read_body(request.into_body(), BODY_LIMIT).await?;
        match (body.is_empty(), is_json) {
            (true, _) => Ok(OptionalBody(None)),
            (false, true) => read(&body).map(|body| OptionalBody(Some(body))),
            (false, false) => Err(Code::UnsupportedMediaType.into()),
        }
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    strict_json::check(body).map_err(|Twice(place)| {
        let detail = "The body gives a name twice in one object.";
        Problem::new(Code::Malformed).detail(detail).violation(place, "It is given twice.")
    })?;
    serde_json::from_slice(body).map_err(|error| unreadable(&error))
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

/// A secret in a body: never shown by mistake from here on.
pub(crate) fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}

/// Says where and what, but repeats no value: it may be a secret.
fn unreadable(error: &serde_json::Error) -> Problem {
    let place = format!("line {}, column {}", error.line(), error.column());
    match error.classify() {
        Category::Data => {
            let said = error.to_string();
            let names_a_field =
                said.starts_with("unknown field") || said.starts_with("missing field");
            let what =
                if names_a_field { said } else { format!("It has the wrong form ({place}).") };
            Problem::new(Code::InvalidRequest).violation("body", what)
        }
        Category::Syntax | Category::Eof | Category::Io => {
            Problem::new(Code::Malformed).detail(format!("The body is not JSON ({place})."))
        }
    }
}
