//! What one look at the company shows through the key: what is hidden, and what reads odd.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::company::Company;
use super::faults::{Faults, Whom};
use super::fields::{Cell, Column, View};
use super::people::Person;
use super::spoil::Spoiled;

/// Taken anew for each request: photo addresses are signed differently each time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Sight {
    hidden_fields: BTreeSet<String>,
    hidden_employees: BTreeSet<u64>,
    nobody: bool,
    /// Nobody from this id on is shown.
    shown_below: Option<u64>,
    nulls: Whom,
    spoiled: Vec<Spoiled>,
    signature: Option<u64>,
}

impl Sight {
    pub(super) fn new(faults: &Faults, company: &Company) -> Sight {
        let first_unshown = |shown: usize| company.people.keys().nth(shown).copied();
        Sight {
            hidden_fields: faults.hidden_fields.clone(),
            hidden_employees: faults.hidden_employees.clone(),
            nobody: faults.empty_report,
            shown_below: faults.shown.and_then(first_unshown),
            nulls: faults.nulls.clone(),
            spoiled: faults.spoiled.clone(),
            signature: faults.photos_signed_anew.then(rand::random),
        }
    }

    pub(super) fn field(&self, alias: &str) -> bool {
        !self.hidden_fields.contains(alias)
    }

    /// Whether somebody can be looked at alone.
    pub(super) fn employee(&self, id: u64) -> bool {
        !self.hidden_employees.contains(&id) && self.shown_below.is_none_or(|end| id < end)
    }

    /// Whether somebody shows in reports and lists.
    pub(super) fn listed(&self, id: u64) -> bool {
        !self.nobody && self.employee(id)
    }

    /// Whether a total counts somebody: it still tells of those who merely are not shown.
    pub(super) fn counted(&self, id: u64) -> bool {
        !self.nobody && !self.hidden_employees.contains(&id)
    }

    /// How a field of an employee reads: as the company has it, or as the switches have it.
    pub(super) fn cell<'a>(
        &self,
        company: &'a Company,
        person: &'a Person,
        column: Column,
        view: View,
    ) -> Cell<'a> {
        if self.nulls.includes(person.id) {
            return Cell::Null;
        }
        let cell = company.cell(person, column, view);
        let mut spoiled = self.spoiled.iter();
        if let Some(spoiled) = spoiled.find(|spoiled| spoiled.is(person.id, column)) {
            return spoiled.how.applied(&cell);
        }
        match self.signature {
            Some(signature) if column == Column::PhotoUrl && person.photo_uploaded => {
                let query =
                    format!("Policy={signature:x}&Signature={signature:016x}&Key-Pair-Id=K1");
                Cell::Text(Cow::Owned(format!("{}?{query}", cell.to_text())))
            }
            Some(_) | None => cell,
        }
    }
}
