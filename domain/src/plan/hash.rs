//! The hash of a plan: equal plans have equal hashes, so that what was previewed can be applied.

use sha2::{Digest, Sha256};

use super::{Decision, Expected, UnitDecision};
use crate::decider::Written;

/// Fed decision by decision, in the plan's order. It covers the versions the plan rests on.
#[derive(Debug, Clone, Default)]
pub struct PlanHash {
    hash: Sha256,
}

impl PlanHash {
    pub fn new() -> Self {
        PlanHash::default()
    }

    pub fn add(&mut self, decision: &Decision) {
        self.put(b"person");
        self.put(decision.actor.as_bytes());
        self.put(decision.subject.as_bytes());
        self.option(decision.source_id.as_deref().map(str::as_bytes));
        self.expected(decision.expected);
        self.put(decision.action.as_str().as_bytes());
        self.events(&decision.events);
        self.count(decision.notes.len());
        for note in &decision.notes {
            self.put(note.reason.as_str().as_bytes());
            self.count(note.fields.len());
            note.fields.iter().for_each(|field| self.put(field.as_str().as_bytes()));
        }
    }

    pub fn add_unit(&mut self, decision: &UnitDecision) {
        self.put(b"unit");
        self.put(decision.unit.as_bytes());
        self.expected(decision.expected);
        self.events(&decision.events);
    }

    /// 64 hex digits.
    pub fn finish(self) -> String {
        hex::encode(self.hash.finalize())
    }

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
        self.hash.update([u8::from(bytes.is_some())]);
        self.put(bytes.unwrap_or_default());
    }

    fn count(&mut self, count: usize) {
        self.hash.update((count as u64).to_be_bytes());
    }

    /// Length first, so that no two parts run together.
    fn put(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.hash.update(bytes);
    }
}
