//! What follows from facts. One file per reactor, named by what it brings about; `reactors` lists
//! them.

mod closed_connections;
mod ended_runs;
mod future_targets;
mod health_of_runs;
mod mails;
mod notifications;
mod outbound_messages;
mod run_turns;
mod runs_for_changes;
mod runs_for_deliveries;
mod runs_for_pushes;
mod scenario_copies;
mod skipped_deliveries;
#[cfg(test)]
mod tests;

use crate::follow::Reactor;

/// Every reactor of this binary.
pub fn reactors() -> Vec<Reactor> {
    vec![
        runs_for_deliveries::RUNS_FOR_DELIVERIES,
        runs_for_pushes::RUNS_FOR_PUSHES,
        runs_for_changes::RUNS_FOR_CHANGES,
        run_turns::RUN_TURNS,
        scenario_copies::SCENARIO_COPIES,
        future_targets::FUTURE_TARGETS,
        ended_runs::ENDED_RUNS,
        closed_connections::CLOSED_CONNECTIONS,
        skipped_deliveries::SKIPPED_DELIVERIES,
        health_of_runs::HEALTH_OF_RUNS,
        notifications::NOTIFICATIONS,
        mails::MAILS,
        outbound_messages::OUTBOUND_MESSAGES,
        outbound_messages::FORGOTTEN_REPLIES,
    ]
}
