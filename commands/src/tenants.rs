//! Making a tenant, and changing what it pays for.

use rollcall_domain::scenario::{self, Scenario};
use rollcall_domain::tenant::{self, Plan, Tenant};
use rollcall_domain::{Decider, tenant as rules};
use rollcall_store::{Append, AppendError, Cause, Expected, Store, StoreError, TenantRow};

use crate::handle::{CommandError, Handled, handle, written};

/// What a new tenant starts with. The ids are fresh ULIDs.
#[derive(Debug, Clone)]
pub struct NewTenant {
    pub id: String,
    pub live_baseline: String,
    pub slug: String,
    pub name: String,
    pub plan: Plan,
}

#[derive(Debug, thiserror::Error)]
pub enum TenantError {
    #[error(transparent)]
    Refused(#[from] rules::Refusal),
    #[error("a tenant with this slug exists already; choose another slug")]
    SlugTaken,
    #[error(transparent)]
    Append(#[from] AppendError),
}

/// Makes a tenant together with its live baseline. Repeating it after a crash completes it.
pub async fn create_tenant(
    store: &Store,
    new: NewTenant,
    cause: Cause,
) -> Result<TenantRow, TenantError> {
    let created = Tenant::default().decide(tenant::Command::Create {
        slug: new.slug.clone(),
        name: new.name.clone(),
        plan: new.plan,
    })?;
    let baseline = Scenario::default()
        .decide(scenario::Command::Create {
            scenario: new.live_baseline.clone(),
            kind: scenario::Kind::LiveBaseline,
            name: "Live Baseline".to_owned(),
            copied_from: None,
        })
        .map_err(|_| AppendError::Invalid("a live baseline is always allowed"))?;
    let row = match store.tenant(&new.slug).await.map_err(AppendError::from)? {
        // Registered, and its first events were lost in a crash.
        Some(row) if row.slug == new.slug => row,
        Some(_) | None => match store.register_tenant(&new.id, &new.slug).await {
            Ok(row) => row,
            Err(StoreError::Exists(_)) => return Err(TenantError::SlugTaken),
            Err(error) => return Err(AppendError::from(error).into()),
        },
    };
    let append = Append::new(row.id.clone(), cause)
        .stream(Tenant::stream(&row.id), Expected::NoStream, written(&created, None))
        .stream(Scenario::stream(&new.live_baseline), Expected::NoStream, written(&baseline, None));
    match store.append(append).await {
        Ok(_) => Ok(row),
        Err(AppendError::Conflict(_)) => Err(TenantError::SlugTaken),
        Err(error) => Err(error.into()),
    }
}

/// Changes the plan. Nothing is lost by a downgrade.
pub async fn change_plan(
    store: &Store,
    tenant: &str,
    plan: Plan,
    cause: &Cause,
) -> Result<Handled<tenant::Event>, CommandError<tenant::Refusal>> {
    handle::<Tenant>(store, tenant, tenant, || tenant::Command::ChangePlan { plan }, cause).await
}
