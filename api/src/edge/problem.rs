//! How an error looks to a caller: RFC 9457 problem details with a code from the closed catalogue.

use std::borrow::Cow;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::{Serialize, Serializer};

use super::{Code, REQUEST_ID, request_id};

/// An answer that says what went wrong and what to do. Nothing internal or personal belongs in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub code: Code,
    /// About this one request; the catalogue's remedy where there is nothing more to say.
    pub detail: Cow<'static, str>,
    /// Which rule said no, where one did.
    pub reason: Option<&'static str>,
    /// Which fields are wrong and why, all of them at once.
    pub errors: Vec<Violation>,
    pub request_id: Option<String>,
    pub retry_after: Option<Duration>,
}

/// One thing that is wrong with what was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// A JSON pointer into the body, or the name of a parameter or header.
    pub path: String,
    pub message: String,
    /// Which of many people was meant, where a body lists people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hris_id: Option<String>,
}

impl Problem {
    pub fn new(code: Code) -> Self {
        Problem {
            code,
            detail: Cow::Borrowed(code.entry().remedy),
            reason: None,
            errors: Vec::new(),
            request_id: None,
            retry_after: code.retry_after(),
        }
    }

    #[must_use]
    pub fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = detail.into();
        self
    }

    #[must_use]
    pub fn reason(mut self, reason: &'static str) -> Self {
        self.reason = Some(reason);
        self
    }

    #[must_use]
    pub fn violation(mut self, path: impl Into<String>, message: impl Into<String>) -> Self {
        let (path, message) = (path.into(), message.into());
        self.errors.push(Violation { path, message, ..Violation::default() });
        self
    }

    #[must_use]
    pub fn violations(mut self, errors: impl IntoIterator<Item = Violation>) -> Self {
        self.errors.extend(errors);
        self
    }

    #[must_use]
    pub fn request_id(mut self, id: impl Into<String>) -> Self {
        self.request_id = Some(id.into());
        self
    }

    /// Names the request with these headers.
    #[must_use]
    pub(crate) fn answering(self, headers: &HeaderMap) -> Self {
        let id = request_id(headers);
        self.request_id(id.to_str().unwrap_or_default())
    }

    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// The body as it is sent.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a struct of texts and numbers can be written as JSON")
    }

    /// Whole seconds, rounded up: never earlier than meant.
    fn retry_after_seconds(&self) -> Option<u64> {
        self.retry_after.map(|wait| wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Problem::new(code)
    }
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            r#type: String,
            title: &'a str,
            status: u16,
            detail: &'a str,
            code: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            reason: Option<&'a str>,
            #[serde(skip_serializing_if = "<[_]>::is_empty")]
            errors: &'a [Violation],
            #[serde(skip_serializing_if = "Option::is_none")]
            request_id: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            retry_after: Option<u64>,
        }
        let entry = self.code.entry();
        Body {
            r#type: format!("/api/v1/errors#{}", entry.code),
            title: entry.title,
            status: entry.status,
            detail: &self.detail,
            code: entry.code,
            reason: self.reason,
            errors: &self.errors,
            request_id: self.request_id.as_deref(),
            retry_after: self.retry_after_seconds(),
        }
        .serialize(serializer)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.code.status(), self.to_json()).into_response();
        // A page shows it in its own way.
        response.extensions_mut().insert(self.clone());
        let headers = response.headers_mut();
        let json = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, json);
        if let Some(seconds) = self.retry_after_seconds() {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if let Some(id) = self.request_id.and_then(|id| HeaderValue::try_from(id).ok()) {
            headers.insert(REQUEST_ID, id);
        }
        if self.code == Code::Unauthenticated {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl IntoResponse for Code {
    fn into_response(self) -> Response {
        Problem::new(self).into_response()
    }
}
