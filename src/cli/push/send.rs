//! Sending a body to an endpoint. A server that is busy is asked again, under the same key: what it
//! took in the first time is not taken in again.

use std::net::IpAddr;
use std::time::Duration;

use chrono::Utc;
use indicatif::ProgressBar;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use rollcall_egress::{Egress, Error, Policy, Request, judge};
use secrecy::SecretString;
use serde_json::Value;

use super::file::Body;
use crate::failure::Failure;

const KEY: &str = "X-HRIS-AUTHENTICATION";
/// How often it is tried, and how long waited before the next time at most.
const TRIES: u32 = 4;
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Of an answer: violations by the thousand.
const LARGEST_ANSWER: u64 = 16 << 20;

/// What is to be sent where.
pub(super) struct Order<'a> {
    pub(super) url: &'a str,
    pub(super) key: &'a SecretString,
    pub(super) idempotency_key: Option<&'a str>,
}

/// What a server said.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

impl Answered {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

pub(super) async fn send(
    order: &Order<'_>,
    body: &Body,
    bar: &ProgressBar,
) -> Result<Answered, Failure> {
    let egress = Egress::new(policy()).map_err(failed)?;
    let url = egress.vet(order.url).map_err(failed)?;
    if url.scheme() == "http" && !is_near(url.host_str().unwrap_or_default()) {
        return Err(Failure::usage(
            "the key would be readable on the way: the endpoint must begin with https://",
        ));
    }
    let idempotency_key = match order.idempotency_key {
        Some(key) => key.to_owned(),
        None => ulid::Ulid::generate().to_string(),
    };
    let mut attempt = 1;
    loop {
        let request = Request::post(url.as_str())
            .secret_header(KEY, order.key)
            .header("Idempotency-Key", &idempotency_key)
            .body(body.form.content_type(), body.bytes.clone());
        let pause = match tried(&egress, request).await {
            Ok((answered, pause)) if is_busy(answered.status) && attempt < TRIES => pause,
            Ok((answered, _)) => return Ok(answered),
            Err(error) if may_have_arrived(&error) && attempt < TRIES => None,
            Err(error) => return Err(failed(error)),
        };
        let pause = pause.unwrap_or(Duration::from_secs(1 << attempt)).min(LONGEST_PAUSE);
        bar.set_message(format!("no answer yet; trying again in {} s", pause.as_secs()));
        tokio::time::sleep(pause).await;
        bar.set_message("sending again");
        attempt += 1;
    }
}

/// One request, and how long the server wants us to wait before another.
async fn tried(egress: &Egress, request: Request) -> Result<(Answered, Option<Duration>), Error> {
    let response = egress.send(request).await?;
    let pause = response.retry_after(Utc::now());
    let status = response.status().as_u16();
    let body = response.bytes(LARGEST_ANSWER).await?.to_vec();
    Ok((Answered { status, body }, pause))
}

/// Whoever sends says where to, also inside their own network.
fn policy() -> Policy {
    let everywhere = [IpNet::from(Ipv4Net::default()), IpNet::from(Ipv6Net::default())];
    Policy {
        // Megabytes have to get there first.
        first_byte_timeout: Duration::from_secs(300),
        total_timeout: Duration::from_secs(330),
        max_body_bytes: LARGEST_ANSWER,
        ..Policy::permitting(everywhere)
    }
}

/// On this machine, or an address of a private network.
fn is_near(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| judge(address).is_err())
}

fn is_busy(status: u16) -> bool {
    matches!(status, 429 | 503)
}

/// Whether asking again may bring the answer that got lost. Where nobody could be reached, a person
/// looks first.
fn may_have_arrived(error: &Error) -> bool {
    let unreached = matches!(error, Error::Unreachable { .. } | Error::Unresolvable { .. });
    error.may_pass() && !unreached
}

fn failed(error: Error) -> Failure {
    match error {
        Error::InvalidUrl(_) | Error::InvalidHeader { .. } => Failure::usage(error.to_string()),
        Error::Refused { .. }
        | Error::OutsideOrigin { .. }
        | Error::Unresolvable { .. }
        | Error::Unreachable { .. }
        | Error::Tls { .. }
        | Error::Timeout { .. }
        | Error::TooLarge { .. }
        | Error::Truncated { .. }
        | Error::Protocol { .. }
        | Error::Malformed { .. }
        | Error::Setup { .. } => Failure::failed(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_sent_in_clear_only_nearby() {
        for near in ["localhost", "127.0.0.1", "[::1]", "10.1.2.3", "192.168.0.9"] {
            assert!(is_near(near), "{near}");
        }
        for far in ["example.com", "localhost.example.com", "8.8.8.8", "[2001:4860:4860::8888]"] {
            assert!(!is_near(far), "{far}");
        }
    }
}
