//! A connection's single lane: its runs follow one another, and deliveries ride on the next one.

mod event;
mod given_up;
#[cfg(test)]
mod properties;
mod queue;
#[cfg(test)]
mod tests;

pub use event::*;
pub use given_up::{GivenUp, TRIES};
pub use queue::{OnLane, RECEIPTS_PER_RUN};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::decider::Decider;
use crate::run::RunSpec;
use crate::vocabulary::{RunKind, Trigger};

/// Idle or running one run, with those that wait, first come first served.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lane {
    running: Option<OnLane>,
    waiting: Vec<OnLane>,
    /// Receipts of failed runs, oldest first: the next run that re-reads people takes them along.
    left_over: Vec<Arc<str>>,
    /// How many runs could not read whom a receipt names, of those that are still left over.
    unread: BTreeMap<Arc<str>, u32>,
    /// Receipts that no run takes along by itself any more, oldest first.
    given_up: Vec<GivenUp>,
    /// Every receipt that waits, runs, is left over or given up.
    known: BTreeSet<Arc<str>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Something asks for a run. `run` is used unless a waiting run of the kind takes it along.
    Trigger {
        run: String,
        /// Its receipts: at most `RECEIPTS_PER_RUN`.
        spec: RunSpec,
    },
    /// A run that was held is to go on, behind those that wait. It has read what it needs.
    Return { run: String, kind: RunKind },
    /// Starts the first that waits.
    Start,
    /// The running run is over, or a waiting one was given up. `left_over` are the receipts whose
    /// employees still have to be re-read, `unread` those of them of whose employees the provider said
    /// nothing though it answered.
    End { run: String, left_over: Vec<String>, unread: Vec<String> },
    /// A delivery that was given up needs no run any more.
    SkipDelivery { receipt: String },
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("run {run} is still on the lane")]
    Busy { run: String },
    #[error("no run waits")]
    NothingWaiting,
    #[error("run {run} is neither running nor waiting")]
    NotOnLane { run: String },
    #[error("run {run} is on the lane already, with other deliveries; trigger with a new id")]
    IdTaken { run: String },
    #[error("no delivery {receipt} is parked here; it may have been tried again or skipped")]
    NotGivenUp { receipt: String },
    #[error("{count} deliveries are too many for one run; send at most {RECEIPTS_PER_RUN}")]
    TooManyReceipts { count: usize },
}

impl Lane {
    pub fn running(&self) -> Option<&OnLane> {
        self.running.as_ref()
    }
    /// Those that wait, the next one first.
    pub fn waiting(&self) -> &[OnLane] {
        &self.waiting
    }
    /// Receipts that wait for a run to take them along.
    pub fn left_over(&self) -> &[Arc<str>] {
        &self.left_over
    }
    /// Whether this run waits or runs.
    pub fn has(&self, run: &str) -> bool {
        self.running.iter().chain(&self.waiting).any(|on_lane| &*on_lane.run == run)
    }
}

impl Decider for Lane {
    const KIND: &'static str = "lane";
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        match (&self.running, command) {
            (_, Command::Trigger { run, spec }) => self.enqueue(run, spec),
            (_, Command::Return { run, .. }) if self.has(&run) => Ok(vec![]),
            (_, Command::Return { run, kind }) => Ok(vec![Event::RunReturned { run, kind }]),
            (Some(running), Command::Start) => Err(Refusal::Busy { run: running.run.to_string() }),
            (None, Command::Start) => {
                let next = self.waiting.first().ok_or(Refusal::NothingWaiting)?;
                let receipts = self.taken_along_by(next);
                Ok(vec![Event::RunStarted { run: next.run.to_string(), receipts }])
            }
            (_, Command::End { run, left_over, unread }) if self.has(&run) => {
                Ok(vec![self.ended(run, left_over, unread)])
            }
            (_, Command::End { run, .. }) => Err(Refusal::NotOnLane { run }),
            (_, Command::SkipDelivery { receipt }) if self.has_given_up(&receipt) => {
                Ok(vec![Event::DeliveriesSkipped { receipts: vec![receipt] }])
            }
            (_, Command::SkipDelivery { receipt }) => Err(Refusal::NotGivenUp { receipt }),
        }
    }

    fn evolve(mut self, event: &Event) -> Self {
        match event {
            Event::RunQueued { run, spec } => {
                let receipts = self.claim(&spec.receipts);
                self.waiting.push(OnLane {
                    run: run.as_str().into(),
                    kind: spec.kind,
                    trigger: spec.trigger,
                    receipts,
                    rerun_of: spec.rerun_of.as_deref().map(Arc::from),
                    stands_alone: queue::stands_alone(spec),
                });
            }
            Event::RunReturned { run, kind } => self.waiting.push(OnLane {
                run: run.as_str().into(),
                kind: *kind,
                trigger: Trigger::Person,
                receipts: vec![],
                rerun_of: None,
                stands_alone: true,
            }),
            Event::RunJoined { run, receipts } => {
                let receipts = self.claim(receipts);
                if let Some(joined) = self.waiting.iter_mut().find(|on_lane| *on_lane.run == **run)
                {
                    joined.receipts.extend(receipts);
                }
            }
            Event::RunStarted { run, receipts } => self.start(run, receipts),
            Event::RunEnded { run, left_over, unread, given_up } => {
                self.end(run, left_over, given_up);
                self.count_unread(unread);
            }
            Event::DeliveriesSkipped { receipts } => self.forget(receipts),
        }
        self
    }
}
