//! Tells owners and admins of something, once it is known what exactly.

use std::time::Duration;

use async_trait::async_trait;
use rollcall_commands::{load, load_at, raise_notification};
use rollcall_domain::connection::Connection;
use rollcall_domain::notification::Raised;
use rollcall_domain::run::Run;
use rollcall_store::{Cause, Position, Store};
use serde::{Deserialize, Serialize};

use crate::sync::PRINCIPAL;
use crate::work::{Claim, Done, Policy, Task, WorkError, exponential};

pub(crate) struct Notify {
    pub(crate) store: Store,
}

/// What happened. Whose it is, what a run says of itself and who is told are read when it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct News {
    pub(crate) raised: Raised,
    /// Where it stands in the log: whoever was an owner or admin there is told.
    pub(crate) position: Position,
}

#[async_trait]
impl Task for Notify {
    const KIND: &'static str = "notify";
    const POLICY: Policy = Policy {
        at_once: 4,
        merge: 1,
        tries: 60,
        lease: Duration::from_secs(30),
        backoff: exponential,
    };
    type Payload = News;

    /// News of one thing come in their order.
    fn key(tenant: &str, news: &News) -> String {
        let Raised { connection, endpoint, run, .. } = &news.raised;
        let about = connection.as_deref().or(endpoint.as_deref()).or(run.as_deref());
        about.unwrap_or(tenant).to_owned()
    }

    async fn perform(&self, work: &[Claim<News>]) -> Result<Done, WorkError> {
        for claim in work {
            self.tell(claim).await.map_err(|error| WorkError(error.to_string()))?;
        }
        Ok(Done::Yes)
    }
}

impl Notify {
    async fn tell(&self, claim: &Claim<News>) -> Result<(), rollcall_commands::CommandError> {
        let (store, tenant, news) = (&self.store, &claim.tenant, &claim.payload);
        let mut raised = news.raised.clone();
        if let Some(run) = raised.run.clone() {
            self.of_run(tenant, &run, news.position, &mut raised).await?;
        }
        if let Some(connection) = raised.connection.as_deref() {
            let known = load::<Connection>(store, tenant, connection).await?.state.known;
            raised.provider = known.map(|known| known.settings.provider()).or(raised.provider);
        }
        let cause = Cause::by(PRINCIPAL).causation(raised.notification.as_str());
        raise_notification(store, tenant, raised, news.position, &cause).await
    }

    /// What a run said of itself by then. Only what failed or is held has something to say.
    async fn of_run(
        &self,
        tenant: &str,
        run: &str,
        position: Position,
        raised: &mut Raised,
    ) -> Result<(), rollcall_commands::CommandError> {
        let run = load_at::<Run>(&self.store, tenant, run, position).await?.state.known;
        let Some(run) = run else { return Ok(()) };
        let held = run.held.map(|held| held.failure);
        let failure = run.failure.or(held).filter(|failure| Some(failure.code) == raised.code);
        raised.connection.get_or_insert(run.connection);
        raised.provider.get_or_insert(run.provider);
        raised.summary = failure.map(|failure| failure.summary);
        Ok(())
    }
}
