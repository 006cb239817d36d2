//! What follows from an attempt. Pure.

use chrono::TimeDelta;
use rollcall_commands::outbound::{DISABLED, EXHAUSTED};
use rollcall_domain::webhook_endpoint::schedule;
use rollcall_store::{Attempted, Delivery, Fate};

use super::{Posted, Sent};

/// Nothing will ever be there again.
pub(super) const GONE: u16 = 410;

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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::{DateTime, Utc};
    use rollcall_store::DeliveryState;

    use super::*;

    fn at() -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    fn delivery(tries: u32) -> Delivery {
        Delivery {
            seq: 1,
            id: "d".to_owned(),
            endpoint: "e".to_owned(),
            message: "msg_1".to_owned(),
            kind: "connector_synced".to_owned(),
            order_key: "connection/c".to_owned(),
            position: 1,
            run: None,
            state: DeliveryState::Waiting,
            reason: None,
            tries,
            attempts: tries,
            queued_at: at(),
            due_at: Some(at()),
            ended_at: None,
            last_at: None,
            last_status: None,
            last_millis: None,
            last_error: None,
        }
    }

    fn answered(status: u16, retry_after: Option<TimeDelta>, tries: u32) -> Attempted {
        let answer = Ok(Sent { status, retry_after, head: String::new() });
        let posted = Posted { at: at(), took: Duration::from_millis(3), answer };
        attempted(&delivery(tries), posted, 0)
    }

    #[test]
    fn every_success_is_a_delivery_and_nothing_else_is() {
        for status in [200, 201, 202, 204, 299] {
            let done = answered(status, None, 0);
            assert_eq!((done.fate, done.error), (Fate::Delivered, None), "{status}");
        }
        for status in [100, 199, 300, 302, 400, 404, 429, 500, 503, 599, 999] {
            let done = answered(status, None, 0);
            assert_eq!(done.fate, Fate::Again(at() + TimeDelta::seconds(5)), "{status}");
            assert!(done.error.is_some(), "{status}");
        }
    }

    #[test]
    fn what_is_asked_for_is_waited() {
        let asked = Some(TimeDelta::minutes(2));
        assert_eq!(answered(429, asked, 0).fate, Fate::Again(at() + TimeDelta::minutes(2)));
        assert_eq!(answered(503, asked, 2).fate, Fate::Again(at() + TimeDelta::minutes(30)));
    }

    #[test]
    fn the_tenth_try_is_the_last_and_gone_is_gone_at_once() {
        assert_eq!(answered(500, None, 9).fate, Fate::Parked(EXHAUSTED.to_owned()));
        assert_eq!(answered(410, None, 0).fate, Fate::Parked(DISABLED.to_owned()));
    }

    #[test]
    fn no_answer_is_a_failure_with_its_reason() {
        let answer = Err("hooks.example could not be reached".to_owned());
        let posted = Posted { at: at(), took: Duration::ZERO, answer };
        let done = attempted(&delivery(0), posted, u16::MAX);
        assert_eq!(done.error.as_deref(), Some("hooks.example could not be reached"));
        assert_eq!(done.fate, Fate::Again(at() + TimeDelta::milliseconds(5_500)));
        assert_eq!((done.status, done.reply), (None, None));
    }
}
