//! Making scenarios.

use rollcall_domain::scenario::{self, Scenario};
use rollcall_store::{Cause, Store};

use crate::error::CommandError;
use crate::unit_of_work::{Handled, handle};

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
        kind: scenario::Kind::Scenario,
        name: name.to_owned(),
        copied_from: None,
    };
    handle::<Scenario>(store, tenant, id, command, cause).await
}
