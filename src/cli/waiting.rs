//! Waiting for a run to end: with a progress bar at a terminal, else with a line per change.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rollcall_domain::run::Status;
use serde_json::Value;

use super::run_words::{phase, state};
use crate::client::{Client, LOGS};
use crate::failure::Failure;

const PAUSE: Duration = Duration::from_millis(100);

/// How somebody is told that it goes on; always on standard error.
enum Progress {
    Bar(ProgressBar),
    /// What was said last.
    Lines(String),
    Nothing,
}

/// Follows a run to its end and returns it, with a bar at a terminal. `position` is where it was
/// asked for, `total` how many people are expected, if known.
pub(crate) async fn run_to_end(
    client: &Client,
    run: &str,
    position: Option<&str>,
    total: Option<u64>,
) -> Result<Value, Failure> {
    let progress = match std::io::stderr().is_terminal() {
        true => Progress::Bar(bar(total)),
        false => Progress::Nothing,
    };
    watch(client, run, position, progress).await
}

/// The same for a command: without a terminal it says each change of state, to programs nothing.
pub(super) async fn follow(
    client: &Client,
    run: &str,
    position: Option<&str>,
    json: bool,
) -> Result<Value, Failure> {
    let progress = match (json, std::io::stderr().is_terminal()) {
        (true, _) => Progress::Nothing,
        (false, true) => Progress::Bar(bar(None)),
        (false, false) => Progress::Lines(String::new()),
    };
    watch(client, run, position, progress).await
}

async fn watch(
    client: &Client,
    run: &str,
    position: Option<&str>,
    mut progress: Progress,
) -> Result<Value, Failure> {
    let path = format!("{LOGS}/{run}");
    loop {
        let seen = client.get_after(&path, position).await?;
        let status = seen["status"].as_str().unwrap_or_default();
        // A held run waits for a person, not for us.
        let ended =
            status == Status::Held.as_str() || Status::parse(status).is_some_and(Status::is_end);
        progress.show(&seen, ended);
        if ended {
            return Ok(seen);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

impl Progress {
    fn show(&mut self, run: &Value, ended: bool) {
        match self {
            Progress::Nothing => {}
            Progress::Bar(bar) => {
                let (position, length) = far(run);
                if let Some(length) = length {
                    bar.set_length(length);
                }
                bar.set_position(position);
                bar.set_message(phase(run));
                if ended {
                    bar.finish();
                }
            }
            // The end is what the command itself tells.
            Progress::Lines(last) => {
                let now = state(run);
                if *last != now && !ended {
                    let id = run["id"].as_str().unwrap_or_default();
                    // Whoever listens no more still wants the sync.
                    let _ = writeln!(std::io::stderr(), "{id} {now}");
                    *last = now;
                }
            }
        }
    }
}

/// A bar on standard error, for so many people, if that is known.
pub(super) fn bar(total: Option<u64>) -> ProgressBar {
    let bar = match total {
        Some(total) => ProgressBar::new(total),
        None => ProgressBar::no_length(),
    };
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg} {elapsed}");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar.set_draw_target(ProgressDrawTarget::stderr());
    bar
}

/// Turns at a terminal while something goes on, and is nothing elsewhere.
pub(super) fn spinner(json: bool, message: &'static str) -> ProgressBar {
    if json || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let spinner = ProgressBar::new_spinner().with_message(message);
    spinner.enable_steady_tick(PAUSE);
    spinner
}

/// How far a run is, and of how many: what it reads while it reads, what it writes from then on.
fn far(run: &Value) -> (u64, Option<u64>) {
    let progress = &run["progress"];
    let number = |name: &str| progress[name].as_u64();
    match progress["phase"].as_str() {
        Some("reading" | "planning") if number("read").is_some() => {
            (number("read").unwrap_or(0), number("of"))
        }
        Some("applying") if number("planned").is_some_and(|planned| planned > 0) => {
            (number("applied").unwrap_or(0), number("planned"))
        }
        Some(_) | None => (done(&run["counts"]), run["details"]["employees"].as_u64()),
    }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::far;

    #[test]
    fn a_bar_shows_who_is_read_and_then_who_is_written() {
        let at = |phase: &str| {
            json!({ "counts": { "created": 4 }, "details": { "employees": 9 },
                "progress": { "phase": phase, "read": 7, "of": 9, "planned": 5, "applied": 2 } })
        };
        assert_eq!(far(&at("reading")), (7, Some(9)));
        assert_eq!(far(&at("applying")), (2, Some(5)));
        assert_eq!(far(&at("held")), (4, Some(9)));
        assert_eq!(far(&json!({ "counts": {}, "progress": null })), (0, None));
    }
}
