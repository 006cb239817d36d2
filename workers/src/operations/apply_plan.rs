//! Asks for a run that applies exactly what was previewed, if nothing of it has moved since.

use std::sync::Arc;

use rollcall_commands::operations::{About, Answer, Operation};
use rollcall_commands::{RunRequest, kept_plan, load};
use rollcall_domain::plan::Step;
use rollcall_domain::run::{Run, RunSpec};
use rollcall_domain::vocabulary::Trigger;
use rollcall_projections::actors::{self, Actor};
use rollcall_store::Cause;
use serde_json::json;

use super::{active, refused, settled};
use crate::sync::Engine;
use crate::work::WorkError;

/// So many people are named.
const NAMED: usize = 50;

pub(super) async fn perform(
    engine: &Engine,
    tenant: &Arc<str>,
    connection: &str,
    hash: &str,
    operation: &Operation,
) -> Result<Answer, WorkError> {
    // Asked for before the answer was lost.
    let asked = load::<Run>(&engine.store, tenant, &operation.id).await;
    if asked.map_err(|error| WorkError(error.to_string()))?.state.known.is_some() {
        return Ok(Answer::Done(json!({ "run": operation.id })));
    }
    let open = match active(engine, tenant, connection).await? {
        Ok(open) => open,
        Err(answer) => return Ok(answer),
    };
    let Some(kept) = kept_plan(&engine.store, tenant, connection, hash).await? else {
        let gone = "there is no such plan, or not any more; preview it again";
        return Ok(refused("not_found", gone.to_owned()));
    };
    let applies = match settled(engine.applies_to(tenant, &open, &kept.plan).await)? {
        Ok(applies) => applies || kept.frozen,
        Err(answer) => return Ok(answer),
    };
    if !applies {
        let changed = "the connection's targets have changed since; preview it again";
        return Ok(refused("plan_moved", changed.to_owned()));
    }
    let (moved, people) = match settled(engine.moved(tenant, open, kept.kind, &kept.plan).await)? {
        Ok(moved) => moved,
        Err(answer) => return Ok(answer),
    };
    if moved > 0 {
        let summary = format!("{moved} of its parts have changed since; preview it again");
        let people = named(engine, tenant, &people).await?;
        let code = "plan_moved".to_owned();
        return Ok(Answer::Failed { code, summary, people, retry_at: None });
    }
    let spec = RunSpec {
        plan: Some(Box::new(kept.plan)),
        receipts: kept.receipts,
        ..RunSpec::new(kept.kind, &kept.event_type, Trigger::Person)
    };
    let request = RunRequest {
        run: operation.id.clone(),
        connection: connection.to_owned(),
        spec,
        effect: Some(format!("apply_plan/{}", operation.id)),
    };
    let cause = Cause::by(operation.principal.clone());
    let asked = engine.runs.request(&engine.store, tenant, &request, &cause).await;
    match asked.map_err(|error| WorkError(error.to_string()))? {
        Some(_) => Ok(Answer::Done(json!({ "run": operation.id }))),
        None => {
            let waits = "the request is about to be applied by itself; look at its run";
            Ok(refused("conflict", waits.to_owned()))
        }
    }
}

/// Whom they are about.
async fn named(
    engine: &Engine,
    tenant: &str,
    people: &[(String, Step)],
) -> Result<Vec<About>, WorkError> {
    let mut named = Vec::new();
    for (scenario, step) in people.iter().take(NAMED) {
        let ids = [step.decision.actor.clone()];
        let known = actors::by_ids(engine.projections.db(), tenant, scenario, &ids).await;
        let known = known.map_err(|error| WorkError(error.to_string()))?;
        let name = known.first().map(Actor::display_name).filter(|name| !name.is_empty());
        named.push(About { hris_id: step.decision.source_id.clone(), name });
    }
    Ok(named)
}
