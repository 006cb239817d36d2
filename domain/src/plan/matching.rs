//! Who in a target is the person a source speaks of (product.md §8.1): by the source id, then by the
//! identity map, then by e-mail address.

use std::collections::{HashMap, HashSet};

use super::{Employee, Observation, RosterRow, Rules, Standing};
use crate::actor::MatchedBy;
use crate::field::{Field, Value};
use crate::identity::email_key;
use crate::ids::id_bytes;
use crate::run::NoteReason;

/// Who in a target may be somebody the source speaks of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Candidates {
    /// Who has the source id.
    pub own: Option<RosterRow>,
    /// Who had it, and has another one now.
    pub former: Option<RosterRow>,
    /// Whether the identity map says who it is. Then their e-mail address says nothing more.
    pub is_mapped: bool,
    /// Whom it names; nobody where that is somebody new, or not in this target.
    pub mapped: Vec<RosterRow>,
    /// Who has the same e-mail address.
    pub same_email: Vec<RosterRow>,
}

/// Which source ids a read did not show.
#[derive(Debug, Clone, Default)]
pub enum Unseen {
    /// It was not complete, or not of everybody.
    #[default]
    Unknown,
    /// These of the target, by the ids derived from them.
    Known(HashSet<[u8; 16]>),
}

/// Who it is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Matched<'a> {
    Nobody,
    One(&'a RosterRow, MatchedBy),
    /// With these actors.
    Conflict(NoteReason, Vec<String>),
}

/// How many source ids of one plan lay claim to an actor who has none of them.
#[derive(Debug, Clone, Copy, Default)]
struct Claims {
    mapped: u32,
    by_email: u32,
}

/// What the people of one plan say of each other, in whatever order they come.
#[derive(Debug, Clone, Default)]
pub(super) struct Contest {
    unseen: Unseen,
    claims: HashMap<String, Claims>,
    /// Actors whose e-mail address is another one by the same plan.
    moved: HashSet<String>,
    /// Actors whose source id is deleted by the same plan.
    deleted: HashSet<String>,
}

impl From<RosterRow> for Candidates {
    /// Somebody who has the source id.
    fn from(own: RosterRow) -> Self {
        Candidates { own: Some(own), ..Candidates::default() }
    }
}

impl Unseen {
    fn includes(&self, row: &RosterRow) -> bool {
        let Unseen::Known(unseen) = self else { return false };
        row.claim.as_deref().and_then(id_bytes).is_some_and(|claim| unseen.contains(&claim))
    }
}

impl Contest {
    pub(super) fn new(unseen: Unseen) -> Self {
        Contest { unseen, ..Contest::default() }
    }

    pub(super) fn unseen(&self) -> &Unseen {
        &self.unseen
    }

    /// Takes note of what somebody means for others.
    pub(super) fn enter(&mut self, seen: &Observation, found: &Candidates, rules: &Rules) {
        match (seen, &found.own) {
            (Observation::Present(employee), Some(own)) => {
                let said = employee.seen.get(&Field::Email);
                let now = said.map(|said| said.as_ref().and_then(address));
                let before = own.fields.get(&Field::Email).and_then(address);
                if employee.standing(rules.today) == Standing::Deleted {
                    self.deleted.insert(own.actor.clone());
                } else if takes_over(employee, own, rules) && now.is_some_and(|now| now != before) {
                    self.moved.insert(own.actor.clone());
                }
            }
            (Observation::NotFound { deleted: true, .. }, Some(own)) => {
                self.deleted.insert(own.actor.clone());
            }
            (Observation::Present(employee), None) => {
                let (rows, by) = wanted(employee, found, rules);
                for row in rows {
                    let claims = self.claims.entry(row.actor.clone()).or_default();
                    match by {
                        MatchedBy::IdentityMap => claims.mapped += 1,
                        MatchedBy::Email | MatchedBy::SourceId => claims.by_email += 1,
                    }
                }
            }
            (
                Observation::NotFound { .. }
                | Observation::Absent { .. }
                | Observation::NotVisible { .. }
                | Observation::Unreadable { .. }
                | Observation::Duplicate { .. }
                | Observation::Outsider { .. }
                | Observation::TakenBack { .. },
                _,
            ) => {}
        }
    }

