//! BambooHR, as `reference/bamboohr.md` describes it.

mod address;
mod changes;
mod check;
mod client;
mod errors;
mod fields;
mod lists;
mod read;
mod recording;
mod report;
mod row;
#[cfg(test)]
mod tests;
mod told;
mod webhooks;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use rollcall_domain::delivery::{DeliveredAction, parse_delivery};
use rollcall_domain::field::Field;
use rollcall_domain::plan::UnitOption;
use rollcall_egress::Egress;
use rollcall_store::Clock;
use secrecy::SecretString;
use tokio::sync::Mutex;

pub use recording::{Player, parse_recorded};

use self::address::Address;
use self::client::{Ask, Client};
use self::lists::Lists;
use super::{
    Changes, Code, Lookup, Named, Pace, PageSink, Patience, Provider, ProviderError,
    ProviderWebhooks, ReadSummary, Replay, Setting, TestReport, Told,
};

/// One company's BambooHR, for one run.
pub struct BambooHr {
    client: Client,
    /// Read when first needed.
    lists: Mutex<Option<Arc<Lists>>>,
}

/// Whom to ask, and as whom.
pub struct Account {
    /// What stands before `.bamboohr.com`.
    pub subdomain: String,
    /// Replaces `https://{subdomain}.bamboohr.com`: simulators, proxies, the older gateway.
    pub base_url: Option<String>,
    pub api_key: SecretString,
}

impl BambooHr {
    /// Refuses a subdomain or base URL that cannot be right; contacts nobody.
    ///
    /// `egress` should have the limits of [`super::policy`].
    pub fn new(egress: Egress, account: Account) -> Result<Self, ProviderError> {
        BambooHr::with_patience(egress, account, Patience::default())
    }

    /// With other limits for trying again.
    pub fn with_patience(
        egress: Egress,
        account: Account,
        patience: Patience,
    ) -> Result<Self, ProviderError> {
        let address = Address::new(&account.subdomain, account.base_url.as_deref())?;
        Ok(BambooHr {
            client: Client::new(egress, address, account.api_key, patience),
            lists: Mutex::default(),
        })
    }

    /// Shares with the connection's other runs what the provider said of our pace.
    #[must_use]
    pub fn at_pace(mut self, pace: Pace) -> Self {
        self.client.calls.pace = pace;
        self
    }

    /// By another clock than the machine's.
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.client.calls.clock = clock;
        self
    }

    /// The lists; empty where they may not be read.
    async fn lists(&self) -> Result<Arc<Lists>, ProviderError> {
        let mut kept = self.lists.lock().await;
        if let Some(lists) = &*kept {
            return Ok(Arc::clone(lists));
        }
        let sent = self.lists_as_sent().await?;
        Ok(Arc::clone(kept.insert(understood(sent.as_deref()))))
    }

    /// What was read for other reasons saves a request.
    async fn keep_lists(&self, sent: Option<&[u8]>) {
        *self.lists.lock().await = Some(understood(sent));
    }

    /// Reads them again, unless somebody else already has.
    async fn lists_again(&self, old: &Arc<Lists>) -> Result<Arc<Lists>, ProviderError> {
        {
            let mut kept = self.lists.lock().await;
            if kept.as_ref().is_some_and(|lists| Arc::ptr_eq(lists, old)) {
                *kept = None;
            }
        }
        self.lists().await
    }

    /// The lists as bytes; `None` where they may not be read, are not there or beyond all bounds. If
    /// the whole address is wrong, what is asked for next says so.
    async fn lists_as_sent(&self) -> Result<Option<Bytes>, ProviderError> {
        let ask = Ask::get("the option lists", "v1/meta/lists").query("format", "json");
        match self.client.fetch(&ask).await {
            Ok(body) => Ok(Some(body)),
            Err(ProviderError::Forbidden { .. } | ProviderError::Malformed { .. })
            | Err(ProviderError::Misconfigured(Setting::NotTheService))
            | Err(ProviderError::Rejected { code: Code::NotFound, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn understood(sent: Option<&[u8]>) -> Arc<Lists> {
    Arc::new(sent.map(Lists::parse).unwrap_or_default())
}

#[async_trait]
impl Provider for BambooHr {
    async fn test(&self) -> Result<TestReport, ProviderError> {
        self.check().await
    }

    async fn read_all(&self, sink: &mut dyn PageSink) -> Result<ReadSummary, ProviderError> {
        self.everybody(sink).await
    }

    async fn read_one(&self, source_id: &str) -> Result<Lookup, ProviderError> {
        self.one(source_id).await
    }

    async fn changed_since(&self, since: DateTime<Utc>) -> Result<Changes, ProviderError> {
        self.changes(since).await
    }

    async fn options(&self) -> Result<Vec<UnitOption>, ProviderError> {
        Ok(self.lists().await?.options.clone())
    }

    fn fields(&self) -> &'static [Field] {
        &Field::ALL
    }

    fn replay(&self) -> Box<dyn Replay> {
        Box::new(Player::new())
    }

    fn named_in(&self, content_type: &str, body: &[u8]) -> Named {
        let Ok(delivery) = parse_delivery(content_type, body) else {
            return Named { unreadable: 1, ..Named::default() };
        };
        let mut named = Named { unreadable: delivery.unreadable as u64, ..Named::default() };
        for person in delivery.people {
            let deleted = person.action == DeliveredAction::Deleted;
            *named.people.entry(person.source_id).or_default() |= deleted;
        }
        named
    }

    async fn told_in(
        &self,
        content_type: &str,
        body: &[u8],
    ) -> Result<Option<Vec<Told>>, ProviderError> {
        self.told(content_type, body).await
    }

    fn webhooks(&self) -> Option<&dyn ProviderWebhooks> {
        Some(self)
    }
}
