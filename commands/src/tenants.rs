//! Making a tenant, and changing what it pays for.

use chrono::{DateTime, Utc};
use rollcall_domain::scenario::{self, Scenario};
use rollcall_domain::tenant::{self, Plan, Tenant};
use rollcall_domain::{Decider, Refusal, Written};
use rollcall_store::{Cause, Store, StoreError, TenantRow};

use crate::error::{CommandError, LoadError};
use crate::unit_of_work::{Handled, Loaded, UnitOfWork, handle};

/// What a new tenant starts with. The ids are fresh ULIDs.
#[derive(Debug, Clone)]
pub struct NewTenant {
    pub id: String,
    pub live_baseline: String,
    pub slug: String,
    pub name: String,
    pub plan: Plan,
}

/// Makes a tenant together with its live baseline. Repeating it after a crash completes it.
pub async fn create_tenant(
    store: &Store,
    new: NewTenant,
    cause: Cause,
) -> Result<TenantRow, CommandError> {
    let taken = || CommandError::from(Refusal::from(tenant::Refusal::SlugTaken));
    let create =
        tenant::Command::Create { slug: new.slug.clone(), name: new.name.clone(), plan: new.plan };
    Tenant::default().decide(create.clone()).map_err(Refusal::from)?;
    let row = match store.tenant(&new.slug).await? {
        // Registered, and its first events were lost in a crash.
        Some(row) if row.slug == new.slug => row,
        Some(_) | None => match store.register_tenant(&new.id, &new.slug).await {
            Ok(row) => row,
            Err(StoreError::Exists(_)) => return Err(taken()),
            Err(error) => return Err(error.into()),
        },
    };
    let mut unit = UnitOfWork::new(row.id.clone(), cause);
    unit.decide(&row.id, &mut Loaded::<Tenant>::default(), create)?;
    let baseline = scenario::Command::Create {
        scenario: new.live_baseline.clone(),
        kind: scenario::Kind::LiveBaseline,
        name: "Live Baseline".to_owned(),
        copied_from: None,
    };
    unit.decide(&new.live_baseline, &mut Loaded::<Scenario>::default(), baseline)?;
    match unit.commit(store).await {
        Ok(_) => Ok(row),
        Err(CommandError::Moved(_)) => Err(taken()),
        Err(error) => Err(error),
    }
}

/// Changes the plan. Nothing is lost by a downgrade.
pub async fn change_plan(
    store: &Store,
    tenant: &str,
    plan: Plan,
    cause: &Cause,
) -> Result<Handled<tenant::Event>, CommandError> {
    handle::<Tenant>(store, tenant, tenant, || tenant::Command::ChangePlan { plan }, cause).await
}

/// Since when the tenant's plan includes live sync; `None` where it does not.
pub async fn entitled_since(
    store: &Store,
    tenant: &str,
) -> Result<Option<DateTime<Utc>>, LoadError> {
    let mut since = None;
    for stored in store.read_stream(tenant, &Tenant::stream(tenant), 0).await? {
        let plan = match tenant::Event::read(&stored.payload, None)? {
            tenant::Event::Created { plan, .. } => plan,
            tenant::Event::PlanChanged { new, .. } => new,
        };
        since = plan.includes_live_sync().then(|| since.unwrap_or(stored.recorded_at));
    }
    Ok(since)
}
