//! One scenario as a run works on it: its rules, its roster, its units.

use std::collections::HashMap;
use std::sync::Arc;

use rollcall_domain::field::Field;
use rollcall_domain::ids::Deriver;
use rollcall_domain::plan::{Known, KnownUnit, Rules, UnitOption};
use rollcall_projections::{actors, units};

use super::{Engine, Halt, Job, ROSTER_DEADLINE};
use crate::providers::{Provider, ProviderError};

/// The fields BambooHR tells of everybody it shows.
pub(super) const EXPECTED: [Field; 15] = Field::ALL;

/// The rules of one scenario in this job.
pub(super) fn rules<'a>(
    job: &'a Job,
    scenario: &'a str,
    deriver: &'a Deriver,
    expected: &'a [Field],
) -> Rules<'a> {
    Rules::new(scenario, job.connection.provider, deriver, job.today, expected)
}

/// The provider's departments, divisions and locations; none where our credentials may not read
/// them: units are known by name then.
pub(super) async fn options(provider: &dyn Provider) -> Result<Vec<UnitOption>, Halt> {
    match provider.options().await {
        Ok(options) => Ok(options),
        Err(ProviderError::Forbidden { .. }) => Ok(vec![]),
        Err(error) => Err(error.into()),
    }
}

impl Engine {
    /// The connection's provider, with its credentials.
    pub(super) async fn provider(&self, job: &Job) -> Result<Arc<dyn Provider>, Halt> {
        let secret = self.store.vault_get(&job.tenant, &job.connection.credentials).await?;
        let secret = secret.ok_or(Halt::Broken("its credentials are gone; save them again"))?;
        Ok(self.providers.open(&job.connection, secret)?)
    }

    /// Waits until the roster shows everything that was in the log when we ask: a plan made on an
    /// older roster would create people twice.
    pub(super) async fn roster_is_current(&self, job: &Job) -> Result<(), Halt> {
        let names = ["actors", "units"];
        self.projections.wait_for_head(&job.tenant, &names, ROSTER_DEADLINE).await?;
        Ok(())
    }

    /// Roster rows by actor id.
    pub(super) async fn rows(
        &self,
        job: &Job,
        scenario: &str,
        actors: &[String],
    ) -> Result<HashMap<String, Known>, Halt> {
        let db = self.projections.db();
        let rows = actors::roster_rows(db, &job.tenant, scenario, actors).await?;
        Ok(rows.into_iter().map(|known| (known.actor.clone(), known)).collect())
    }

    pub(super) async fn known_units(
        &self,
        job: &Job,
        scenario: &str,
    ) -> Result<HashMap<String, KnownUnit>, Halt> {
        let known = units::of_scenario(self.projections.db(), &job.tenant, scenario).await?;
        Ok(known.into_iter().collect())
    }
}
