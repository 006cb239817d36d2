//! Who reports to whom above a few people: as much of a roster's managers as they need.

use std::collections::{HashMap, HashSet};

use rollcall_domain::field::Field;
use rollcall_domain::plan::{Employee, Managers, Observation, RosterRow, Rules};

use super::execution::Execution;
use super::{Engine, Halt};

/// Managers above somebody, at most; longer chains are cycles or mistakes.
const LEVELS: usize = 100;
/// People whose candidates are looked for at once.
const PAGE: usize = 1_000;

/// Who reports to whom, as far as it was looked at.
#[derive(Default)]
pub(super) struct Above {
    managers: HashMap<String, String>,
    /// Who was linked to a source id, by the id derived from it.
    linked: HashMap<String, String>,
}

impl Above {
    fn add(&mut self, row: RosterRow) {
        if let Some(manager) = row.manager() {
            self.managers.insert(row.actor.clone(), manager.to_owned());
        }
        if let Some(claim) = row.claim.filter(|claim| *claim != row.actor) {
            self.linked.insert(claim, row.actor);
        }
    }
}

impl Managers for Above {
    fn manager_of(&self, actor: &str) -> Option<String> {
        self.managers.get(actor).map(|manager| self.person(manager))
    }
    fn person(&self, id: &str) -> String {
        self.linked.get(id).cloned().unwrap_or_else(|| id.to_owned())
    }
}

impl Engine {
    /// Who reports to whom above the new managers of everybody who was observed, and above those who
    /// may turn out to be them.
    pub(super) async fn managers_above(
        &self,
        execution: &Execution,
        rules: &Rules,
        observed: &[Observation],
    ) -> Result<Above, Halt> {
        let mut above = Above::default();
        let employees: Vec<&Employee> = observed.iter().filter_map(Observation::employee).collect();
        let ids: Vec<String> = employees.iter().map(|one| rules.actor_id(&one.source_id)).collect();
        let known = self.rows(execution, &rules.scenario, &ids).await?;
        let before: HashMap<&str, &str> =
            known.iter().filter_map(|row| Some((row.claim.as_deref()?, row.manager()?))).collect();
        let mut frontier: Vec<String> = Vec::new();
        for employee in employees {
            let before = before.get(rules.actor_id(&employee.source_id).as_str());
            let now = rules.translate(&employee.seen).remove(&Field::Manager).flatten();
            let now = now.and_then(|value| value.text().map(str::to_owned));
            frontier.extend(now.filter(|now| before != Some(&now.as_str())));
        }
        for page in observed.chunks(PAGE) {
            for found in self.candidates(execution, rules, page).await? {
                for row in found.mapped.into_iter().chain(found.same_email) {
                    frontier.extend(row.manager().map(str::to_owned));
                    above.add(row);
                }
            }
        }
        let mut asked: HashSet<String> = HashSet::new();
        for _ in 0..LEVELS {
            frontier.retain(|id| asked.insert(id.clone()));
            if frontier.is_empty() {
                break;
            }
            let rows = self.rows(execution, &rules.scenario, &frontier).await?;
            frontier.clear();
            for row in rows {
                frontier.extend(row.manager().map(str::to_owned));
                above.add(row);
            }
        }
        Ok(above)
    }
}
