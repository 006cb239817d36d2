//! What BambooHR is asked, and the answers.

use bytes::Bytes;
use rollcall_egress::{Auth, Egress, Method, Request, Response};
use secrecy::SecretString;
use serde_json::Value;

use super::address::Address;
use super::errors;
use crate::providers::ProviderError;
use crate::providers::calls::{Calls, Patience, Tries, read_tree};

/// One request, as a value.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    pub(super) method: Method,
    /// From the version on: `v1/employees/67`.
    pub(super) path: String,
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) body: Option<Bytes>,
    /// For messages: what is being asked for.
    pub(super) what: &'static str,
    /// Whether asking twice does no harm.
    repeatable: bool,
}

impl Ask {
    pub(super) fn get(what: &'static str, path: impl Into<String>) -> Self {
        Ask {
            method: Method::GET,
            path: path.into(),
            query: Vec::new(),
            body: None,
            what,
            repeatable: true,
        }
    }

    /// A question that needs a body.
    pub(super) fn post(what: &'static str, path: impl Into<String>, body: &Value) -> Self {
        Ask {
            method: Method::POST,
            body: Some(Bytes::from(body.to_string())),
            ..Ask::get(what, path)
        }
    }

    /// A replacement: asked twice, it says the same.
    pub(super) fn put(what: &'static str, path: impl Into<String>, body: &Value) -> Self {
        Ask { method: Method::PUT, ..Ask::post(what, path, body) }
    }

    pub(super) fn delete(what: &'static str, path: impl Into<String>) -> Self {
        Ask { method: Method::DELETE, ..Ask::get(what, path) }
    }

    #[must_use]
    pub(super) fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// Asked a single time, whatever happens.
    #[must_use]
    pub(super) fn once(mut self) -> Self {
        self.repeatable = false;
        self
    }
}

/// One company, one key.
pub(super) struct Client {
    pub(super) calls: Calls,
    address: Address,
    key: SecretString,
}

impl Client {
    pub(super) fn new(
        egress: Egress,
        address: Address,
        key: SecretString,
        patience: Patience,
    ) -> Self {
        Client { calls: Calls::new(egress, patience), address, key }
    }

    /// A small answer, read to its end.
    pub(super) async fn fetch(&self, ask: &Ask) -> Result<Bytes, ProviderError> {
        let mut tries = Tries::new(self.calls.patience, ask.repeatable);
        loop {
            match self.calls.whole(ask.what, self.request(ask), errors::judge).await {
                Ok(body) => return Ok(body),
                Err(failed) => tries.pause(failed).await?,
            }
        }
    }

    /// A small answer as JSON, mended where it has to be: see [`rollcall_domain::json`].
    pub(super) async fn tree(&self, ask: &Ask) -> Result<Value, ProviderError> {
        read_tree(ask.what, &self.fetch(ask).await?)
    }

    /// The head of a large answer. Errors after it are the caller's: nothing is asked twice then.
    pub(super) async fn open(&self, ask: &Ask) -> Result<Response, ProviderError> {
        let mut tries = Tries::new(self.calls.patience, ask.repeatable);
        loop {
            match self.calls.head(ask.what, self.request(ask), errors::judge).await {
                Ok(response) => return Ok(response),
                Err(failed) => tries.pause(failed).await?,
            }
        }
    }

    fn request(&self, ask: &Ask) -> Request {
        let auth = Auth::Basic { user: self.key.clone(), password: SecretString::from("x") };
        let url = self.address.url(&ask.path, &ask.query);
        let request = Request::new(ask.method.clone(), url)
            .header("accept", "application/json")
            .auth(auth)
            .pinned_to(self.address.origin());
        match &ask.body {
            // Exactly this: with a charset BambooHR takes the body for XML.
            Some(body) => request.body("application/json", body.clone()),
            None => request,
        }
    }
}
