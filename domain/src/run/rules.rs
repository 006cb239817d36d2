//! What each command does to a run, and what each event makes of it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{
    Approval, Command, Coverage, Event, Failure, Fetched, Held, KnownRun, Refusal, Scope,
    SkipReason, Status, TargetEnd, Waiting,
};
use crate::vocabulary::{Counts, FailureCode};

/// What the end of a held plan says that nobody decided on.
const EXPIRED: &str = "its plan was held for seven days and nobody decided on it";

/// Before there is a run, it can only be queued.
pub(super) fn first(command: Command) -> Result<Vec<Event>, Refusal> {
    queue(command).map(|event| vec![event]).ok_or(Refusal::NotFound)
}

fn queue(command: Command) -> Option<Event> {
    let Command::Queue { run, connection, provider, mut spec } = command else { return None };
    spec.receipts = new_among(spec.receipts, &[]);
    Some(Event::Queued { run, connection, provider, spec })
}

fn noted(command: Command) -> Option<Event> {
    let Command::Note { reason, scenario, subject, actor, fields, with, matched_by, person } =
        command
    else {
        return None;
    };
    Some(Event::Noted { reason, scenario, subject, actor, fields, with, matched_by, person })
}

pub(super) fn queued(event: &Event) -> Option<KnownRun> {
    let Event::Queued { run, connection, provider, spec } = event else { return None };
    Some(KnownRun {
        run: run.clone(),
        connection: connection.clone(),
        provider: *provider,
        spec: spec.clone(),
        status: Status::Queued,
        scope: None,
        fetched: None,
        batches: 0,
        counts: Counts::default(),
        by_target: BTreeMap::new(),
        waiting: None,
        throttles: 0,
        outages: 0,
        failure: None,
        coverage: None,
        held: None,
        approval: None,
    })
}

