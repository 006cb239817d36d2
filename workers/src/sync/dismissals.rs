//! Held plans that nobody decides on any more: a newer read took their place, their time is over, or
//! their connection is gone.

use chrono::{DateTime, Utc};
use rollcall_commands::{CommandError, Loaded, load};
use rollcall_domain::Refusal;
use rollcall_domain::run::{self, HELD_FOR, KnownRun, Run, SkipReason, Status};
use rollcall_domain::vocabulary::RunKind;
use rollcall_projections::runs;
use rollcall_store::Cause;

use super::{Engine, Halt, PRINCIPAL, ROSTER_DEADLINE};

impl Engine {
    /// Ends the plans that a complete read of the same targets took the place of. Repeating it changes
    /// nothing.
    pub(super) async fn supersede(&self, tenant: &str, newer: &KnownRun) -> Result<(), Halt> {
        let is_everybody = match newer.spec.kind {
            RunKind::ManualSync | RunKind::Reconcile | RunKind::Push => true,
            RunKind::Webhook | RunKind::Undo => false,
        };
        let coverage = match &newer.held {
            Some(held) => held.plan.coverage.as_ref(),
            None => newer.coverage.as_ref(),
        };
        let has_read = matches!(newer.status, Status::Succeeded | Status::Partial | Status::Held);
        let is_complete = coverage.is_some_and(|coverage| coverage.complete);
        let Some(scope) = &newer.scope else { return Ok(()) };
        // What was approved, or previewed, goes on with an older read, and so does a push that runs again.
        let is_posted_again = newer.spec.kind == RunKind::Push && newer.spec.rerun_of.is_some();
        let goes_on = newer.approval.is_some() || newer.spec.plan.is_some() || is_posted_again;
        if !(is_everybody && has_read && is_complete) || goes_on {
            return Ok(());
        }
        self.projections.wait_for_head(tenant, &["runs"], ROSTER_DEADLINE).await?;
        let waiting =
            runs::with_held_plan(self.projections.db(), tenant, &newer.connection).await?;
        for older in waiting.iter().filter(|older| older.run < newer.run) {
            if older.scenarios.iter().all(|scenario| scope.scenarios.contains(scenario)) {
                self.dismiss(tenant, &older.run, &run::Command::Supersede).await?;
            }
        }
        Ok(())
    }

    /// Ends what waited for a decision longer than seven days, of all tenants.
    pub(crate) async fn expire_held_plans(&self, now: DateTime<Utc>) -> Result<(), Halt> {
        let before = now - HELD_FOR;
        for (tenant, run) in runs::held_before(self.projections.db(), before).await? {
            self.dismiss(&tenant, &run, &run::Command::Expire).await?;
        }
        Ok(())
    }

    /// Ends what waited for a decision on a connection that is gone.
    pub(crate) async fn drop_held_plans(&self, tenant: &str, connection: &str) -> Result<(), Halt> {
        self.projections.wait_for_head(tenant, &["runs"], ROSTER_DEADLINE).await?;
        let reason = SkipReason::Disconnected;
        for held in runs::with_held_plan(self.projections.db(), tenant, connection).await? {
            self.dismiss(tenant, &held.run, &run::Command::Skip { reason }).await?;
        }
        Ok(())
    }

    /// Whether what has the lane waits for the provider.
    pub(crate) async fn waits_for_provider(
        &self,
        tenant: &str,
        connection: &str,
    ) -> Result<bool, Halt> {
        let lane = self.runs.lane(&self.store, tenant, connection).await?.state;
        let Some(running) = lane.running() else { return Ok(false) };
        let run: Loaded<Run> = load(&self.store, tenant, &running.run).await?;
        Ok(run.state.status() == Some(Status::Waiting))
    }

    /// Somebody may have decided on it a moment before.
    async fn dismiss(&self, tenant: &str, run: &str, command: &run::Command) -> Result<(), Halt> {
        let cause = Cause::by(PRINCIPAL);
        match self.runs.dismiss(&self.store, tenant, run, command, &cause).await {
            Ok(()) | Err(CommandError::Refused(Refusal::Run(_))) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
