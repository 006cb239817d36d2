//! Departments, divisions and locations by hand. That no two of a kind have one name is the caller's
//! to check: only a read model knows all names of a scenario.

use futures_util::FutureExt;
use rollcall_domain::Refusal;
use rollcall_domain::unit::{Command, Event, Kind, Refusal as No, Unit};
use rollcall_store::{Cause, Store};

use crate::error::CommandError;
use crate::lock::{self, Known, read_with_run};
use crate::unit_of_work::{Handled, Loaded, UnitOfWork, decided_anew};
use crate::writable::expect_writable;

/// A new unit under a fresh ULID.
#[derive(Debug, Clone)]
pub struct NewUnit {
    pub scenario: String,
    pub unit: String,
    pub kind: Kind,
    pub name: String,
    /// What it is part of.
    pub parent: Option<String>,
}

/// Makes a unit, in any scenario that may be written.
pub async fn create_unit(
    store: &Store,
    tenant: &str,
    new: &NewUnit,
    cause: &Cause,
) -> Result<Handled<Event>, CommandError> {
    decided_anew(|| {
        async {
            let mut unit = UnitOfWork::new(tenant, cause.clone());
            expect_writable(&mut unit, store, tenant, &new.scenario).await?;
            let command = Command::Create {
                unit: new.unit.clone(),
                scenario: new.scenario.clone(),
                kind: new.kind,
                name: new.name.clone(),
                source: None,
                source_key: None,
                parent: new.parent.clone(),
            };
            let events = unit.decide(&new.unit, &mut Loaded::<Unit>::default(), command)?;
            let appended = Some(unit.commit(store).await?);
            Ok(Handled { events, appended })
        }
        .boxed()
    })
    .await
}

/// Renames a unit; one whose name a connection keeps in sync is refused.
pub async fn rename_unit(
    store: &Store,
    tenant: &str,
    scenario: &str,
    id: &str,
    name: &str,
    cause: &Cause,
) -> Result<Handled<Event>, CommandError> {
    decided_anew(|| {
        async {
            let mut unit = UnitOfWork::new(tenant, cause.clone());
            let place = expect_writable(&mut unit, store, tenant, scenario).await?;
            let Known { mut loaded, run } = read_with_run::<Unit>(store, tenant, id).await?;
            if loaded.state.known.as_ref().is_none_or(|known| known.scenario != scenario) {
                return Err(Refusal::from(No::NotFound).into());
            }
            let lock = lock::of_units(store, tenant, &place, run).await?;
            let command = Command::Rename { name: name.to_owned(), lock };
            let events = unit.decide(id, &mut loaded, command)?;
            let appended = match events.is_empty() {
                true => None,
                false => Some(unit.commit(store).await?),
            };
            Ok(Handled { events, appended })
        }
        .boxed()
    })
    .await
}
