//! `rollcall runs undo` and `rerun`: taking a run back, and running it again.

use serde_json::Value;

use super::asked_runs::follow_or_name;
use super::operations::outcome;
use super::output::{text, value};
use super::{Context, output};
use crate::client::{Client, LOGS, segment};
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
pub(super) struct Undo {
    /// Its id, as `list` shows it.
    run: String,
    /// Only show what would become of whom.
    #[arg(long, conflicts_with = "no_wait")]
    preview: bool,
    /// Do not wait for its end.
    #[arg(long)]
    no_wait: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct Rerun {
    /// Its id, as `list` shows it.
    run: String,
    /// Do not wait for its end.
    #[arg(long)]
    no_wait: bool,
}

pub(super) async fn undo(context: &Context, client: &Client, undo: &Undo) -> Result<(), Failure> {
    let path = format!("{LOGS}/{}/undo", segment(&undo.run));
    if !undo.preview {
        return ask(context, client, &path, undo.no_wait).await;
    }
    let operation = client.post(&format!("{path}?preview=true"), None).await?.body;
    let preview = &outcome(client, operation).await?;
    if context.json { output::json(preview) } else { tell(preview) }
}

pub(super) async fn rerun(
    context: &Context,
    client: &Client,
    rerun: &Rerun,
) -> Result<(), Failure> {
    let path = format!("{LOGS}/{}/rerun", segment(&rerun.run));
    ask(context, client, &path, rerun.no_wait).await
}

/// Asks for a run, and waits for its end or says which it is.
async fn ask(context: &Context, client: &Client, path: &str, no_wait: bool) -> Result<(), Failure> {
    let asked = client.post(path, None).await?;
    follow_or_name(context, client, &asked, no_wait).await
}

fn tell(preview: &Value) -> Result<(), Failure> {
    let list = |name: &str| preview[name].as_array().into_iter().flatten();
    let rows: Vec<_> = list("people").flat_map(parts).collect();
    let head = ["SCENARIO", "SOURCE ID", "E-MAIL", "PART", "BUCKET", "NOW", "BEFORE", "WHY"];
    output::table(&head, &rows)?;
    if let Some(more) = preview["more"].as_u64().filter(|more| *more > 0) {
        output::line(&format!("and {more} more"))?;
    }
    let units: Vec<_> = list("units")
        .map(|unit| ["scenario", "kind", "name"].map(|name| text(unit, name)).to_vec())
        .collect();
    if !units.is_empty() {
        output::line("\nkept, since the source names them again:")?;
        output::table(&["SCENARIO", "KIND", "NAME"], &units)?;
    }
    for closed in list("closed") {
        let (scenario, reason) = (text(closed, "scenario"), text(closed, "reason"));
        output::line(&output::plain(&format!("scenario {scenario} is left as it is: {reason}")))?;
    }
    output::line(&format!("\npeople: {}", output::counts(&preview["counts"])))
}

fn parts(person: &Value) -> Vec<Vec<String>> {
    let row = |part: &Value| {
        vec![
            text(person, "scenario"),
            text(person, "source_hris_id"),
            text(person, "email"),
            text(part, "part"),
            text(part, "bucket"),
            value(&part["old"]),
            value(&part["new"]),
            why(part),
        ]
    };
    person["parts"].as_array().into_iter().flatten().map(row).collect()
}

/// `changed_since by engine in run 01J…`.
fn why(part: &Value) -> String {
    let by = &part["changed_by"];
    let said =
        [("", text(part, "reason")), ("by ", text(by, "principal")), ("in run ", text(by, "run"))];
    let said = said.iter().filter(|(_, word)| !word.is_empty());
    said.map(|(before, word)| format!("{before}{word}")).collect::<Vec<_>>().join(" ")
}
