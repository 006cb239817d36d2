//! Finding who in a target may be the people a run was told of: in the roster, a page at a time, or in
//! the log, where the roster is behind.

use std::collections::{HashMap, HashSet};

use rollcall_commands::{Loaded, load};
use rollcall_domain::actor::{Actor, Event, MatchedBy};
use rollcall_domain::field::Field;
use rollcall_domain::identity::email_key;
use rollcall_domain::plan::{Candidates, Employee, Observation, RosterRow, Rules, Step};
use rollcall_projections::identity_map::{self, Mapped};
use rollcall_projections::{Db, actors};

use super::execution::{Course, Execution};
use super::{Engine, Halt};

/// The people who may be one source id's.
#[derive(Default)]
struct Strangers {
    /// By subject and by e-mail address.
    people: HashMap<String, RosterRow>,
    addresses: HashMap<String, Vec<RosterRow>>,
    /// What is said of them, by the subject derived from the source id.
    mapped: HashMap<String, Mapped>,
}

impl Engine {
    /// Who they may be, in the order of the page; at most 1,000.
    pub(super) async fn candidates(
        &self,
        execution: &Execution,
        rules: &Rules,
        page: &[Observation],
    ) -> Result<Vec<Candidates>, Halt> {
        let claims: Vec<String> = page.iter().map(|seen| seen.claim(rules)).collect();
        let (mut own, mut former) = (HashMap::new(), HashMap::new());
        for row in self.rows(execution, &rules.scenario, &claims).await? {
            match &row.claim {
                Some(claim) if *claim == row.actor => drop(own.insert(claim.clone(), row)),
                Some(claim) => {
                    former.insert(row.actor.clone(), row.clone());
                    own.insert(claim.clone(), row);
                }
                // Named by their own id.
                None => drop(own.insert(row.actor.clone(), row)),
            }
        }
        let mut found: Vec<Candidates> = Vec::with_capacity(page.len());
        for (seen, claim) in page.iter().zip(&claims) {
            if let Observation::Outsider { actor } = seen {
                let own = former.get(actor).or_else(|| own.get(actor)).cloned();
                found.push(Candidates { own, ..Candidates::default() });
                continue;
            }
            let (own, former) = (own.remove(claim), former.remove(claim));
            found.push(Candidates { own, former, ..Candidates::default() });
        }
        let stranger = |(seen, found): (&Observation, &Candidates)| {
            let unknown = found.own.is_none() && found.former.is_none();
            seen.employee().filter(|_| unknown).cloned()
        };
        let strangers: Vec<Employee> = page.iter().zip(&found).filter_map(stranger).collect();
        if !strangers.is_empty() {
            let known = self.strangers(execution, rules, &strangers).await?;
            for (seen, found) in page.iter().zip(&mut found) {
                let unknown = found.own.is_none() && found.former.is_none();
                if let Some(employee) = seen.employee().filter(|_| unknown) {
                    known.add_to(found, employee, rules);
                }
            }
        }
        Ok(found)
    }

    pub(super) async fn is_anybody_in(
        &self,
        execution: &Execution,
        scenario: &str,
    ) -> Result<bool, Halt> {
        let db = self.projections.db();
        Ok(actors::is_anybody_in(db, &execution.tenant, scenario).await?)
    }

