//! Operations: what a worker does while a command waits.

use std::time::Duration;

use serde_json::Value;

use super::output::text;
use crate::client::{Answer, Client, segment};
use crate::failure::Failure;

const PAUSE: Duration = Duration::from_millis(200);
/// A provider that says nothing for so long is not waited for.
const PAUSES: u32 = 600;

/// What came of an operation, as it was answered at first: waits for its end.
pub(crate) async fn outcome(client: &Client, operation: Value) -> Result<Value, Failure> {
    Ok(result(client, Answer { position: None, body: operation }).await?.body)
}

/// The same, with the position from which on it can be read what came of it.
pub(super) async fn result(client: &Client, mut operation: Answer) -> Result<Answer, Failure> {
    let path = format!("/api/v1/operations/{}", segment(&text(&operation.body, "id")));
    for _ in 0..PAUSES {
        let body = &mut operation.body;
        match body["status"].as_str() {
            Some("done") => {
                let body = body["result"].take();
                return Ok(Answer { position: operation.position, body });
            }
            Some("failed") => return Err(failure(&body["failure"])),
            Some(_) | None => tokio::time::sleep(PAUSE).await,
        }
        operation = client.get_stamped(&path).await?;
    }
    Err(Failure::failed(
        "the provider has not answered for two minutes; is a node with the role worker running?",
    ))
}

fn failure(said: &Value) -> Failure {
    let mut message = text(said, "summary");
    for person in said["people"].as_array().into_iter().flatten() {
        let called = person["name"].as_str().or(person["hris_id"].as_str()).unwrap_or_default();
        message = format!("{message}\n  {called}");
    }
    Failure::coded(text(said, "code"), message)
}
