//! Whether the latest request still stands for an equal one: while it is unfinished, and for a while
//! after it went well.

use std::sync::Arc;

use chrono::TimeDelta;
use rollcall_commands::PushPolicy;
use rollcall_domain::pushes::Taken;
use rollcall_domain::receipt::Verdict;
use rollcall_domain::run::Status;
use rollcall_projections::{receipts, runs};
use rollcall_store::StoreError;

use crate::app::App;

const STANDS_FOR: TimeDelta = TimeDelta::minutes(10);

/// Where it can't be told, an equal request is another one: applying it again changes nothing.
pub(super) async fn still_counts(
    app: App,
    policy: Arc<PushPolicy>,
    latest: Taken,
) -> Result<bool, StoreError> {
    let fresh = |since| app.now() - since <= STANDS_FOR;
    let (tenant, connection) = (&policy.tenant, &policy.connection.id);
    // A lane that can't be read takes in nothing either.
    let Ok(lane) = app.runs.lane(&app.store, tenant, connection).await else { return Ok(false) };
    let on_lane = lane.state.running().into_iter().chain(lane.state.waiting());
    if on_lane.flat_map(|one| &one.receipts).any(|receipt| **receipt == *latest.receipt) {
        return Ok(true);
    }
    let db = app.projections.db_of(tenant);
    let known = receipts::one(&db, tenant, &latest.receipt).await.ok().flatten();
    // What the plan did not include is not made up for by itself.
    let skipped = Verdict::SkippedEntitlement.as_str();
    if known.as_ref().is_some_and(|known| known.receipt.verdict == skipped) {
        return Ok(false);
    }
    let run = match known.and_then(|known| known.receipt.runs.last().cloned()) {
        Some(run) => runs::one(&db, tenant, &run).await.ok().flatten(),
        None => None,
    };
    let Some(run) = run else { return Ok(fresh(latest.at)) };
    Ok(match Status::parse(&run.status) {
        Some(Status::Queued | Status::Waiting | Status::Running | Status::Held) => true,
        Some(Status::Succeeded | Status::Partial) => run.finished_at.is_some_and(fresh),
        Some(Status::Failed | Status::Skipped | Status::Rejected | Status::Cancelled) | None => {
            false
        }
    })
}
