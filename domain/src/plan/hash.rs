//! The hash of a plan: equal plans have equal hashes, so that what was previewed can be applied.

use sha2::{Digest, Sha256};

use super::{Decision, Expected, UnitDecision};
use crate::decider::Written;

/// Fed decision by decision, in any order. It covers the versions the plan rests on.
#[derive(Debug, Clone, Default)]
pub(super) struct PlanHash {
    /// One per decision.
    digests: Vec<[u8; 32]>,
}

impl PlanHash {
    pub(super) fn add(&mut self, decision: &Decision) {
        let mut hash = DecisionHash::default();
        hash.put(b"person");
        hash.put(decision.actor.as_bytes());
        hash.put(decision.subject.as_bytes());
        hash.option(decision.source_id.as_deref().map(str::as_bytes));
        hash.expected(decision.expected);
        hash.put(decision.action.as_str().as_bytes());
        hash.events(&decision.events);
        hash.count(decision.notes.len());
        for note in &decision.notes {
            hash.put(note.reason.as_str().as_bytes());
            hash.count(note.fields.len());
            note.fields.iter().for_each(|field| hash.put(field.as_str().as_bytes()));
            hash.count(note.with.len());
            note.with.iter().for_each(|actor| hash.put(actor.as_bytes()));
        }
        self.digests.push(hash.0.finalize().into());
    }

    pub(super) fn add_unit(&mut self, decision: &UnitDecision) {
        let mut hash = DecisionHash::default();
        hash.put(b"unit");
        hash.put(decision.unit.as_bytes());
        hash.expected(decision.expected);
        hash.events(&decision.events);
        self.digests.push(hash.0.finalize().into());
    }

    /// 64 hex digits.
    pub(super) fn finish(mut self) -> String {
        self.digests.sort_unstable();
        let all = self.digests.iter().fold(Sha256::new(), |all, one| all.chain_update(one));
        hex::encode(all.finalize())
    }
}

#[derive(Default)]
struct DecisionHash(Sha256);

impl DecisionHash {
    fn events<E: Written>(&mut self, events: &[E]) {
        self.count(events.len());
        for event in events {
            self.put(event.kind().as_bytes());
            self.put(&event.payload());
            self.option(event.personal_bytes().as_deref());
        }
    }

    fn expected(&mut self, expected: Expected) {
        let version = match expected {
            Expected::NoStream => None,
            Expected::Exact(version) => Some(version.to_be_bytes()),
        };
        self.option(version.as_ref().map(<[u8; 8]>::as_slice));
    }

    fn option(&mut self, bytes: Option<&[u8]>) {
        self.0.update([u8::from(bytes.is_some())]);
        self.put(bytes.unwrap_or_default());
    }

    fn count(&mut self, count: usize) {
        self.0.update((count as u64).to_be_bytes());
    }

    /// Length first, so that no two parts run together.
    fn put(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.0.update(bytes);
    }
}
