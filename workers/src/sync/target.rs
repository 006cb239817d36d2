//! One scenario as a run works on it: its rules, its roster, its units.

use std::collections::BTreeMap;
use std::sync::Arc;

use rollcall_domain::plan::{Comparison, RosterRow, Rules, UnitOption, UnitRow, unit_aliases};
use rollcall_projections::{actors, identity_map, units};

use super::execution::Execution;
use super::{Engine, Halt, ROSTER_DEADLINE};
use crate::providers::{Provider, ProviderError};

/// A target of a read of everybody, and what the read found there.
pub(super) struct Target {
    /// All fields count, so that whoever lacks one is looked at.
    pub(super) rules: Rules,
    pub(super) comparison: Comparison,
}

/// The provider's departments, divisions and locations; none where our credentials may not read
/// them: units are known by name then.
pub(super) async fn options(provider: &dyn Provider) -> Result<Arc<[UnitOption]>, Halt> {
    match provider.options().await {
        Ok(options) => Ok(options.into()),
        Err(ProviderError::Forbidden { .. }) => Ok([].into()),
        Err(error) => Err(error.into()),
    }
}

impl Engine {
    /// Every target with its roster.
    pub(super) async fn targets(&self, execution: &Execution) -> Result<Vec<Target>, Halt> {
        let (db, tenant) = (self.projections.db(), &execution.tenant);
        let source = execution.connection.settings.source();
        let mapped = identity_map::source_ids(db, tenant, &source).await?;
        let mut targets = Vec::with_capacity(execution.scenarios.len());
        for scenario in &execution.scenarios {
            let known = self.known_units(execution, scenario).await?;
            let rules = execution.rules(scenario).with_units(unit_aliases(&known, &[]));
            let roster = actors::roster_keys(db, tenant, scenario, &rules.source).await?;
            let mapped = mapped.iter().map(|id| rules.actor_key(id)).collect();
            let limit = execution.share(self.memory.differing);
            let comparison = Comparison::new(roster, limit).with_mapped(mapped);
            targets.push(Target { rules, comparison });
        }
        Ok(targets)
    }

    /// Waits until the roster shows everything that was in the log when we ask: a plan made on an
    /// older roster would create people twice.
    pub(super) async fn roster_is_current(&self, execution: &Execution) -> Result<(), Halt> {
        let names = ["actors", "units", "identity_map"];
        self.projections.wait_for_head(&execution.tenant, &names, ROSTER_DEADLINE).await?;
        Ok(())
    }

    /// The roster's rows of those whom these ids name, in no order.
    pub(super) async fn rows(
        &self,
        execution: &Execution,
        scenario: &str,
        ids: &[String],
    ) -> Result<Vec<RosterRow>, Halt> {
        let db = self.projections.db();
        Ok(actors::roster_rows(db, &execution.tenant, scenario, ids).await?)
    }

    pub(super) async fn known_units(
        &self,
        execution: &Execution,
        scenario: &str,
    ) -> Result<BTreeMap<String, UnitRow>, Halt> {
        Ok(units::of_scenario(self.projections.db(), &execution.tenant, scenario).await?)
    }
}
