//! What follows from an attempt. Pure.

use chrono::TimeDelta;
use rollcall_commands::outbound::{DISABLED, EXHAUSTED};
use rollcall_domain::webhook_endpoint::schedule;
use rollcall_store::{Attempted, Delivery, Fate};

use super::{Posted, Sent};

/// Nothing will ever be there again.
const GONE: u16 = 410;

impl Sent {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
    /// What an answer means that is no success.
    pub(crate) fn fault(&self) -> Option<String> {
        let status = self.status;
        match status {
            200..300 => None,
            300..400 => Some(format!("it answered {status}; redirects are not followed")),
            GONE => Some("it answered 410: nothing is there any more".to_owned()),
            _ => Some(format!("it answered {status}")),
        }
    }
}

/// The attempt as it is written down. `chance` is a random number.
pub(super) fn attempted(delivery: &Delivery, posted: Posted, chance: u16) -> Attempted {
    let Posted { at, took, answer } = posted;
    let (status, error, asked, head) = match answer {
        Ok(sent) => (Some(sent.status), sent.fault(), sent.retry_after, Some(sent.head)),
        Err(error) => (None, Some(error), None, None),
    };
    let fate = match (&error, status) {
        (None, _) => Fate::Delivered,
        (Some(_), Some(GONE)) => Fate::Parked(DISABLED.to_owned()),
        (Some(_), _) => again(delivery, asked, chance)
            .map_or_else(|| Fate::Parked(EXHAUSTED.to_owned()), |wait| Fate::Again(at + wait)),
    };
    Attempted {
        delivery: delivery.id.clone(),
        order_key: delivery.order_key.clone(),
        at,
        millis: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        status,
        error,
        reply: head.filter(|head| !head.is_empty()).map(String::into_bytes),
        fate,
    }
}

fn again(delivery: &Delivery, asked: Option<TimeDelta>, chance: u16) -> Option<TimeDelta> {
    schedule::wait(delivery.tries + 1, asked, chance)
}
