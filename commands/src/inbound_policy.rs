//! What decides whether a delivery is taken in: the tenant's connection, its webhook
//! secrets, whether it is paused, what the plan includes.
//!
//! Read from the streams themselves, never from a projection, and kept for a second. A change made
//! on another node is seen within that second; a run checks everything again when it starts.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rollcall_domain::connection::{Connection, Settings, Status, Targets};
use rollcall_domain::pushes::configuration;
use rollcall_domain::slot::{self, Slot};
use rollcall_domain::tenant::Tenant;
use rollcall_store::Store;
use secrecy::SecretString;

use crate::cache::StateCache;
use crate::error::LoadError;
use crate::hris_webhooks::holder_of;

/// How long an answer is good.
const FRESH: Duration = Duration::from_secs(1);

/// A slug's 63 characters; ids are shorter. Longer names are nobody's.
const LONGEST_NAME: usize = 63;

/// What a tenant's deliveries are judged by.
#[derive(Clone)]
pub struct InboundPolicy {
    pub tenant: Arc<str>,
    /// Whether the plan includes live sync.
    pub entitled: bool,
    /// The active or paused HRIS connection.
    pub connection: Option<OpenConnection>,
}

/// What requests to an endpoint are judged by.
#[derive(Clone)]
pub struct PushPolicy {
    pub tenant: Arc<str>,
    /// Whether the plan includes live sync.
    pub entitled: bool,
    pub connection: OpenConnection,
    /// What tells its settings apart from others: see [`rollcall_domain::pushes::configuration`].
    pub configuration: String,
}

/// A connection that is not disconnected, with what is needed to serve it.
#[derive(Clone)]
pub struct OpenConnection {
    pub id: String,
    pub status: Status,
    pub settings: Settings,
    pub targets: Targets,
    /// Name of the vault entry with the credentials.
    pub credentials: String,
    /// Live webhook secrets, oldest first.
    pub secrets: Vec<SecretString>,
    /// The key that derives the tenant's ids.
    pub derivation_key: [u8; 32],
}

/// Policies by id and by slug, and when they were looked at.
type LookedAt<P> = HashMap<String, (Instant, Option<Arc<P>>)>;

/// Those of all tenants of an installation.
#[derive(Default)]
pub struct InboundPolicies {
    slots: StateCache<Slot>,
    connections: StateCache<Connection>,
    tenants: StateCache<Tenant>,
    known: Mutex<LookedAt<InboundPolicy>>,
    endpoints: Mutex<LookedAt<PushPolicy>>,
}

impl InboundPolicies {
    /// That of a tenant, by id or slug; `None` where there is no such tenant.
    pub async fn of(
        &self,
        store: &Store,
        id_or_slug: &str,
    ) -> Result<Option<Arc<InboundPolicy>>, LoadError> {
        // Anybody may ask: what is kept of misses has to be small.
        if id_or_slug.len() > LONGEST_NAME {
            return Ok(None);
        }
        if let Some((at, policy)) = self.lock().get_mut(id_or_slug) {
            if at.elapsed() < FRESH {
                return Ok(policy.clone());
            }
            // Whoever comes meanwhile uses the old answer: one look a second is enough.
            *at = Instant::now();
        }
        self.read(store, id_or_slug).await
    }

    /// The same, as it is now: for a run that starts.
    pub async fn read(
        &self,
        store: &Store,
        id_or_slug: &str,
    ) -> Result<Option<Arc<InboundPolicy>>, LoadError> {
        let at = Instant::now();
        let policy = match store.tenant(id_or_slug).await? {
            Some(row) => Some(Arc::new(self.look(store, row.id).await?)),
            None => None,
        };
        let mut known = self.lock();
        if known.len() > 10_000 {
            known.clear();
        }
        known.insert(id_or_slug.to_owned(), (at, policy.clone()));
        Ok(policy)
    }

