//! What a run was told about one person, and what follows from it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    Decision, Employee, Managers, RosterRow, Rules, plan_absent, plan_duplicate, plan_not_found,
    plan_not_visible, plan_person, plan_unreadable,
};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Observation {
    Present(Arc<Employee>),
    /// Missing from a complete read.
    Absent {
        actor: String,
    },
    /// The provider knows no such person; `deleted` where something else confirms it.
    NotFound {
        source_id: String,
        deleted: bool,
    },
    NotVisible {
        source_id: String,
    },
    /// The provider's record of them can't be read.
    Unreadable {
        source_id: String,
    },
    /// The id came before in the same read.
    Duplicate {
        source_id: String,
    },
}

impl Observation {
    /// Whom it is about, in the scenario of these rules.
    pub fn actor(&self, rules: &Rules) -> String {
        match self {
            Observation::Absent { actor } => actor.clone(),
            Observation::Present(employee) => rules.actor_id(&employee.source_id),
            Observation::NotFound { source_id, .. }
            | Observation::NotVisible { source_id }
            | Observation::Unreadable { source_id }
            | Observation::Duplicate { source_id } => rules.actor_id(source_id),
        }
    }

    pub fn employee(&self) -> Option<&Employee> {
        match self {
            Observation::Present(employee) => Some(employee),
            Observation::Absent { .. }
            | Observation::NotFound { .. }
            | Observation::NotVisible { .. }
            | Observation::Unreadable { .. }
            | Observation::Duplicate { .. } => None,
        }
    }
}

/// What happens to the person, given the roster's row of them. `None` for somebody absent who is
/// not there.
pub fn decide(
    observation: &Observation,
    known: Option<&RosterRow>,
    managers: &dyn Managers,
    rules: &Rules,
) -> Option<Decision> {
    Some(match observation {
        Observation::Present(employee) => plan_person(employee, known, managers, rules),
        Observation::Absent { .. } => plan_absent(known?, rules),
        Observation::NotFound { source_id, deleted } => {
            plan_not_found(source_id, known, *deleted, rules)
        }
        Observation::NotVisible { source_id } => plan_not_visible(source_id, known, rules),
        Observation::Unreadable { source_id } => plan_unreadable(source_id, known, rules),
        Observation::Duplicate { source_id } => plan_duplicate(source_id, known, rules),
    })
}
