//! How much one caller may ask for: a bucket of requests for each token, session or, of the unknown,
//! address, refilled as time goes by. It keeps a script that runs wild from being felt by others.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};

use crate::access::Access;
use crate::app::App;
use crate::caller::Caller;
use crate::edge::{Code, Problem};
use crate::inbound;
use crate::origin::Origin;

const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

/// Buckets that are kept at a time.
const MOST: usize = 10_000;

/// Requests a minute, of which a sixth may come at once; 0 is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    pub reads: u32,
    pub writes: u32,
}

impl Default for Rates {
    fn default() -> Self {
        Rates { reads: 6_000, writes: 1_800 }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Who {
    Token(String),
    Session(String),
    Address(IpAddr),
}

#[derive(Debug, Default)]
pub(crate) struct Buckets(Mutex<HashMap<(Who, bool), Bucket>>);

#[derive(Debug)]
struct Bucket {
    left: f64,
    at: Instant,
}

/// What is left in a caller's bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Left {
    limit: u32,
    remaining: u32,
    /// Until it is full again.
    reset: Duration,
}

impl Left {
    pub(crate) fn mark(self, headers: &mut HeaderMap) {
        let reset = self.reset.as_secs() + u64::from(self.reset.subsec_nanos() > 0);
        headers.insert(LIMIT, self.limit.into());
        headers.insert(REMAINING, self.remaining.into());
        headers.insert(RESET, HeaderValue::from(reset));
    }
}

/// A request that nothing is left for.
#[derive(Debug)]
pub(crate) struct TooMany {
    pub(crate) left: Left,
    wait: Duration,
}

impl TooMany {
    pub(crate) fn problem(&self) -> Problem {
        Problem::new(Code::RateLimited).retry_after(self.wait)
    }
}

/// Takes a request out of the caller's bucket, if the request counts. What is refused says when to come
/// again.
pub(crate) fn take(
    app: &App,
    parts: &Parts,
    (path, access): (&str, Access),
    caller: Option<&Caller>,
) -> Result<Option<Left>, TooMany> {
    let free = ["/assets/{file}", "/healthz", "/readyz", inbound::PATH];
    let counts = !free.contains(&path);
    let writes =
        ![Method::GET, Method::HEAD].contains(&parts.method) && !matches!(access, Access::Asks(_));
    let Rates { reads, writes: writing } = app.settings.rates;
    let per_minute = if writes { writing } else { reads };
    let who = match caller {
        Some(caller) => match (&caller.token, &caller.session) {
            (Some(token), _) => Some(Who::Token(token.id.clone())),
            (None, Some(session)) => Some(Who::Session(session.id.clone())),
            // The owner of the installation.
            (None, None) => None,
        },
        None => parts.extensions.get::<Origin>().and_then(|origin| origin.client).map(Who::Address),
    };
    match who {
        Some(who) if counts && per_minute > 0 => {
            app.buckets.take((who, writes), per_minute, Instant::now()).map(Some)
        }
        Some(_) | None => Ok(None),
    }
}

impl Buckets {
    fn take(&self, key: (Who, bool), per_minute: u32, now: Instant) -> Result<Left, TooMany> {
        let (limit, per_second) = ((per_minute / 6).max(1), f64::from(per_minute) / 60.0);
        // A panic elsewhere leaves the buckets as good as they were.
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST && !buckets.contains_key(&key) {
            make_room(&mut buckets);
        }
        let full = f64::from(limit);
        let bucket = buckets.entry(key).or_insert(Bucket { left: full, at: now });
        let passed = now.saturating_duration_since(bucket.at).as_secs_f64();
        bucket.left = (bucket.left + passed * per_second).min(full);
        bucket.at = now;
        let enough = bucket.left >= 1.0;
        if enough {
            bucket.left -= 1.0;
        }
        let remaining = (0..=limit).rev().find(|n| f64::from(*n) <= bucket.left).unwrap_or(0);
        let after = |missing: f64| Duration::from_secs_f64((missing / per_second).max(0.0));
        let left = Left { limit, remaining, reset: after(full - bucket.left) };
        match enough {
            true => Ok(left),
            false => Err(TooMany { left, wait: after(1.0 - bucket.left) }),
        }
    }
}

/// Whoever is known keeps what they have; the addresses of the unknown, of which there may be any
/// number, begin anew.
fn make_room(buckets: &mut HashMap<(Who, bool), Bucket>) {
    buckets.retain(|(who, _), _| !matches!(who, Who::Address(_)));
    if buckets.len() >= MOST {
        buckets.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(name: &str) -> (Who, bool) {
        (Who::Token(name.to_owned()), false)
    }

    #[test]
    fn a_bucket_is_emptied_told_so_and_filled_again() {
        let (buckets, now) = (Buckets::default(), Instant::now());
        for n in (0..10).rev() {
            let left = buckets.take(who("a"), 60, now).unwrap();
            assert_eq!((left.limit, left.remaining), (10, n));
        }
        let refused = buckets.take(who("a"), 60, now).unwrap_err();
        let (problem, left) = (refused.problem(), refused.left);
        assert_eq!((problem.code, left.remaining), (Code::RateLimited, 0));
        assert_eq!(problem.retry_after, Some(Duration::from_secs(1)));
        assert_eq!(left.reset, Duration::from_secs(10));
        assert!(buckets.take(who("b"), 60, now).is_ok(), "another caller has their own");
        let later = now + Duration::from_secs(3);
        assert_eq!(buckets.take(who("a"), 60, later).unwrap().remaining, 2);
    }

    #[test]
    fn any_number_of_addresses_takes_a_bounded_place() {
        let (buckets, now) = (Buckets::default(), Instant::now());
        buckets.take(who("a"), 60, now).unwrap();
        for n in 0..25_000_u32 {
            let address = IpAddr::from(std::net::Ipv4Addr::from(n));
            buckets.take((Who::Address(address), false), 60, now).unwrap();
        }
        assert!(buckets.0.lock().unwrap().len() <= MOST);
        assert_eq!(buckets.take(who("a"), 60, now).unwrap().remaining, 8);
    }
}