    /// Forgets what is known, so that a change made here is seen at once.
    pub fn forget(&self) {
        self.lock().clear();
        self.endpoints.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// That of an endpoint; `None` where nobody has it.
    pub async fn of_endpoint(
        &self,
        store: &Store,
        endpoint: &str,
    ) -> Result<Option<Arc<PushPolicy>>, LoadError> {
        // Anybody may ask: what is no endpoint's name is not even looked for.
        let is_one = endpoint.len() == 32 && endpoint.bytes().all(|b| b.is_ascii_hexdigit());
        if !is_one {
            return Ok(None);
        }
        let place = || self.endpoints.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, policy)) = place().get_mut(endpoint) {
            if at.elapsed() < FRESH {
                return Ok(policy.clone());
            }
            *at = Instant::now();
        }
        let at = Instant::now();
        let policy = match holder_of(store, endpoint).await? {
            Some((tenant, connection)) => self.push_policy(store, &tenant, &connection).await?,
            None => None,
        };
        let mut known = place();
        if known.len() > 10_000 {
            known.clear();
        }
        known.insert(endpoint.to_owned(), (at, policy.clone()));
        Ok(policy)
    }

    async fn push_policy(
        &self,
        store: &Store,
        tenant: &str,
        id: &str,
    ) -> Result<Option<Arc<PushPolicy>>, LoadError> {
        let Some(row) = store.tenant(tenant).await? else { return Ok(None) };
        let known = self.connections.load(store, tenant, id).await?.state.known;
        let Some(configuration) = known.as_ref().map(configuration) else { return Ok(None) };
        let Some(connection) = self.connection(store, tenant, id).await? else { return Ok(None) };
        let plan = self.tenants.load(store, tenant, tenant).await?.state.plan();
        let entitled = plan.is_some_and(|plan| plan.includes_live_sync());
        Ok(Some(Arc::new(PushPolicy { tenant: row.id, entitled, connection, configuration })))
    }

    async fn look(&self, store: &Store, tenant: Arc<str>) -> Result<InboundPolicy, LoadError> {
        let plan = self.tenants.load(store, &tenant, &tenant).await?.state.plan();
        let slot = self.slots.load(store, &tenant, slot::ACTIVE_HRIS).await?;
        let connection = match slot.state.holder() {
            Some(id) => self.connection(store, &tenant, id).await?,
            None => None,
        };
        let entitled = plan.is_some_and(|plan| plan.includes_live_sync());
        Ok(InboundPolicy { tenant, entitled, connection })
    }

    /// A connection that is not disconnected, whether or not it is the tenant's active one.
    pub async fn connection(
        &self,
        store: &Store,
        tenant: &str,
        id: &str,
    ) -> Result<Option<OpenConnection>, LoadError> {
        let state = self.connections.load(store, tenant, id).await?.state;
        let Some(known) = state.known.filter(|known| known.status != Status::Disconnected) else {
            return Ok(None);
        };
        let mut secrets = Vec::with_capacity(known.secrets.len());
        for secret in &known.secrets {
            secrets.extend(store.vault_get(tenant, &secret.vault).await?);
        }
        Ok(Some(OpenConnection {
            id: known.connection,
            status: known.status,
            settings: known.settings,
            targets: known.targets,
            credentials: known.credentials,
            secrets,
            derivation_key: store.derivation_key(tenant).await?,
        }))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, LookedAt<InboundPolicy>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NewTenant, create_tenant};
    use rollcall_domain::tenant::Plan;
    use rollcall_store::{Cause, Location, OperatorKey, Options};

    #[tokio::test]
    async fn a_name_too_long_for_any_tenant_is_not_remembered() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(Options {
            location: Location::Sqlite(directory.path().to_owned()),
            operator_key: OperatorKey::generate(),
            migrate: true,
            clock: rollcall_store::Clock::system(),
        });
        let (store, inbound_policies) = (store.await.unwrap(), InboundPolicies::default());
        let longest = "a".repeat(LONGEST_NAME);
        let new = NewTenant {
            id: ulid::Ulid::generate().to_string(),
            live_baseline: ulid::Ulid::generate().to_string(),
            slug: longest.clone(),
            name: "Acme".to_owned(),
            plan: Plan::Business,
        };
        create_tenant(&store, new, Cause::by("test")).await.unwrap();

        let found = inbound_policies.of(&store, &longest).await.unwrap();
        let missed = inbound_policies.of(&store, &"a".repeat(LONGEST_NAME + 1)).await.unwrap();

        assert!(found.is_some() && missed.is_none());
        assert_eq!(inbound_policies.lock().keys().collect::<Vec<_>>(), [&longest]);
    }
}
