//! What taking a run back would do to whom. It changes nobody and appends nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use rollcall_commands::operations::Answer;
use rollcall_commands::{Loaded, load};
use rollcall_domain::run::Run;
use rollcall_domain::undo::{Row, Undone};
use rollcall_domain::unit::Unit;
use rollcall_projections::{actors, audit_events};
use serde_json::{Value, json};

use super::refused;
use crate::sync::Engine;
use crate::work::WorkError;

/// People who are shown one by one; of the others there is a number.
const MOST: usize = 1_000;

pub(super) async fn perform(
    engine: &Engine,
    tenant: &Arc<str>,
    run: &str,
) -> Result<Answer, WorkError> {
    let loaded: Loaded<Run> = load(&engine.store, tenant, run).await.map_err(ours)?;
    let Some(known) = loaded.state.known else {
        return Ok(refused("not_found", "there is no such run".to_owned()));
    };
    let mut counts = BTreeMap::from(["reversed", "kept", "impossible"].map(|fate| (fate, 0_u64)));
    let (mut people, mut shown, mut closed) = (0, Vec::<(String, Undone)>::new(), vec![]);
    for scenario in known.scope.iter().flat_map(|scope| &scope.scenarios) {
        if let Some(reason) = engine.is_closed(tenant, scenario).await? {
            closed.push(json!({ "scenario": scenario, "reason": reason }));
            continue;
        }
        let count = |undone: Undone| {
            people += 1;
            for (fate, count) in &mut counts {
                *count += u64::from(undone.rows.iter().any(|row| row.fate.as_str() == *fate));
            }
            if shown.len() < MOST {
                shown.push((scenario.clone(), undone));
            }
        };
        engine.preview_undo(tenant, &known, scenario, count).await?;
    }
    Ok(Answer::Done(json!({
        "run": run,
        "counts": counts,
        "more": people - shown.len(),
        "people": people_of(engine, tenant, &shown).await?,
        "units": units(engine, tenant, run).await?,
        "closed": closed,
    })))
}

/// People with what a run's identities show of them.
async fn people_of(
    engine: &Engine,
    tenant: &str,
    shown: &[(String, Undone)],
) -> Result<Vec<Value>, WorkError> {
    let mut ids: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (scenario, undone) in shown {
        ids.entry(scenario).or_default().push(undone.decision.actor.clone());
    }
    let mut known = BTreeMap::new();
    for (scenario, ids) in ids {
        let rows = actors::by_ids(engine.projections.db(), tenant, scenario, &ids).await;
        known.extend(rows.map_err(ours)?.into_iter().map(|row| (row.actor.clone(), row)));
    }
    let person = |(scenario, undone): &(String, Undone)| {
        let row = known.get(&undone.decision.actor);
        json!({
            "scenario": scenario,
            "actor": undone.decision.actor,
            "source_hris": row.and_then(|row| row.provider.as_ref()),
            "source_hris_id": row.and_then(|row| row.source_id.as_ref()),
            "email": row.and_then(|row| row.email.as_ref()),
            "parts": undone.rows.iter().map(part).collect::<Vec<_>>(),
        })
    };
    Ok(shown.iter().map(person).collect())
}

fn part(row: &Row) -> Value {
    let why = row.fate.why();
    let by = why.and_then(|why| why.by());
    json!({
        "part": row.part.as_str(),
        "bucket": row.fate.as_str(),
        "old": row.now,
        "new": row.before,
        "reason": why.map(|why| why.reason().as_str()),
        "changed_by": by.map(|by| json!({ "principal": by.principal, "run": by.run })),
    })
}

/// The departments, divisions and locations that the run touched: they stay, since the source names
/// them again.
async fn units(engine: &Engine, tenant: &str, run: &str) -> Result<Vec<Value>, WorkError> {
    let streams = audit_events::units_of_run(engine.projections.db(), tenant, run).await;
    let mut units = vec![];
    for stream in streams.map_err(ours)? {
        let Some(id) = stream.strip_prefix("unit/") else { continue };
        let unit: Loaded<Unit> = load(&engine.store, tenant, id).await.map_err(ours)?;
        if let Some(unit) = unit.state.known {
            units.push(json!({
                "scenario": unit.scenario,
                "unit": id,
                "kind": unit.kind.as_str(),
                "name": unit.name,
                "bucket": "kept",
                "reason": "named_by_the_source",
            }));
        }
    }
    Ok(units)
}

fn ours(error: impl std::error::Error) -> WorkError {
    WorkError(error.to_string())
}
