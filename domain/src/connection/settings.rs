//! What a connection is configured with, except secrets: a part all providers share, and the
//! provider's own.

use std::collections::BTreeSet;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::{BrakeLimits, Dynamics365, HrisWebhook, Refusal, Schedule, Status};
use crate::field::Field;
use crate::vocabulary::{Provider, Source};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    #[serde(flatten)]
    pub provider: ProviderSettings,
    /// The company's time zone by its IANA name, such as `Pacific/Auckland`: where its days begin.
    /// The server's where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    #[serde(default, skip_serializing_if = "Schedule::is_usual")]
    pub schedule: Schedule,
    #[serde(default, skip_serializing_if = "BrakeLimits::are_usual")]
    pub brake: BrakeLimits,
}

/// What only one provider knows of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "provider", rename_all = "snake_case")]
pub enum ProviderSettings {
    #[serde(rename = "bamboohr")]
    BambooHr(BambooHr),
    #[serde(rename = "dynamics365")]
    Dynamics365(Dynamics365),
    HrisWebhook(HrisWebhook),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BambooHr {
    /// What stands before `.bamboohr.com`.
    pub subdomain: String,
    /// Where it answers, when it is not its usual address (simulators, proxies).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    #[serde(default)]
    pub signature_form: SignatureForm,
    /// Older signed deliveries are not applied from their own values but re-read.
    #[serde(default = "five_minutes")]
    pub freshness_seconds: u32,
    /// Whether field-based deliveries are applied from their own values where that is safe.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub direct_apply: bool,
}

/// Over what a webhook's signature is made. A connection has one; there is no falling back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignatureForm {
    /// The raw body followed by the timestamp header: what BambooHR sends.
    #[default]
    BodyTimestamp,
    /// The timestamp, a dot, the raw body.
    TimestampDotBody,
    /// The raw body alone; no timestamp is needed.
    Body,
}

fn five_minutes() -> u32 {
    300
}

impl BambooHr {
    /// A company's, with everything else as usual.
    pub fn of(subdomain: impl Into<String>) -> Self {
        BambooHr {
            subdomain: subdomain.into(),
            base_url: None,
            signature_form: SignatureForm::default(),
            freshness_seconds: five_minutes(),
            direct_apply: false,
        }
    }
}

impl From<ProviderSettings> for Settings {
    /// In the server's time zone, with everything else as usual.
    fn from(provider: ProviderSettings) -> Self {
        let (schedule, brake) = (Schedule::default(), BrakeLimits::default());
        Settings { provider, time_zone: None, schedule, brake }
    }
}

impl Settings {
    /// Whose employees the connection reads.
    pub fn source(&self) -> Source {
        match &self.provider {
            ProviderSettings::BambooHr(own) => Source::new(Provider::BambooHr, &own.subdomain),
            ProviderSettings::Dynamics365(own) => {
                let environment = own.environment().unwrap_or_default();
                let account = format!("{} {environment}", own.tenant_id);
                Source::new(Provider::Dynamics365, &account)
            }
            ProviderSettings::HrisWebhook(own) => Source::new(Provider::HrisWebhook, &own.endpoint),
        }
    }

    pub fn provider(&self) -> Provider {
        match &self.provider {
            ProviderSettings::BambooHr(_) => Provider::BambooHr,
            ProviderSettings::Dynamics365(_) => Provider::Dynamics365,
            ProviderSettings::HrisWebhook(_) => Provider::HrisWebhook,
        }
    }

    /// BambooHR's own settings; `None` for a connection to another provider.
    pub fn bamboohr(&self) -> Option<&BambooHr> {
        match &self.provider {
            ProviderSettings::BambooHr(own) => Some(own),
            ProviderSettings::Dynamics365(_) | ProviderSettings::HrisWebhook(_) => None,
        }
    }

    /// Those of an endpoint that HR systems post to; `None` for a connection to another provider.
    pub fn hris_webhook(&self) -> Option<&HrisWebhook> {
        match &self.provider {
            ProviderSettings::HrisWebhook(own) => Some(own),
            ProviderSettings::BambooHr(_) | ProviderSettings::Dynamics365(_) => None,
        }
    }

    /// Whether people are sent to us, and can't be asked for.
    pub fn is_pushed(&self) -> bool {
        self.hris_webhook().is_some()
    }

    /// What a connection is when it is saved.
    pub fn first_status(&self) -> Status {
        if self.is_pushed() { Status::Test } else { Status::Active }
    }

    /// The fields that are the provider's to tell, and that nobody edits by hand.
    pub fn told(&self) -> BTreeSet<Field> {
        match &self.provider {
            ProviderSettings::BambooHr(_) | ProviderSettings::Dynamics365(_) => {
                let provider = self.provider();
                Field::ALL.into_iter().filter(|field| field.is_told_by(provider)).collect()
            }
            ProviderSettings::HrisWebhook(own) => own.fields.clone(),
        }
    }

    /// Dynamics' own settings; `None` for a connection to another provider.
    pub fn dynamics(&self) -> Option<&Dynamics365> {
        match &self.provider {
            ProviderSettings::BambooHr(_) | ProviderSettings::HrisWebhook(_) => None,
            ProviderSettings::Dynamics365(own) => Some(own),
        }
    }

    /// Whether deliveries may be applied from their own values.
    pub fn applies_directly(&self) -> bool {
        match &self.provider {
            ProviderSettings::BambooHr(own) => own.direct_apply,
            ProviderSettings::Dynamics365(_) | ProviderSettings::HrisWebhook(_) => false,
        }
    }

    /// The company's time zone, if one was given.
    pub fn zone(&self) -> Option<Tz> {
        self.time_zone.as_deref()?.parse().ok()
    }

    /// Whether a connection can be made with them.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        self.faults().into_iter().next().map_or(Ok(()), |fault| Err(fault.refusal))
    }
}
