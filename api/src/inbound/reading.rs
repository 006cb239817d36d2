//! What a genuine delivery turns out to be: whom it names, and what follows from it.

use chrono::{DateTime, TimeDelta, Utc};
use rollcall_domain::connection::Status;
use rollcall_domain::delivery::{Delivery, DeliveryError, Freshness, freshness, parse_delivery};
use rollcall_domain::ids::Deriver;
use rollcall_domain::receipt::Verdict;

use super::Connected;

pub(super) struct Read {
    pub(super) event_type: String,
    pub(super) subjects: Vec<String>,
    pub(super) verdict: Verdict,
    /// Whether header or body tell a time.
    pub(super) timed: bool,
}

pub(super) fn read(
    (policy, connection, own): Connected<'_>,
    timestamp: Option<&str>,
    content_type: &str,
    body: &[u8],
    now: DateTime<Utc>,
) -> Read {
    let parsed = parse_delivery(content_type, body);
    let people = parsed.as_ref().map_or(&[][..], |delivery| &delivery.people);
    let deriver = Deriver::new(&connection.derivation_key);
    let source = connection.settings.source();
    let mut subjects: Vec<String> =
        people.iter().map(|person| deriver.subject(&source, &person.source_id)).collect();
    subjects.sort_unstable();
    subjects.dedup();
    // A body's own time tells repeats apart only if each of its changes has one.
    let body_is_timed = !people.is_empty() && people.iter().all(|person| person.at.is_some());
    Read {
        subjects,
        verdict: verdict((policy, connection, own), &parsed, timestamp, now),
        timed: timestamp.is_some() || body_is_timed,
        event_type: parsed.map_or_else(|_| "unknown".to_owned(), |delivery| delivery.event_type),
    }
}

/// A plan without live sync comes first (nothing follows), then a pause (everything is looked at
/// again when it ends).
fn verdict(
    (policy, connection, own): Connected<'_>,
    parsed: &Result<Delivery, DeliveryError>,
    timestamp: Option<&str>,
    now: DateTime<Utc>,
) -> Verdict {
    if !policy.entitled {
        return Verdict::SkippedEntitlement;
    }
    if connection.status == Status::Paused {
        return Verdict::Paused;
    }
    let Ok(delivery) = parsed else { return Verdict::Malformed };
    let window = TimeDelta::seconds(own.freshness_seconds.into());
    match timestamp.map(|sent| freshness(sent, now, window)) {
        Some(Freshness::Fresh) => Verdict::Accepted,
        Some(Freshness::Stale | Freshness::Unreadable) => Verdict::Stale,
        None if happened_before(delivery, now - window) => Verdict::Stale,
        None => Verdict::Accepted,
    }
}

/// Without a header the changes' own times count; one that tells none is taken for new.
fn happened_before(delivery: &Delivery, instant: DateTime<Utc>) -> bool {
    let before = |at: DateTime<Utc>| at < instant;
    !delivery.people.is_empty() && delivery.people.iter().all(|one| one.at.is_some_and(before))
}
