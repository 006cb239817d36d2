//! How an endpoint is doing, by what was attempted; and what somebody has to hear of it.

use std::sync::Arc;

use rollcall_commands::outbound::park;
use rollcall_commands::steer_endpoint;
use rollcall_domain::webhook_endpoint::{Command, Event, KnownEndpoint, schedule};
use rollcall_store::{Attempted, Cause, EndpointHealth, Fate};

use super::desk::ours;
use super::{Outbound, PRINCIPAL};
use crate::work::WorkError;

/// Too many requests, and unavailable: those who say so may say for how long.
const ASK_TO_WAIT: [u16; 2] = [429, 503];

/// The health after an attempt.
pub(super) fn after(health: EndpointHealth, attempt: &Attempted) -> EndpointHealth {
    match (&attempt.fate, &attempt.error) {
        (Fate::Dropped(_), _) => health,
        (_, None) => EndpointHealth {
            failing_since: None,
            succeeded_at: Some(attempt.at),
            quiet_until: health.quiet_until,
        },
        (_, Some(_)) => EndpointHealth {
            failing_since: Some(health.failing_since.unwrap_or(attempt.at)),
            ..health
        },
    }
}

/// Whether an answer asks to be left alone for a while, with everything.
pub(super) fn asks_to_wait(status: u16) -> bool {
    ASK_TO_WAIT.contains(&status)
}

/// Whether the endpoint can be used after what was noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Noted {
    GoesOn,
    Disabled,
}

impl Outbound {
    /// Tells the log what it has to know: a step of failure that is reached, a recovery, the end.
    pub(super) async fn note(
        &self,
        tenant: &Arc<str>,
        endpoint: &str,
        known: &KnownEndpoint,
        health: EndpointHealth,
        gone: bool,
    ) -> Result<Noted, WorkError> {
        let at = self.clock.now();
        let command = if gone {
            Some(Command::NoteGone { at })
        } else if let Some(since) = health.failing_since {
            let told = known.trouble.map_or(0, |trouble| trouble.told);
            let step = schedule::step(known.counted(since), at);
            step.filter(|step| *step > told).map(|_| Command::NoteFailure { since, at })
        } else {
            // A success from before it was enabled again says nothing of it now.
            let succeeded = health.succeeded_at.is_some_and(|at| at >= known.counts_from);
            let recovered = known.trouble.is_some() && succeeded;
            recovered.then_some(Command::NoteSuccess { at })
        };
        let Some(command) = command else { return Ok(Noted::GoesOn) };
        let cause = Cause::by(PRINCIPAL);
        let noted = steer_endpoint(&self.store, tenant, endpoint, command, &cause).await;
        let events = noted.map_err(ours)?.events;
        if !events.iter().any(|event| matches!(event, Event::Disabled { .. })) {
            return Ok(Noted::GoesOn);
        }
        park(&self.store, tenant, endpoint, at).await.map_err(ours)?;
        Ok(Noted::Disabled)
    }
}