    /// What the identity map and the e-mail addresses say of those who have no row of their own.
    async fn strangers(
        &self,
        execution: &Execution,
        rules: &Rules,
        employees: &[Employee],
    ) -> Result<Strangers, Halt> {
        let (db, tenant, scenario): (&Db, &str, &str) =
            (self.projections.db(), &execution.tenant, &rules.scenario);
        if !self.is_anybody_in(execution, scenario).await? {
            return Ok(Strangers::default());
        }
        let subjects: Vec<String> =
            employees.iter().map(|one| rules.subject_id(&one.source_id)).collect();
        let said = identity_map::of(db, tenant, &subjects).await?;
        let named: Vec<String> = said.iter().filter_map(|one| one.person.clone()).collect();
        let people = actors::roster_rows_by_subject(db, tenant, scenario, &named).await?;
        let addresses = said.iter().filter_map(|one| one.email.clone());
        let addresses: HashSet<String> =
            addresses.chain(employees.iter().filter_map(address)).collect();
        let addresses = Vec::from_iter(addresses);
        let mut by_address: HashMap<String, Vec<RosterRow>> = HashMap::new();
        for row in actors::roster_rows_by_email(db, tenant, scenario, &addresses).await? {
            // Whom this very run made, before a crash, is somebody else who came with the same read.
            let is_new = row.version == 1 && row.run.as_ref() == Some(&execution.run);
            if let Some(address) = row_address(&row).filter(|_| !is_new) {
                by_address.entry(address).or_default().push(row);
            }
        }
        Ok(Strangers {
            people: people.into_iter().map(|row| (row.subject.clone(), row)).collect(),
            addresses: by_address,
            mapped: said.into_iter().map(|one| (one.subject.clone(), one)).collect(),
        })
    }

    /// Who the person of a step may be by their streams, as they are now.
    pub(super) async fn candidates_now(
        &self,
        course: &Course,
        rules: &Rules,
        step: &Step,
    ) -> Result<Candidates, Halt> {
        let mut found = Candidates::default();
        let claim = step.observation.claim(rules);
        let mut at_claim: Loaded<Actor> = load(&self.store, &course.tenant, &claim).await?;
        if let Some(linked) = at_claim.state.linked_to.take() {
            at_claim = load(&self.store, &course.tenant, &linked).await?;
        }
        if let Some(row) = RosterRow::from_actor(&at_claim.state, at_claim.version) {
            let is_named = matches!(step.observation, Observation::Outsider { .. });
            let is_own = is_named || row.claim.as_ref() == Some(&claim);
            *(if is_own { &mut found.own } else { &mut found.former }) = Some(row);
            return Ok(found);
        }
        let (Some(by), Some(employee)) = (linked_by(step), step.observation.employee()) else {
            return Ok(found);
        };
        let actor: Loaded<Actor> = load(&self.store, &course.tenant, &step.decision.actor).await?;
        if let Some(row) = RosterRow::from_actor(&actor.state, actor.version) {
            match by {
                MatchedBy::IdentityMap => {
                    found.is_mapped = true;
                    found.mapped.push(row);
                }
                MatchedBy::Email if row_address(&row) == address(employee) => {
                    found.same_email.push(row);
                }
                MatchedBy::Email | MatchedBy::SourceId => {}
            }
        }
        Ok(found)
    }
}

impl Strangers {
    fn add_to(&self, found: &mut Candidates, employee: &Employee, rules: &Rules) {
        let said = self.mapped.get(&rules.subject_id(&employee.source_id));
        let at = |address: &String| self.addresses.get(address).cloned().unwrap_or_default();
        if let Some(said) = said {
            found.is_mapped = true;
            let person = said.person.as_ref().and_then(|subject| self.people.get(subject));
            found.mapped.extend(person.cloned());
            found.mapped.extend(said.email.as_ref().map(at).unwrap_or_default());
        }
        found.same_email = address(employee).as_ref().map(at).unwrap_or_default();
    }
}

/// How a step gives somebody a source id, if it does.
fn linked_by(step: &Step) -> Option<MatchedBy> {
    step.decision.events.iter().find_map(|event| match event {
        Event::Identified { matched_by, .. } => Some(*matched_by),
        Event::Created { .. }
        | Event::FieldsChanged { .. }
        | Event::Deactivated { .. }
        | Event::Reactivated { .. }
        | Event::Unsynced { .. }
        | Event::Resynced { .. }
        | Event::PutOnHold { .. }
        | Event::Released { .. }
        | Event::LinkedTo { .. } => None,
    })
}

fn address(employee: &Employee) -> Option<String> {
    email_key(employee.seen.get(&Field::Email)?.as_ref()?.text()?)
}

fn row_address(row: &RosterRow) -> Option<String> {
    email_key(row.fields.get(&Field::Email)?.text()?)
}
