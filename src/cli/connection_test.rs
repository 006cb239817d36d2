//! `rollcall connection test`, and `connect --test`: what the credentials can read. Nobody is changed.

use serde_json::Value;

use super::operations::outcome;
use super::output::{text, yes_or_no};
use super::{Context, output};
use crate::client::Client;
use crate::failure::Failure;

/// Asks for a test at a path, with what is to be tested if it is not saved, and shows the report.
pub(super) async fn run(
    context: &Context,
    client: &Client,
    path: &str,
    body: Option<&Value>,
) -> Result<(), Failure> {
    let asked = client.post(path, body).await?.body;
    let report = outcome(client, asked).await?;
    if context.json {
        return output::json(&report);
    }
    let number = |name: &str| report[name].as_u64().map(|n| n.to_string()).unwrap_or_default();
    output::pairs(&[
        ("visible people", number("visible")),
        ("all people", number("total")),
        ("everything readable", yes_or_no(&report["all_readable"])),
    ])?;
    let row = |check: &Value| {
        let readable = yes_or_no(&check["readable"]);
        vec![text(check, "kind"), text(check, "name"), readable, text(check, "remedy")]
    };
    let rows: Vec<_> = report["checks"].as_array().into_iter().flatten().map(row).collect();
    output::table(&["WHAT", "NAME", "READABLE", "WHAT TO DO"], &rows)?;
    let advice = report["advice"].as_array().into_iter().flatten();
    advice.filter_map(Value::as_str).try_for_each(output::line)
}
