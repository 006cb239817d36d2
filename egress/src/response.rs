//! An answer: its head at once, its body piece by piece and never without end.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, timeout_at};

use crate::{Error, Phase, Policy, retry_after};

/// What came back. The body is unpacked and read under the policy's deadlines and size limit.
pub struct Response {
    inner: reqwest::Response,
    host: String,
    start: Instant,
    total: Duration,
    received: u64,
    policy: Arc<Policy>,
}

impl Response {
    pub(crate) fn new(
        inner: reqwest::Response,
        host: String,
        (start, total): (Instant, Duration),
        policy: Arc<Policy>,
    ) -> Self {
        Response { inner, host, start, total, received: 0, policy }
    }

    pub fn status(&self) -> StatusCode {
        self.inner.status()
    }

    pub fn headers(&self) -> &HeaderMap {
        self.inner.headers()
    }

    /// How long we are asked to wait, if we are; see [`retry_after`].
    pub fn retry_after(&self, now: DateTime<Utc>) -> Option<Duration> {
        retry_after(self.headers(), now)
    }

    /// The next piece of the body; `None` once it is complete. After an error, drop the response.
    pub async fn next_chunk(&mut self) -> Result<Option<Bytes>, Error> {
        self.next_within(self.policy.max_body_bytes).await
    }

    /// The whole body, or `TooLarge` when it is longer than `limit` or the policy's limit.
    pub async fn bytes(mut self, limit: u64) -> Result<Bytes, Error> {
        let limit = limit.min(self.policy.max_body_bytes);
        let Some(first) = self.next_within(limit).await? else {
            return Ok(Bytes::new());
        };
        let Some(second) = self.next_within(limit).await? else {
            return Ok(first);
        };
        let mut whole = BytesMut::from(first);
        whole.extend_from_slice(&second);
        while let Some(more) = self.next_within(limit).await? {
            whole.extend_from_slice(&more);
        }
        Ok(whole.freeze())
    }

    /// The first `limit` bytes of the body; whatever follows is thrown away unread.
    pub async fn head(mut self, limit: usize) -> Result<Bytes, Error> {
        let mut head = BytesMut::new();
        while head.len() < limit
            && let Some(more) = self.next_within(u64::MAX).await?
        {
            head.extend_from_slice(&more);
        }
        head.truncate(limit);
        Ok(head.freeze())
    }

    /// The body as JSON. The error says where it went wrong, and nothing of what stood there.
    pub async fn json<T: DeserializeOwned>(self, limit: u64) -> Result<T, Error> {
        let host = self.host.clone();
        let body = self.bytes(limit).await?;
        serde_json::from_slice(&body).map_err(|e| Error::Malformed {
            host,
            line: e.line(),
            column: e.column(),
        })
    }

    async fn next_within(&mut self, limit: u64) -> Result<Option<Bytes>, Error> {
        if self.received.saturating_add(self.inner.content_length().unwrap_or(0)) > limit
            && self.received == 0
        {
            return Err(self.too_large(limit));
        }
        let idle_until = Instant::now() + self.policy.idle_timeout;
        let total_until = self.start + self.total;
        let chunk = match timeout_at(idle_until.min(total_until), self.inner.chunk()).await {
            Ok(Ok(Some(chunk))) => chunk,
            Ok(Ok(None)) => return Ok(None),
            Ok(Err(e)) => return Err(Error::inside_body(&self.host, &e, self.received)),
            Err(_) if idle_until < total_until => {
                return Err(self.timeout(Phase::Idle, self.policy.idle_timeout));
            }
            Err(_) => return Err(self.timeout(Phase::Total, self.total)),
        };
        self.received += chunk.len() as u64;
        if self.received > limit { Err(self.too_large(limit)) } else { Ok(Some(chunk)) }
    }

    fn too_large(&self, limit: u64) -> Error {
        Error::TooLarge { host: self.host.clone(), limit }
    }

    fn timeout(&self, phase: Phase, after: Duration) -> Error {
        Error::Timeout { host: self.host.clone(), phase, after }
    }
}
