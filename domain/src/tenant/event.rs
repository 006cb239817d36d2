//! What has happened to a tenant.

use serde::{Deserialize, Serialize};

use crate::decider::{Nothing, Written};

/// What a customer pays for; decides whether live sync runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Plan {
    Free,
    Team,
    Business,
    Enterprise,
    Agency,
}

impl Plan {
    pub const ALL: [Plan; 5] =
        [Plan::Free, Plan::Team, Plan::Business, Plan::Enterprise, Plan::Agency];

    pub fn as_str(self) -> &'static str {
        match self {
            Plan::Free => "free",
            Plan::Team => "team",
            Plan::Business => "business",
            Plan::Enterprise => "enterprise",
            Plan::Agency => "agency",
        }
    }
    pub fn parse(text: &str) -> Option<Plan> {
        Self::ALL.into_iter().find(|plan| plan.as_str() == text)
    }
    /// Whether HRIS live sync is included.
    pub fn includes_live_sync(self) -> bool {
        match self {
            Plan::Business | Plan::Enterprise | Plan::Agency => true,
            Plan::Free | Plan::Team => false,
        }
    }
}

/// Stored for ever: add kinds and optional fields, change nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Created { slug: String, name: String, plan: Plan },
    PlanChanged { old: Plan, new: Plan },
}

impl Written for Event {
    type Personal = Nothing;
    fn kind(&self) -> &'static str {
        match self {
            Event::Created { .. } => "tenant.created",
            Event::PlanChanged { .. } => "tenant.plan_changed",
        }
    }
}
