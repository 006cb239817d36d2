//! How a connection is, by how its runs end: healthy or failing, flapping, stale, and whether its
//! credentials are about to expire. What is told of it follows from these events, each once.

mod event;
mod rules;
#[cfg(test)]
mod tests;

pub use event::Event;
pub use rules::{Check, Observed, Outcome, Reach, is_overdue, outcome_of, reach_of};

use std::convert::Infallible;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::decider::Decider;
use crate::vocabulary::FailureCode;

/// How long the same failure is silent after it was told.
pub const COOLDOWN: TimeDelta = TimeDelta::hours(24);
/// More transitions than this within `CALM` are flapping.
pub const TRANSITIONS: usize = 6;
/// So long without a transition, and it is calm.
pub const CALM: TimeDelta = TimeDelta::hours(24);
/// Days before the last day of a credential on which it is told.
pub const WARNINGS: [u32; 3] = [30, 7, 1];

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// `None` while it is healthy.
    pub failing: Option<Failing>,
    /// The latest run that changed anything, and when it ended.
    last: Option<(DateTime<Utc>, String)>,
    /// When it failed and recovered, of the last `CALM`.
    transitions: Vec<DateTime<Utc>>,
    pub flapping: bool,
    /// Since when nothing runs, while that is too long.
    pub stale_since: Option<DateTime<Utc>>,
    /// Likewise, whatever came after: each such time is told once.
    stale_told: Option<DateTime<Utc>>,
    /// The last day that was warned of, and the last warning.
    warned: Option<(NaiveDate, u32)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failing {
    pub run: String,
    pub code: FailureCode,
    pub reach: Reach,
    pub since: DateTime<Utc>,
    /// The latest failure that is known of.
    pub latest: DateTime<Utc>,
    /// When it was last told.
    pub told: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// A run has ended.
    Observe(Observed),
    /// Time has passed.
    Check(Check),
}

impl Decider for Health {
    const KIND: &'static str = "health";
    type Command = Command;
    type Event = Event;
    type Refusal = Infallible;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Infallible> {
        Ok(match command {
            Command::Observe(observed) => self.observe(observed),
            Command::Check(check) => self.check(&check),
        })
    }

    fn evolve(mut self, event: &Event) -> Self {
        match event {
            Event::Failed { run, code, reach, at, .. } => {
                self.passed(*at, run);
                let (run, code, reach) = (run.clone(), *code, *reach);
                let (since, latest, told) = (*at, *at, *at);
                self.failing = Some(Failing { run, code, reach, since, latest, told });
            }
            Event::Spread { run, reach, at } => {
                self.last = Some((*at, run.clone()));
                if let Some(failing) = &mut self.failing {
                    failing.run.clone_from(run);
                    failing.reach = *reach;
                    failing.latest = *at;
                }
            }
            Event::StillFailing { run, code, at, .. } => {
                if let Some(failing) = &mut self.failing {
                    failing.run.clone_from(run);
                    failing.code = *code;
                    failing.told = *at;
                }
            }
            Event::Recovered { run, at, .. } => {
                self.passed(*at, run);
                self.failing = None;
            }
            Event::Flapping { .. } => self.flapping = true,
            Event::Calmed { .. } => self.flapping = false,
            Event::WentStale { since, .. } => {
                self.stale_since = Some(*since);
                self.stale_told = Some(*since);
            }
            Event::Freshened { .. } => self.stale_since = None,
            Event::CredentialExpiring { on, warning, .. } => self.warned = Some((*on, *warning)),
        }
        self
    }
}

impl Health {
    /// A transition at this time.
    fn passed(&mut self, at: DateTime<Utc>, run: &str) {
        self.last = Some((at, run.to_owned()));
        self.transitions.retain(|earlier| at - *earlier < CALM);
        self.transitions.push(at);
    }
}