impl KnownRun {
    pub(super) fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        match command {
            Command::Queue { .. } => {
                let same = queue(command).as_ref().and_then(queued).as_ref() == Some(self);
                if same { Ok(vec![]) } else { Err(Refusal::AlreadyQueued) }
            }
            Command::Join { .. } if self.scope.is_some() => Err(Refusal::AlreadyStarted),
            Command::Join { receipts } => {
                let receipts = new_among(receipts, &self.spec.receipts);
                Ok(if receipts.is_empty() { vec![] } else { vec![Event::Joined { receipts }] })
            }
            command @ (Command::Approve { .. }
            | Command::Reject { .. }
            | Command::Supersede
            | Command::Expire) => self.dispose(command),
            Command::Start { .. } if self.scope.is_some() => Ok(self.goes_on()),
            Command::Start { targets, scenarios, receipts } => {
                Ok(vec![Event::Started { targets, scenarios, receipts: new_among(receipts, &[]) }])
            }
            Command::Fail { failure } => {
                let targets = vec![];
                Ok(vec![Event::Failed { failure, counts: self.counts, targets }])
            }
            Command::Skip { .. } if self.batches > 0 => Err(Refusal::AlreadyApplied),
            Command::Skip { reason } => Ok(vec![Event::Skipped { reason }]),
            Command::Cancel { reason } => Ok(vec![Event::Cancelled { reason }]),
            Command::RecordFetched { .. }
            | Command::Wait { .. }
            | Command::ApplyBatch { .. }
            | Command::Note { .. }
            | Command::Hold { .. }
            | Command::Finish { .. }
                if self.scope.is_none() =>
            {
                Err(Refusal::NotStarted)
            }
            Command::RecordFetched { blobs, employees, coverage } => {
                self.fetched(Fetched { blobs, employees, coverage })
            }
            Command::Wait { until, failure } => {
                let same = |now: &Waiting| now.until == until && now.failure == failure;
                let repeated = self.waiting.as_ref().is_some_and(same);
                Ok(if repeated { vec![] } else { vec![Event::Waiting { until, failure }] })
            }
            Command::ApplyBatch { batch, scenario, counts } => {
                let expected = self.batches + 1;
                if batch != expected {
                    return Err(Refusal::BatchOutOfOrder { expected, got: batch });
                }
                Ok(vec![Event::Applied { batch, scenario, counts }])
            }
            command @ Command::Note { .. } => Ok(noted(command).into_iter().collect()),
            Command::Hold { plan, failure } => Ok(vec![Event::Held { plan, failure }]),
            Command::Finish { uncounted, targets, coverage, unread } => {
                Ok(vec![self.finish(uncounted, targets, coverage, unread)])
            }
        }
    }

    /// What was approved starts again, on the targets it was made for.
    fn goes_on(&self) -> Vec<Event> {
        let Some(scope) = self.scope.clone().filter(|_| self.status == Status::Queued) else {
            return vec![];
        };
        let Scope { targets, scenarios } = scope;
        vec![Event::Started { targets, scenarios, receipts: self.spec.receipts.clone() }]
    }

    /// What a person, or time, makes of a plan that is held.
    fn dispose(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        // What was approved and has not started can still be overtaken by a newer read.
        let waits = self.status == Status::Held
            || (self.status == Status::Queued && command == Command::Supersede);
        let held = self.held.as_ref().filter(|_| waits);
        let hash = held.map(|held| held.plan.hash.clone());
        let hash = hash.ok_or(Refusal::NotHeld { status: self.status })?;
        let is_another = |seen: &Option<String>| seen.as_ref().is_some_and(|seen| *seen != hash);
        let event = match command {
            Command::Approve { hash: seen, .. } | Command::Reject { hash: seen }
                if is_another(&seen) =>
            {
                return Err(Refusal::AnotherPlan);
            }
            Command::Approve { subjects, .. } => Event::Approved { hash, subjects },
            Command::Reject { .. } => Event::Rejected { hash },
            Command::Supersede => Event::Skipped { reason: SkipReason::Superseded },
            Command::Expire => Event::Cancelled { reason: EXPIRED.to_owned() },
            Command::Queue { .. }
            | Command::Join { .. }
            | Command::Start { .. }
            | Command::RecordFetched { .. }
            | Command::Wait { .. }
            | Command::ApplyBatch { .. }
            | Command::Note { .. }
            | Command::Finish { .. }
            | Command::Fail { .. }
            | Command::Hold { .. }
            | Command::Skip { .. }
            | Command::Cancel { .. } => return Err(Refusal::NotHeld { status: self.status }),
        };
        Ok(vec![event])
    }

    fn finish(
        &self,
        uncounted: Counts,
        mut targets: Vec<TargetEnd>,
        coverage: Option<Coverage>,
        unread: Option<Failure>,
    ) -> Event {
        let mut counts = Counts { fetched: 0, ..self.counts };
        counts += uncounted;
        for target in &mut targets {
            counts += target.counts;
            target.counts += self.by_target.get(&target.scenario).copied().unwrap_or_default();
        }
        let failed = targets.iter().find_map(|target| target.failure.clone());
        // A target that was archived is no fault of the run's.
        let closed = |why: &Failure| why.code == FailureCode::TargetClosed;
        if let Some(failure) = failed.as_ref().filter(|why| !closed(why))
            && targets.iter().all(|target| target.failure.is_some())
        {
            return Event::Failed { failure: failure.clone(), counts, targets };
        }
        let lack = unread.or_else(|| coverage.as_ref().and_then(Coverage::lack));
        match failed.or(lack).or_else(|| in_error(counts.errors)) {
            Some(failure) => Event::Partial { counts, failure, targets, coverage },
            None => Event::Succeeded { counts, targets, coverage },
        }
    }

    fn fetched(&self, now: Fetched) -> Result<Vec<Event>, Refusal> {
        match &self.fetched {
            None => {
                let Fetched { blobs, employees, coverage } = now;
                Ok(vec![Event::Fetched { blobs, employees, coverage }])
            }
            Some(before) if *before == now => Ok(vec![]),
            Some(_) => Err(Refusal::AlreadyFetched),
        }
    }

    pub(super) fn evolve(mut self, event: &Event) -> Self {
        match event {
            Event::Queued { .. } | Event::Noted { .. } => return self,
            Event::Joined { receipts } => {
                self.spec.receipts.extend(receipts.iter().cloned());
                return self;
            }
            Event::Started { targets, scenarios, receipts } => {
                let (targets, scenarios) = (targets.clone(), scenarios.clone());
                self.scope = Some(Scope { targets, scenarios });
                self.spec.receipts.clone_from(receipts);
                self.status = Status::Running;
            }
            Event::Fetched { blobs, employees, coverage } => {
                self.fetched = Some(Fetched {
                    blobs: blobs.clone(),
                    employees: *employees,
                    coverage: coverage.clone(),
                });
                self.counts.fetched = *employees;
                self.status = Status::Running;
            }
            Event::Waiting { until, failure } => return self.waits(*until, failure),
            Event::Applied { batch, scenario, counts } => {
                self.batches = *batch;
                self.counts += *counts;
                *self.by_target.entry(scenario.clone()).or_default() += *counts;
                self.status = Status::Running;
            }
            Event::Held { plan, failure } => {
                self.held = Some(Held { plan: plan.clone(), failure: failure.clone() });
                self.approval = None;
                self.status = Status::Held;
            }
            Event::Approved { subjects, .. } => {
                self.approval = Some(Approval { subjects: subjects.clone() });
                self.status = Status::Queued;
            }
            Event::Rejected { .. } => self.status = Status::Rejected,
            Event::Succeeded { counts, coverage, .. } => {
                self.coverage.clone_from(coverage);
                self = self.ended(Status::Succeeded, *counts);
            }
            Event::Partial { counts, failure, coverage, .. } => {
                self.coverage.clone_from(coverage);
                self.failure = Some(failure.clone());
                self = self.ended(Status::Partial, *counts);
            }
            Event::Failed { failure, counts, .. } => {
                self.failure = Some(failure.clone());
                self = self.ended(Status::Failed, *counts);
            }
            Event::Skipped { .. } => self.status = Status::Skipped,
            Event::Cancelled { .. } => self.status = Status::Cancelled,
        }
        self.waiting = None;
        self
    }

    fn waits(mut self, until: DateTime<Utc>, failure: &Failure) -> Self {
        match failure.code == FailureCode::RateLimited {
            true => self.throttles += 1,
            false => self.outages += 1,
        }
        self.waiting = Some(Waiting { until, failure: failure.clone() });
        self.status = Status::Waiting;
        self
    }

    fn ended(mut self, status: Status, counts: Counts) -> Self {
        self.status = status;
        self.counts = counts;
        self
    }
}

fn in_error(people: u64) -> Option<Failure> {
    let summary = match people {
        0 => return None,
        1 => "one person could not be brought in line; their row says why".to_owned(),
        some => format!("{some} people could not be brought in line; their rows say why"),
    };
    Some(Failure { code: FailureCode::PeopleInError, summary })
}

/// Those not in `known`, each once, in their order.
fn new_among(receipts: Vec<String>, known: &[String]) -> Vec<String> {
    let mut seen: std::collections::HashSet<String> = known.iter().cloned().collect();
    receipts.into_iter().filter(|receipt| seen.insert(receipt.clone())).collect()
}
