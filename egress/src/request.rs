//! What is asked of the outside world, as a plain value.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, PROXY_AUTHORIZATION};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use url::Url;

use crate::Error;

/// One request. Building it never fails; whatever is wrong with it is said when it is sent.
pub struct Request {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) headers: HeaderMap,
    pub(crate) auth: Option<Auth>,
    pub(crate) body: Bytes,
    pub(crate) pin: Option<Origin>,
    pub(crate) total_timeout: Option<Duration>,
    fault: Option<Error>,
}

/// How we prove who we are.
pub enum Auth {
    /// Either half may be the secret (BambooHR takes the API key as the user name).
    Basic {
        user: SecretString,
        password: SecretString,
    },
    Bearer(SecretString),
}

/// Scheme, host and port: where credentials may be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(url::Origin);

impl Origin {
    /// The origin of a URL.
    pub fn of(url: &Url) -> Self {
        Origin(url.origin())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.ascii_serialization())
    }
}

impl Request {
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Request {
            method,
            url: url.into(),
            headers: HeaderMap::new(),
            auth: None,
            body: Bytes::new(),
            pin: None,
            total_timeout: None,
            fault: None,
        }
    }

    pub fn get(url: impl Into<String>) -> Self {
        Request::new(Method::GET, url)
    }

    pub fn post(url: impl Into<String>) -> Self {
        Request::new(Method::POST, url)
    }

    /// Sets a header. Those that usually carry credentials are marked sensitive.
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        let secret = [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE]
            .iter()
            .any(|usual| usual.as_str().eq_ignore_ascii_case(name));
        self.set(name, value, secret)
    }

    /// Sets a header whose value must never be shown.
    #[must_use]
    pub fn secret_header(self, name: &str, value: &SecretString) -> Self {
        self.set(name, value.expose_secret(), true)
    }

    #[must_use]
    pub fn auth(mut self, auth: Auth) -> Self {
        self.auth = Some(auth);
        self
    }

    #[must_use]
    pub fn body(mut self, content_type: &str, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self.set(CONTENT_TYPE.as_str(), content_type, false)
    }

    #[must_use]
    pub fn json<T: Serialize + ?Sized>(mut self, value: &T) -> Self {
        match serde_json::to_vec(value) {
            Ok(bytes) => self.body("application/json", bytes),
            Err(_) => {
                let reason = "the body cannot be written as JSON".to_owned();
                self.fault = Some(Error::Setup { reason });
                self
            }
        }
    }

    /// A form body; values are percent-encoded, so secrets may hold any character.
    #[must_use]
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let body =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.body("application/x-www-form-urlencoded", body)
    }

    /// Refuses to send the request anywhere else, wherever its URL came from.
    #[must_use]
    pub fn pinned_to(mut self, origin: Origin) -> Self {
        self.pin = Some(origin);
        self
    }

    /// Another total deadline than the policy's, first byte included.
    #[must_use]
    pub fn total_timeout(mut self, timeout: Duration) -> Self {
        self.total_timeout = Some(timeout);
        self
    }

    pub(crate) fn fault(&mut self) -> Option<Error> {
        self.fault.take()
    }

    fn set(mut self, name: &str, value: &str, secret: bool) -> Self {
        let parsed = HeaderName::try_from(name).ok().zip(HeaderValue::try_from(value).ok());
        match parsed {
            Some((name, mut value)) => {
                value.set_sensitive(secret);
                self.headers.insert(name, value);
            }
            None => {
                let name = name.to_owned();
                self.fault = Some(Error::InvalidHeader { name });
            }
        }
        self
    }
}

/// Method and host: the rest may be secret.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = Url::parse(&self.url).ok();
        let host = url.as_ref().and_then(Url::host_str).unwrap_or("an unreadable URL");
        write!(f, "{} to {host}", self.method)
    }
}
