//! Comparing everybody the source shows with the roster, by one compact key per person.

use std::collections::HashSet;

use rollcall_domain::plan::{Employee, Rules, Standing, expected_fingerprint};
use rollcall_projections::actors::{RosterKey, id_bytes, id_text};

/// Up to so many who differ are kept in memory; beyond, they are read again from the recording.
const KEPT: usize = 20_000;

/// What the roster and the source have in common, found while reading.
pub(super) struct Scan<'a> {
    rules: &'a Rules<'a>,
    /// Sorted by actor.
    pub(super) roster: Vec<RosterKey>,
    seen: Vec<bool>,
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
            seen: vec![false; roster.len()],
            roster,
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

    fn place(&self, actor: &[u8; 16]) -> Option<usize> {
        self.roster.binary_search_by(|key| key.actor.cmp(actor)).ok()
    }

    /// Whether a person needs a closer look: the roster differs, or can't be compared.
    pub(super) fn differs(&self, employee: &Employee) -> bool {
        let actor = id_bytes(&self.rules.actor_id(&employee.source_id));
        match actor.and_then(|actor| self.place(&actor)) {
            Some(at) => {
                expected_fingerprint(employee, self.rules) != Some(self.roster[at].fingerprint)
            }
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
        let Some(actor) = id_bytes(&self.rules.actor_id(&employee.source_id)) else { return };
        self.source_ids.push(employee.source_id.as_str().into());
        let place = self.place(&actor);
        let again = match place {
            Some(at) => std::mem::replace(&mut self.seen[at], true),
            None => !self.strangers.insert(actor),
        };
        if again {
            self.duplicates.push(employee.source_id);
        } else if place.is_none() && self.is_nobody_here(&employee) {
            self.skipped += 1;
        } else if !self.differs(&employee) {
            self.unchanged += 1;
        } else {
            self.leaving += usize::from(self.leaves(place, &employee));
            if self.differ.len() < KEPT {
                self.differ.push(employee);
            } else {
                self.overflown = true;
            }
        }
    }

    /// Active here and no longer at the source.
    fn leaves(&self, place: Option<usize>, employee: &Employee) -> bool {
        let active = place.is_some_and(|at| {
            let flags = self.roster[at].flags;
            flags.active() && flags.synced()
        });
        match employee.standing(self.rules.today) {
            Standing::Inactive | Standing::Deleted => active,
            Standing::Active | Standing::NotStarted | Standing::Unknown => false,
        }
    }

    /// Everybody who was seen, for the recording.
    pub(super) fn subjects(&self) -> impl Iterator<Item = String> {
        self.source_ids.iter().map(|id| self.rules.subject_id(id))
    }

    /// Forgets what was read, not the roster.
    pub(super) fn begin_again(&mut self) {
        let roster = std::mem::take(&mut self.roster);
        *self = Scan::new(self.rules, roster);
    }

    /// Active, ours and not seen: absent.
    pub(super) fn missing(&self) -> Vec<String> {
        let unseen = self.roster.iter().zip(&self.seen).filter(|(_, seen)| !**seen);
        unseen
            .filter(|(key, _)| key.flags.active() && key.flags.synced())
            .map(|(key, _)| id_text(key.actor))
            .collect()
    }
}
