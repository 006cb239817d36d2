//! Which ends of runs count, which of them heal, and what time alone brings about.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{CALM, COOLDOWN, Event, Failing, Health, TRANSITIONS, WARNINGS};
use crate::run::{KnownRun, Status};
use crate::vocabulary::{FailureCode, RunKind};

/// How much of the source a run reads. What reads more shows more to be well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Those whom deliveries name.
    Deliveries,
    Everybody,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    pub run: String,
    pub reach: Reach,
    pub outcome: Outcome,
    /// When it asked the provider: what failed after that is not healed by it.
    pub began: DateTime<Utc>,
    pub at: DateTime<Utc>,
}

/// What that says of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Failed(FailureCode),
    Well,
    /// Nothing, but that something runs.
    Neither,
}

/// What a minute looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub now: DateTime<Utc>,
    /// Whether it is neither paused nor disconnected.
    pub active: bool,
    /// Since when nothing ran though it should have; `None` where nothing has to.
    pub idle_since: Option<DateTime<Utc>>,
    /// How often something is to run.
    pub every: TimeDelta,
    /// The last day of its credentials, and how many days that is from now.
    pub expires: Option<(NaiveDate, i64)>,
}

/// How much a run of this kind reads; `None` where it reads nothing of the provider.
pub fn reach_of(kind: RunKind) -> Option<Reach> {
    match kind {
        RunKind::Webhook => Some(Reach::Deliveries),
        RunKind::ManualSync | RunKind::Reconcile | RunKind::Push => Some(Reach::Everybody),
        RunKind::Undo => None,
    }
}

/// What the state of a run says of its connection; `None` of one that has not run.
pub fn outcome_of(run: &KnownRun) -> Option<Outcome> {
    match run.status {
        // What was previewed and is applied as it is asks the provider for nothing.
        Status::Succeeded | Status::Partial if run.spec.plan.is_some() => Some(Outcome::Neither),
        Status::Succeeded | Status::Partial => Some(Outcome::Well),
        Status::Failed => {
            let code = run.failure.as_ref().map(|failure| failure.code);
            let counted = code.filter(|code| counts(*code));
            Some(counted.map_or(Outcome::Neither, Outcome::Failed))
        }
        Status::Held | Status::Rejected => Some(Outcome::Neither),
        Status::Queued
        | Status::Waiting
        | Status::Running
        | Status::Skipped
        | Status::Cancelled => None,
    }
}

/// Whether nothing ran for longer than one and a half times the schedule.
pub fn is_overdue(now: DateTime<Utc>, idle_since: DateTime<Utc>, every: TimeDelta) -> bool {
    now - idle_since > every * 3 / 2
}

/// Whether it says that the connection does not work, and not that single people, deliveries, targets
/// or plans are in the way.
pub(super) fn counts(code: FailureCode) -> bool {
    match code {
        FailureCode::Authentication
        | FailureCode::Permission
        | FailureCode::Environment
        | FailureCode::RateLimited
        | FailureCode::Unavailable
        | FailureCode::MalformedAnswer
        | FailureCode::Storage => true,
        FailureCode::MalformedDelivery
        | FailureCode::Brake
        | FailureCode::IncompleteRead
        | FailureCode::PeopleInError
        | FailureCode::TargetClosed
        | FailureCode::Contended
        | FailureCode::PlanMoved => false,
    }
}

