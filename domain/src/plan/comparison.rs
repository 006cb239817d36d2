//! Comparing everybody the source shows with one target's roster, by one compact key per person.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::{Employee, Flags, RosterKey, Rules, Standing, expected_fingerprint};
use crate::ids::id_text;

/// What a roster and its source have in common, found while reading.
#[derive(Debug)]
pub struct Comparison {
    roster: HashMap<[u8; 16], Row>,
    /// Who is said by the identity map to be somebody: they are looked at whatever they are.
    mapped: HashSet<[u8; 16]>,
    /// Ids that are not in the roster and came already.
    strangers: HashSet<[u8; 16]>,
    /// So many who differ are kept; further ones are read again from the recording.
    limit: usize,
    pub differ: Vec<Arc<Employee>>,
    /// More differ than were kept.
    pub overflown: bool,
    /// Source ids that came more than once.
    pub duplicates: BTreeSet<String>,
    pub unchanged: u64,
    pub skipped: u64,
}

/// What is compared of an actor, in 16 bytes.
#[derive(Debug, Clone, Copy)]
struct Row {
    fingerprint: u64,
    flags: Flags,
    /// The source showed them.
    seen: bool,
}

impl Row {
    /// Active here, and kept in step by us.
    fn is_ours(self) -> bool {
        self.flags.active() && self.flags.synced()
    }
}

impl Comparison {
    /// Keeps at most `limit` of those who differ in memory.
    pub fn new(roster: Vec<RosterKey>, limit: usize) -> Self {
        let row = |key: RosterKey| {
            (key.claim, Row { fingerprint: key.fingerprint, flags: key.flags, seen: false })
        };
        Comparison {
            roster: roster.into_iter().map(row).collect(),
            mapped: HashSet::new(),
            strangers: HashSet::new(),
            limit,
            differ: vec![],
            overflown: false,
            duplicates: BTreeSet::new(),
            unchanged: 0,
            skipped: 0,
        }
    }

    /// The same where the identity map speaks of these, by the ids derived from their source ids.
    #[must_use]
    pub fn with_mapped(self, mapped: HashSet<[u8; 16]>) -> Self {
        Comparison { mapped, ..self }
    }

    /// Whether a person needs a closer look: the roster differs, or can't be compared.
    pub fn differs(&self, employee: &Employee, rules: &Rules) -> bool {
        let claim = rules.actor_key(&employee.source_id);
        match self.roster.get(&claim) {
            None if self.mapped.contains(&claim) => true,
            row => differs(row, employee, rules),
        }
    }

    /// Takes note of somebody the source shows.
    pub fn take(&mut self, employee: &Arc<Employee>, rules: &Rules) {
        let claim = rules.actor_key(&employee.source_id);
        let (row, again) = match self.roster.get_mut(&claim) {
            Some(row) => (Some(*row), std::mem::replace(&mut row.seen, true)),
            None => (None, !self.strangers.insert(claim)),
        };
        if again {
            self.duplicates.insert(employee.source_id.clone());
            return;
        }
        let is_mapped = row.is_none() && self.mapped.contains(&claim);
        if row.is_none() && !is_mapped && is_nobody_here(employee, rules) {
            self.skipped += 1;
        } else if !is_mapped && !differs(row.as_ref(), employee, rules) {
            self.unchanged += 1;
        } else if !self.overflown && self.differ.len() < self.limit {
            self.differ.push(Arc::clone(employee));
        } else {
            // All of them are read again.
            self.overflown = true;
            self.differ = vec![];
        }
    }

    /// Whether the source showed this id more than once.
    pub fn came_twice(&self, source_id: &str) -> bool {
        self.duplicates.contains(source_id)
    }

    /// Forgets what was read, not the roster.
    pub fn begin_again(&mut self) {
        let mut roster = std::mem::take(&mut self.roster);
        roster.values_mut().for_each(|row| row.seen = false);
        let mapped = std::mem::take(&mut self.mapped);
        *self = Comparison { roster, mapped, ..Comparison::new(vec![], self.limit) };
    }

    /// How many are active here and ours.
    pub fn active(&self) -> usize {
        self.roster.values().filter(|row| row.is_ours()).count()
    }

    /// Active, ours and not seen: absent. By their claims, in order.
    pub fn missing(&self) -> Vec<String> {
        let unseen = self.roster.iter().filter(|(_, row)| !row.seen && row.is_ours());
        let mut missing: Vec<String> = unseen.map(|(claim, _)| id_text(*claim)).collect();
        missing.sort_unstable();
        missing
    }

    /// Everybody who was not seen, whatever they are here.
    pub fn unseen(&self) -> HashSet<[u8; 16]> {
        self.roster.iter().filter(|(_, row)| !row.seen).map(|(claim, _)| *claim).collect()
    }
}

fn differs(row: Option<&Row>, employee: &Employee, rules: &Rules) -> bool {
    match row {
        Some(row) => expected_fingerprint(employee, rules) != Some(row.fingerprint),
        None => !is_nobody_here(employee, rules),
    }
}

/// Not in the roster, and no reason to be.
fn is_nobody_here(employee: &Employee, rules: &Rules) -> bool {
    match employee.standing(rules.today) {
        Standing::Inactive | Standing::NotStarted | Standing::Deleted => true,
        // Nothing happens to the ignored either; they are planned, so that a plan shows them.
        Standing::Active | Standing::Unknown | Standing::Ignored => false,
    }
}
