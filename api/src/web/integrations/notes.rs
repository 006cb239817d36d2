//! What is wrong with a connection, why, and what to do: each a note on its page.

use super::{HOME, has_webhook, label};
use crate::resources::integrations::View;
use crate::resources::sync_logs::View as Run;
use crate::wording::sentence;

#[derive(Debug)]
pub(super) struct Note {
    /// One of the hues of the design system.
    pub(super) hue: &'static str,
    pub(super) icon: &'static str,
    pub(super) title: String,
    pub(super) what: String,
    pub(super) what_to_do: String,
    pub(super) links: Vec<(String, &'static str)>,
}

/// The worst comes first. `failed` are the last runs that failed, `held` the one that waits for a person.
pub(super) fn of(known: &View, failed: &[Run], held: Option<&Run>) -> Vec<Note> {
    let notes = [
        failing(known, failed),
        not_entitled(known),
        paused(known),
        held.map(waiting),
        stale(known),
        flapping(known),
        hidden(known),
    ];
    notes.into_iter().flatten().collect()
}

/// What a delivery or the brake did says nothing of the connection.
fn failing(known: &View, failed: &[Run]) -> Option<Note> {
    let code =
        |run: &Run| run.error.as_ref().and_then(|error| error["code"].as_str().map(str::to_owned));
    let of_connection =
        |run: &&Run| !matches!(code(run).as_deref(), Some("malformed_delivery" | "brake"));
    let run = failed.iter().filter(|_| known.status == "error").find(of_connection)?;
    let remedy = run.error.as_ref().and_then(|error| error["remedy"].as_str());
    let mut links = vec![(format!("/settings/integrations/logs/{}", run.id), "View run")];
    if matches!(code(run).as_deref(), Some("authentication" | "permission" | "environment")) {
        links.push((format!("{HOME}/credentials"), "Replace credentials"));
    }
    Some(Note {
        hue: "failed",
        icon: "fail",
        title: format!("{} does not sync", label(&known.provider)),
        what: sentence(run.error_summary.as_deref().unwrap_or("the last run failed")),
        what_to_do: remedy.unwrap_or("Look at the run, then sync again.").to_owned(),
        links,
    })
}

fn not_entitled(known: &View) -> Option<Note> {
    (!known.entitled).then(|| Note {
        hue: "held",
        icon: "hand",
        title: "The plan does not include live sync".to_owned(),
        what: match has_webhook(known) {
            true => "Deliveries are acknowledged and skipped, and nothing runs. Nothing is deleted.",
            false => "Nothing runs. Nothing is deleted.",
        }
        .to_owned(),
        what_to_do: "Change to business, enterprise or agency: one reconciliation then brings everything up to date."
            .to_owned(),
        links: vec![],
    })
}

fn paused(known: &View) -> Option<Note> {
    (known.status == "paused").then(|| Note {
        hue: "paused",
        icon: "pause",
        title: "The connection is paused".to_owned(),
        what: match has_webhook(known) {
            true => "Deliveries are acknowledged and kept; nothing is applied, and no night runs.",
            false => "Nothing is applied, and no night runs.",
        }
        .to_owned(),
        what_to_do: match has_webhook(known) {
            true => "Resume: what was kept is processed, and one reconciliation finds the rest.",
            false => "Resume: one reconciliation finds everything that changed meanwhile.",
        }
        .to_owned(),
        links: vec![],
    })
}

fn stale(known: &View) -> Option<Note> {
    let since = known.health.stale_since.filter(|_| known.status != "paused")?;
    Some(Note {
        hue: "held",
        icon: "clock",
        title: "Nothing has run for too long".to_owned(),
        what: format!("The last run ended {}.", since.format("%-d %b %Y, %H:%M UTC")),
        what_to_do: "Look for a run that does not end, then sync now.".to_owned(),
        links: vec![("/settings/integrations/logs".to_owned(), "Sync logs")],
    })
}

fn flapping(known: &View) -> Option<Note> {
    known.health.flapping.then(|| Note {
        hue: "partial",
        icon: "half",
        title: "It fails and recovers again and again".to_owned(),
        what: "Nobody is told any more until it was calm for a day.".to_owned(),
        what_to_do: "The sync logs say what goes wrong.".to_owned(),
        links: vec![("/settings/integrations/logs?status=failed".to_owned(), "Failed runs")],
    })
}

fn waiting(run: &Run) -> Note {
    Note {
        hue: "held",
        icon: "hand",
        title: "A plan waits for a decision".to_owned(),
        what: sentence(
            run.error_summary.as_deref().unwrap_or("it changes more than the limits allow"),
        ),
        what_to_do: "Look at its people, then approve all of it, a part of it, or reject it."
            .to_owned(),
        links: vec![(format!("/settings/integrations/logs/{}", run.id), "Look at the plan")],
    }
}

fn hidden(known: &View) -> Option<Note> {
    let read = known.last_read.as_ref().filter(|read| !read.complete)?;
    let what = match read.total.filter(|total| *total > read.visible) {
        Some(total) => format!("{} of {total} people are visible.", read.visible),
        None => "The last read of everybody was not complete.".to_owned(),
    };
    Some(Note {
        hue: "partial",
        icon: "half",
        title: "Not everything can be read".to_owned(),
        what: format!("{what} Nobody is deactivated for being absent from such a read."),
        what_to_do: "Test the connection: it names what is hidden, and where to grant it."
            .to_owned(),
        links: vec![],
    })
}