impl Health {
    pub(super) fn observe(&self, seen: Observed) -> Vec<Event> {
        if self.is_known(&seen) {
            return vec![];
        }
        let mut events = Vec::new();
        let at = seen.at;
        if self.stale_since.is_some_and(|since| at > since) {
            events.push(Event::Freshened { at });
        }
        let calmed = self.is_calm(at);
        if calmed {
            events.push(Event::Calmed { at });
        }
        let flapping = self.flapping && !calmed;
        match (&self.failing, seen.outcome) {
            (None, Outcome::Failed(code)) => {
                let starts = self.starts_flapping(at, flapping);
                let (run, reach, quiet) = (seen.run, seen.reach, flapping || starts.is_some());
                events.push(Event::Failed { run, code, reach, at, quiet });
                events.extend(starts);
            }
            (Some(failing), Outcome::Well) if failing.is_healed_by(&seen) => {
                let starts = self.starts_flapping(at, flapping);
                let (since, quiet) = (failing.since, flapping || starts.is_some());
                events.push(Event::Recovered { run: seen.run, since, at, quiet });
                events.extend(starts);
            }
            (Some(failing), Outcome::Failed(code)) => {
                events.extend(failing.spreads(&seen));
                if !flapping {
                    events.extend(failing.again(&seen.run, code, at));
                }
            }
            (None, Outcome::Well) | (_, Outcome::Neither) | (Some(_), Outcome::Well) => {}
        }
        events
    }

    /// Whether it was seen before, or something later was.
    fn is_known(&self, seen: &Observed) -> bool {
        let Some((at, run)) = &self.last else { return false };
        *at > seen.at || (*at == seen.at && *run == seen.run)
    }

    fn is_calm(&self, now: DateTime<Utc>) -> bool {
        let last = self.transitions.last();
        self.flapping && last.is_none_or(|last| now - *last >= CALM)
    }

    /// What one more transition begins.
    fn starts_flapping(&self, at: DateTime<Utc>, flapping: bool) -> Option<Event> {
        let recent = self.transitions.iter().filter(|earlier| at - **earlier < CALM).count() + 1;
        let transitions = u32::try_from(recent).unwrap_or(u32::MAX);
        (!flapping && recent > TRANSITIONS).then_some(Event::Flapping { transitions, at })
    }

    pub(super) fn check(&self, check: &Check) -> Vec<Event> {
        let mut events = Vec::new();
        let calmed = self.is_calm(check.now);
        if calmed {
            events.push(Event::Calmed { at: check.now });
        }
        let silent = !check.active || (self.flapping && !calmed);
        if let Some(failing) = self.failing.as_ref().filter(|_| !silent) {
            events.extend(failing.again(&failing.run, failing.code, check.now));
        }
        events.extend(self.staleness(check));
        events.extend(self.expiry(check));
        events
    }

    fn staleness(&self, check: &Check) -> Option<Event> {
        let at = check.now;
        let idle_since = check.idle_since.filter(|_| check.active);
        match (self.stale_since, idle_since) {
            (Some(_), None) => Some(Event::Freshened { at }),
            (Some(stale), Some(idle)) => (idle > stale).then_some(Event::Freshened { at }),
            (None, Some(since)) => {
                let is_told = self.stale_told.is_some_and(|told| told >= since);
                let is_stale = is_overdue(at, since, check.every);
                (is_stale && !is_told).then_some(Event::WentStale { since, at })
            }
            (None, None) => None,
        }
    }

    /// Of several warnings that have come due, only the nearest.
    fn expiry(&self, check: &Check) -> Option<Event> {
        let (on, days) = check.expires?;
        let days = u32::try_from(days).ok()?;
        let warning = WARNINGS.into_iter().filter(|before| days <= *before).min()?;
        let is_told = self.warned.is_some_and(|(day, last)| day == on && last <= warning);
        (!is_told).then_some(Event::CredentialExpiring { on, days, warning })
    }
}

impl Failing {
    fn is_healed_by(&self, seen: &Observed) -> bool {
        seen.reach >= self.reach && seen.began >= self.latest
    }

    fn spreads(&self, seen: &Observed) -> Option<Event> {
        let Observed { run, reach, at, .. } = seen.clone();
        (reach > self.reach).then_some(Event::Spread { run, reach, at })
    }

    fn again(&self, run: &str, code: FailureCode, at: DateTime<Utc>) -> Option<Event> {
        let (run, since) = (run.to_owned(), self.since);
        (at - self.told >= COOLDOWN).then_some(Event::StillFailing { run, code, since, at })
    }
}
