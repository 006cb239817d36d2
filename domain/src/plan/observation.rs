//! What a run was told about one person, and what follows from it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Employee, Rules};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Observation {
    Present(Arc<Employee>),
    /// Missing from a complete read; `claim` is derived from their source id.
    Absent {
        claim: String,
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
    /// In a department of the source that is closed to them; found in the roster, by their id.
    Outsider {
        actor: String,
    },
    /// Nobody was told anything: what a run did to this actor is taken back.
    TakenBack {
        actor: String,
    },
}

impl Observation {
    /// The id derived from the source id of whom it is about, in the scenario of these rules; their own
    /// where no source spoke of them.
    pub fn claim(&self, rules: &Rules) -> String {
        match self {
            Observation::Absent { claim } => claim.clone(),
            Observation::Outsider { actor } | Observation::TakenBack { actor } => actor.clone(),
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
            | Observation::Duplicate { .. }
            | Observation::Outsider { .. }
            | Observation::TakenBack { .. } => None,
        }
    }
}
