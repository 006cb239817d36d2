//! Runs whose plans wait for a person on a connection that is there no more.

use rollcall_commands::{Loaded, RunWrite, load};
use rollcall_domain::run::{self, Run, Status};
use rollcall_projections::runs::{self, Filter};
use rollcall_store::Cause;

use super::{Engine, Halt, PRINCIPAL, ROSTER_DEADLINE};
use crate::work::WorkError;

/// More are not held on one connection.
const MOST: u32 = 200;

impl Engine {
    /// Cancels them: nobody can apply them any more.
    pub(crate) async fn cancel_held(
        &self,
        tenant: &str,
        connection: &str,
    ) -> Result<(), WorkError> {
        Ok(self.cancel_all_held(tenant, connection).await?)
    }

    async fn cancel_all_held(&self, tenant: &str, connection: &str) -> Result<(), Halt> {
        self.projections.wait_for_head(tenant, &["runs"], ROSTER_DEADLINE).await?;
        let (status, connection) = (Some(Status::Held.as_str()), Some(connection));
        let filter = Filter { status, connection, ..Filter::default() };
        let held = runs::list(self.projections.db(), tenant, &filter, None, MOST).await?;
        for row in held.rows {
            let mut held: Loaded<Run> = load(&self.store, tenant, &row.run).await?;
            if held.state.status() != Some(Status::Held) {
                continue;
            }
            let reason = "its connection was disconnected".to_owned();
            let commands = vec![run::Command::Cancel { reason }];
            let write = RunWrite { commands, ..RunWrite::default() };
            let cause = Cause::by(PRINCIPAL).correlation(row.run.clone());
            self.runs.write(&self.store, tenant, &mut held, &write, &cause).await?;
            self.after_its_end(tenant, &held).await?;
        }
        Ok(())
    }
}
