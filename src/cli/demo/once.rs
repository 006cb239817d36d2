//! `rollcall demo --once`: everything the demo shows, checked, without a terminal.

use std::process::ExitCode;
use std::time::Instant;

use serde_json::{Value, json};

use super::company::News;
use super::compare::Truth;
use super::scenarios::{LEFT, Scenarios};
use super::setup::Demo;
use super::summary::{self, Summary};
use super::{live, reconcile};
use crate::cli::{output, projections};
use crate::failure::Failure;

pub(super) async fn run(
    demo: &mut Demo,
    started: Instant,
    json: bool,
) -> Result<ExitCode, Failure> {
    // Who had left before, or has not begun, is not taken over; so this is looked at first.
    let mut truth = Truth::begin(&*demo.company);
    live::first_sync(demo).await?;
    let scenarios = Scenarios::make(demo).await?;
    if json {
        output::json(&demo.line())?;
    }
    let mut happened: usize = 0;
    while let Some(said) = demo.company.next().await? {
        happened += 1;
        tracing::debug!(said, "something happened");
        match demo.company.news() {
            News::Delivered => truth.look(&*demo.company),
            News::Found { every } if happened.is_multiple_of(every) => {
                reconcile::to_its_end(demo).await?;
                truth.look(&*demo.company);
            }
            News::Found { .. } => {}
        }
    }
    live::settle(demo).await?;
    let at_first = are_equal(demo, &truth, &scenarios).await?;
    let found = reconcile::to_its_end(demo).await?;
    live::settle(demo).await?;
    let afterwards = are_equal(demo, &truth, &scenarios).await?;
    let wrong = unequal_projections(demo).await?;
    for name in &wrong {
        tracing::error!("the projection {name} is not what the log says");
    }
    if found > 0 {
        tracing::error!(
            "the last reconciliation changed {found} people who should have been right"
        );
    }
    let left_alone = scenarios.is_left_alone(demo).await?;
    if !left_alone {
        tracing::error!("the scenario {LEFT} is no target and was changed all the same");
    }
    let said = Summary {
        roster_equals_simulator: at_first && afterwards,
        other_scenario_left_alone: left_alone,
        projections_verified: wrong.is_empty(),
        reconcile_changes: found,
        seconds: (started.elapsed().as_secs_f64() * 100.0).round() / 100.0,
        ..summary::counted(demo).await?
    };
    output::json(&json!(said))?;
    Ok(if said.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
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
