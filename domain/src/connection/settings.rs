//! What a connection is configured with, except secrets: a part all providers share, and the
//! provider's own.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::{BrakeLimits, Dynamics365, Refusal, Schedule};
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
        }
    }

    pub fn provider(&self) -> Provider {
        match &self.provider {
            ProviderSettings::BambooHr(_) => Provider::BambooHr,
            ProviderSettings::Dynamics365(_) => Provider::Dynamics365,
        }
    }

    /// BambooHR's own settings; `None` for a connection to another provider.
    pub fn bamboohr(&self) -> Option<&BambooHr> {
        match &self.provider {
            ProviderSettings::BambooHr(own) => Some(own),
            ProviderSettings::Dynamics365(_) => None,
        }
    }

    /// Dynamics' own settings; `None` for a connection to another provider.
    pub fn dynamics(&self) -> Option<&Dynamics365> {
        match &self.provider {
            ProviderSettings::BambooHr(_) => None,
            ProviderSettings::Dynamics365(own) => Some(own),
        }
    }

    /// Whether deliveries may be applied from their own values.
    pub fn applies_directly(&self) -> bool {
        match &self.provider {
            ProviderSettings::BambooHr(own) => own.direct_apply,
            ProviderSettings::Dynamics365(_) => false,
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
