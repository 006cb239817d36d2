//! Making scenarios, copies and snapshots of them, and what people do with them. What a copy holds is
//! filled in by work that follows from its creation.

use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use rollcall_domain::scenario::{self, Kind, KnownScenario, Scenario};
use rollcall_domain::{Decider, Refusal};
use rollcall_store::{Appended, Cause, Store};

use crate::error::CommandError;
use crate::unit_of_work::{Handled, Loaded, UnitOfWork, decided_anew, handle, load};

/// Makes an empty scenario under a fresh id.
pub async fn create_scenario(
    store: &Store,
    tenant: &str,
    id: &str,
    name: &str,
    cause: &Cause,
) -> Result<Handled<scenario::Event>, CommandError> {
    let command = || scenario::Command::Create {
        scenario: id.to_owned(),
        kind: Kind::Scenario,
        name: name.to_owned(),
        copied_from: None,
    };
    handle::<Scenario>(store, tenant, id, command, cause).await
}

/// Makes a scenario under a fresh id that is to hold what `original` holds at this moment: at the
/// position of the only event that is written.
pub async fn copy_scenario(
    store: &Store,
    tenant: &str,
    id: &str,
    original: &str,
    name: &str,
    cause: &Cause,
) -> Result<Appended, CommandError> {
    let new = |_: &KnownScenario| (Kind::Scenario, name.to_owned());
    copy(store, tenant, id, original, new, cause).await
}

/// Makes a snapshot likewise. Without a name it has the original's, and the time to the second.
pub async fn snapshot_scenario(
    store: &Store,
    tenant: &str,
    id: &str,
    original: &str,
    (name, now): (Option<&str>, DateTime<Utc>),
    cause: &Cause,
) -> Result<Appended, CommandError> {
    let new = |known: &KnownScenario| {
        let of_its_time = || format!("{}, {}", known.name, now.format("%Y-%m-%d %H:%M:%S%.3fZ"));
        (Kind::Snapshot, name.map_or_else(of_its_time, str::to_owned))
    };
    copy(store, tenant, id, original, new, cause).await
}

/// Only what is active is copied, and in the same append it still is.
async fn copy(
    store: &Store,
    tenant: &str,
    id: &str,
    original: &str,
    new: impl Fn(&KnownScenario) -> (Kind, String) + Sync,
    cause: &Cause,
) -> Result<Appended, CommandError> {
    decided_anew(|| {
        async {
            let known: Loaded<Scenario> = load(store, tenant, original).await?;
            let (kind, name) = new(known.state.copyable().map_err(Refusal::from)?);
            let mut unit = UnitOfWork::new(tenant, cause.clone());
            let (scenario, copied_from) = (id.to_owned(), Some(original.to_owned()));
            let create = scenario::Command::Create { scenario, kind, name, copied_from };
            unit.decide(id, &mut Loaded::<Scenario>::default(), create)?;
            unit.add(Scenario::stream(original), known.expected(), vec![]);
            unit.commit(store).await
        }
        .boxed()
    })
    .await
}

pub async fn rename_scenario(
    store: &Store,
    tenant: &str,
    id: &str,
    name: &str,
    cause: &Cause,
) -> Result<Handled<scenario::Event>, CommandError> {
    let command = || scenario::Command::Rename { name: name.to_owned() };
    handle::<Scenario>(store, tenant, id, command, cause).await
}

/// Nobody writes it from now on. A copy that is under way stops.
pub async fn archive_scenario(
    store: &Store,
    tenant: &str,
    id: &str,
    cause: &Cause,
) -> Result<Handled<scenario::Event>, CommandError> {
    handle::<Scenario>(store, tenant, id, || scenario::Command::Archive, cause).await
}

#[cfg(test)]
mod tests;
