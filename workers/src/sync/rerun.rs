//! Running a run of deliveries again: it re-reads whom it was about, also where nobody keeps any more
//! what was delivered.

use rollcall_commands::Loaded;
use rollcall_domain::run::Run;
use rollcall_projections::identities;

use super::execution::Execution;
use super::{Engine, Halt, ROSTER_DEADLINE};
use crate::providers::Named;

impl Engine {
    /// Adds the people that the run before dealt with.
    pub(super) async fn add_named_before(
        &self,
        execution: &Execution,
        run: &Loaded<Run>,
        named: &mut Named,
    ) -> Result<(), Halt> {
        let known = run.state.known.as_ref();
        let Some(before) = known.and_then(|known| known.spec.rerun_of.as_ref()) else {
            return Ok(());
        };
        let (db, tenant) = (self.projections.db(), &execution.tenant);
        self.projections.wait_for_head(tenant, &["identities", "actors"], ROSTER_DEADLINE).await?;
        let mut after = None;
        loop {
            let page = identities::list(db, tenant, before, None, after.as_deref(), 200).await?;
            for source_id in page.rows.into_iter().filter_map(|row| row.source_id) {
                named.people.entry(source_id).or_default();
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }
}
