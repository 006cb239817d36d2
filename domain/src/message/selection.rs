//! Which messages concern an endpoint.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Kind, Message, ScenarioFace};

/// In which scenarios changes have to happen to be told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scenarios {
    #[default]
    LiveBaseline,
    /// These, by id, and no other.
    These(BTreeSet<String>),
}

impl Scenarios {
    pub fn include(&self, scenario: &ScenarioFace) -> bool {
        match self {
            Scenarios::LiveBaseline => scenario.is_live(),
            Scenarios::These(ids) => ids.contains(&scenario.scenario),
        }
    }
}

/// What somebody wants to be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    pub kinds: BTreeSet<Kind>,
    #[serde(default)]
    pub scenarios: Scenarios,
}

impl Selection {
    /// Messages about runs are chosen by type alone, changes by the scenario, too.
    pub fn wants(&self, message: &Message) -> bool {
        let there = |scenario: &ScenarioFace| self.scenarios.include(scenario);
        self.kinds.contains(&message.kind)
            && (message.kind.is_of_sync() || message.scenario.as_ref().is_some_and(there))
    }
}
