//! What somebody can be told of, and what of it they may not want by mail.

use serde::{Deserialize, Serialize};

/// What a notification is about. The words stand in the log, in the API and in filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// A connection fails, or still does.
    #[serde(rename = "integration.failed")]
    IntegrationFailed,
    #[serde(rename = "integration.recovered")]
    IntegrationRecovered,
    /// It fails and recovers so often that nothing more is told until it is calm.
    #[serde(rename = "integration.flapping")]
    IntegrationFlapping,
    /// Nothing ran for longer than its schedule allows.
    #[serde(rename = "integration.stale")]
    IntegrationStale,
    #[serde(rename = "plan.held")]
    PlanHeld,
    #[serde(rename = "credential.expiring")]
    CredentialExpiring,
    #[serde(rename = "webhook.failing")]
    WebhookFailing,
    #[serde(rename = "webhook.disabled")]
    WebhookDisabled,
    #[serde(rename = "webhook.recovered")]
    WebhookRecovered,
}

impl Kind {
    pub const ALL: [Kind; 9] = [
        Kind::IntegrationFailed,
        Kind::IntegrationRecovered,
        Kind::IntegrationFlapping,
        Kind::IntegrationStale,
        Kind::PlanHeld,
        Kind::CredentialExpiring,
        Kind::WebhookFailing,
        Kind::WebhookDisabled,
        Kind::WebhookRecovered,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Kind::IntegrationFailed => "integration.failed",
            Kind::IntegrationRecovered => "integration.recovered",
            Kind::IntegrationFlapping => "integration.flapping",
            Kind::IntegrationStale => "integration.stale",
            Kind::PlanHeld => "plan.held",
            Kind::CredentialExpiring => "credential.expiring",
            Kind::WebhookFailing => "webhook.failing",
            Kind::WebhookDisabled => "webhook.disabled",
            Kind::WebhookRecovered => "webhook.recovered",
        }
    }

    pub fn parse(text: &str) -> Option<Kind> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// What it is switched off with.
    pub fn category(self) -> Category {
        match self {
            Kind::IntegrationFailed
            | Kind::IntegrationRecovered
            | Kind::IntegrationFlapping
            | Kind::IntegrationStale => Category::Failures,
            Kind::PlanHeld => Category::Plans,
            Kind::CredentialExpiring => Category::Expiry,
            Kind::WebhookFailing | Kind::WebhookDisabled | Kind::WebhookRecovered => {
                Category::Webhooks
            }
        }
    }

    /// Whether it is mailed, too. That something is well again can wait until somebody looks.
    pub fn is_mailed(self) -> bool {
        match self {
            Kind::IntegrationFailed
            | Kind::IntegrationFlapping
            | Kind::IntegrationStale
            | Kind::PlanHeld
            | Kind::CredentialExpiring
            | Kind::WebhookFailing
            | Kind::WebhookDisabled => true,
            Kind::IntegrationRecovered | Kind::WebhookRecovered => false,
        }
    }
}

/// What a person may choose not to be mailed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    Failures,
    Plans,
    Expiry,
    Webhooks,
}

impl Category {
    pub const ALL: [Category; 4] =
        [Category::Failures, Category::Plans, Category::Expiry, Category::Webhooks];

    pub fn as_str(self) -> &'static str {
        match self {
            Category::Failures => "failures",
            Category::Plans => "plans",
            Category::Expiry => "expiry",
            Category::Webhooks => "webhooks",
        }
    }

    pub fn parse(text: &str) -> Option<Category> {
        Self::ALL.into_iter().find(|category| category.as_str() == text)
    }

    /// As people see it.
    pub fn label(self) -> &'static str {
        match self {
            Category::Failures => "Failing connections",
            Category::Plans => "Plans that wait",
            Category::Expiry => "Expiring credentials",
            Category::Webhooks => "Failing webhooks",
        }
    }
}
