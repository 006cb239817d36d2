//! Everybody is read anew, at once instead of at night.

use serde_json::Value;

use super::setup::Demo;
use crate::cli::waiting;
use crate::client::Answer;
use crate::failure::Failure;

/// What would be different if a reconciliation had found something.
const CHANGES: [&str; 6] =
    ["created", "updated", "deactivated", "reactivated", "unsynced", "errors"];

/// Asks for it.
pub(super) async fn ask(demo: &Demo) -> Result<Answer, Failure> {
    let path = format!("/api/v1/integrations/{}/reconcile", demo.connection);
    demo.api.post(&path, None).await
}

/// Asks for it, and waits for its end; how many people it changed.
pub(super) async fn to_its_end(demo: &Demo) -> Result<u64, Failure> {
    let queued = ask(demo).await?;
    let run = queued.body["run"].as_str().unwrap_or_default();
    let ended = waiting::run_to_end(&demo.api, run, queued.position.as_deref(), None).await?;
    if ended["status"] != "succeeded" {
        let word = |name: &str| -> Value { ended[name].clone() };
        let why = format!("the reconciliation ended {}: {}", word("status"), word("error_summary"));
        return Err(Failure::Failed(why));
    }
    Ok(CHANGES.iter().filter_map(|name| ended["counts"][*name].as_u64()).sum())
}
