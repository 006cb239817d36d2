//! Whether the departments, division and location a person is put in are there.

use rollcall_domain::Refusal;
use rollcall_domain::actor::Refusal as No;
use rollcall_domain::field::{Field, Seen, Value};
use rollcall_domain::unit::{Kind, Unit};
use rollcall_store::Store;

use crate::error::CommandError;
use crate::unit_of_work::{Loaded, load};

/// Refuses what is not a unit of the right kind in this scenario, all of it at once. Units are never
/// deleted, so what is found stays.
pub(crate) async fn check(
    store: &Store,
    tenant: &str,
    scenario: &str,
    seen: &Seen,
) -> Result<(), CommandError> {
    let mut missing = Vec::new();
    for (field, kind) in [
        (Field::Departments, Kind::Department),
        (Field::Division, Kind::Division),
        (Field::Location, Kind::Location),
    ] {
        let Some(Some(value)) = seen.get(&field) else { continue };
        for id in ids(value) {
            let unit: Loaded<Unit> = load(store, tenant, id).await?;
            let fits = unit
                .state
                .known
                .is_some_and(|known| known.scenario == scenario && known.kind == kind);
            if !fits {
                missing.push((field, id.to_owned()));
            }
        }
    }
    match missing.is_empty() {
        true => Ok(()),
        false => Err(Refusal::from(No::NotThere(missing)).into()),
    }
}

fn ids(value: &Value) -> impl Iterator<Item = &str> {
    value.list().iter().map(String::as_str).chain(value.text())
}
