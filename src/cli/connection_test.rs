//! `rollcall connection test`, and `connect --test`: what the credentials can read. Nobody is changed.

use serde_json::Value;

use super::output::text;
use super::{Context, output};
use crate::client::Client;
use crate::failure::Failure;

const PAUSE: std::time::Duration = std::time::Duration::from_millis(200);

/// Asks for a test at a path, with what is to be tested if it is not saved, and shows the report.
pub(super) async fn run(
    context: &Context,
    client: &Client,
    path: &str,
    body: Option<&Value>,
) -> Result<(), Failure> {
    let mut asked = client.post(path, body).await?.body;
    while asked["status"] == "running" {
        tokio::time::sleep(PAUSE).await;
        asked = client.get(&format!("/api/v1/operations/{}", text(&asked, "id"))).await?;
    }
    if asked["status"] == "failed" {
        let failure = &asked["failure"];
        return Err(Failure::coded(text(failure, "code"), text(failure, "summary")));
    }
    let report = &asked["result"];
    if context.json {
        return output::json(report);
    }
    let number = |name: &str| report[name].as_u64().map(|n| n.to_string()).unwrap_or_default();
    output::pairs(&[
        ("visible people", number("visible")),
        ("all people", number("total")),
        ("everything readable", if report["all_readable"] == true { "yes" } else { "no" }.into()),
    ])?;
    let row = |check: &Value| {
        let readable = if check["readable"] == true { "yes" } else { "no" };
        vec![text(check, "kind"), text(check, "name"), readable.into(), text(check, "remedy")]
    };
    let rows: Vec<_> = report["checks"].as_array().into_iter().flatten().map(row).collect();
    output::table(&["WHAT", "NAME", "READABLE", "WHAT TO DO"], &rows)
}
