//! Where changes of a connection apply, as bodies say it.

use rollcall_domain::connection::TargetsChange;
use serde::Deserialize;
use utoipa::ToSchema;

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChosenTargets {
    #[serde(default)]
    pub(crate) live_baseline: Option<bool>,
    /// All of them, by id: whatever was chosen meanwhile and is not among them is chosen no longer.
    #[serde(default)]
    pub(crate) scenarios: Option<Vec<String>>,
    /// Beside those that are chosen, and no longer.
    #[serde(default)]
    pub(crate) add: Vec<String>,
    #[serde(default)]
    pub(crate) remove: Vec<String>,
    #[serde(default)]
    pub(crate) all_future: Option<bool>,
}

impl From<ChosenTargets> for TargetsChange {
    fn from(chosen: ChosenTargets) -> Self {
        let ChosenTargets { live_baseline, scenarios, add, remove, all_future } = chosen;
        TargetsChange { live_baseline, scenarios, add, remove, all_future }
    }
}
