//! What a run would do: a plan to look at, and to apply by its hash. No event is written.

use std::sync::Arc;

use chrono::TimeDelta;
use rollcall_commands::operations::Answer;
use rollcall_commands::{KeptPlan, OpenConnection, keep_plan, kept_plan};
use rollcall_domain::run::StoredPlan;
use rollcall_domain::vocabulary::RunKind;
use serde_json::{Value, json};

use super::{active, refused, settled};
use crate::sync::{Engine, Preview, Previewed};
use crate::work::WorkError;

/// Less than the hour after which the plan's blobs are swept.
const KEPT_FOR: TimeDelta = TimeDelta::minutes(55);

pub(super) struct Asked<'a> {
    pub(super) connection: &'a str,
    pub(super) kind: RunKind,
    pub(super) identities: &'a [String],
    pub(super) rerun_of: &'a Option<String>,
}

pub(super) async fn perform(
    engine: &Engine,
    tenant: &Arc<str>,
    asked: &Asked<'_>,
) -> Result<Answer, WorkError> {
    let open = match active(engine, tenant, asked.connection).await? {
        Ok(open) => open,
        Err(answer) => return Ok(answer),
    };
    let what = match asked.rerun_of {
        Some(run) => engine.previewed_again(tenant, run).await?,
        None => Some(Previewed {
            kind: asked.kind,
            receipts: vec![],
            changed_since: None,
            identities: asked.identities.to_vec(),
            scenarios: None,
        }),
    };
    let Some(what) = what else {
        return Ok(refused("not_found", "there is no such run".to_owned()));
    };
    planned(engine, tenant, open, &what).await
}

/// Makes the plan and keeps it; the answer says what it comes to.
pub(super) async fn planned(
    engine: &Engine,
    tenant: &Arc<str>,
    open: OpenConnection,
    what: &Previewed,
) -> Result<Answer, WorkError> {
    let expires_at = engine.clock.now() + KEPT_FOR;
    let connection = open.id.clone();
    let Preview { plan, held, warnings } = match settled(engine.preview(tenant, open, what).await)?
    {
        Ok(planned) => planned,
        Err(answer) => return Ok(answer),
    };
    let event_type = match what.kind {
        RunKind::Push => "push_snapshot",
        RunKind::Webhook | RunKind::ManualSync | RunKind::Reconcile | RunKind::Undo => "previewed",
    };
    let mut receipts = match what.kind {
        RunKind::Push => what.receipts.clone(),
        RunKind::Webhook | RunKind::ManualSync | RunKind::Reconcile | RunKind::Undo => vec![],
    };
    // Another request may come to the same plan, and be applied by it as well.
    let same = kept_plan(&engine.store, tenant, &connection, &plan.hash).await?;
    let others = same.map_or(vec![], |same| same.receipts).into_iter();
    receipts.extend(others.filter(|one| !what.receipts.contains(one)));
    let kept = KeptPlan {
        connection,
        kind: what.kind,
        event_type: event_type.to_owned(),
        receipts,
        plan,
        frozen: what.scenarios.is_some(),
        held,
        expires_at,
    };
    keep_plan(&engine.store, tenant, &kept).await?;
    Ok(Answer::Done(shown(&kept, &warnings)))
}

fn shown(kept: &KeptPlan, warnings: &[String]) -> Value {
    let StoredPlan { hash, targets, coverage, uncounted } = &kept.plan;
    json!({
        "integration": kept.connection,
        "hash": hash,
        "kind": kept.kind,
        "held": kept.held,
        "fetched": uncounted.fetched,
        "complete": coverage.as_ref().map(|coverage| coverage.complete),
        "targets": targets.iter().map(|target| json!({
            "scenario": target.scenario,
            "hash": target.hash,
            "counts": target.counts,
        })).collect::<Vec<_>>(),
        "warnings": warnings,
        "expires_at": kept.expires_at,
    })
}
