//! Two versions of the organisation beside the live baseline, both copies of it: one that changes
//! apply to, one that stays as it is.

use serde_json::{Value, json};

use super::live::settle;
use super::setup::Demo;
use crate::cli::copying;
use crate::failure::Failure;

const SCENARIOS: &str = "/api/v1/scenarios";
pub(super) const TARGET: &str = "Merger";
pub(super) const LEFT: &str = "Budget";

pub(super) struct Scenarios {
    pub(super) baseline: String,
    /// Changes apply to it.
    pub(super) target: String,
    /// They don't.
    left: String,
    /// Everybody in it, as it was copied.
    as_it_was: Vec<Value>,
}

impl Scenarios {
    /// Copies the live baseline twice, and makes one of the copies a target.
    pub(super) async fn make(demo: &Demo) -> Result<Scenarios, Failure> {
        let all = demo.api.whole_now(SCENARIOS).await?;
        let live = all.iter().find(|one| one["kind"] == "live_baseline");
        let baseline = live.and_then(|one| one["id"].as_str());
        let baseline = baseline.ok_or_else(|| Failure::failed("there is no live baseline"))?;
        let baseline = baseline.to_owned();
        let target = copy(demo, &baseline, TARGET).await?;
        let left = copy(demo, &baseline, LEFT).await?;
        let chosen = json!({ "targets": { "scenarios": [target] } });
        demo.api.patch(&format!("/api/v1/integrations/{}", demo.connection), &chosen).await?;
        // Whatever was missed while it was copied is looked for by a run that follows.
        settle(demo).await?;
        let as_it_was = people(demo, &left).await?;
        Ok(Scenarios { baseline, target, left, as_it_was })
    }

    /// Those whom changes apply to, by name.
    pub(super) fn targets(&self) -> [(&'static str, &str); 2] {
        [("Live Baseline", &self.baseline), (TARGET, &self.target)]
    }

    /// Whether the one that is no target is as it was.
    pub(super) async fn is_left_alone(&self, demo: &Demo) -> Result<bool, Failure> {
        Ok(!self.as_it_was.is_empty() && people(demo, &self.left).await? == self.as_it_was)
    }
}

async fn copy(demo: &Demo, original: &str, name: &str) -> Result<String, Failure> {
    let new = json!({ "name": name, "copied_from": original });
    let made = demo.api.post(SCENARIOS, Some(&new)).await?;
    let id = made.body["id"].as_str().unwrap_or_default().to_owned();
    let path = format!("{SCENARIOS}/{id}");
    copying::until_complete(&demo.api, &path, made.position.as_deref(), true).await?;
    Ok(id)
}

async fn people(demo: &Demo, scenario: &str) -> Result<Vec<Value>, Failure> {
    demo.api.list(&format!("{SCENARIOS}/{scenario}/actors"), usize::MAX).await
}
