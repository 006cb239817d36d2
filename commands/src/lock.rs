//! What keeps people and units from being edited by hand: the connection that tells of them, where its
//! changes apply, and the run that changed them last. In any other scenario nothing keeps them in sync,
//! and people plan with them.

use rollcall_domain::connection::{Connection, KnownConnection, Status};
use rollcall_domain::scenario::{KnownScenario, Scenario};
use rollcall_domain::slot::{self, Slot};
use rollcall_domain::{Decider, Written, actor, unit};
use rollcall_store::Store;

use crate::error::LoadError;
use crate::unit_of_work::{Loaded, load};

/// An aggregate, and the run that changed it last.
pub(crate) struct Known<D> {
    pub(crate) loaded: Loaded<D>,
    pub(crate) run: Option<String>,
}

/// Reads both from its stream.
pub(crate) async fn read_with_run<D: Decider>(
    store: &Store,
    tenant: &str,
    id: &str,
) -> Result<Known<D>, LoadError> {
    let mut known = Known { loaded: Loaded { state: D::default(), version: 0 }, run: None };
    for stored in store.read_stream(tenant, &D::stream(id), 0).await? {
        let event = D::Event::read(&stored.payload, stored.personal.as_deref())?;
        known.loaded.state = known.loaded.state.evolve(&event);
        known.loaded.version = stored.version;
        if let Some(run) = stored.correlation {
            known.run = Some(run.to_string());
        }
    }
    Ok(known)
}

/// What keeps people of a scenario from being edited by hand, whichever run changed them last; `None`
/// where nothing does.
pub async fn person_lock(
    store: &Store,
    tenant: &str,
    scenario: &str,
) -> Result<Option<actor::Lock>, LoadError> {
    let place: Loaded<Scenario> = load(store, tenant, scenario).await?;
    match &place.state.known {
        Some(place) => of_people(store, tenant, place, None).await,
        None => Ok(None),
    }
}

/// Whoever comes from the source of the tenant's connection is locked in its targets; paused or not.
pub(crate) async fn of_people(
    store: &Store,
    tenant: &str,
    scenario: &KnownScenario,
    run: Option<String>,
) -> Result<Option<actor::Lock>, LoadError> {
    let connection = connection(store, tenant, scenario).await?;
    Ok(connection.map(|known| actor::Lock {
        source: known.settings.source(),
        fields: known.settings.told(),
        closes_departments: known.settings.provider().closes_departments(),
        connection: known.connection,
        run,
    }))
}

/// Whatever has a key of that source is locked likewise.
pub(crate) async fn of_units(
    store: &Store,
    tenant: &str,
    scenario: &KnownScenario,
    run: Option<String>,
) -> Result<Option<unit::Lock>, LoadError> {
    let connection = connection(store, tenant, scenario).await?;
    Ok(connection.map(|known| unit::Lock {
        source: known.settings.source(),
        connection: known.connection,
        run,
    }))
}

/// What keeps units of a scenario from being renamed by hand, whichever run changed them last; `None`
/// where nothing does.
pub async fn unit_lock(
    store: &Store,
    tenant: &str,
    scenario: &str,
) -> Result<Option<unit::Lock>, LoadError> {
    let place: Loaded<Scenario> = load(store, tenant, scenario).await?;
    match &place.state.known {
        Some(place) => of_units(store, tenant, place, None).await,
        None => Ok(None),
    }
}

/// The tenant's active or paused HRIS connection, if its changes apply to the scenario.
async fn connection(
    store: &Store,
    tenant: &str,
    scenario: &KnownScenario,
) -> Result<Option<KnownConnection>, LoadError> {
    let slot: Loaded<Slot> = load(store, tenant, slot::ACTIVE_HRIS).await?;
    let Some(holder) = slot.state.holder() else { return Ok(None) };
    let connection: Loaded<Connection> = load(store, tenant, holder).await?;
    let known = connection.state.known.filter(|known| known.status != Status::Disconnected);
    Ok(known.filter(|known| known.targets.include(scenario)))
}
