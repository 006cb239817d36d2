//! Sends requests: one pool of connections, one set of rules.

use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect;
use secrecy::ExposeSecret;
use tokio::time::{Instant, timeout_at};
use tracing::warn;
use url::Url;

use crate::guard::{Guard, text_of_host, vet};
use crate::{Auth, Error, Origin, Phase, Policy, Request, Response};

/// The way out. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct Egress {
    client: reqwest::Client,
    policy: Arc<Policy>,
}

impl Egress {
    pub fn new(policy: Policy) -> Result<Self, Error> {
        // Someone else in this process may have chosen a provider already; either will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let policy = Arc::new(policy);
        let client = builder(&policy).build().or_else(|e| {
            // Without certificates in the operating system every https:// fails, and says so;
            // simulators on http:// still work.
            warn!(error = %e, "no trusted certificates found: https requests will fail");
            builder(&policy).tls_certs_only([]).build()
        });
        match client {
            Ok(client) => Ok(Egress { client, policy }),
            Err(e) => Err(Error::Setup { reason: e.without_url().to_string() }),
        }
    }

    /// Sends a request and waits for the head of its answer; the body is read from the response.
    ///
    /// Any status is an answer, redirects included: they are never followed.
    pub async fn send(&self, mut request: Request) -> Result<Response, Error> {
        if let Some(fault) = request.fault() {
            return Err(fault);
        }
        let url = self.vet(&request.url)?;
        let host = text_of_host(&url).to_owned();
        stay_within(request.pin.as_ref(), &url, &host)?;

        let start = Instant::now();
        let total = request.total_timeout.unwrap_or(self.policy.total_timeout);
        let first_byte = self.policy.first_byte_timeout.min(total);
        let phase = if first_byte < total { Phase::FirstByte } else { Phase::Total };
        let answer = match timeout_at(start + first_byte, self.built(request, url).send()).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(e)) => return Err(Error::before_head(&host, &e, self.policy.connect_timeout)),
            Err(_) => {
                return Err(Error::Timeout { host, phase, after: first_byte });
            }
        };
        Ok(Response::new(answer, host, (start, total), Arc::clone(&self.policy)))
    }

    /// Whether addresses without TLS pass.
    pub fn allows_http(&self) -> bool {
        self.policy.allow_http
    }

    /// Reads a URL as `send` would, without contacting anyone: for judging a URL before saving it.
    pub fn vet(&self, url: &str) -> Result<Url, Error> {
        vet(url, &self.policy)
    }

    fn built(&self, request: Request, url: Url) -> reqwest::RequestBuilder {
        let built =
            self.client.request(request.method, url).headers(request.headers).body(request.body);
        match request.auth {
            Some(Auth::Basic { user, password }) => {
                built.basic_auth(user.expose_secret(), Some(password.expose_secret()))
            }
            Some(Auth::Bearer(token)) => built.bearer_auth(token.expose_secret()),
            None => built,
        }
    }
}

fn builder(policy: &Arc<Policy>) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(&policy.user_agent)
        .dns_resolver(Arc::new(Guard(Arc::clone(policy))))
        .connect_timeout(policy.connect_timeout)
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .tcp_nodelay(true)
        .pool_idle_timeout(Duration::from_secs(30))
        .pool_max_idle_per_host(16)
}

fn stay_within(pin: Option<&Origin>, url: &Url, host: &str) -> Result<(), Error> {
    match pin {
        Some(pin) if *pin != Origin::of(url) => {
            Err(Error::OutsideOrigin { host: host.to_owned(), expected: pin.to_string() })
        }
        Some(_) | None => Ok(()),
    }
}
