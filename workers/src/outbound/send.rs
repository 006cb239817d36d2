//! One request to one receiver, signed.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rollcall_domain::message::headers;
use rollcall_egress::{Error, Request};
use secrecy::ExposeSecret;
use tokio::time::Instant;

use super::desk::Keys;
use super::mask::masked;
use super::{HEAD, Outbound};

/// A message as it goes out.
pub(crate) struct Letter {
    pub(crate) url: String,
    pub(crate) id: String,
    pub(crate) body: Vec<u8>,
}

/// What a receiver made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Posted {
    pub(crate) at: DateTime<Utc>,
    /// Until the head of its answer was there, or was given up.
    pub(crate) took: Duration,
    pub(crate) answer: Result<Sent, String>,
}

/// An answer, whatever it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) status: u16,
    /// How long we are asked to wait.
    pub(crate) retry_after: Option<TimeDelta>,
    /// The beginning of its body, without secrets.
    pub(crate) head: String,
}

impl Outbound {
    /// The headers of a letter that is sent now: ours, then those of the endpoint.
    pub(super) fn signed(
        letter: &Letter,
        keys: &Keys,
        at: DateTime<Utc>,
    ) -> [(&'static str, String); 4] {
        headers(&letter.id, at, &letter.body, &keys.secrets, keys.organisation.expose_secret())
    }

    /// Posts a letter. Redirects are answers, and nothing of an answer is read beyond its head.
    pub(super) async fn post(&self, letter: &Letter, keys: &Keys) -> Posted {
        let at = self.clock.now();
        let mut request = Request::post(letter.url.as_str())
            .body("application/json", letter.body.clone())
            .header("accept", "*/*");
        for (name, value) in &keys.headers {
            request = request.secret_header(name, &value.as_str().into());
        }
        for (name, value) in Self::signed(letter, keys, at) {
            request = request.header(name, &value);
        }
        let start = Instant::now();
        let sent = self.egress.send(request).await;
        let took = start.elapsed();
        let answer = match sent {
            Ok(response) => {
                let status = response.status().as_u16();
                let wait = response.retry_after(at);
                let retry_after = wait.and_then(|wait| TimeDelta::from_std(wait).ok());
                // The status counts, whatever becomes of the rest.
                // A secret that the end cuts in two would not be recognised, so the end is cut last.
                let hidden = keys.hidden();
                let longest = hidden.iter().map(String::len).max().unwrap_or_default();
                let read = response.head(HEAD + longest).await.unwrap_or_default();
                let mut head = masked(&read, &hidden);
                head.truncate(head.floor_char_boundary(HEAD));
                Ok(Sent { status, retry_after, head })
            }
            Err(error) => Err(told(&error)),
        };
        Posted { at, took, answer }
    }
}

/// No path, no secret: egress names the host alone.
fn told(error: &Error) -> String {
    error.to_string()
}
