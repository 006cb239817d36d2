//! The provider of a connection, and when it has told everybody.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use rollcall_domain::field::Field;
use rollcall_domain::plan::{Rules, UnitOption};
use rollcall_domain::vocabulary::Provider as Name;
use rollcall_egress::{Egress, Policy};
use rollcall_store::Clock;
use rollcall_workers::Providers;
use rollcall_workers::providers::{
    Changes, Lookup, Named, PageSink, Provider, ProviderError, ReadSummary, Registration, Replay,
    TestReport, Told, policy,
};

use crate::failure::Failure;

/// When each read of everybody came to its end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reads(Arc<Mutex<Vec<DateTime<Utc>>>>);

impl Reads {
    /// The last one.
    pub(crate) fn last(&self) -> Option<DateTime<Utc>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).last().copied()
    }

    /// The usual client for Dynamics 365 HR, whose reads are noted here.
    pub(crate) fn of_dynamics(&self) -> Result<(Name, Registration), Failure> {
        let egress = Egress::new(policy(Policy::permitting(["127.0.0.0/8".parse()?])))?;
        let (usual, reads) = (Providers::new(egress, Clock::system()), self.clone());
        let catch_up = usual.catch_up(Name::Dynamics365);
        let open = move |settings: &_, secret| {
            let (client, reads) = (usual.open(settings, secret)?, reads.clone());
            Ok(Arc::new(Timed { client, reads }) as Arc<dyn Provider>)
        };
        Ok((Name::Dynamics365, Registration { open: Box::new(open), catch_up }))
    }
}

struct Timed {
    client: Arc<dyn Provider>,
    reads: Reads,
}

#[async_trait]
impl Provider for Timed {
    async fn test(&self) -> Result<TestReport, ProviderError> {
        self.client.test().await
    }

    async fn read_all(&self, sink: &mut dyn PageSink) -> Result<ReadSummary, ProviderError> {
        let read = self.client.read_all(sink).await;
        self.reads.0.lock().unwrap_or_else(PoisonError::into_inner).push(Utc::now());
        read
    }

    async fn read_one(&self, source_id: &str) -> Result<Lookup, ProviderError> {
        self.client.read_one(source_id).await
    }

    async fn changed_since(&self, since: DateTime<Utc>) -> Result<Changes, ProviderError> {
        self.client.changed_since(since).await
    }

    async fn options(&self) -> Result<Vec<UnitOption>, ProviderError> {
        self.client.options().await
    }

    fn fields(&self) -> &'static [Field] {
        self.client.fields()
    }

    fn replay(&self) -> Box<dyn Replay> {
        self.client.replay()
    }

    fn named_in(&self, content_type: &str, body: &[u8]) -> Named {
        self.client.named_in(content_type, body)
    }

    async fn told_in(
        &self,
        content_type: &str,
        body: &[u8],
    ) -> Result<Option<Vec<Told>>, ProviderError> {
        self.client.told_in(content_type, body).await
    }

    fn set_rules(&self, rules: &mut Rules) {
        self.client.set_rules(rules);
    }
}
