//! Comparing everybody the source shows with the roster, by one compact key per person.

use std::collections::{HashMap, HashSet};

use rollcall_domain::plan::{Employee, Rules, Standing, expected_fingerprint};
use rollcall_projections::actors::{Flags, RosterKey, id_text};

/// Up to so many who differ are kept in memory; beyond, they are read again from the recording.
const KEPT: usize = 20_000;

/// What the roster and the source have in common, found while reading.
pub(super) struct Scan<'a> {
    rules: &'a Rules<'a>,
    roster: HashMap<[u8; 16], Row>,
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

/// What is compared of an actor, in 16 bytes.
#[derive(Clone, Copy)]
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

impl<'a> Scan<'a> {
    pub(super) fn new(rules: &'a Rules<'a>, roster: Vec<RosterKey>) -> Self {
        Scan {
            rules,
            roster: roster.into_iter().map(row).collect(),
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
        self.differs_from(row, employee)
    }

    fn differs_from(&self, row: Option<&Row>, employee: &Employee) -> bool {
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
            Some(row) => (Some(*row), std::mem::replace(&mut row.seen, true)),
            None => (None, !self.strangers.insert(actor)),
        };
        if again {
            self.duplicates.push(employee.source_id);
        } else if row.is_none() && self.is_nobody_here(&employee) {
            self.skipped += 1;
        } else if !self.differs_from(row.as_ref(), &employee) {
            self.unchanged += 1;
        } else {
            self.leaving += usize::from(self.leaves(row, &employee));
            if self.differ.len() < KEPT {
                self.differ.push(employee);
            } else {
                self.overflown = true;
            }
        }
    }

    /// Active here and no longer at the source.
    fn leaves(&self, row: Option<Row>, employee: &Employee) -> bool {
        match employee.standing(self.rules.today) {
            Standing::Inactive | Standing::Deleted => row.is_some_and(Row::is_ours),
            Standing::Active | Standing::NotStarted | Standing::Unknown => false,
        }
    }

    /// Everybody who was seen, for the recording.
    pub(super) fn subjects(&self) -> impl Iterator<Item = String> {
        self.source_ids.iter().map(|id| self.rules.subject_id(id))
    }

    /// Forgets what was read, not the roster.
    pub(super) fn begin_again(&mut self) {
        let mut roster = std::mem::take(&mut self.roster);
        roster.values_mut().for_each(|row| row.seen = false);
        *self = Scan { roster, ..Scan::new(self.rules, vec![]) };
    }

    /// How many are active here and ours.
    pub(super) fn active(&self) -> usize {
        self.roster.values().filter(|row| row.is_ours()).count()
    }

    /// Active, ours and not seen: absent. In the order of their ids.
    pub(super) fn missing(&self) -> Vec<String> {
        let unseen = self.roster.iter().filter(|(_, row)| !row.seen && row.is_ours());
        let mut missing: Vec<String> = unseen.map(|(actor, _)| id_text(*actor)).collect();
        missing.sort_unstable();
        missing
    }
}

fn row(key: RosterKey) -> ([u8; 16], Row) {
    (key.actor, Row { fingerprint: key.fingerprint, flags: key.flags, seen: false })
}