    pub(super) fn matched<'a>(
        &self,
        employee: &Employee,
        found: &'a Candidates,
        rules: &Rules,
    ) -> Matched<'a> {
        if let Some(own) = &found.own {
            return Matched::One(own, MatchedBy::SourceId);
        }
        if let Some(former) = &found.former {
            return match employee.standing(rules.today) {
                Standing::Active => {
                    Matched::Conflict(NoteReason::Conflict, vec![former.actor.clone()])
                }
                Standing::Inactive
                | Standing::NotStarted
                | Standing::Deleted
                | Standing::Unknown
                | Standing::Ignored => Matched::Nobody,
            };
        }
        let (rows, by) = wanted(employee, found, rules);
        let stays = |row: &&RosterRow| by != MatchedBy::Email || !self.moved.contains(&row.actor);
        match rows.iter().filter(stays).collect::<Vec<_>>().as_slice() {
            [] => Matched::Nobody,
            [one] if !self.is_free(one, by, rules) => {
                Matched::Conflict(NoteReason::Conflict, vec![one.actor.clone()])
            }
            [one] if self.is_contested(one, by) => {
                Matched::Conflict(NoteReason::Ambiguous, vec![one.actor.clone()])
            }
            [one] => Matched::One(one, by),
            several => {
                let with = several.iter().map(|row| row.actor.clone()).collect();
                Matched::Conflict(NoteReason::Ambiguous, with)
            }
        }
    }

    /// Who has another source id is taken only if the source deleted that one, or shows it no longer.
    /// Another source's people are taken only where somebody said who they are, or will see it
    /// first: two companies may well share an address.
    fn is_free(&self, row: &RosterRow, by: MatchedBy, rules: &Rules) -> bool {
        if row.claim.is_some() && row.source.as_ref() != Some(&rules.source) {
            return by == MatchedBy::IdentityMap || rules.reaches_others;
        }
        row.claim.is_none()
            || row.source_deleted
            || self.deleted.contains(&row.actor)
            || self.unseen.includes(row)
    }

    /// Whether another source id has as good a claim, or a better one: the identity map goes before
    /// e-mail.
    fn is_contested(&self, row: &RosterRow, by: MatchedBy) -> bool {
        let claims = self.claims.get(&row.actor).copied().unwrap_or_default();
        match by {
            MatchedBy::SourceId => false,
            MatchedBy::IdentityMap => claims.mapped > 1,
            MatchedBy::Email => claims.mapped > 0 || claims.by_email > 1,
        }
    }
}

/// Who somebody without a row of their own may be. By e-mail only those are found who would be
/// created otherwise: a former employee's record must not deactivate whoever has the address now.
fn wanted<'a>(
    employee: &Employee,
    found: &'a Candidates,
    rules: &Rules,
) -> (&'a [RosterRow], MatchedBy) {
    let standing = employee.standing(rules.today);
    let is_plain = employee.unreadable.is_empty();
    match standing {
        Standing::Active | Standing::Inactive | Standing::NotStarted
            if is_plain && found.is_mapped =>
        {
            (&found.mapped, MatchedBy::IdentityMap)
        }
        Standing::Active if is_plain => (&found.same_email, MatchedBy::Email),
        Standing::Active
        | Standing::Inactive
        | Standing::NotStarted
        | Standing::Deleted
        | Standing::Unknown
        | Standing::Ignored => (&[], MatchedBy::Email),
    }
}

/// Whether what the source says of somebody becomes true here.
fn takes_over(employee: &Employee, own: &RosterRow, rules: &Rules) -> bool {
    let is_left_alone = own.out_of_sync_by_hand || own.on_hold || rules.ignores(own);
    let is_ours = !(is_left_alone || own.erased || own.source_deleted);
    match employee.standing(rules.today) {
        Standing::Active => is_ours,
        Standing::NotStarted => is_ours && own.active,
        Standing::Inactive | Standing::Deleted | Standing::Unknown | Standing::Ignored => false,
    }
}

fn address(value: &Value) -> Option<String> {
    email_key(value.text()?)
}
