//! Dynamics 365 HR, as `reference/dynamics-and-push.md` describes it: people are read from Finance
//! and Operations or from Dataverse, and nothing is ever pushed to us.

mod book;
mod check;
mod client;
mod cursor;
mod gaps;
mod moment;
mod one;
mod person;
mod read;
mod reading;
mod recording;
mod row;
mod sets;
#[cfg(test)]
mod tests;
mod texts;
mod token;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use rollcall_domain::connection::{Dynamics365, Surface};
use rollcall_domain::field::Field;
use rollcall_domain::plan::UnitOption;
use rollcall_egress::Egress;
use rollcall_store::Clock;
use secrecy::SecretString;
use tokio::sync::Mutex;
use url::Url;

pub use recording::Player;
pub use token::Tokens;

use self::book::Rules;
use self::client::Client;
use self::token::App;
use super::calls::Calls;
use super::{
    Changes, Lookup, Named, Pace, PageSink, Patience, Provider, ProviderError, ReadSummary, Replay,
    Setting, TestReport,
};

/// One company's Dynamics 365 HR, for one run.
pub struct Dynamics {
    client: Client,
    /// What it is read by, but for the moment.
    rules: Rules,
    /// Departments and locations, once they are known.
    options: Mutex<Option<Vec<UnitOption>>>,
}

/// A read is hundreds of requests, so a short wait for one of them is better than beginning anew.
fn usual_patience() -> Patience {
    let (tries, within) = (6, std::time::Duration::from_secs(60));
    let call_timeout = std::time::Duration::from_secs(120);
    Patience { tries, within, call_timeout, ..Patience::default() }
}

impl Dynamics {
    /// Refuses settings that cannot be right; contacts nobody. `zone` is the company's.
    ///
    /// `egress` should have the limits of [`super::policy`].
    pub fn new(
        egress: Egress,
        settings: &Dynamics365,
        zone: Option<String>,
        secret: SecretString,
    ) -> Result<Self, ProviderError> {
        let wrong = || ProviderError::Misconfigured(Setting::EnvironmentUrl);
        let environment = settings.environment().ok_or_else(wrong)?;
        let environment = Url::parse(&environment).map_err(|_| wrong())?;
        let surface = settings.surface();
        let surface = surface.ok_or(ProviderError::Misconfigured(Setting::Surface))?;
        let authority = settings.authority().and_then(|authority| Url::parse(&authority).ok());
        let authority = authority.ok_or(ProviderError::Misconfigured(Setting::NotTheAuthority))?;
        let app = App {
            authority,
            tenant: settings.tenant_id.trim().to_owned(),
            client: settings.client_id.trim().to_owned(),
            secret,
            scope: scope(&environment, surface),
        };
        let entities = settings.legal_entities.iter().map(|id| id.trim().to_lowercase());
        let calls = Calls::new(egress, usual_patience());
        Ok(Dynamics {
            rules: Rules {
                surface,
                now: calls.clock.now(),
                zone,
                hierarchy: settings.hierarchy.trim().to_owned(),
                vacancy: settings.vacancy,
                legal_entities: entities.collect(),
            },
            client: Client::new(calls, app, &environment, surface),
            options: Mutex::default(),
        })
    }

    /// With other limits for trying again.
    #[must_use]
    pub fn with_patience(mut self, patience: Patience) -> Self {
        self.client.calls.patience = patience;
        self
    }

    /// Shares with the connection's other runs what the environment said of our pace.
    #[must_use]
    pub fn at_pace(mut self, pace: Pace) -> Self {
        self.client.calls.pace = pace;
        self
    }

    /// Shares tokens with them.
    #[must_use]
    pub fn with_tokens(mut self, tokens: Tokens) -> Self {
        self.client.tokens = tokens;
        self
    }

    /// By another clock than the machine's.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.client.calls.clock = clock;
        self
    }
}

/// What a token is for: the environment itself, which in Dataverse may also be reached at a host of
/// its interface.
fn scope(environment: &Url, surface: Surface) -> String {
    let origin = environment.origin().ascii_serialization();
    let origin = match surface {
        Surface::FinanceOperations => origin,
        Surface::Dataverse => origin.replacen(".api.crm", ".crm", 1),
    };
    format!("{origin}/.default")
}

#[async_trait]
impl Provider for Dynamics {
    async fn test(&self) -> Result<TestReport, ProviderError> {
        self.check().await
    }

    async fn read_all(&self, sink: &mut dyn PageSink) -> Result<ReadSummary, ProviderError> {
        self.everybody(sink).await
    }

    async fn read_one(&self, source_id: &str) -> Result<Lookup, ProviderError> {
        self.one(source_id).await
    }

    /// Neither surface tells who changed, or only half of it.
    async fn changed_since(&self, _since: DateTime<Utc>) -> Result<Changes, ProviderError> {
        Err(ProviderError::Unsupported)
    }

    async fn options(&self) -> Result<Vec<UnitOption>, ProviderError> {
        self.units().await
    }

    fn fields(&self) -> &'static [Field] {
        sets::fields(self.client.surface)
    }

    fn replay(&self) -> Box<dyn Replay> {
        Box::new(Player::new())
    }

    /// Nothing is delivered by it.
    fn named_in(&self, _content_type: &str, _body: &[u8]) -> Named {
        Named { unreadable: 1, ..Named::default() }
    }
}
