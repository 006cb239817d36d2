//! `rollcall demo --once`: everything the demo shows, checked, without a terminal.

use std::process::ExitCode;
use std::time::Instant;

use serde_json::{Value, json};

use super::acts::{Act, Director};
use super::compare::Truth;
use super::scenarios::{LEFT, Scenarios};
use super::setup::Demo;
use super::{live, summary};
use crate::cli::{output, projections, waiting};
use crate::failure::Failure;

/// 50 changes, in this order over and over until each is used up.
const SCRIPT: [(Act, u32); 8] = [
    (Act::Hire, 10),
    (Act::Move, 12),
    (Act::Rename, 10),
    (Act::NewManager, 8),
    (Act::Terminate, 6),
    (Act::Duplicate, 2),
    (Act::Stale, 1),
    (Act::Forged, 1),
];

/// What would be different if a reconciliation had found something that webhooks missed.
const CHANGES: [&str; 6] =
    ["created", "updated", "deactivated", "reactivated", "unsynced", "errors"];

pub(super) async fn run(demo: &Demo, started: Instant, json: bool) -> Result<ExitCode, Failure> {
    // Who had left before, or has not begun, is not taken over; so this is looked at first.
    let mut truth = Truth::begin(&demo.company);
    live::first_sync(demo).await?;
    let scenarios = Scenarios::make(demo).await?;
    if json {
        output::json(&demo.line())?;
    }
    let mut director = Director::new(demo.company.clone(), demo.seed);
    for act in script() {
        let said = director.perform(act).await?;
        tracing::debug!(said, "something happened");
        truth.look(&demo.company);
    }
    live::settle(demo).await?;
    let by_webhooks = are_equal(demo, &truth, &scenarios).await?;
    let found = reconcile(demo).await?;
    live::settle(demo).await?;
    let afterwards = are_equal(demo, &truth, &scenarios).await?;
    let wrong = unequal_projections(demo).await?;
    for name in &wrong {
        tracing::error!("the projection {name} is not what the log says");
    }
    if found > 0 {
        tracing::error!("the reconciliation changed {found} people whom webhooks should have");
    }
    let equal = by_webhooks && afterwards;
    let left_alone = scenarios.is_left_alone(demo).await?;
    if !left_alone {
        tracing::error!("the scenario {LEFT} is no target and was changed all the same");
    }
    let mut said = summary::of(demo).await?;
    said["roster_equals_simulator"] = json!(equal);
    said["other_scenario_left_alone"] = json!(left_alone);
    said["projections_verified"] = json!(wrong.is_empty());
    said["webhook_messages"] = json!(demo.sink.count());
    said["reconcile_changes"] = json!(found);
    said["seconds"] = json!((started.elapsed().as_secs_f64() * 100.0).round() / 100.0);
    output::json(&said)?;
    let good = equal && left_alone && wrong.is_empty() && found == 0;
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether every target's roster is what the company's books say.
async fn are_equal(demo: &Demo, truth: &Truth, scenarios: &Scenarios) -> Result<bool, Failure> {
    let mut equal = true;
    for (name, scenario) in scenarios.targets() {
        for difference in truth.differences(demo, scenario).await? {
            tracing::error!("the roster of {name} differs from the simulator: {difference}");
            equal = false;
        }
    }
    Ok(equal)
}

/// The acts of the script, mixed.
fn script() -> Vec<Act> {
    let mut left = SCRIPT;
    let mut acts = Vec::new();
    while left.iter().any(|(_, times)| *times > 0) {
        for (act, times) in left.iter_mut().filter(|(_, times)| *times > 0) {
            *times -= 1;
            acts.push(*act);
        }
    }
    acts
}

/// Reads everybody again; how many people that changed.
async fn reconcile(demo: &Demo) -> Result<u64, Failure> {
    let path = format!("/api/v1/integrations/{}/reconcile", demo.connection);
    let queued = demo.api.post(&path, None).await?;
    let run = queued.body["run"].as_str().unwrap_or_default();
    let position = queued.position.as_deref();
    let ended = waiting::run_to_end(&demo.api, run, position, None).await?;
    if ended["status"] != "succeeded" {
        return Err(Failure::Failed(format!("the reconciliation ended {}", ended["status"])));
    }
    Ok(CHANGES.iter().filter_map(|name| ended["counts"][*name].as_u64()).sum())
}

/// Builds every projection anew and names those that turn out different.
async fn unequal_projections(demo: &Demo) -> Result<Vec<String>, Failure> {
    let names = projections::all(&demo.operator).await?;
    let found = projections::compare(&demo.operator, &names).await?;
    let unequal = found.iter().filter(|one| one["equal"] != true);
    let mut wrong: Vec<String> = unequal.map(|one: &Value| one["name"].to_string()).collect();
    if names.is_empty() {
        wrong.push("(there is none)".to_owned());
    }
    Ok(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_has_fifty_changes() {
        assert_eq!(script().len(), 50);
    }
}
