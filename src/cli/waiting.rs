//! Waiting for a run to end, with a progress bar for people.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rollcall_domain::run::Status;
use serde_json::Value;

use crate::client::Client;
use crate::failure::Failure;

const PAUSE: Duration = Duration::from_millis(100);

/// Follows a run to its end and returns it. `position` is where it was asked for, `total` how many
/// people are expected, if known.
pub(crate) async fn run_to_end(
    client: &Client,
    run: &str,
    position: Option<&str>,
    total: Option<u64>,
) -> Result<Value, Failure> {
    let bar = bar(total);
    let path = format!("/api/v1/integration_sync_logs/{run}");
    loop {
        let seen = client.get_after(&path, position).await?;
        let status = seen["status"].as_str().unwrap_or_default();
        if bar.length().is_none()
            && let Some(employees) = seen["details"]["employees"].as_u64()
        {
            bar.set_length(employees);
        }
        bar.set_position(done(&seen["counts"]));
        bar.set_message(message(&seen, status));
        // A held run waits for a person, not for us.
        if status == Status::Held.as_str() || Status::parse(status).is_some_and(Status::is_end) {
            bar.finish();
            return Ok(seen);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// A bar on standard error; none where that is no terminal.
pub(crate) fn bar(total: Option<u64>) -> ProgressBar {
    let bar = match total {
        Some(total) => ProgressBar::new(total),
        None => ProgressBar::no_length(),
    };
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg} {elapsed}");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    if !std::io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    bar
}

/// How many people a run has dealt with.
fn done(counts: &Value) -> u64 {
    let each = [
        "created",
        "updated",
        "deactivated",
        "reactivated",
        "unsynced",
        "unchanged",
        "skipped",
        "errors",
    ];
    each.iter().filter_map(|name| counts[*name].as_u64()).sum()
}

fn message(run: &Value, status: &str) -> String {
    match run["waiting_until"].as_str() {
        Some(until) if status == Status::Waiting.as_str() => format!("waiting until {until}"),
        Some(_) | None => status.to_owned(),
    }
}
