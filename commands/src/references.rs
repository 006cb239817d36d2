//! Whether the departments, division and location a person is put in are there, and open to them.

use rollcall_domain::Refusal;
use rollcall_domain::actor::{Closed, KnownActor, Lock, Refusal as No};
use rollcall_domain::field::{Field, Seen, Value};
use rollcall_domain::unit::{Kind, Unit};
use rollcall_store::Store;

use crate::error::{CommandError, LoadError};
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

/// Refuses departments that hold only people whom a source keeps in sync, for anybody else. `person`
/// is `None` for somebody new; where they are already they may stay until a run sees to it.
pub(crate) async fn check_open(
    store: &Store,
    tenant: &str,
    lock: Option<Lock>,
    person: Option<&KnownActor>,
    seen: &Seen,
) -> Result<(), CommandError> {
    let Some(lock) = lock else { return Ok(()) };
    let is_kept = |one: &KnownActor| one.synced && one.source.as_ref() == Some(&lock.source);
    if person.is_some_and(is_kept) {
        return Ok(());
    }
    let before = person.and_then(|one| one.fields.get(&Field::Departments));
    let before: Vec<&str> = before.map_or(vec![], |value| ids(value).collect());
    let Some(Some(value)) = seen.get(&Field::Departments) else { return Ok(()) };
    let joined = ids(value).filter(|id| !before.contains(id));
    let departments = closed(store, tenant, &lock, joined).await?;
    match departments.is_empty() {
        true => Ok(()),
        false => {
            let connection = lock.connection;
            Err(Refusal::from(No::DepartmentClosed { connection, departments }).into())
        }
    }
}

/// What changes of somebody who is in sync no longer: they leave the departments that are closed to
/// them.
pub(crate) async fn leaving(
    store: &Store,
    tenant: &str,
    lock: Option<&Lock>,
    person: &KnownActor,
) -> Result<Option<Seen>, LoadError> {
    let (Some(lock), Some(value)) = (lock, person.fields.get(&Field::Departments)) else {
        return Ok(None);
    };
    let closed = closed(store, tenant, lock, ids(value)).await?;
    if closed.is_empty() {
        return Ok(None);
    }
    let stays = |id: &&str| closed.iter().all(|one| one.department != *id);
    let stay: Vec<String> = ids(value).filter(stays).map(str::to_owned).collect();
    let stay = (!stay.is_empty()).then_some(Value::List(stay));
    Ok(Some(Seen::from([(Field::Departments, stay)])))
}

/// Of these departments, those that hold nobody who is not in sync with the source of a lock.
async fn closed(
    store: &Store,
    tenant: &str,
    lock: &Lock,
    departments: impl Iterator<Item = &str>,
) -> Result<Vec<Closed>, LoadError> {
    let mut closed = Vec::new();
    if !lock.closes_departments {
        return Ok(closed);
    }
    for id in departments {
        let unit: Loaded<Unit> = load(store, tenant, id).await?;
        let known = unit.state.known.filter(|known| known.source.as_ref() == Some(&lock.source));
        if let Some(known) = known {
            closed.push(Closed { department: known.unit, name: known.name });
        }
    }
    Ok(closed)
}

fn ids(value: &Value) -> impl Iterator<Item = &str> {
    value.list().iter().map(String::as_str).chain(value.text())
}
