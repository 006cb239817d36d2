//! Sends requests to BambooHR and tries again where that is right.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use rollcall_domain::json;
use rollcall_egress::{Auth, Egress, Method, Request, Response};
use rollcall_store::Clock;
use secrecy::SecretString;
use serde_json::Value;

use super::address::Address;
use super::errors::{self, Failed};
use crate::providers::{Flaw, Pace, ProviderError, Setting};

/// No small answer is larger: the longest are option lists of big companies.
const SMALL: u64 = 64 * 1024 * 1024;
/// Longer reasons are cut off.
const REASON: usize = 16 * 1024;

/// How long a call is tried before its error is given back.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Attempts, the first included.
    pub tries: u32,
    /// No attempt begins later than this after the first.
    pub within: Duration,
    /// Before the second attempt when the provider names no time; doubled each time.
    pub pause: Duration,
    /// For a call with a small answer, from start to end.
    pub call_timeout: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Patience {
            tries: 3,
            within: Duration::from_secs(10),
            pause: Duration::from_millis(500),
            call_timeout: Duration::from_secs(30),
        }
    }
}

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
    egress: Egress,
    address: Address,
    key: SecretString,
    patience: Patience,
    pace: Pace,
    /// Until when this run asks nothing, since the provider said it was too fast.
    closed_until: Mutex<Option<DateTime<Utc>>>,
    pub(super) clock: Clock,
}

impl Client {
    pub(super) fn new(
        egress: Egress,
        address: Address,
        key: SecretString,
        patience: Patience,
    ) -> Self {
        Client {
            egress,
            address,
            key,
            patience,
            clock: Clock::system(),
            pace: Pace::default(),
            closed_until: Mutex::default(),
        }
    }

    pub(super) fn at_pace(self, pace: Pace) -> Self {
        Client { pace, ..self }
    }

    /// Refuses an address that the provider can't send anything to.
    pub(super) fn can_be_reached(&self, url: &str) -> Result<(), ProviderError> {
        let vetted = self.egress.vet(url).map(drop);
        vetted.map_err(|error| ProviderError::Misconfigured(Setting::WebhookUrl(error)))
    }

    /// A small answer, read to its end.
    pub(super) async fn fetch(&self, ask: &Ask) -> Result<Bytes, ProviderError> {
        let mut tries = Tries::new(self.patience, ask.repeatable);
        loop {
            match self.whole(ask).await {
                Ok(body) => return Ok(body),
                Err(failed) => tries.pause(failed).await?,
            }
        }
    }

    /// A small answer as JSON, mended where it has to be: see [`json`].
    pub(super) async fn tree(&self, ask: &Ask) -> Result<Value, ProviderError> {
        read_tree(ask.what, &self.fetch(ask).await?)
    }

    /// The head of a large answer. Errors after it are the caller's: nothing is asked twice then.
    pub(super) async fn open(&self, ask: &Ask) -> Result<Response, ProviderError> {
        let mut tries = Tries::new(self.patience, ask.repeatable);
        loop {
            match self.head(ask, None).await {
                Ok(response) => return Ok(response),
                Err(failed) => tries.pause(failed).await?,
            }
        }
    }

    async fn whole(&self, ask: &Ask) -> Result<Bytes, Failed> {
        let response = self.head(ask, Some(self.patience.call_timeout)).await?;
        let body = response.bytes(SMALL).await;
        body.map_err(|error| Failed::network(ask.what, error))
    }

    /// A response with a good status, or what the bad one means.
    async fn head(&self, ask: &Ask, deadline: Option<Duration>) -> Result<Response, Failed> {
        self.open_again(self.clock.now())?;
        let auth = Auth::Basic { user: self.key.clone(), password: SecretString::from("x") };
        let url = self.address.url(&ask.path, &ask.query);
        let mut request = Request::new(ask.method.clone(), url)
            .header("accept", "application/json")
            .auth(auth)
            .pinned_to(self.address.origin());
        if let Some(body) = &ask.body {
            // Exactly this: with a charset BambooHR takes the body for XML.
            request = request.body("application/json", body.clone());
        }
        if let Some(deadline) = deadline {
            request = request.total_timeout(deadline);
        }
        let response = self.egress.send(request).await;
        let response = response.map_err(|error| Failed::network(ask.what, error))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let now = self.clock.now();
        let status = response.status().as_u16();
        let named = response.retry_after(now);
        let wait = named.or_else(|| (status == 429).then(|| self.pace.unnamed_wait(now)));
        let headers = response.headers().clone();
        // A reason that cannot be read is none; the status says enough.
        let body = response.head(REASON).await.unwrap_or_default();
        let failed = errors::judge(ask.what, status, &headers, &body, wait, now);
        self.close(&failed);
        Err(failed)
    }

    /// Refuses to ask while the provider wants to be left alone: others may ask beside us.
    fn open_again(&self, now: DateTime<Utc>) -> Result<(), Failed> {
        match *self.closed_until.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(until) if now < until => Err(Failed::too_fast(until, now)),
            Some(_) | None => Ok(()),
        }
    }

    fn close(&self, failed: &Failed) {
        if let (ProviderError::RateLimited { until }, Some(_)) = (&failed.error, failed.wait) {
            let mut closed = self.closed_until.lock().unwrap_or_else(PoisonError::into_inner);
            *closed = (*closed).max(Some(*until));
        }
    }
}

/// Decides after each failure whether to try once more.
struct Tries {
    patience: Patience,
    repeatable: bool,
    start: Instant,
    failed: u32,
}

impl Tries {
    fn new(patience: Patience, repeatable: bool) -> Self {
        Tries { patience, repeatable, start: Instant::now(), failed: 0 }
    }

    /// Waits before the next attempt, or gives the error back when there is none.
    async fn pause(&mut self, failed: Failed) -> Result<(), ProviderError> {
        self.failed += 1;
        let own = self.patience.pause * 2_u32.saturating_pow(self.failed - 1).min(64);
        let pause = errors::jittered(failed.wait.unwrap_or(own));
        let left = self.patience.within.saturating_sub(self.start.elapsed());
        if !failed.may_pass
            || !self.repeatable
            || self.failed >= self.patience.tries
            || pause > left
        {
            return Err(failed.error);
        }
        tokio::time::sleep(pause).await;
        Ok(())
    }
}

/// Reads a small answer; a web page is called by its name.
pub(super) fn read_tree(what: &'static str, body: &[u8]) -> Result<Value, ProviderError> {
    json::tree(body).map_err(|_| {
        let first = json::without_mark(body).iter().find(|b| !b.is_ascii_whitespace());
        let flaw = if first == Some(&b'<') { Flaw::WebPage } else { Flaw::NotJson };
        ProviderError::Malformed { what, flaw }
    })
}

/// What an answer that has another shape than documented is called.
pub(super) fn misshapen(what: &'static str) -> ProviderError {
    ProviderError::Malformed { what, flaw: Flaw::Shape }
}
