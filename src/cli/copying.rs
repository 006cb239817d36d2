//! Waiting for a copy of a scenario: with a progress bar at a terminal, else with a line at the start.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use indicatif::ProgressBar;
use serde_json::Value;

use super::output::text;
use super::waiting::bar;
use crate::client::Client;
use crate::failure::Failure;

const PAUSE: Duration = Duration::from_millis(100);

/// What a scenario is, in words: one that is being copied with how far that is.
pub(super) fn state(scenario: &Value) -> String {
    let status = text(scenario, "status");
    match scenario["copied"]["people"].as_u64() {
        Some(people) if status == "preparing" => format!("preparing ({people} people copied)"),
        Some(_) | None => status,
    }
}

/// Follows a copy until it is active. `position` is where it was asked for. It goes on by itself if
/// nobody waits any more, as long as a worker runs.
pub(super) async fn until_complete(
    client: &Client,
    path: &str,
    position: Option<&str>,
    json: bool,
) -> Result<(), Failure> {
    let bar = (!json && std::io::stderr().is_terminal()).then(|| bar(None));
    if bar.is_none() && !json {
        // Whoever listens no more still wants the copy.
        let _ = writeln!(std::io::stderr(), "the copy is under way");
    }
    loop {
        let seen = client.get_after(path, position).await?;
        if let Some(bar) = &bar {
            show(bar, &seen);
        }
        match seen["status"].as_str() {
            Some("preparing") => tokio::time::sleep(PAUSE).await,
            Some("archived") => {
                return Err(Failure::coded(
                    "conflict",
                    "the scenario was archived before its copy was complete; make another"
                        .to_owned(),
                ));
            }
            Some(_) | None => {
                bar.inspect(ProgressBar::finish);
                return Ok(());
            }
        }
    }
}

fn show(bar: &ProgressBar, scenario: &Value) {
    let copied = &scenario["copied"];
    if let Some(people) = copied["of_people"].as_u64() {
        bar.set_length(people);
    }
    bar.set_position(copied["people"].as_u64().unwrap_or_default());
    bar.set_message(text(scenario, "status"));
}
