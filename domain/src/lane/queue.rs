//! Who waits on a lane, who is joined, and which receipts belong to whom.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Event, GivenUp, Lane, Refusal};
use crate::run::RunSpec;
use crate::vocabulary::{RunKind, Trigger};

/// A run answers to at most so many deliveries; further ones wait for the next.
pub const RECEIPTS_PER_RUN: usize = 1000;

/// A run that waits or runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnLane {
    pub run: Arc<str>,
    pub kind: RunKind,
    /// The first one.
    pub trigger: Trigger,
    pub receipts: Vec<Arc<str>>,
    /// The run that it runs again.
    pub rerun_of: Option<Arc<str>>,
    /// The run that it takes back.
    pub undoes: Option<Arc<str>>,
    /// It takes nobody along: a snapshot, an undo, a re-run, a plan that is applied each stand for
    /// themselves.
    pub stands_alone: bool,
}

impl OnLane {
    /// Whether it may take further triggers of this kind along.
    fn takes(&self, kind: RunKind, more: usize) -> bool {
        self.kind == kind && !self.stands_alone && self.receipts.len() + more <= RECEIPTS_PER_RUN
    }
}

pub(super) fn stands_alone(spec: &RunSpec) -> bool {
    let of_its_kind = match spec.kind {
        RunKind::Webhook | RunKind::ManualSync | RunKind::Reconcile => false,
        RunKind::Push | RunKind::Undo => true,
    };
    of_its_kind
        || spec.trigger == Trigger::Rerun
        || spec.plan.is_some()
        || spec.changed_since.is_some()
}

/// Whether a run of this kind has nothing to do without a delivery.
fn lives_on_receipts(kind: RunKind) -> bool {
    match kind {
        RunKind::Webhook | RunKind::Push => true,
        RunKind::ManualSync | RunKind::Reconcile | RunKind::Undo => false,
    }
}

/// Whether people are read again from the source, those of earlier deliveries included.
pub(super) fn rereads(kind: RunKind) -> bool {
    match kind {
        RunKind::Webhook | RunKind::ManualSync | RunKind::Reconcile => true,
        RunKind::Push | RunKind::Undo => false,
    }
}

impl Lane {
    /// The re-run of a run that waits or runs.
    pub fn rerun_of(&self, of: &str) -> Option<&OnLane> {
        let mut all = self.running.iter().chain(&self.waiting);
        all.find(|on_lane| on_lane.rerun_of.as_deref() == Some(of))
    }

    /// What takes a run back, if that waits or runs.
    pub fn undo_of(&self, run: &str) -> Option<&OnLane> {
        let mut all = self.running.iter().chain(&self.waiting);
        all.find(|on_lane| on_lane.undoes.as_deref() == Some(run))
    }

    pub(super) fn enqueue(&self, run: String, spec: RunSpec) -> Result<Vec<Event>, Refusal> {
        let (kind, trigger) = (spec.kind, spec.trigger);
        if spec.receipts.len() > RECEIPTS_PER_RUN {
            return Err(Refusal::TooManyReceipts { count: spec.receipts.len() });
        }
        if spec.rerun_of.as_deref().is_some_and(|of| self.rerun_of(of).is_some()) {
            return Ok(vec![]);
        }
        if let Some(undo) = spec.undoes.as_deref().and_then(|run| self.undo_of(run))
            && *undo.run != *run
        {
            return Err(Refusal::BeingUndone { undo: undo.run.to_string() });
        }
        let named_any = !spec.receipts.is_empty();
        let receipts = self.new_among(spec.receipts.clone(), trigger);
        if self.has(&run) {
            let repeated = receipts.is_empty();
            return if repeated { Ok(vec![]) } else { Err(Refusal::IdTaken { run }) };
        }
        if lives_on_receipts(kind) && named_any && receipts.is_empty() {
            return Ok(vec![]);
        }
        let host = self.waiting.iter().rfind(|on_lane| on_lane.takes(kind, receipts.len()));
        Ok(vec![match host.filter(|_| !stands_alone(&spec)) {
            Some(host) => Event::RunJoined { run: host.run.to_string(), receipts },
            None => Event::RunQueued { run, spec: RunSpec { receipts, ..spec } },
        }])
    }

    /// A re-run takes its receipts out of those left over or given up, and so does a person who wants
    /// those tried again that were given up; otherwise a known one is not new.
    fn new_among(&self, receipts: Vec<String>, trigger: Trigger) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let left_over = self.left_over.iter().map(|receipt| &**receipt);
        let given_up = self.given_up.iter().map(|one| &*one.receipt);
        let free: BTreeSet<&str> = match trigger {
            Trigger::Rerun => left_over.chain(given_up).collect(),
            Trigger::Person | Trigger::Cli => given_up.collect(),
            Trigger::Delivery | Trigger::Schedule | Trigger::CatchUp => BTreeSet::new(),
        };
        let is_new = |receipt: &str| !self.known.contains(receipt) || free.contains(receipt);
        receipts.into_iter().filter(|r| is_new(r) && seen.insert(r.clone())).collect()
    }

    /// The run's own receipts, and as many left over as it has room for, oldest first.
    pub(super) fn taken_along_by(&self, next: &OnLane) -> Vec<String> {
        let room = if rereads(next.kind) && !next.stands_alone {
            RECEIPTS_PER_RUN.saturating_sub(next.receipts.len())
        } else {
            0
        };
        let along = self.left_over.iter().take(room);
        next.receipts.iter().chain(along).map(ToString::to_string).collect()
    }

    /// Receipts as kept from now on by one run; no longer left over or given up.
    pub(super) fn claim(&mut self, receipts: &[String]) -> Vec<Arc<str>> {
        let claimed: Vec<Arc<str>> = receipts
            .iter()
            .map(|receipt| match self.known.get(receipt.as_str()) {
                Some(known) => Arc::clone(known),
                None => Arc::from(receipt.as_str()),
            })
            .collect();
        self.known.extend(claimed.iter().cloned());
        if !self.left_over.is_empty() || !self.given_up.is_empty() {
            let taken: BTreeSet<&str> = receipts.iter().map(String::as_str).collect();
            self.left_over.retain(|receipt| !taken.contains(&**receipt));
            self.given_up.retain(|one| !taken.contains(&*one.receipt));
        }
        claimed
    }

    pub(super) fn start(&mut self, run: &str, receipts: &[String]) {
        let Some(place) = self.waiting.iter().position(|on_lane| &*on_lane.run == run) else {
            return;
        };
        let mut next = self.waiting.remove(place);
        next.receipts = self.claim(receipts);
        self.running = Some(next);
    }

    /// What was left over before and not taken along stays.
    pub(super) fn end(&mut self, run: &str, left_over: &[String], given_up: &[String]) {
        let running = self.running.take_if(|running| &*running.run == run);
        let place = self.waiting.iter().position(|on_lane| &*on_lane.run == run);
        let Some(ended) = running.or_else(|| place.map(|place| self.waiting.remove(place))) else {
            return;
        };
        for receipt in &ended.receipts {
            self.known.remove(receipt);
        }
        for receipt in left_over {
            let receipt: Arc<str> = receipt.as_str().into();
            if self.known.insert(Arc::clone(&receipt)) {
                self.left_over.push(receipt);
            }
        }
        for receipt in given_up {
            let receipt: Arc<str> = receipt.as_str().into();
            if self.known.insert(Arc::clone(&receipt)) {
                self.given_up.push(GivenUp { receipt, run: Arc::clone(&ended.run) });
            }
        }
    }
}
