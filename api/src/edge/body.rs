//! Request bodies: one that stalls is given up, one that is too long is not read.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use tokio::time::Instant;

use super::deadlines::{Exchange, Timer};
use super::{Code, Limits, Problem};

/// Why a body could not be read. As a problem it is 413, 408 or 400.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyError {
    /// It is longer than so many bytes; a repeat would be too.
    TooLarge(usize),
    /// The client paused for too long.
    Stalled,
    /// The client broke off.
    BrokenOff,
}

/// The whole body, if it has at most `limit` bytes.
pub async fn read_body(mut body: Body, limit: usize) -> Result<Bytes, BodyError> {
    if body.size_hint().lower() > limit as u64 {
        return Err(BodyError::TooLarge(limit));
    }
    let Some(first) = next_data(&mut body).await? else {
        return Ok(Bytes::new());
    };
    if first.len() > limit {
        return Err(BodyError::TooLarge(limit));
    }
    let Some(second) = next_data(&mut body).await? else {
        return Ok(first);
    };
    let mut whole = BytesMut::from(first);
    let mut next = Some(second);
    while let Some(more) = next {
        if whole.len() + more.len() > limit {
            return Err(BodyError::TooLarge(limit));
        }
        whole.extend_from_slice(&more);
        next = next_data(&mut body).await?;
    }
    Ok(whole.freeze())
}

async fn next_data(body: &mut Body) -> Result<Option<Bytes>, BodyError> {
    while let Some(frame) = body.frame().await {
        match frame.map(Frame::into_data) {
            Ok(Ok(data)) => return Ok(Some(data)),
            Ok(Err(_trailers)) => {}
            Err(error) => {
                let stalled = error.into_inner().is::<Stalled>();
                return Err(if stalled { BodyError::Stalled } else { BodyError::BrokenOff });
            }
        }
    }
    Ok(None)
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge(limit) => Problem::new(Code::PayloadTooLarge)
                .detail(format!("The request body may have at most {limit} bytes.")),
            BodyError::Stalled => Code::Timeout.into(),
            BodyError::BrokenOff => {
                Problem::new(Code::Malformed).detail("The request body broke off.")
            }
        }
    }
}

/// The client sent nothing more of a body it had announced.
#[derive(Debug, thiserror::Error)]
#[error("the request body stalled")]
pub(super) struct Stalled;

/// A body that fails when its client pauses too long.
pub(super) struct Watched {
    incoming: Incoming,
    line: Arc<Exchange>,
    idle: Timer,
    idle_timeout: Duration,
    body_timeout: Duration,
    deadline: Option<Instant>,
}

impl Watched {
    pub(super) fn new(incoming: Incoming, line: Arc<Exchange>, limits: &Limits) -> Self {
        Watched {
            incoming,
            line,
            idle: Timer::default(),
            idle_timeout: limits.body_idle_timeout,
            body_timeout: limits.body_timeout,
            deadline: None,
        }
    }

    fn has_stalled(&mut self, cx: &mut Context<'_>) -> bool {
        let now = Instant::now();
        let deadline = *self.deadline.get_or_insert_with(|| now + self.body_timeout);
        let patience = self.idle_timeout.min(deadline.saturating_duration_since(now));
        self.idle.expired(cx, patience)
    }
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        let this = self.get_mut();
        match Pin::new(&mut this.incoming).poll_frame(cx) {
            Poll::Pending if this.has_stalled(cx) => {
                this.line.body_stalled();
                Poll::Ready(Some(Err(Stalled.into())))
            }
            Poll::Pending => Poll::Pending,
            Poll::Ready(frame) => {
                this.idle.disarm();
                Poll::Ready(frame.map(|result| result.map_err(Into::into)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if !self.incoming.is_end_stream() {
            self.line.body_left_unread();
        }
    }
}
