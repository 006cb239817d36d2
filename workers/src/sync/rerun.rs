//! Running a run of deliveries again: it re-reads whom it was about, also where nobody keeps any more
//! what was delivered.

use rollcall_projections::identities;

use super::{Engine, Halt, ROSTER_DEADLINE};

const PAGE: u32 = 200;

impl Engine {
    /// The people that a run dealt with, by source id.
    pub(super) async fn named_before(&self, tenant: &str, run: &str) -> Result<Vec<String>, Halt> {
        let db = self.projections.db();
        self.projections.wait_for_head(tenant, &["identities", "actors"], ROSTER_DEADLINE).await?;
        let (mut people, mut after) = (Vec::new(), None);
        loop {
            let page = identities::list(db, tenant, run, None, after.as_deref(), PAGE).await?;
            people.extend(page.rows.into_iter().filter_map(|row| row.source_id));
            after = page.next;
            if after.is_none() {
                return Ok(people);
            }
        }
    }
}
