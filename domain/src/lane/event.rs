//! What has happened on a connection's single lane, on which its runs follow one another.

use serde::{Deserialize, Serialize};

use crate::decider::{Nothing, Written};
use crate::run::RunSpec;
use crate::vocabulary::RunKind;

/// Stored for ever: add kinds and optional fields, change nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A run waits for its turn.
    RunQueued {
        run: String,
        #[serde(flatten)]
        spec: RunSpec,
    },
    /// More deliveries ride on a run that still waits.
    RunJoined { run: String, receipts: Vec<String> },
    /// A run that was held waits for its turn again.
    RunReturned { run: String, kind: RunKind },
    /// Its turn has come. `receipts` are all it answers to, those left over by failed runs included.
    RunStarted { run: String, receipts: Vec<String> },
    /// It is over. `left_over` are receipts whose employees the next run has to re-read.
    RunEnded {
        run: String,
        #[serde(default)]
        left_over: Vec<String>,
        /// Those of them that name somebody of whom the provider said nothing, though it answered.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        unread: Vec<String>,
        /// Receipts that were unread too often: no run takes them along until a person says so.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        given_up: Vec<String>,
    },
    /// A person said that deliveries that were given up need no run any more.
    DeliveriesSkipped { receipts: Vec<String> },
}

impl Written for Event {
    type Personal = Nothing;
    fn kind(&self) -> &'static str {
        match self {
            Event::RunQueued { .. } => "lane.run_queued",
            Event::RunJoined { .. } => "lane.run_joined",
            Event::RunReturned { .. } => "lane.run_returned",
            Event::RunStarted { .. } => "lane.run_started",
            Event::RunEnded { .. } => "lane.run_ended",
            Event::DeliveriesSkipped { .. } => "lane.deliveries_skipped",
        }
    }
}
