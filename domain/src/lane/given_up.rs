//! Deliveries that name somebody of whom the provider never says anything: after some runs they are
//! given up, so that not every later run ends with them, and stay where a person finds them.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::queue::rereads;
use super::{Event, Lane};

/// So many runs try to read whom a delivery names.
pub const TRIES: u32 = 5;

/// A receipt that no run takes along by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenUp {
    pub receipt: Arc<str>,
    /// The last run that tried.
    pub run: Arc<str>,
}

impl Lane {
    /// Receipts that wait for a person, oldest first.
    pub fn given_up(&self) -> &[GivenUp] {
        &self.given_up
    }

    pub fn has_given_up(&self, receipt: &str) -> bool {
        self.given_up.iter().any(|one| *one.receipt == *receipt)
    }

    /// Which of these would be given up if one more run could not read whom they name.
    pub fn would_give_up<'a>(&self, unread: &'a [String]) -> Vec<&'a str> {
        let spent = |receipt: &&str| self.unread.get(*receipt).copied().unwrap_or(0) + 1 >= TRIES;
        unread.iter().map(String::as_str).filter(spent).collect()
    }

    /// Only what ran can have been unread.
    pub(super) fn ended(
        &self,
        run: String,
        mut left_over: Vec<String>,
        mut unread: Vec<String>,
    ) -> Event {
        // What was posted is sent again, never read again.
        let mut all = self.running.iter().chain(&self.waiting);
        if all.any(|one| *one.run == run && !rereads(one.kind)) {
            left_over.clear();
        }
        let ran = self.running().filter(|running| *running.run == run);
        let ran: BTreeSet<&str> =
            ran.iter().flat_map(|ran| &ran.receipts).map(|receipt| &**receipt).collect();
        unread.retain(|receipt| ran.contains(receipt.as_str()) && left_over.contains(receipt));
        let given_up: BTreeSet<String> =
            self.would_give_up(&unread).into_iter().map(str::to_owned).collect();
        left_over.retain(|receipt| !given_up.contains(receipt));
        unread.retain(|receipt| !given_up.contains(receipt));
        Event::RunEnded { run, left_over, unread, given_up: given_up.into_iter().collect() }
    }

    pub(super) fn count_unread(&mut self, unread: &[String]) {
        for receipt in unread {
            *self.unread.entry(receipt.as_str().into()).or_default() += 1;
        }
        let (known, given_up) = (&self.known, &self.given_up);
        let is_over = |receipt: &Arc<str>| given_up.iter().any(|one| one.receipt == *receipt);
        self.unread.retain(|receipt, _| known.contains(receipt) && !is_over(receipt));
    }

    /// They are nobody's any more.
    pub(super) fn forget(&mut self, receipts: &[String]) {
        self.given_up.retain(|one| !receipts.iter().any(|receipt| **receipt == *one.receipt));
        for receipt in receipts {
            self.known.remove(receipt.as_str());
        }
    }
}
