//! The scenario that something is written in by hand.

use rollcall_domain::scenario::{KnownScenario, Scenario};
use rollcall_domain::{Decider, Refusal};
use rollcall_store::Store;

use crate::error::CommandError;
use crate::unit_of_work::{Loaded, UnitOfWork, load};

/// Refuses a scenario that may not be written, and makes the append expect it as it is now; what is
/// known of it.
pub(crate) async fn expect_writable(
    unit: &mut UnitOfWork,
    store: &Store,
    tenant: &str,
    scenario: &str,
) -> Result<KnownScenario, CommandError> {
    let loaded: Loaded<Scenario> = load(store, tenant, scenario).await?;
    let known = loaded.state.writable().map_err(Refusal::from)?.clone();
    unit.add(Scenario::stream(scenario), loaded.expected(), vec![]);
    Ok(known)
}
