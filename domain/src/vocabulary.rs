//! Words several aggregates share: providers, run kinds, triggers, counts.

use serde::{Deserialize, Serialize};

/// The system people come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    #[serde(rename = "bamboohr")]
    BambooHr,
    #[serde(rename = "dynamics365")]
    Dynamics365,
    HrisWebhook,
}

impl Provider {
    pub const ALL: [Provider; 3] =
        [Provider::BambooHr, Provider::Dynamics365, Provider::HrisWebhook];

    /// As stored, and in paths and filters.
    pub fn as_str(self) -> &'static str {
        match self {
            Provider::BambooHr => "bamboohr",
            Provider::Dynamics365 => "dynamics365",
            Provider::HrisWebhook => "hris_webhook",
        }
    }
    /// As people see it.
    pub fn label(self) -> &'static str {
        match self {
            Provider::BambooHr => "BambooHR",
            Provider::Dynamics365 => "Dynamics 365 HR",
            Provider::HrisWebhook => "HRIS Webhook",
        }
    }
    /// Whether its departments hold nobody who is not in sync with it: it tells all of them, and who
    /// is in each.
    pub fn closes_departments(self) -> bool {
        match self {
            Provider::BambooHr | Provider::Dynamics365 => false,
            Provider::HrisWebhook => true,
        }
    }
    pub fn parse(text: &str) -> Option<Provider> {
        Self::ALL.into_iter().find(|provider| provider.as_str() == text)
    }
}

/// Where people come from: a provider, and whose account there. Ids, units and claims derive from
/// both, so that another account's employee 11 is another person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Source {
    pub provider: Provider,
    /// What tells the provider's customers apart, such as BambooHR's subdomain.
    pub account: String,
}

impl Source {
    /// Accounts are compared without blanks around them and in lower case.
    pub fn new(provider: Provider, account: &str) -> Self {
        Source { provider, account: account.trim().to_lowercase() }
    }
}

/// Why the engine runs at all; decides what it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    /// Re-reads the employees that deliveries named.
    Webhook,
    /// Reads everyone because a person asked.
    ManualSync,
    /// Reads everyone to find what was missed.
    Reconcile,
    /// A pushed snapshot.
    Push,
    /// Takes back what a run did.
    Undo,
}

impl RunKind {
    pub const ALL: [RunKind; 5] =
        [RunKind::Webhook, RunKind::ManualSync, RunKind::Reconcile, RunKind::Push, RunKind::Undo];

    pub fn as_str(self) -> &'static str {
        match self {
            RunKind::Webhook => "webhook",
            RunKind::ManualSync => "manual_sync",
            RunKind::Reconcile => "reconcile",
            RunKind::Push => "push",
            RunKind::Undo => "undo",
        }
    }
    pub fn parse(text: &str) -> Option<RunKind> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What set a run off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    Delivery,
    Schedule,
    CatchUp,
    Person,
    Cli,
    Rerun,
}

impl Trigger {
    pub fn as_str(self) -> &'static str {
        match self {
            Trigger::Delivery => "delivery",
            Trigger::Schedule => "schedule",
            Trigger::CatchUp => "catch_up",
            Trigger::Person => "person",
            Trigger::Cli => "cli",
            Trigger::Rerun => "rerun",
        }
    }
}

/// What a run has done so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    pub fetched: u64,
    pub created: u64,
    pub updated: u64,
    pub deactivated: u64,
    pub reactivated: u64,
    pub unsynced: u64,
    pub unchanged: u64,
    pub skipped: u64,
    pub errors: u64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, more: Counts) {
        self.fetched += more.fetched;
        self.created += more.created;
        self.updated += more.updated;
        self.deactivated += more.deactivated;
        self.reactivated += more.reactivated;
        self.unsynced += more.unsynced;
        self.unchanged += more.unchanged;
        self.skipped += more.skipped;
        self.errors += more.errors;
    }
}

/// Why a run could not do its work; what to do stands in the catalogue of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureCode {
    Authentication,
    Permission,
    Environment,
    RateLimited,
    Unavailable,
    MalformedAnswer,
    MalformedDelivery,
    Storage,
    /// It would have deactivated too many people.
    Brake,
    /// Not everybody was shown, or not everything of them.
    IncompleteRead,
    /// Some people could not be brought in line; their rows say why.
    PeopleInError,
    /// A target was archived after the run had started.
    TargetClosed,
    /// Somebody else kept changing the same people.
    Contended,
    /// What it was to apply exactly has changed since.
    PlanMoved,
}

impl FailureCode {
    pub const ALL: [FailureCode; 14] = [
        FailureCode::Authentication,
        FailureCode::Permission,
        FailureCode::Environment,
        FailureCode::RateLimited,
        FailureCode::Unavailable,
        FailureCode::MalformedAnswer,
        FailureCode::MalformedDelivery,
        FailureCode::Storage,
        FailureCode::Brake,
        FailureCode::IncompleteRead,
        FailureCode::PeopleInError,
        FailureCode::TargetClosed,
        FailureCode::Contended,
        FailureCode::PlanMoved,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            FailureCode::Authentication => "authentication",
            FailureCode::Permission => "permission",
            FailureCode::Environment => "environment",
            FailureCode::RateLimited => "rate_limited",
            FailureCode::Unavailable => "unavailable",
            FailureCode::MalformedAnswer => "malformed_answer",
            FailureCode::MalformedDelivery => "malformed_delivery",
            FailureCode::Storage => "storage",
            FailureCode::Brake => "brake",
            FailureCode::IncompleteRead => "incomplete_read",
            FailureCode::PeopleInError => "people_in_error",
            FailureCode::TargetClosed => "target_closed",
            FailureCode::Contended => "contended",
            FailureCode::PlanMoved => "plan_moved",
        }
    }
}
