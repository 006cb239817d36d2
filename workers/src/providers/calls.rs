//! Sends a provider's requests and tries again where that is right; what a bad answer means, each
//! provider judges itself.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use rollcall_domain::json;
use rollcall_egress::{self as egress, Egress, HeaderMap, Request, Response};
use rollcall_store::Clock;
use serde_json::Value;

use super::{Flaw, Pace, ProviderError, Setting};

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

/// One attempt that brought nothing.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) error: ProviderError,
    /// Whether the same request may succeed a little later.
    pub(super) may_pass: bool,
    /// How long we were asked to wait.
    pub(super) wait: Option<Duration>,
}

impl Failed {
    pub(super) fn finally(error: ProviderError) -> Self {
        Failed { error, may_pass: false, wait: None }
    }

    /// Not asked at all: it wants us to wait, and has told another request so.
    fn too_fast(until: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        let wait = (until - now).to_std().ok();
        Failed { error: ProviderError::RateLimited { until }, may_pass: true, wait }
    }

    pub(super) fn network(what: &'static str, error: egress::Error) -> Self {
        // A deadline that ran out once has cost enough; the caller's retry is the better one.
        let hung = matches!(error, egress::Error::Timeout { .. });
        let may_pass = error.may_pass() && !hung;
        let error = ProviderError::network(what, error);
        Failed { error, may_pass, wait: None }
    }
}

/// An answer with a bad status.
pub(super) struct Answered<'a> {
    pub(super) what: &'static str,
    pub(super) status: u16,
    pub(super) headers: &'a HeaderMap,
    /// Its beginning.
    pub(super) body: &'a [u8],
    /// How long we are to wait: as it says, or as we do when it is too much and names no time.
    pub(super) wait: Option<Duration>,
    pub(super) now: DateTime<Utc>,
}

impl Answered<'_> {
    /// It wants us to slow down.
    pub(super) fn too_fast(&self) -> Failed {
        let until = self.now + jittered(self.wait.unwrap_or(Pace::FIRST_WAIT));
        let error = ProviderError::RateLimited { until };
        Failed { error, may_pass: true, wait: self.wait }
    }
}

/// What sends the requests of one run.
pub(super) struct Calls {
    egress: Egress,
    pub(super) patience: Patience,
    pub(super) pace: Pace,
    /// Until when this run asks nothing, since the provider said it was too fast.
    closed_until: Mutex<Option<DateTime<Utc>>>,
    pub(super) clock: Clock,
}

impl Calls {
    pub(super) fn new(egress: Egress, patience: Patience) -> Self {
        Calls {
            egress,
            patience,
            clock: Clock::system(),
            pace: Pace::default(),
            closed_until: Mutex::default(),
        }
    }

    /// Refuses an address that the provider can't send anything to.
    pub(super) fn can_be_reached(&self, url: &str) -> Result<(), ProviderError> {
        let vetted = self.egress.vet(url).map(drop);
        vetted.map_err(|error| ProviderError::Misconfigured(Setting::WebhookUrl(error)))
    }

    /// A small answer, read to its end, in a single attempt.
    pub(super) async fn whole(
        &self,
        what: &'static str,
        request: Request,
        judge: impl Fn(&Answered<'_>) -> Failed,
    ) -> Result<Bytes, Failed> {
        let request = request.total_timeout(self.patience.call_timeout);
        let response = self.head(what, request, judge).await?;
        response.bytes(SMALL).await.map_err(|error| Failed::network(what, error))
    }

    /// A response with a good status, or what the bad one means.
    pub(super) async fn head(
        &self,
        what: &'static str,
        request: Request,
        judge: impl Fn(&Answered<'_>) -> Failed,
    ) -> Result<Response, Failed> {
        self.open_again(self.clock.now())?;
        let response = self.egress.send(request).await;
        let response = response.map_err(|error| Failed::network(what, error))?;
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
        let failed = judge(&Answered { what, status, headers: &headers, body: &body, wait, now });
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
pub(super) struct Tries {
    patience: Patience,
    repeatable: bool,
    start: Instant,
    failed: u32,
}

impl Tries {
    /// `repeatable` says that asking twice does no harm.
    pub(super) fn new(patience: Patience, repeatable: bool) -> Self {
        Tries { patience, repeatable, start: Instant::now(), failed: 0 }
    }

    /// Waits before the next attempt, or gives the error back when there is none.
    pub(super) async fn pause(&mut self, failed: Failed) -> Result<(), ProviderError> {
        self.failed += 1;
        let own = self.patience.pause * 2_u32.saturating_pow(self.failed - 1).min(64);
        let pause = jittered(failed.wait.unwrap_or(own));
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

/// Never earlier than asked, and a little later than everybody else who was told the same.
pub(super) fn jittered(wait: Duration) -> Duration {
    wait + wait.mul_f64(0.25 * rand::random::<f64>())
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
