//! `PATCH /integrations/{id}`: where changes apply. What becomes a target is caught up by a run that
//! follows from the event.

use axum::extract::State;
use axum::response::IntoResponse;
use rollcall_commands::change_targets;
use rollcall_domain::connection::TargetsChange;
use serde::Deserialize;

use super::changes::done;
use crate::app::App;
use crate::caller::Admin;
use crate::edge::Problem;
use crate::extractors::{JsonBody, PathIds};

/// What is left out stays as it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    #[serde(default)]
    targets: ChosenTargets,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChosenTargets {
    #[serde(default)]
    live_baseline: Option<bool>,
    /// All of them, by id: whatever was chosen meanwhile and is not among them is chosen no longer.
    #[serde(default)]
    scenarios: Option<Vec<String>>,
    /// Beside those that are chosen, and no longer.
    #[serde(default)]
    add: Vec<String>,
    #[serde(default)]
    remove: Vec<String>,
    #[serde(default)]
    all_future: Option<bool>,
}

impl From<ChosenTargets> for TargetsChange {
    fn from(chosen: ChosenTargets) -> Self {
        let ChosenTargets { live_baseline, scenarios, add, remove, all_future } = chosen;
        TargetsChange { live_baseline, scenarios, add, remove, all_future }
    }
}

pub(super) async fn change(
    State(app): State<App>,
    admin: Admin,
    PathIds(integration): PathIds<String>,
    JsonBody(change): JsonBody<Change>,
) -> Result<impl IntoResponse, Problem> {
    let (cause, change) = (admin.caller.cause(), change.targets.into());
    change_targets(&app.store, admin.id(), &integration, &change, &cause).await?;
    done(&app, &admin).await
}
