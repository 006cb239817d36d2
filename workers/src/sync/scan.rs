//! Comparing everybody the source shows with the roster, by one compact key per person.

use std::collections::{HashMap, HashSet};

use rollcall_domain::plan::{Employee, Rules, Standing, expected_fingerprint};
use rollcall_projections::actors::{RosterKey, id_text};

/// Up to so many who differ are kept in memory; beyond, they are read again from the recording.
const KEPT: usize = 20_000;

/// What the roster and the source have in common, found while reading.
pub(super) struct Scan<'a> {
    rules: &'a Rules<'a>,
    /// By actor, and whether the source showed them.
    roster: HashMap<[u8; 16], (RosterKey, bool)>,
    /// Ids that are not in the roster and came already.
    strangers: HashSet<[u8; 16]>,
    pub(super) differ: Vec<Employee>,
    pub(super) overflown: bool,
    pub(super) duplicates: Vec<String>,
    /// How many of those who differ would be deactivated.
    pub(super) leaving: usize,
    /// Everybody who came.
    source_ids: Vec<Box<str>>,
    pub(super) unchanged: u64,
    pub(super) skipped: u64,
}

impl<'a> Scan<'a> {
    pub(super) fn new(rules: &'a Rules<'a>, roster: Vec<RosterKey>) -> Self {
        Scan {
            rules,
            roster: roster.into_iter().map(|key| (key.actor, (key, false))).collect(),
            strangers: HashSet::new(),
            differ: vec![],
            overflown: false,
            duplicates: vec![],
            leaving: 0,
            source_ids: vec![],
            unchanged: 0,
            skipped: 0,
        }
    }

    /// Whether a person needs a closer look: the roster differs, or can't be compared.
    pub(super) fn differs(&self, employee: &Employee) -> bool {
        let row = self.roster.get(&self.rules.actor_key(&employee.source_id));
        self.differs_from(row.map(|(key, _)| key), employee)
    }

    fn differs_from(&self, row: Option<&RosterKey>, employee: &Employee) -> bool {
        match row {
            Some(row) => expected_fingerprint(employee, self.rules) != Some(row.fingerprint),
            None => !self.is_nobody_here(employee),
        }
    }

    /// Not in the roster, and no reason to be.
    fn is_nobody_here(&self, employee: &Employee) -> bool {
        match employee.standing(self.rules.today) {
            Standing::Inactive | Standing::NotStarted | Standing::Deleted => true,
            Standing::Active | Standing::Unknown => false,
        }
    }

    pub(super) fn take(&mut self, employee: Employee) {
        let actor = self.rules.actor_key(&employee.source_id);
        self.source_ids.push(employee.source_id.as_str().into());
        let row = self.roster.get_mut(&actor);
        let (row, again) = match row {
            Some((key, seen)) => (Some(*key), std::mem::replace(seen, true)),
            None => (None, !self.strangers.insert(actor)),
        };
        if again {
            self.duplicates.push(employee.source_id);
        } else if row.is_none() && self.is_nobody_here(&employee) {
            self.skipped += 1;
        } else if !self.differs_from(row.as_ref(), &employee) {
            self.unchanged += 1;
        } else {
            self.leaving += usize::from(self.leaves(row.as_ref(), &employee));
            if self.differ.len() < KEPT {
                self.differ.push(employee);
            } else {
                self.overflown = true;
            }
        }
    }

    /// Active here and no longer at the source.
    fn leaves(&self, row: Option<&RosterKey>, employee: &Employee) -> bool {
        match employee.standing(self.rules.today) {
            Standing::Inactive | Standing::Deleted => row.is_some_and(is_ours),
            Standing::Active | Standing::NotStarted | Standing::Unknown => false,
        }
    }

    /// Everybody who was seen, for the recording.
    pub(super) fn subjects(&self) -> impl Iterator<Item = String> {
        self.source_ids.iter().map(|id| self.rules.subject_id(id))
    }

    /// Forgets what was read, not the roster.
    pub(super) fn begin_again(&mut self) {
        let roster = std::mem::take(&mut self.roster).into_values().map(|(key, _)| key);
        *self = Scan::new(self.rules, roster.collect());
    }

    /// How many are active here and ours.
    pub(super) fn active(&self) -> usize {
        self.roster.values().filter(|(key, _)| is_ours(key)).count()
    }

    /// Active, ours and not seen: absent. In the order of their ids.
    pub(super) fn missing(&self) -> Vec<String> {
        let unseen = self.roster.values().filter(|(key, seen)| !seen && is_ours(key));
        let mut missing: Vec<String> = unseen.map(|(key, _)| id_text(key.actor)).collect();
        missing.sort_unstable();
        missing
    }
}

fn is_ours(row: &RosterKey) -> bool {
    row.flags.active() && row.flags.synced()
}
