//! What each command does to a run, and what each event makes of it.

use super::{Command, Event, Fetched, Known, Refusal, Scope, Status, Waiting};
use crate::vocabulary::{Counts, FailureCode};

/// Before there is a run, it can only be queued.
pub(super) fn first(command: Command) -> Result<Vec<Event>, Refusal> {
    queue(command).map(|event| vec![event]).ok_or(Refusal::NotFound)
}

fn queue(command: Command) -> Option<Event> {
    if let Command::Queue {
        run,
        connection,
        provider,
        kind,
        event_type,
        trigger,
        receipts,
        rerun_of,
    } = command
    {
        let receipts = new_among(receipts, &[]);
        return Some(Event::Queued {
            run,
            connection,
            provider,
            kind,
            event_type,
            trigger,
            receipts,
            rerun_of,
        });
    }
    None
}

pub(super) fn queued(event: &Event) -> Option<Known> {
    if let Event::Queued {
        run,
        connection,
        provider,
        kind,
        event_type,
        trigger,
        receipts,
        rerun_of,
    } = event
    {
        return Some(Known {
            run: run.clone(),
            connection: connection.clone(),
            provider: *provider,
            kind: *kind,
            event_type: event_type.clone(),
            trigger: *trigger,
            rerun_of: rerun_of.clone(),
            receipts: receipts.clone(),
            status: Status::Queued,
            scope: None,
            fetched: None,
            batches: 0,
            counts: Counts::default(),
            waiting: None,
            throttles: 0,
            outages: 0,
            failure: None,
        });
    }
    None
}

impl Known {
    pub(super) fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        match command {
            Command::Queue { .. } => {
                let same = queue(command).as_ref().and_then(queued).as_ref() == Some(self);
                if same { Ok(vec![]) } else { Err(Refusal::AlreadyQueued) }
            }
            Command::Join { .. } if self.scope.is_some() => Err(Refusal::AlreadyStarted),
            Command::Join { receipts } => {
                let receipts = new_among(receipts, &self.receipts);
                Ok(if receipts.is_empty() { vec![] } else { vec![Event::Joined { receipts }] })
            }
            Command::Start { .. } if self.scope.is_some() => Ok(vec![]),
            Command::Start { targets, scenarios, receipts } => {
                Ok(vec![Event::Started { targets, scenarios, receipts: new_among(receipts, &[]) }])
            }
            Command::Fail { failure, counts } => Ok(vec![Event::Failed { failure, counts }]),
            Command::Skip { .. } if self.batches > 0 => Err(Refusal::AlreadyApplied),
            Command::Skip { reason } => Ok(vec![Event::Skipped { reason }]),
            Command::Cancel { reason } => Ok(vec![Event::Cancelled { reason }]),
            Command::RecordFetched { .. }
            | Command::Wait { .. }
            | Command::ApplyBatch { .. }
            | Command::Note { .. }
            | Command::Finish { .. }
                if self.scope.is_none() =>
            {
                Err(Refusal::NotStarted)
            }
            Command::RecordFetched { blobs, employees, complete, omitted } => {
                self.fetched(Fetched { blobs, employees, complete, omitted })
            }
            Command::Wait { until, code } if self.waiting == Some(Waiting { until, code }) => {
                Ok(vec![])
            }
            Command::Wait { until, code } => Ok(vec![Event::Waiting { until, code }]),
            Command::ApplyBatch { batch, counts } => {
                let expected = self.batches + 1;
                if batch != expected {
                    return Err(Refusal::BatchOutOfOrder { expected, got: batch });
                }
                Ok(vec![Event::Applied { batch, counts }])
            }
            Command::Note { reason, scenario, subject, fields, person } => {
                Ok(vec![Event::Noted { reason, scenario, subject, fields, person }])
            }
            Command::Finish { counts } if counts.errors > 0 => {
                Ok(vec![Event::Partial { counts, failure: None }])
            }
            Command::Finish { counts } => Ok(vec![Event::Succeeded { counts }]),
        }
    }

    fn fetched(&self, now: Fetched) -> Result<Vec<Event>, Refusal> {
        match &self.fetched {
            None => {
                let Fetched { blobs, employees, complete, omitted } = now;
                Ok(vec![Event::Fetched { blobs, employees, complete, omitted }])
            }
            Some(before) if *before == now => Ok(vec![]),
            Some(_) => Err(Refusal::AlreadyFetched),
        }
    }

    pub(super) fn evolve(mut self, event: &Event) -> Self {
        match event {
            Event::Queued { .. } | Event::Noted { .. } => return self,
            Event::Joined { receipts } => {
                self.receipts.extend(receipts.iter().cloned());
                return self;
            }
            Event::Started { targets, scenarios, receipts } => {
                let (targets, scenarios) = (targets.clone(), scenarios.clone());
                self.scope = Some(Scope { targets, scenarios });
                self.receipts = receipts.clone();
                self.status = Status::Running;
            }
            Event::Fetched { blobs, employees, complete, omitted } => {
                self.fetched = Some(Fetched {
                    blobs: blobs.clone(),
                    employees: *employees,
                    complete: *complete,
                    omitted: omitted.clone(),
                });
                self.counts.fetched = *employees;
                self.status = Status::Running;
            }
            Event::Waiting { until, code } => {
                self.waiting = Some(Waiting { until: *until, code: *code });
                if *code == FailureCode::RateLimited {
                    self.throttles += 1;
                } else {
                    self.outages += 1;
                }
                self.status = Status::Waiting;
                return self;
            }
            Event::Applied { batch, counts } => {
                self.batches = *batch;
                self.counts += *counts;
                self.status = Status::Running;
            }
            Event::Succeeded { counts } => self = self.ended(Status::Succeeded, *counts),
            Event::Partial { counts, failure } => {
                self.failure.clone_from(failure);
                self = self.ended(Status::Partial, *counts);
            }
            Event::Failed { failure, counts } => {
                self.failure = Some(failure.clone());
                self = self.ended(Status::Failed, *counts);
            }
            Event::Skipped { .. } => self.status = Status::Skipped,
            Event::Cancelled { .. } => self.status = Status::Cancelled,
        }
        self.waiting = None;
        self
    }

    fn ended(mut self, status: Status, counts: Counts) -> Self {
        self.status = status;
        self.counts = counts;
        self
    }
}

/// Those not in `known`, each once, in their order.
fn new_among(receipts: Vec<String>, known: &[String]) -> Vec<String> {
    let mut seen: std::collections::HashSet<String> = known.iter().cloned().collect();
    receipts.into_iter().filter(|receipt| seen.insert(receipt.clone())).collect()
}
