//! Operations: what a worker does while a command waits.

use std::time::Duration;

use serde_json::Value;

use super::output::text;
use crate::client::{Client, segment};
use crate::failure::Failure;

const PAUSE: Duration = Duration::from_millis(200);
/// A provider that says nothing for so long is not waited for.
const PAUSES: u32 = 600;

/// What came of an operation, as it was answered at first: waits for its end.
pub(crate) async fn outcome(client: &Client, mut operation: Value) -> Result<Value, Failure> {
    let id = text(&operation, "id");
    for _ in 0..PAUSES {
        match operation["status"].as_str() {
            Some("done") => return Ok(operation["result"].take()),
            Some("failed") => return Err(failure(&operation["failure"])),
            Some(_) | None => tokio::time::sleep(PAUSE).await,
        }
        operation = client.get(&format!("/api/v1/operations/{}", segment(&id))).await?;
    }
    Err(Failure::failed(
        "the provider has not answered for two minutes; is a node with the role worker running?",
    ))
}

fn failure(said: &Value) -> Failure {
    let mut message = text(said, "summary");
    for about in said["about"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        message = format!("{message}\n  {about}");
    }
    Failure::coded(text(said, "code"), message)
}
